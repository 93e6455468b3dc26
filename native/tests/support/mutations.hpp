// Deterministic damage to a byte string, for tests against hostile input.
#pragma once

#include <cstdint>
#include <string>

namespace test {

class Mutations {
public:
    explicit Mutations(std::string original) : original_(std::move(original)) {}

    /// The original with one to four random edits; the same sequence in every run.
    std::string next() {
        std::string bytes = original_;
        for (std::uint32_t edits = 1 + random(4); edits > 0; --edits) {
            edit(bytes);
        }
        return bytes;
    }

    std::uint32_t random(std::uint32_t below) {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::uint32_t>(state_ >> 33) % below;
    }

private:
    void edit(std::string &bytes) {
        const std::size_t at = bytes.empty() ? 0 : random(static_cast<std::uint32_t>(bytes.size()));
        const std::size_t length = 1 + random(12);
        switch (random(6)) {
            case 0:  // one bit
                if (!bytes.empty()) {
                    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random(8)));
                }
                break;
            case 1:  // one byte, often one that means something
                if (!bytes.empty()) {
                    bytes[at] = std::string("\0\xFF\x01\x80 0", 6)[random(6)];
                }
                break;
            case 2:
                bytes.resize(at);
                break;
            case 3:
                bytes.erase(at, length);
                break;
            case 4:
                bytes.insert(at, bytes.substr(at, length));
                break;
            default:
                bytes.insert(at, length, static_cast<char>(random(256)));
                break;
        }
    }

    const std::string original_;
    std::uint64_t state_ = 42;
};

}  // namespace test
