// The layer for VBA: UTF-16 in and out, numbers, words after an error.
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "../bindings/vba/iscbridge_vba.h"
#include "bridge_server.hpp"
#include "check.hpp"
#include "iscbridge_client.h"

#ifndef _WIN32
#include <unistd.h>
#endif

using namespace test;

namespace {

constexpr std::int32_t long_ms = 60000;

const iscb_vba_char *u(const char16_t *text) { return reinterpret_cast<const iscb_vba_char *>(text); }

/// As a macro does it: the length, a buffer of that length, the text.
std::u16string text(std::int32_t client, std::int32_t which) {
    const std::int32_t length = iscb_vba_text(client, which, nullptr, 0);
    CHECK(length >= 0);
    std::u16string out(static_cast<std::size_t>(length) + 1, u'?');
    const auto room = static_cast<std::int32_t>(out.size());
    CHECK_EQ(iscb_vba_text(client, which, reinterpret_cast<iscb_vba_char *>(&out[0]), room), length);
    CHECK_EQ(static_cast<int>(out.back()), 0);
    out.pop_back();
    return out;
}

std::int32_t client_for(const BridgeServer &server) {
    const std::u16string address(server.address().begin(), server.address().end());  // ASCII
    const std::int32_t client = iscb_vba_create(u(u"VBA 宏"), u(u"a-cad"), nullptr, u(address.c_str()));
    CHECK(client > 0);
    return client;
}

void refuse(BridgePeer &peer, const std::string &line) {
    peer.send_line(R"({"jsonrpc":"2.0","id":)" + member(line, "id") +
                   R"(,"error":{"code":-32010,"message":"t","data":{"code":"ISCB-FILE-MISSING","title":"t","message":"壳 🛠","remedy":"r","retry":"no","params":{}}}})");
}

void serve(BridgePeer &peer) {
    if (!peer.greet()) {
        return;
    }
    for (std::string line; !(line = peer.line()).empty();) {
        const std::string method = member(line, "method");
        const std::string path = member(line, "path");
        if (path == "/missing" || member(line, "job") == "缺") {
            refuse(peer, line);
        } else if (method == "license.check") {
            peer.send_line(answer(line, R"({"product":"a-cad","state":"grace","allowed":{"newSave":false,"openedSave":true,"open":true},"notice":"续费","renewUrl":"https://r"})"));
        } else if (method == "job.list") {
            peer.send_line(answer(line, R"({"jobs":[]})"));
        } else {
            const std::string asked = member(line, "job");
            peer.send_line(answer(line, job_json(asked.empty() ? path : asked, asked.empty() ? "accepted" : "done")));
        }
    }
}

void check_calls(const BridgeServer &server) {
    const std::int32_t client = client_for(server);
    CHECK_EQ(iscb_vba_is_final(client), 0);
    CHECK_EQ(iscb_vba_connect(client, long_ms), 0);
    CHECK_EQ(iscb_vba_save(client, u(u"/壳体 🛠.sldprt"), 0, nullptr, long_ms), ISCB_JOB_ACCEPTED);
    CHECK(text(client, ISCB_VBA_JOB) == u"/壳体 🛠.sldprt");  // the server names it so
    CHECK(text(client, ISCB_VBA_JOB_STATE) == u"accepted");
    CHECK_EQ(iscb_vba_is_final(client), 0);
    CHECK_EQ(iscb_vba_save_as(client, u(u"/b"), 1, u(u"again-12"), long_ms), ISCB_JOB_ACCEPTED);
    CHECK_EQ(iscb_vba_open(client, long_ms), ISCB_JOB_ACCEPTED);
    CHECK_EQ(iscb_vba_job(client, u(u"j1"), long_ms), ISCB_JOB_DONE);
    CHECK_EQ(iscb_vba_is_final(client), 1);
    CHECK_EQ(iscb_vba_cancel(client, u(u"j2"), long_ms), ISCB_JOB_DONE);
    CHECK_EQ(iscb_vba_resolve(client, u(u"j3"), 1, long_ms), ISCB_JOB_DONE);
    CHECK(text(client, ISCB_VBA_JOB) == u"j3");
    CHECK_EQ(iscb_vba_license(client, nullptr, long_ms), ISCB_VBA_MAY_SAVE_OPENED + ISCB_VBA_MAY_OPEN);
    CHECK(text(client, ISCB_VBA_NOTICE) == u"续费");
    CHECK(text(client, ISCB_VBA_RENEW_URL) == u"https://r");
    CHECK_EQ(iscb_vba_request(client, u(u"job.list"), u(u"{\"limit\":1}"), long_ms), 0);
    CHECK(text(client, ISCB_VBA_RESULT) == u"{\"jobs\":[]}");
    CHECK_EQ(iscb_vba_close(client), ISCB_OK);
    CHECK_EQ(iscb_vba_close(client), ISCB_ERR_CLOSED);
    CHECK_EQ(iscb_vba_connect(client, long_ms), ISCB_ERR_CLOSED);
    CHECK_EQ(iscb_vba_is_final(client), ISCB_ERR_CLOSED);
    CHECK_EQ(iscb_vba_text(client, ISCB_VBA_JOB, nullptr, 0), ISCB_ERR_CLOSED);
    CHECK(!text(0, ISCB_VBA_ERROR_TITLE).empty());
}

void check_errors(const BridgeServer &server) {
    const std::int32_t client = client_for(server);
    CHECK_EQ(iscb_vba_save(client, u(u"/missing"), 0, u(u"again-34"), long_ms), ISCB_ERR_REFUSED);
    CHECK(text(client, ISCB_VBA_ERROR_CODE) == u"ISCB-FILE-MISSING");
    CHECK(text(client, ISCB_VBA_ERROR_MESSAGE) == u"壳 🛠");
    CHECK(text(client, ISCB_VBA_REQUEST_ID) == u"again-34");
    iscb_vba_char small[] = {7, 7};
    CHECK_EQ(iscb_vba_text(client, ISCB_VBA_ERROR_CODE, small, 2), 17);
    CHECK_EQ(iscb_vba_text(client, ISCB_VBA_ERROR_TITLE, small, 1), 1);  // no room for the NUL
    CHECK(small[0] == 7 && small[1] == 7);
    CHECK_EQ(iscb_vba_job(client, u(u"缺"), long_ms), ISCB_ERR_REFUSED);
    CHECK_EQ(iscb_vba_job(client, u(u"j1"), long_ms), ISCB_JOB_DONE);
    CHECK(text(client, ISCB_VBA_ERROR_CODE).empty());  // a call that went well leaves no words of an error
    CHECK_EQ(iscb_vba_save(client, nullptr, 0, nullptr, long_ms), ISCB_ERR_ARGUMENT);
    CHECK_EQ(iscb_vba_job(client, u(u"j1"), -7), ISCB_ERR_ARGUMENT);
    const char16_t halves[][4] = {{u'/', 0xD83D, 0}, {u'/', 0xDEE0, 0}, {u'/', 0xD83D, u'a', 0}};
    for (const auto &half : halves) {
        CHECK_EQ(iscb_vba_save(client, u(half), 0, nullptr, long_ms), ISCB_ERR_ENCODING);
        CHECK(!text(client, ISCB_VBA_ERROR_TITLE).empty());
    }
    for (const std::int32_t which : {-1, 0, ISCB_VBA_RESULT + 1}) {
        CHECK_EQ(iscb_vba_text(client, which, nullptr, 0), ISCB_ERR_ARGUMENT);
    }
    CHECK_EQ(iscb_vba_create(nullptr, nullptr, nullptr, nullptr), ISCB_ERR_ARGUMENT);
    CHECK(!text(0, ISCB_VBA_ERROR_TITLE).empty());
    CHECK_EQ(iscb_vba_close(client), ISCB_OK);
}

/// Several threads with one client, which is closed meanwhile: every call ends.
void check_threads(const BridgeServer &server) {
    const std::int32_t client = client_for(server);
    std::atomic<int> calls{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (std::int32_t state = ISCB_JOB_DONE; state == ISCB_JOB_DONE; ++calls) {
                state = iscb_vba_job(client, u(u"j1"), long_ms);
                CHECK(state == ISCB_JOB_DONE || state == ISCB_ERR_CLOSED);
                std::int32_t length = iscb_vba_text(client, ISCB_VBA_JOB, nullptr, 0);
                CHECK(length == 2 || length == 0 || length == ISCB_ERR_CLOSED);
            }
        });
    }
    CHECK(eventually([&] { return calls > 50; }));
    CHECK_EQ(iscb_vba_close(client), ISCB_OK);
    for (std::thread &each : threads) {
        each.join();
    }
}

#ifndef _WIN32  // there it goes by rights that Wine does not know
/// Without an address it is this user's bridge, which is started as its profile says: here by a program that fails.
void check_start() {
    char folder[] = "/tmp/iscbridge-test-XXXXXX";
    CHECK(::mkdtemp(folder) != nullptr);
    const std::string file = std::string(folder) + "/start.json";
    std::ofstream(file) << R"({"form":1,"command":["/bin/false"]})";
    ::setenv("ISCBRIDGE_HOME", folder, 1);
    ::unsetenv("SUDO_UID");
    ::unsetenv("PKEXEC_UID");
    const std::int32_t client = iscb_vba_create(u(u"VBA"), nullptr, nullptr, nullptr);
    CHECK_EQ(iscb_vba_connect(client, long_ms), ISCB_ERR_START);
    CHECK(!text(client, ISCB_VBA_ERROR_REMEDY).empty());
    CHECK_EQ(iscb_vba_close(client), ISCB_OK);
    ::unlink(file.c_str());
    ::rmdir(folder);
}
#endif

}  // namespace

int main() {
#ifndef _WIN32
    check_start();
#endif
    BridgeServer server(serve);
    check_calls(server);
    check_errors(server);
    check_threads(server);
    return 0;
}
