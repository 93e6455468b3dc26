// The strict JSON reader, SHA-256 and the cutting of frames, with whatever a hostile program may send.
#include <string>

#include "check.hpp"
#include "frames.hpp"
#include "json.hpp"
#include "mutations.hpp"
#include "sha256.hpp"
#include "utf8.hpp"

using namespace iscbridge::client;

namespace {

void check_valid() {
    for (const char *const text : {"{}", "[]", "0", "-0.5e+3", "\"\"", " [1 , 2] ", "{\"a\":{\"b\":[null,true,false]}}",
                                   "\"\\u0041\\n\\/\"", "\"\xE5\xA3\xB3\""}) {
        CHECK(json::is_valid(text));
    }
    for (const char *const text : {"", " ", "{", "}", "[1,]", "{\"a\":1,}", "{a:1}", "01", "1.", "-", "+1", ".5", "1e", "nul",
                                   "'a'", "\"\t\"", "\"\\x\"", "\"\\u12g4\"", "\"", "\"\\", "\"\xC0\x80\"", "\"\xED\xA0\x80\"",
                                   "{} {}", "[1 2]", "{\"a\" 1}", "\xEF\xBB\xBF{}", "NaN", "tru"}) {
        CHECK(!json::is_valid(text));
    }
    CHECK(json::is_valid(std::string(64, '[') + std::string(64, ']')));
    CHECK(!json::is_valid(std::string(65, '[') + std::string(65, ']')));
    CHECK(!json::is_valid(std::string(1000000, '[')));
}

void check_look_up() {
    const std::string text = R"( {"a" : 1, "b":{"a":2,"text":"\u58f3\ud83d\ude00\u0000\ud800x"}, "\u0063":true, "a":3} )";
    CHECK(json::is_valid(text));
    const json::View view(text);
    CHECK(view["a"].integer() == 1);
    CHECK(view["b"]["a"].integer() == 2);
    CHECK_EQ(view["b"]["text"].text(), "\xE5\xA3\xB3\xF0\x9F\x98\x80\xEF\xBF\xBD\xEF\xBF\xBDx");
    CHECK(view["c"].is_true());
    CHECK(!view["d"].is_there());
    CHECK(!view["a"]["x"]["y"].is_there());
    CHECK_EQ(view["d"].text(), "");
    CHECK(!json::View("1.5").integer());
    CHECK(!json::View("9223372036854775808").integer());
    CHECK(json::View("-9223372036854775808").integer() == INT64_MIN);
}

void check_writing() {
    const std::string odd = "a\"\\\n\x01\x7F壳";
    const std::string text = json::Object().text("n", odd).integer("i", -7).yes("y").raw("r", "[]").finished();
    CHECK(json::is_valid(text));
    CHECK_EQ(json::View(text)["n"].text(), odd);
    CHECK(json::View(text)["i"].integer() == -7);
    CHECK(text.find('\n') == std::string::npos);
}

/// Whatever is valid can be looked at, and whatever is taken out of it is text.
void check_damaged() {
    test::Mutations mutations(
        R"({"jsonrpc":"2.0","id":7,"result":{"job":"j1","state":"done","path":"/a/\u58f3","notes":["x",{}],"size":1.5e3}})");
    int valid = 0;
    for (int i = 0; i < 60000; ++i) {
        const std::string text = mutations.next();
        if (!json::is_valid(text)) {
            continue;
        }
        ++valid;
        const json::View view(text);
        CHECK(json::is_valid(view.raw()));
        const json::View result = view["result"];
        CHECK(!result.is_there() || json::is_valid(result.raw()));
        for (const char *const name : {"job", "state", "path", "notes"}) {
            CHECK(iscbridge::is_utf8(result[name].text()));
        }
    }
    CHECK(valid > 300);
}

void check_frames() {
    Frames frames;
    frames.feed("one\r\n\n  \ntw");
    CHECK(frames.next() == "one");
    CHECK(!frames.next());
    frames.feed("o\nthree\n");
    CHECK(frames.next() == "two");
    CHECK(frames.next() == "three");
    CHECK(!frames.next());
    const std::string large(1 << 20, 'x');
    for (int i = 0; i < 33; ++i) {
        CHECK_EQ(frames.broken(), i > 32);
        frames.feed(large);
        CHECK(!frames.next());
    }
    CHECK(frames.broken());
}

}  // namespace

int main() {
    check_valid();
    check_look_up();
    check_writing();
    check_damaged();
    check_frames();
    CHECK_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK_EQ(sha256_hex(std::string(119, 'a')), "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb");
    return 0;
}
