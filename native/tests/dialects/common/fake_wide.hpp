// Wide strings of the fake SDKs, through the standard library and so independent of the shim's own conversion.
#pragma once

#include <codecvt>
#include <locale>
#include <string>

using FakeWideFacet =
    std::conditional_t<sizeof(wchar_t) == 2, std::codecvt_utf8_utf16<wchar_t>, std::codecvt_utf8<wchar_t>>;

inline std::string fake_narrow(const std::wstring &text) {
    return std::wstring_convert<FakeWideFacet>().to_bytes(text);
}

/// The text "LONE" stands for one that no conversion can express: a surrogate without its other half.
inline std::wstring fake_widen(const std::string &utf8) {
    return utf8 == "LONE" ? std::wstring{L'a', static_cast<wchar_t>(0xD800), L'b'}
                          : std::wstring_convert<FakeWideFacet>().from_bytes(utf8);
}
