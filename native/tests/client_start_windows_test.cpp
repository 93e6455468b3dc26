// Finding and starting a bridge on Windows: addresses, owners, the start command.
//
// The library's own answers to "may this process start a bridge" and "does this user run that process" are replaced:
// Wine knows one user, who is always elevated. The real ones: client_processes_windows_test.cpp.
#include "child_windows.hpp"

#include <fstream>
#include <sstream>

#include "bridge_client.hpp"
#include "bridge_server.hpp"
#include "pipe_security.hpp"
#include "windows.hpp"

using namespace test;

namespace {

std::atomic<bool> is_refused{false};
std::atomic<bool> is_others{false};

// An administrator's window; a usual one; where User Account Control is off, or of a user who is no administrator; the
// system's own account; what Windows does not tell.
using iscbridge::client::is_more_than_usual;
static_assert(is_more_than_usual(TokenElevationTypeFull, SECURITY_MANDATORY_HIGH_RID));
static_assert(!is_more_than_usual(TokenElevationTypeLimited, SECURITY_MANDATORY_MEDIUM_RID));
static_assert(!is_more_than_usual(TokenElevationTypeDefault, SECURITY_MANDATORY_HIGH_RID));
static_assert(!is_more_than_usual(TokenElevationTypeDefault, SECURITY_MANDATORY_MEDIUM_RID));
static_assert(is_more_than_usual(TokenElevationTypeDefault, SECURITY_MANDATORY_SYSTEM_RID));
static_assert(is_more_than_usual(0, SECURITY_MANDATORY_MEDIUM_RID));

constexpr wchar_t odd_words[] = L"a \"b\" c\\|\\\\\"|壳 ü|";  // by `|`

std::string utf8(const std::wstring &text) {
    const int size = static_cast<int>(text.size());
    std::string out(text.size() * 3, '\0');
    out.resize(static_cast<std::size_t>(WideCharToMultiByte(CP_UTF8, 0, text.data(), size, out.data(),
                                                            static_cast<int>(out.size()), nullptr, nullptr)));
    return out;
}

std::wstring variable(const wchar_t *name) {
    std::wstring value(32768, L'\0');
    value.resize(GetEnvironmentVariableW(name, value.data(), static_cast<DWORD>(value.size())));
    return value;
}

std::string found_address(const std::string &home) {
    char *address = nullptr;
    CHECK_EQ(iscb_find_address(home.c_str(), &address), ISCB_OK);
    return Given<char>(address).get();
}

/// A new folder of this test's own, with a name that is no ASCII.
std::wstring make_folder() {
    std::wstring temporary(MAX_PATH, L'\0');
    temporary.resize(GetTempPathW(MAX_PATH, temporary.data()));
    const std::wstring folder = temporary + L"iscbridge-test-Ärger 壳-" + std::to_wstring(GetCurrentProcessId()) + L"-" +
                                std::to_wstring(GetTickCount64());  // one that failed leaves its own
    CHECK(CreateDirectoryW(folder.c_str(), nullptr) != 0);
    return folder;
}

void check_addresses(const std::wstring &folder) {
    DWORD session = 0;
    CHECK(ProcessIdToSessionId(GetCurrentProcessId(), &session) != 0);
    const std::string own = found_address(utf8(folder));
    const std::string front = "\\\\.\\pipe\\iscbridge-bridge-" + utf8(own_sid()) + "-" + std::to_string(session) + "-";
    CHECK_EQ(own.substr(0, front.size()), front);
    CHECK_EQ(own.size(), front.size() + 16);
    std::wstring upper = folder;
    CharUpperW(upper.data());
    std::wstring forward = folder;
    for (wchar_t &unit : forward) {
        unit = unit == L'\\' ? L'/' : unit;
    }
    for (const std::wstring &same : {folder + L"\\", folder + L"\\x\\..", upper, forward}) {
        CHECK_EQ(found_address(utf8(same)), own);
    }
    const std::string inner = found_address(utf8(folder + L"\\not\\there"));
    CHECK(inner != own);
    CHECK_EQ(found_address(utf8(upper + L"\\NOT\\there\\.")), inner);
    SetEnvironmentVariableW(L"ISCBRIDGE_HOME", folder.c_str());
    CHECK_EQ(found_address(""), own);
    SetEnvironmentVariableW(L"ISCBRIDGE_HOME", nullptr);
    CHECK(found_address("") != own);
    CHECK_EQ(found_address("").substr(0, front.size()), front);
}

/// A pipe of another user's process gets nothing.
void check_foreign_process() {
    BridgeServer server([](BridgePeer &peer) { CHECK_EQ(peer.line(), ""); });
    is_others = true;
    BridgeClient client(server.address());
    CHECK_EQ(save(client).status, ISCB_ERR_FOREIGN_OWNER);
    is_others = false;
}

/// So does a pipe that lets nobody in. Wine lets everybody in, to a server that says nothing.
void check_closed_door() {
    const std::string address = "\\\\.\\pipe\\iscbridge-test-closed-" + std::to_string(GetCurrentProcessId());
    PipeSecurity nobody(L"D:P(D;;GA;;;WD)");
    const HANDLE pipe = CreateNamedPipeA(address.c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED, PIPE_TYPE_BYTE, 1, 4096,
                                         4096, 0, nobody.attributes());
    CHECK(pipe != INVALID_HANDLE_VALUE);
    const bool is_wine = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != nullptr;
    BridgeClient client(address);
    CHECK_EQ(save(client, "/a", is_wine ? 200 : long_ms).status, is_wine ? ISCB_ERR_TIMEOUT : ISCB_ERR_FOREIGN_OWNER);
    client.close();
    CloseHandle(pipe);
}

struct Started {
    std::int32_t status;
    std::string told;
};

std::int32_t start(const std::wstring &home, const std::vector<std::string> &words) {
    std::vector<const char *> command;
    for (const std::string &word : words) {
        command.push_back(word.c_str());
    }
    command.push_back(nullptr);
    const std::string folder = utf8(home);
    iscb_config config = client_config("");
    config.address = nullptr;
    config.home = folder.c_str();
    config.start_command = command.data();
    BridgeClient client(config);
    return iscb_connect(client, long_ms, nullptr, nullptr);
}

/// Role: a bridge. Tells what it was given and serves one connection.
int be_bridge(const std::vector<std::wstring> &words) {
    std::wstring folder(MAX_PATH, L'\0');
    folder.resize(GetCurrentDirectoryW(MAX_PATH, folder.data()));
    std::wstring system(MAX_PATH, L'\0');
    system.resize(GetSystemDirectoryW(system.data(), MAX_PATH));
    HANDLE inherited = reinterpret_cast<HANDLE>(static_cast<std::uintptr_t>(std::stoull(words[2])));
    const bool is_shut = SetEvent(inherited) == 0;
    std::string told;
    for (std::size_t i = 3; i < words.size(); ++i) {
        told += utf8(words[i]) + "|";
    }
    told += is_shut ? "shut|" : "open|";
    told += lstrcmpiW(folder.c_str(), system.c_str()) == 0 ? "rests|" : utf8(folder) + "|";
    told += utf8(variable(L"ISCBRIDGE_HOME")) + "|" + utf8(variable(L"ISCBRIDGE_TEST"));
    std::string line = "{\"protocol\":1,\"version\":\"0.1.0\",\"cloud\":\"sandbox\",\"pid\":1}";
    std::ofstream(words[1].c_str(), std::ios::binary) << told;
    BridgeServer server(
        [&line](BridgePeer &peer) {
            peer.send_line(answer(peer.line(), line));
            peer.line();
        },
        found_address(""));
    const NamedEvent end("iscbridge-test-end-" + utf8(words[0]));
    return end.wait() ? 0 : 1;
}

std::string content(const std::wstring &path) {
    std::ostringstream out;
    out << std::ifstream(path.c_str(), std::ios::binary).rdbuf();
    return out.str();
}

void check_start(const std::wstring &folder) {
    const std::string program = utf8(own_program());
    CHECK_EQ(start(folder, {"Z:\\nobody\\has\\this.exe"}), ISCB_ERR_START);
    CHECK_EQ(start(folder, {program, "fail"}), ISCB_ERR_START);
    SECURITY_ATTRIBUTES inheritable{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
    const HANDLE event = CreateEventW(&inheritable, TRUE, FALSE, nullptr);  // a bridge must not hold what the host holds
    SetEnvironmentVariableW(L"ISCBRIDGE_HOME", L"C:\\another");
    SetEnvironmentVariableW(L"ISCBRIDGE_TEST", L"kept");
    const std::string key = std::to_string(GetCurrentProcessId());
    const std::wstring told = folder + L"\\told";
    std::vector<std::string> words{program, "bridge", key, utf8(told), std::to_string(reinterpret_cast<std::uintptr_t>(event))};
    std::wstring word;
    for (const wchar_t unit : std::wstring(odd_words)) {
        if (unit == L'|') {
            words.push_back(utf8(word));
            word.clear();
        } else {
            word += unit;
        }
    }
    const NamedEvent end("iscbridge-test-end-" + key);
    is_refused = true;
    CHECK_EQ(start(folder, words), ISCB_ERR_NOT_RUNNING);
    CHECK(GetFileAttributesW(told.c_str()) == INVALID_FILE_ATTRIBUTES);
    is_refused = false;
    CHECK_EQ(start(folder, words), ISCB_OK);
    CHECK_EQ(content(told), utf8(odd_words) + "shut|rests|" + utf8(folder) + "|kept");
    end.set();
    CHECK(eventually([&] { return DeleteFileW(told.c_str()) != 0; }));
    SetEnvironmentVariableW(L"ISCBRIDGE_HOME", nullptr);
    CloseHandle(event);
}

}  // namespace

namespace iscbridge::client {

bool may_not_start();
bool may_not_start() { return is_refused; }
bool is_own_process(DWORD process_id);
bool is_own_process(DWORD) { return !is_others; }

}  // namespace iscbridge::client

int main() {
    const std::vector<std::wstring> words = own_arguments();
    if (words.size() > 3 && words[0] == L"bridge") {
        return be_bridge({words.begin() + 1, words.end()});
    }
    if (!words.empty()) {
        return 3;
    }
    const std::wstring folder = make_folder();
    check_addresses(folder);
    check_foreign_process();
    check_closed_door();
    check_start(folder);
    CHECK(RemoveDirectoryW(folder.c_str()) != 0);
    return 0;
}
