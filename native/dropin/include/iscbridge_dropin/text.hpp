// Strings of a host: what the calls take, what the callback gets. Inside everything is UTF-8.
#ifndef ISCBRIDGE_DROPIN_TEXT_HPP
#define ISCBRIDGE_DROPIN_TEXT_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "options.hpp"
#include "system.hpp"

#if defined(_MSVC_LANG) ? _MSVC_LANG >= 201703L : __cplusplus >= 201703L
#define ISCBRIDGE_DROPIN_CXX17 1
#include <filesystem>
#include <string_view>
#endif

namespace iscbridge_dropin {

inline void append_utf8(std::string &out, std::uint32_t code) {
    const auto put = [&out](std::uint32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
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

/// Length of the strictly valid sequence at `at`, and its code point; 0 if it is not valid.
inline std::size_t read_utf8(const std::string &text, std::size_t at, std::uint32_t &code) {
    const auto byte = [&text](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    const std::uint32_t lead = byte(at);
    if (lead < 0x80) {
        code = lead;
        return 1;
    }
    const std::size_t length = (lead & 0xE0) == 0xC0 ? 2 : (lead & 0xF0) == 0xE0 ? 3 : (lead & 0xF8) == 0xF0 ? 4 : 0;
    if (length == 0 || text.size() - at < length) {
        return 0;
    }
    code = lead & (0x7FU >> length);
    for (std::size_t i = at + 1; i < at + length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) {
            return 0;
        }
        code = (code << 6) | (byte(i) & 0x3F);
    }
    const std::uint32_t smallest = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
    const bool is_surrogate = code >= 0xD800 && code < 0xE000;
    return code < smallest || code > 0x10FFFF || is_surrogate ? 0 : length;
}

inline bool is_utf8(const std::string &text) {
    std::uint32_t code = 0;
    for (std::size_t at = 0, length = 0; at < text.size(); at += length) {
        length = read_utf8(text, at, code);
        if (length == 0) {
            return false;
        }
    }
    return true;
}

/// UTF-16 where wchar_t has 16 bits, else UTF-32. `utf8` is valid.
inline std::wstring widened(const std::string &utf8) {
    std::wstring out;
    std::uint32_t code = 0;
    for (std::size_t at = 0, length = 0; at < utf8.size(); at += length) {
        length = read_utf8(utf8, at, code);
        if (length == 0) {
            break;
        }
        if (sizeof(wchar_t) == 2 && code > 0xFFFF) {
            out += static_cast<wchar_t>(0xD800 + ((code - 0x10000) >> 10));
            out += static_cast<wchar_t>(0xDC00 + ((code - 0x10000) & 0x3FF));
        } else {
            out += static_cast<wchar_t>(code);
        }
    }
    return out;
}

/// False if it holds half a surrogate pair or what is no character.
inline bool from_wide(const std::wstring &wide, std::string &utf8) {
    utf8.clear();
    for (std::size_t i = 0; i < wide.size(); ++i) {
        std::uint32_t code = static_cast<std::uint32_t>(wide[i]);
        const std::uint32_t next = i + 1 < wide.size() ? static_cast<std::uint32_t>(wide[i + 1]) : 0;
        if (sizeof(wchar_t) == 2 && code >= 0xD800 && code < 0xDC00 && next >= 0xDC00 && next < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (next - 0xDC00);
            ++i;
        }
        if ((code >= 0xD800 && code < 0xE000) || code > 0x10FFFF) {
            return false;
        }
        append_utf8(utf8, code);
    }
    return true;
}

/// False if `given` is not valid in the host's encoding.
inline bool from_narrow(const std::string &given, Narrow narrow, std::string &utf8) {
    if (narrow == Narrow::utf8) {
        utf8 = given;
        return is_utf8(given);
    }
    std::wstring wide;
    return wide_of_ansi(given, wide) && from_wide(wide, utf8);
}

/// One character in the ANSI code page; empty if it can't be expressed there exactly, or if a reader that goes byte by
/// byte would take a part of it for a sign of JSON.
inline std::string ansi_character(const std::string &utf8) {
    const std::string out = ansi_of_wide(widened(utf8));
    return out.find_first_of("\\\"") == std::string::npos || utf8.size() == 1 ? out : std::string();
}

/// An event's text in the host's encoding: what it lacks is escaped as JSON allows (`\u58f3`), so nothing is lost.
inline std::string to_narrow(const std::string &json, Narrow narrow) {
    if (narrow == Narrow::utf8) {
        return json;
    }
    static const char digits[] = "0123456789abcdef";
    std::string out;
    std::uint32_t code = 0;
    for (std::size_t at = 0, length = 0; at < json.size(); at += length) {
        length = read_utf8(json, at, code);
        if (length == 0) {
            break;
        }
        const std::string expressed = length == 1 ? json.substr(at, 1) : ansi_character(json.substr(at, length));
        if (!expressed.empty()) {
            out += expressed;
            continue;
        }
        const std::uint32_t units[2] = {code > 0xFFFF ? 0xD800 + ((code - 0x10000) >> 10) : code,
                                        0xDC00 + ((code - 0x10000) & 0x3FF)};
        for (int i = 0; i < (code > 0xFFFF ? 2 : 1); ++i) {
            out += "\\u";
            for (int shift = 12; shift >= 0; shift -= 4) {
                out += digits[(units[i] >> shift) & 0xF];
            }
        }
    }
    return out;
}

/// An argument of a call, in any of the forms that a host may have it in.
class Text {
public:
    Text(const char *text) : is_null_(text == nullptr) {
        if (text != nullptr) {
            take(text);
        }
    }
    Text(const wchar_t *text) : is_null_(text == nullptr) {
        if (text != nullptr) {
            is_valid_ = from_wide(text, utf8_);
        }
    }
    Text(std::nullptr_t) : is_null_(true) {}
    Text(const std::string &text) { take(text); }
    Text(const std::wstring &text) { is_valid_ = from_wide(text, utf8_); }
#ifdef ISCBRIDGE_DROPIN_CXX17
    Text(std::string_view text) { take(std::string(text)); }
    Text(std::wstring_view text) { is_valid_ = from_wide(std::wstring(text), utf8_); }
    Text(const std::filesystem::path &path) {
#ifdef _WIN32
        is_valid_ = from_wide(path.native(), utf8_);
#else
        utf8_ = path.native();
        is_valid_ = is_utf8(utf8_);
#endif
    }
#ifdef __cpp_char8_t
    Text(const char8_t *text) : Text(std::u8string_view(text)) {}
    Text(std::u8string_view text) : utf8_(text.begin(), text.end()) { is_valid_ = is_utf8(utf8_); }
#endif
#endif
    /// A string class of the host that is a `const char *` or a `const wchar_t *` by itself, such as CString.
    template <class Other, class = typename std::enable_if<std::is_class<Other>::value &&
                                                           (std::is_convertible<const Other &, const char *>::value !=
                                                            std::is_convertible<const Other &, const wchar_t *>::value)>::type>
    Text(const Other &other) : Text(pointer(other, std::is_convertible<const Other &, const char *>())) {}

    /// False: it is not text in the encoding that the host is said to use.
    bool is_valid() const { return is_valid_; }
    bool is_null() const { return is_null_; }
    const std::string &utf8() const { return utf8_; }

private:
    template <class Other>
    static const char *pointer(const Other &other, std::true_type) {
        return other;
    }
    template <class Other>
    static const wchar_t *pointer(const Other &other, std::false_type) {
        return other;
    }

    void take(const std::string &text) { is_valid_ = from_narrow(text, options().narrow, utf8_); }

    std::string utf8_;
    bool is_valid_ = true;
    bool is_null_ = false;
};

/// At most so many characters; empty if it is not text.
inline std::string shortened(const Text &text, std::size_t most) {
    std::size_t at = 0;
    std::uint32_t code = 0;
    for (std::size_t count = 0; text.is_valid() && at < text.utf8().size() && count < most; ++count) {
        at += read_utf8(text.utf8(), at, code);
    }
    return text.utf8().substr(0, at);
}

}  // namespace iscbridge_dropin

#endif
