// The parts of the drop-in face by themselves: text, JSON, the order of results, how a bridge is started.
#include <filesystem>
#include <fstream>

#include "interface/SdkInvoker.h"
#include "support/check.hpp"

using namespace iscbridge_dropin;

namespace {

void check_text() {
    for (const char *const good : {"", "a", "壳", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF"}) {
        std::string back;
        CHECK(is_utf8(good));
        CHECK(from_wide(widened(good), back));
        CHECK_EQ(back, good);
    }
    for (const char *const bad : {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80",
                                  "\xE5\xA3", "\xFF"}) {
        CHECK(!is_utf8(bad));
        CHECK(!Text(bad).is_valid());
    }
    std::string utf8;
    CHECK(!from_wide(std::wstring(1, static_cast<wchar_t>(0xD800)), utf8));
    CHECK(!from_wide(std::wstring(1, static_cast<wchar_t>(0xDC00)) + L"a", utf8));
    CHECK(Text(static_cast<const char *>(nullptr)).is_null());
    CHECK_EQ(shortened(Text("壳壳壳"), 2), "壳壳");
}

/// What the code page lacks, here everything that is not ASCII, arrives all the same.
void check_ansi() {
    CHECK_EQ(to_narrow("{\"a\":\"x😀\"}", Narrow::utf8), "{\"a\":\"x😀\"}");
#ifndef _WIN32
    CHECK_EQ(to_narrow("{\"a\":\"x壳😀\"}", Narrow::ansi), "{\"a\":\"x\\u58f3\\ud83d\\ude00\"}");
    std::string utf8;
    CHECK(from_narrow("/a", Narrow::ansi, utf8));
    CHECK_EQ(utf8, "/a");
    CHECK(!from_narrow("/壳", Narrow::ansi, utf8));
#else
    std::string utf8;
    const std::string euro_sign = ansi_of_wide(L"\u20AC");
    CHECK(euro_sign.empty() || (from_narrow(euro_sign, Narrow::ansi, utf8) && utf8 == "\xE2\x82\xAC"));
    CHECK_EQ(Json(to_narrow("\"\xE2\x98\x83\"", Narrow::ansi)).text(), "\xE2\x98\x83");  // in no usual code page
#endif
}

void check_json() {
    const Json json(" {\"a\" : 1 , \"B\":{\"c\":[1,{\"d\":\"}\"}],\"e\":\"x\\\"y\\\\\"},\"f\":true,\"g\":\"\\u58f3\\ud83d\\ude00\\n\"} ");
    CHECK_EQ(json["a"].text(), "1");
    CHECK_EQ(json["b"]["e"].text(), "x\"y\\");
    CHECK_EQ(json["B"]["c"].elements().size(), 2U);
    CHECK_EQ(json["B"]["c"].elements()[1]["d"].text(), "}");
    CHECK(json["f"].is_true());
    CHECK_EQ(json["g"].text(), "壳😀\n");
    CHECK(!json["h"].is_there() && !json["a"]["x"].is_there() && !Json()["a"].is_there());
    CHECK_EQ(Json("\"\\ud83d\\u0000\"").text(), "\xEF\xBF\xBD\xEF\xBF\xBD");
    for (const char *const odd : {"", "{", "{\"", "{\"a\"", "{\"a\":", "[", "[1", "\"\\", "{\"a\":}", "[}", "{\"a\" 1}"}) {
        Json(odd)["a"].text();  // reads nothing beyond its end
        Json(odd).elements();
    }
    const std::string all = "\x01\x1F\"\\/壳\t";
    CHECK_EQ(Json(quoted(all)).text(), all);
    CHECK_EQ(event_text("SaveResult", {{"status", "success"}}),
             R"({"operate":"SaveResult","params":{"status":"success"},"comeBackParams":{}})");
}

JobNews news(const std::string &job, const std::string &request, const std::string &state, const std::string &by = "") {
    JobNews out;
    out.job = job;
    out.request_id = request;
    out.state = state;
    out.replaced_by = by;
    return out;
}

std::string taken(Orders &orders) {
    std::string out;
    for (const bool success : orders.take()) {
        out += success ? "+" : "-";
    }
    return out;
}

void check_orders() {
    Orders orders;
    orders.add("r1");
    orders.add("r2");
    orders.add("r3");
    orders.tell(news("j2", "r2", "done"));  // may be told before the answer that names the job
    CHECK_EQ(taken(orders), "");
    CHECK_EQ(orders.tell(news("j1", "r1", "replaced", "j9")), "j9");
    CHECK_EQ(orders.tell(news("j9", "other", "replaced", "j10")), "j10");
    orders.tell(news("j9", "other", "done"));  // stands for nobody any more
    CHECK_EQ(taken(orders), "");
    orders.tell(news("j10", "other", "unknown"));
    CHECK_EQ(taken(orders), "+");  // of r2: nobody knows of r1
    CHECK_EQ(orders.jobs().size(), 0U);
    orders.refuse("r3");
    CHECK_EQ(taken(orders), "-");
    orders.tell(news("j10", "other", "done"));
    CHECK_EQ(taken(orders), "");
    orders.add("r4");
    orders.give_up("r4");
    CHECK_EQ(taken(orders), "");
    orders.tell(news("j4", "r4", "done"));
    CHECK_EQ(taken(orders), "+");
    orders.tell(news("j4", "r4", "failed"));
    CHECK_EQ(taken(orders), "");
    orders.add("r5");
    orders.tell(news("j5", "r5", "a state of a later version"));
    CHECK_EQ(taken(orders), "");
}

void check_orders_with_dialogs() {
    Orders orders;
    orders.add("dialog", true);
    orders.add("s1");
    orders.add("s2");
    orders.tell(news("j2", "s2", "done"));
    CHECK_EQ(taken(orders), "");
    orders.tell(news("j0", "dialog", "done"));
    CHECK_EQ(taken(orders), "+");  // in its turn
    orders.tell(news("j1", "s1", "failed"));
    CHECK_EQ(taken(orders), "-+");

    orders.add("closed without a word", true);
    orders.add("s3");
    orders.tell(news("j3", "s3", "failed"));
    CHECK_EQ(taken(orders), "-");  // held up by no dialog
    orders.add("again", true);
    orders.tell(news("jc", "closed without a word", "cancelled"));
    CHECK_EQ(taken(orders), "");  // the host would take it for the second dialog's
    orders.tell(news("ja", "again", "cancelled"));
    CHECK_EQ(taken(orders), "-");

    orders.add("slow", true);
    orders.add("s4");
    orders.tell(news("j4", "s4", "done"));
    CHECK_EQ(taken(orders), "+");
    orders.add("s5");
    orders.tell(news("js", "slow", "done"));
    CHECK_EQ(taken(orders), "");  // not while the host waits for another
    orders.tell(news("j5", "s5", "failed"));
    CHECK_EQ(taken(orders), "-+");
    CHECK_EQ(orders.jobs().size(), 0U);
}

void write(const std::string &path, const std::string &text) { std::ofstream(std::filesystem::u8path(path)) << text; }

void check_start_command() {
    const auto folder = std::filesystem::temp_directory_path() / ("iscbridge-test-" + drawn_id());
    std::filesystem::create_directory(folder);
    options().home = folder.u8string();
    const std::string file = folder.u8string() + "/start.json";
    const std::string here = program_path();
    CHECK(is_absolute(here) && is_file(here) && !is_absolute("iscbridge") && !program_name().empty());
    write(file, "{\"form\":1,\"command\":[" + quoted(here) + ",\"tray\",\"--quiet\"]}");
    CHECK((find_start_command() == Command{here, "tray", "--quiet"}));
    options().find_start_command = false;
    CHECK(find_start_command().empty());
    options().start_command = {here};
    CHECK(find_start_command() == Command{here});
    options().start_command.clear();
    options().find_start_command = true;
    for (const std::string &bad : {std::string("{\"command\":[]}"), std::string("{\"command\":[1]}"), std::string("{\"command\":\"x\"}"),
                                   std::string("{\"command\":[\"iscbridge\"]}"), "{\"command\":[" + quoted(here + "-gone") + "]}",
                                   std::string("{"), std::string()}) {
        write(file, bad);
        CHECK(find_start_command().empty());
    }
    std::filesystem::remove_all(folder);
}

}  // namespace

int main() {
    check_text();
    check_ansi();
    check_json();
    check_orders();
    check_orders_with_dialogs();
    check_start_command();
    return 0;
}
