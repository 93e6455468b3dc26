#include "sha256.hpp"

#include <array>
#include <cstdint>

namespace iscbridge::client {
namespace {

using Words = std::array<std::uint32_t, 64>;

constexpr std::uint32_t rotated(std::uint32_t x, int by) { return (x >> by) | (x << (32 - by)); }

constexpr bool is_prime(std::uint32_t n) {
    for (std::uint32_t d = 2; d * d <= n; ++d) {
        if (n % d == 0) {
            return false;
        }
    }
    return true;
}

/// The first 32 bits of the fraction of n's root: the largest x / 2^32 whose power is below n. In integers only.
constexpr std::uint32_t root_fraction(std::uint32_t n, bool cubic) {
    std::uint64_t low = 0;
    std::uint64_t high = std::uint64_t{1} << 36;  // roots of primes up to 311 lie below 16
    while (high - low > 1) {
        const std::uint64_t middle = low + (high - low) / 2;
        // middle^k compared with n * 2^(32 k), in limbs of 32 bits
        std::array<std::uint64_t, 6> power{1, 0, 0, 0, 0, 0};
        for (int k = cubic ? 3 : 2; k > 0; --k) {
            std::array<std::uint64_t, 6> product{};
            for (std::size_t i = 0; i < 6; ++i) {
                for (std::size_t j = 0; j < 2 && i + j < 6; ++j) {
                    const std::uint64_t limb = j == 0 ? (middle & 0xFFFFFFFF) : (middle >> 32);
                    std::uint64_t carry = power[i] * limb;
                    for (std::size_t at = i + j; carry != 0 && at < 6; ++at) {
                        carry += product[at];
                        product[at] = carry & 0xFFFFFFFF;
                        carry >>= 32;
                    }
                }
            }
            power = product;
        }
        const std::size_t whole = cubic ? 3 : 2;
        const std::uint64_t integral = power[whole] | (power[whole + 1] << 32);
        (integral < n ? low : high) = middle;
    }
    return static_cast<std::uint32_t>(low);
}

constexpr Words made_constants(bool cubic) {
    Words out{};
    std::size_t count = 0;
    for (std::uint32_t n = 2; count < (cubic ? 64U : 8U); ++n) {
        if (is_prime(n)) {
            out[count++] = root_fraction(n, cubic);
        }
    }
    return out;
}

void mix(std::array<std::uint32_t, 8> &state, const unsigned char *block, const Words &k) {
    Words w{};
    for (std::size_t i = 0; i < 16; ++i) {
        for (std::size_t b = 0; b < 4; ++b) {
            w[i] = (w[i] << 8) | block[4 * i + b];
        }
    }
    for (std::size_t i = 16; i < 64; ++i) {
        const std::uint32_t s0 = rotated(w[i - 15], 7) ^ rotated(w[i - 15], 18) ^ (w[i - 15] >> 3);
        const std::uint32_t s1 = rotated(w[i - 2], 17) ^ rotated(w[i - 2], 19) ^ (w[i - 2] >> 10);
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (std::size_t i = 0; i < 64; ++i) {
        const std::uint32_t s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
        const std::uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i];
        const std::uint32_t s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
        const std::uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    const std::array<std::uint32_t, 8> more{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < 8; ++i) {
        state[i] += more[i];
    }
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
    static const Words roots = made_constants(true);
    static const Words squares = made_constants(false);
    std::array<std::uint32_t, 8> state{};
    for (std::size_t i = 0; i < 8; ++i) {
        state[i] = squares[i];
    }
    std::string padded(bytes);
    padded += static_cast<char>(0x80);
    padded.append((120 - padded.size() % 64) % 64, '\0');
    const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
    for (int shift = 56; shift >= 0; shift -= 8) {
        padded += static_cast<char>(bits >> shift);
    }
    for (std::size_t at = 0; at < padded.size(); at += 64) {
        mix(state, reinterpret_cast<const unsigned char *>(padded.data()) + at, roots);
    }
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (const std::uint32_t word : state) {
        for (int shift = 28; shift >= 0; shift -= 4) {
            out += digits[(word >> shift) & 0xF];
        }
    }
    return out;
}

}  // namespace iscbridge::client
