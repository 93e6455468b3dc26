#include "text.hpp"

#include <algorithm>

#include "os.hpp"

namespace iscbridge {
namespace {

constexpr char32_t last_code_point = 0x10FFFF;

bool is_surrogate(char32_t code) noexcept { return code >= 0xD800 && code <= 0xDFFF; }

/// Length of the sequence that starts at `at`, and its code point; 0 if it is not valid UTF-8.
std::size_t read_utf8(std::string_view bytes, std::size_t at, char32_t &code) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned char lead = byte(at);
    if (lead < 0x80) {
        code = lead;
        return 1;
    }
    std::size_t length = 0;
    char32_t smallest = 0;  // anything below it would be an overlong form
    if ((lead & 0xE0) == 0xC0) {
        length = 2, smallest = 0x80, code = lead & 0x1F;
    } else if ((lead & 0xF0) == 0xE0) {
        length = 3, smallest = 0x800, code = lead & 0x0F;
    } else if ((lead & 0xF8) == 0xF0) {
        length = 4, smallest = 0x10000, code = lead & 0x07;
    } else {
        return 0;
    }
    if (bytes.size() - at < length) {
        return 0;
    }
    for (std::size_t i = at + 1; i < at + length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) {
            return 0;
        }
        code = (code << 6) | (byte(i) & 0x3F);
    }
    return code < smallest || code > last_code_point || is_surrogate(code) ? 0 : length;
}

void append_utf8(std::string &out, char32_t code) {
    const auto put = [&](char32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | (code >> 6));
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | (code >> 12));
        put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | (code >> 18));
        put(0x80 | ((code >> 12) & 0x3F));
        put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

bool is_ascii(std::string_view bytes) noexcept {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

bool is_utf8(std::string_view bytes) noexcept {
    char32_t code = 0;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t length = read_utf8(bytes, at, code);
        if (length == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

std::wstring widen(std::string_view utf8) {
    std::wstring out;
    out.reserve(utf8.size());
    char32_t code = 0;
    for (std::size_t at = 0; at < utf8.size();) {
        const std::size_t length = read_utf8(utf8, at, code);
        if (length == 0) {
            break;  // the caller's promise is broken; stop rather than read on
        }
        at += length;
        if (sizeof(wchar_t) == 2 && code > 0xFFFF) {
            code -= 0x10000;
            out += static_cast<wchar_t>(0xD800 + (code >> 10));
            out += static_cast<wchar_t>(0xDC00 + (code & 0x3FF));
        } else {
            out += static_cast<wchar_t>(code);
        }
    }
    return out;
}

DecodedText decode_wide(std::wstring_view text) {
    DecodedText out;
    out.bytes.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto code = static_cast<char32_t>(text[i]);
        const bool pair = sizeof(wchar_t) == 2 && code >= 0xD800 && code < 0xDC00 && i + 1 < text.size() &&
                          static_cast<char32_t>(text[i + 1]) >= 0xDC00 && static_cast<char32_t>(text[i + 1]) < 0xE000;
        if (pair) {
            code = 0x10000 + ((code - 0xD800) << 10) + (static_cast<char32_t>(text[++i]) - 0xDC00);
        } else if (is_surrogate(code)) {
            out.encoding = TextEncoding::raw;
        } else if (code > last_code_point) {
            code = 0xFFFD;
            out.encoding = TextEncoding::raw;
        }
        append_utf8(out.bytes, code);
    }
    return out;
}

DecodedText decode_narrow(std::string_view bytes, const char *code_page) {
    if (is_utf8(bytes)) {
        return {std::string(bytes), TextEncoding::utf8};
    }
    if (auto utf8 = os::ansi_to_utf8(bytes, code_page)) {
        return {std::move(*utf8), TextEncoding::ansi};
    }
    return {std::string(bytes), TextEncoding::raw};
}

std::optional<std::string> encode_ansi(std::string_view utf8, const char *code_page) {
    if (is_ascii(utf8)) {
        return std::string(utf8);
    }
    auto ansi = os::utf8_to_ansi(utf8, code_page);
    // Windows picks look-alikes ("best fit") for what a code page lacks: only a text that comes back unchanged will do.
    if (ansi && os::ansi_to_utf8(*ansi, code_page) == std::optional<std::string>(utf8)) {
        return ansi;
    }
    return std::nullopt;
}

}  // namespace iscbridge
