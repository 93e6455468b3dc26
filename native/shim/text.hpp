// Text at the border: strict UTF-8, wide strings, the ANSI code page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "../common/utf8.hpp"

namespace iscbridge {

/// What the bytes of an event's text are; the numbers are those of isc_event.text_encoding.
enum class TextEncoding : std::uint32_t {
    utf8 = 0,  ///< valid UTF-8, as it came or made from wide characters
    ansi = 1,  ///< came in the ANSI code page and was converted to UTF-8
    raw = 2,   ///< could not be decoded: the bytes as they came
};

struct DecodedText {
    std::string bytes;
    TextEncoding encoding = TextEncoding::utf8;
};

/// Encoding of the vendor's narrow strings, as its vendor file states it.
enum class NarrowText { utf8, ansi };

/// `utf8` must be valid (`is_utf8`). UTF-16 where wchar_t has 16 bits, else UTF-32.
std::wstring widen(std::string_view utf8);

/// Raw when the text holds lone surrogates; their code units are then kept as three-byte sequences.
DecodedText decode_wide(std::wstring_view text);

/// Strict UTF-8 first, then the ANSI code page: most texts in another code page are not valid UTF-8, and an SDK
/// whose encoding is not documented may give either. `code_page` as for `encode_ansi`.
DecodedText decode_narrow(std::string_view bytes, const char *code_page);

/// UTF-8 in the ANSI code page; nothing if it cannot be expressed there exactly (never a replacement character).
/// `code_page`: a name such as "CP936", or null for the system's own, which only Windows has: elsewhere null
/// leaves ASCII, which all of these code pages share.
std::optional<std::string> encode_ansi(std::string_view utf8, const char *code_page);

}  // namespace iscbridge
