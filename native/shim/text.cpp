#include "text.hpp"

#include <algorithm>

#include "os.hpp"

namespace iscbridge {
namespace {

bool is_ascii(std::string_view bytes) noexcept {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

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
