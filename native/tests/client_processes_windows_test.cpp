// The client library's named pipe across processes: a server that is killed and comes back, many client processes, the
// owner-only security descriptor, and the start command as the rights of this process allow it.
//
// Wine accepts security descriptors and enforces none of them, and every process is elevated there; what is checked of
// them must hold on both.
#include "child_windows.hpp"

#include <aclapi.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <set>

#include "bridge_client.hpp"
#include "bridge_server.hpp"
#include "pipe_security.hpp"

using namespace test;

namespace {

constexpr int client_processes = 4;
constexpr int saves_of_each = 25;

std::string own_name(const std::string &what) {
    return "iscbridge-test-" + what + "-" + std::to_string(GetCurrentProcessId());
}

void serve_jobs(BridgePeer &peer, const std::string &state) {
    if (!peer.greet()) {
        return;
    }
    for (std::string line; !(line = peer.line()).empty();) {
        const std::string asked = member(line, "job");
        const std::string id = asked.empty() ? member(line, "requestId") : asked;
        const std::string updated = state == "done" ? "2026-11-22T09:15:02Z" : "2026-11-22T09:15:01Z";
        if (!peer.send_line(answer(line, job_json(id, state, updated)))) {
            return;
        }
    }
}

/// Role: a bridge that says of every job that it is in this state, until it is told to end.
int be_server(const std::string &address, const std::string &state, const std::string &event) {
    const NamedEvent ready(event + "-ready");
    const NamedEvent end(event + "-end");
    BridgeServer server([&state](BridgePeer &peer) { serve_jobs(peer, state); }, address);
    ready.set();
    return end.wait(patience * 5) ? 0 : 1;
}

/// Role: a host that saves.
int be_client(const std::string &address, const std::string &name) {
    BridgeClient client(address);
    for (int i = 0; i < saves_of_each; ++i) {
        const std::string id = name + "-" + std::to_string(i);
        iscb_save_options options{};
        options.size = sizeof(options);
        options.request_id = id.c_str();
        const Saved saved = save(client, "/a", long_ms, &options);
        CHECK_EQ(saved.status, ISCB_OK);
        CHECK_EQ(std::string(saved.job->job), id);
    }
    return 0;
}

/// The server process is killed while a job waits; another takes its place, and the job is followed there.
void check_server_killed() {
    const std::string address = "\\\\.\\pipe\\" + own_name("killed");
    const NamedEvent first_ready(own_name("first") + "-ready");
    const NamedEvent second_ready(own_name("second") + "-ready");
    const Child first({"server", address, "waiting", own_name("first")});
    CHECK(first_ready.wait());
    BridgeClient client(address);
    const Saved saved = save(client);
    CHECK_EQ(saved.status, ISCB_OK);
    CHECK_EQ(saved.job->state, ISCB_JOB_WAITING);
    first.kill();
    client.event(ISCB_EVENT_LOST);
    const Child second({"server", address, "done", own_name("second")});
    CHECK(second_ready.wait());
    iscb_job *job = nullptr;
    CHECK(eventually([&] { return iscb_job_wait(client, saved.job->job, long_ms, &job, nullptr) == ISCB_OK; }));
    CHECK_EQ(Given<iscb_job>(job)->state, ISCB_JOB_DONE);
    client.event(ISCB_EVENT_CONNECTED);
    NamedEvent(own_name("second") + "-end").set();
    CHECK_EQ(second.exit_code(), 0);
}

void check_many_client_processes() {
    std::mutex mutex;
    std::set<std::string> seen;
    BridgeServer server([&](BridgePeer &peer) {
        if (!peer.greet()) {
            return;
        }
        for (std::string line; !(line = peer.line()).empty();) {
            const std::string id = member(line, "requestId");
            {
                const std::lock_guard lock(mutex);
                CHECK(seen.insert(id).second);
            }
            peer.send_line(answer(line, job_json(id, "accepted")));
        }
    });
    std::vector<std::unique_ptr<Child>> clients;
    for (int i = 0; i < client_processes; ++i) {
        clients.push_back(std::make_unique<Child>(std::vector<std::string>{"client", server.address(), "c" + std::to_string(i)}));
    }
    for (const auto &each : clients) {
        CHECK_EQ(each->exit_code(), 0);
    }
    CHECK_EQ(seen.size(), std::size_t{client_processes} * saves_of_each);
    CHECK(server.connections() >= client_processes);
}

/// What the pipe says of who may open it: this user, and nobody else.
void check_owner_only() {
    BridgeServer server([](BridgePeer &peer) { peer.line(); });
    const HANDLE pipe = CreateFileA(server.address().c_str(), GENERIC_READ | READ_CONTROL, 0, nullptr, OPEN_EXISTING, 0, nullptr);
    CHECK(pipe != INVALID_HANDLE_VALUE);
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    PACL list = nullptr;
    CHECK_EQ(GetSecurityInfo(pipe, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, nullptr, nullptr, &list, nullptr, &descriptor),
             DWORD{ERROR_SUCCESS});
    CHECK(list != nullptr);
    CHECK_EQ(list->AceCount, 1);
    void *entry = nullptr;
    CHECK(GetAce(list, 0, &entry) != 0);
    const auto *const allowed = static_cast<ACCESS_ALLOWED_ACE *>(entry);
    CHECK_EQ(int{allowed->Header.AceType}, int{ACCESS_ALLOWED_ACE_TYPE});
    wchar_t *sid = nullptr;
    CHECK(ConvertSidToStringSidW(const_cast<DWORD *>(&allowed->SidStart), &sid) != 0);
    CHECK(own_sid() == sid);
    LocalFree(sid);
    LocalFree(descriptor);
    CloseHandle(pipe);
}

bool is_elevated() {
    HANDLE token = nullptr;
    TOKEN_ELEVATION_TYPE type{};
    DWORD size = 0;
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) != 0);
    CHECK(GetTokenInformation(token, TokenElevationType, &type, sizeof(type), &size) != 0);
    CloseHandle(token);
    return type == TokenElevationTypeFull;
}

/// An elevated process starts no bridge; any other starts one, which ends here at once.
void check_start_by_rights() {
    std::string program;
    for (const wchar_t unit : own_program()) {
        CHECK(unit < 0x80);
        program += static_cast<char>(unit);
    }
    const char *const command[] = {program.c_str(), "fail", nullptr};
    const std::string nobody = "\\\\.\\pipe\\" + own_name("nobody");
    iscb_config config = client_config(nobody);
    config.start_command = command;
    BridgeClient client(config);
    CHECK_EQ(iscb_connect(client, long_ms, nullptr, nullptr), is_elevated() ? ISCB_ERR_NOT_RUNNING : ISCB_ERR_START);
}

}  // namespace

int main(int argc, char **argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() == 4 && words[0] == "server") {
        return be_server(words[1], words[2], words[3]);
    }
    if (words.size() == 3 && words[0] == "client") {
        return be_client(words[1], words[2]);
    }
    if (!words.empty()) {
        return 3;
    }
    check_server_killed();
    check_many_client_processes();
    check_owner_only();
    check_start_by_rights();
    return 0;
}
