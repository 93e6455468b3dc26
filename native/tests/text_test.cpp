// Text at the border: strictness of UTF-8, wide strings, code pages.
#include "text.hpp"

#include <string>

#include "check.hpp"

using namespace iscbridge;

namespace {

void is_strict_about_utf8() {
    for (const std::string good : {"", "plain", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                                   "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "\xE9\x9B\xB6\xE4\xBB\xB6"}) {
        CHECK(is_utf8(good));
    }
    for (const std::string bad : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\xC2", "\xE0\x9F\xBF",
                                  "\xED\xA0\x80", "\xED\xBF\xBF", "\xE9\x9B", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                                  "\xF5\x80\x80\x80", "\xFE", "\xFF", "ok\xE9\x9B ok"}) {
        CHECK(!is_utf8(bad));
    }
}

void widens_and_narrows_every_code_point() {
    const auto utf8_of = [](unsigned code) {
        // the standard's table, written down a second time on purpose
        std::string out;
        const auto add = [&out](unsigned value) { out += static_cast<char>(value); };
        if (code < 0x80) {
            add(code);
        } else if (code < 0x800) {
            add(0xC0 + code / 64), add(0x80 + code % 64);
        } else if (code < 0x10000) {
            add(0xE0 + code / 4096), add(0x80 + code / 64 % 64), add(0x80 + code % 64);
        } else {
            add(0xF0 + code / 262144), add(0x80 + code / 4096 % 64), add(0x80 + code / 64 % 64), add(0x80 + code % 64);
        }
        return out;
    };
    for (unsigned code = 1; code <= 0x10FFFF; code += code < 0x3000 ? 1 : 37) {
        if (code >= 0xD800 && code <= 0xDFFF) {
            continue;
        }
        const std::string utf8 = utf8_of(code);
        CHECK(is_utf8(utf8));
        const std::wstring wide = widen(utf8);
        CHECK_EQ(wide.size(), sizeof(wchar_t) == 2 && code > 0xFFFF ? 2U : 1U);
        const DecodedText back = decode_wide(wide);
        CHECK_EQ(back.bytes, utf8);
        CHECK(back.encoding == TextEncoding::utf8);
    }
}

void keeps_what_wide_text_cannot_say() {
    const std::wstring high{L'a', static_cast<wchar_t>(0xD800)};
    CHECK(decode_wide(high).encoding == TextEncoding::raw);
    CHECK_EQ(decode_wide(high).bytes, "a\xED\xA0\x80");
    const std::wstring low{static_cast<wchar_t>(0xDFFF), L'b'};
    CHECK_EQ(decode_wide(low).bytes, "\xED\xBF\xBF" "b");
}

void reads_utf8_before_the_code_page() {
    CHECK(decode_narrow("\xE9\x9B\xB6", "CP936").encoding == TextEncoding::utf8);
    const DecodedText ansi = decode_narrow("\xC1\xE3\xBC\xFE", "CP936");
    CHECK(ansi.encoding == TextEncoding::ansi);
    CHECK_EQ(ansi.bytes, "\xE9\x9B\xB6\xE4\xBB\xB6");
    const DecodedText neither = decode_narrow("a\xFF", "CP936");
    CHECK(neither.encoding == TextEncoding::raw);
    CHECK_EQ(neither.bytes, "a\xFF");
}

void never_replaces_a_character() {
    CHECK_EQ(encode_ansi("\xE9\x9B\xB6", "CP936").value_or("none"), "\xC1\xE3");
    CHECK_EQ(encode_ansi("caf\xC3\xA9", "CP1252").value_or("none"), "caf\xE9");
    CHECK(!encode_ansi("\xE9\x9B\xB6", "CP1252"));
    CHECK(!encode_ansi("\xF0\x9F\x9A\x97", "CP936"));
    CHECK(!encode_ansi("\xE2\x88\x9E", "CP1252"));  // Windows would say "8" for infinity
    CHECK_EQ(encode_ansi("plain", "CP1252").value_or("none"), "plain");
    CHECK_EQ(encode_ansi("plain", nullptr).value_or("none"), "plain");
#ifndef _WIN32
    CHECK(!encode_ansi("\xE9\x9B\xB6", nullptr));  // no such thing as an ANSI code page here
    CHECK(!encode_ansi("\xE9\x9B\xB6", "no such code page"));
    CHECK(decode_narrow("\xC1\xE3", nullptr).encoding == TextEncoding::raw);
#endif
}

}  // namespace

int main() {
    is_strict_about_utf8();
    widens_and_narrows_every_code_point();
    keeps_what_wide_text_cannot_say();
    reads_utf8_before_the_code_page();
    never_replaces_a_character();
    return 0;
}
