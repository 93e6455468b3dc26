// Strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace iscbridge {

constexpr char32_t last_code_point = 0x10FFFF;

constexpr bool is_surrogate(char32_t code) noexcept { return code >= 0xD800 && code <= 0xDFFF; }

/// Length of the sequence that starts at `at`, and its code point; 0 if it is not valid UTF-8.
std::size_t read_utf8(std::string_view bytes, std::size_t at, char32_t &code) noexcept;

bool is_utf8(std::string_view bytes) noexcept;

/// Surrogates are written, too, as sequences of three bytes: whoever must not have them asks `is_surrogate` before.
void append_utf8(std::string &out, char32_t code);

}  // namespace iscbridge
