#include <windows.h>

#include <string>

#include "desk_server.hpp"

namespace test {

struct DeskServer::State {
    std::wstring address;
    HANDLE pipe = INVALID_HANDLE_VALUE;
};

namespace {

HANDLE new_pipe(const std::wstring &address) {
    const HANDLE pipe = CreateNamedPipeW(address.c_str(), PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_WAIT,
                                         PIPE_UNLIMITED_INSTANCES, 65536, 65536, 0, nullptr);
    CHECK(pipe != INVALID_HANDLE_VALUE);
    return pipe;
}

}  // namespace

void set_desk_address(const std::string &address) {
    const std::wstring wide(address.begin(), address.end());
    SetEnvironmentVariableW(L"ISCBRIDGE_SANDBOX_DESK", wide.empty() ? nullptr : wide.c_str());
}

DeskServer::DeskServer() : state_(std::make_unique<State>()) {
    static int count = 0;
    const std::string name =
        "\\\\.\\pipe\\iscbridge-test-" + std::to_string(GetCurrentProcessId()) + "-" + std::to_string(++count);
    state_->address.assign(name.begin(), name.end());
    state_->pipe = new_pipe(state_->address);
    set_desk_address(name);
}

DeskServer::~DeskServer() { CloseHandle(state_->pipe); }

void DeskServer::accept() {
    while (ConnectNamedPipe(state_->pipe, nullptr) == 0 && GetLastError() != ERROR_PIPE_CONNECTED) {
        CHECK_EQ(GetLastError(), DWORD{ERROR_NO_DATA});  // the one before has left: make room for the next
        CHECK(DisconnectNamedPipe(state_->pipe) != 0);
    }
}

bool DeskServer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        DWORD written = 0;
        const DWORD size = static_cast<DWORD>(bytes.size() < 65536 ? bytes.size() : 65536);
        if (WriteFile(state_->pipe, bytes.data(), size, &written, nullptr) == 0 || written == 0) {
            return false;
        }
        bytes.remove_prefix(written);
    }
    return true;
}

std::string DeskServer::read_some() {
    char buffer[4096];
    DWORD received = 0;
    return ReadFile(state_->pipe, buffer, sizeof(buffer), &received, nullptr) != 0 ? std::string(buffer, received)
                                                                                    : std::string();
}

void DeskServer::hang_up() {
    FlushFileBuffers(state_->pipe);  // else what was sent last would be lost with the connection
    CloseHandle(state_->pipe);
    state_->pipe = new_pipe(state_->address);
    buffer_.clear();
}

}  // namespace test
