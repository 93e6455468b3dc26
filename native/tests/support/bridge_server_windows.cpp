// Named pipes that only this user may open, served overlapped, so that a test's end stops whoever waits.
#include <windows.h>

#include <sddl.h>

#include <array>
#include <utility>

#include "bridge_server.hpp"
#include "check.hpp"
#include "pipe_security.hpp"

namespace test {

struct BridgeServer::State {
    HANDLE stop = nullptr;  // set once the server stops
    HANDLE next = nullptr;  // the instance that waits for a client
    PipeSecurity security;
};

namespace {

constexpr DWORD room = 65536;

HANDLE new_event() {
    const HANDLE made = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    CHECK(made != nullptr);
    return made;
}

HANDLE new_instance(const std::string &address, bool is_first, SECURITY_ATTRIBUTES *security) {
    const HANDLE pipe = CreateNamedPipeA(
        address.c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | (is_first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0),
        PIPE_TYPE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, PIPE_UNLIMITED_INSTANCES, room, room, 0, security);
    CHECK(pipe != INVALID_HANDLE_VALUE);
    return pipe;
}

/// One operation that ends when it is done or the server stops.
class Operation {
public:
    explicit Operation(HANDLE pipe, HANDLE stop) : pipe_(pipe), stop_(stop) { overlapped_.hEvent = new_event(); }
    ~Operation() { CloseHandle(overlapped_.hEvent); }
    Operation(const Operation &) = delete;
    Operation &operator=(const Operation &) = delete;

    OVERLAPPED *overlapped() { return &overlapped_; }

    /// `started`: what the call gave. Bytes moved; nothing if it failed or the server stops.
    bool finish(BOOL started, DWORD &count) {
        if (started == 0 && GetLastError() != ERROR_IO_PENDING) {
            return false;
        }
        const std::array<HANDLE, 2> either{overlapped_.hEvent, stop_};
        if (WaitForMultipleObjects(2, either.data(), FALSE, INFINITE) != WAIT_OBJECT_0) {
            CancelIoEx(pipe_, &overlapped_);
            GetOverlappedResult(pipe_, &overlapped_, &count, TRUE);
            return false;
        }
        return GetOverlappedResult(pipe_, &overlapped_, &count, FALSE) != 0;
    }

private:
    const HANDLE pipe_;
    const HANDLE stop_;
    OVERLAPPED overlapped_{};
};

class PipePeer final : public BridgePeer {
public:
    PipePeer(HANDLE pipe, HANDLE stop) : pipe_(pipe), stop_(stop) {}
    ~PipePeer() override { CloseHandle(pipe_); }

    std::string line() override {
        for (;;) {
            const std::size_t end = buffer_.find('\n');
            if (end != std::string::npos) {
                std::string found = buffer_.substr(0, end);
                buffer_.erase(0, end + 1);
                return found;
            }
            std::array<char, room> some;
            DWORD got = 0;
            Operation reading(pipe_, stop_);
            if (!reading.finish(ReadFile(pipe_, some.data(), room, nullptr, reading.overlapped()), got) || got == 0) {
                return {};
            }
            buffer_.append(some.data(), got);
        }
    }

    bool send(std::string_view bytes) override {
        while (!bytes.empty()) {
            const DWORD most = bytes.size() < room ? static_cast<DWORD>(bytes.size()) : room;
            DWORD sent = 0;
            Operation writing(pipe_, stop_);
            if (!writing.finish(WriteFile(pipe_, bytes.data(), most, nullptr, writing.overlapped()), sent) || sent == 0) {
                return false;
            }
            bytes.remove_prefix(sent);
        }
        return true;
    }

private:
    const HANDLE pipe_;
    const HANDLE stop_;
    std::string buffer_;
};

}  // namespace

BridgeServer::BridgeServer(Serve serve, std::string address)
    : serve_(std::move(serve)), address_(std::move(address)), state_(std::make_unique<State>()) {
    static std::atomic<int> count{0};
    if (address_.empty()) {
        address_ = "\\\\.\\pipe\\iscbridge-test-" + std::to_string(GetCurrentProcessId()) + "-" + std::to_string(++count);
    }
    state_->stop = new_event();
    state_->next = new_instance(address_, true, state_->security.attributes());
    accepting_ = std::thread([this] { accept_all(); });
}

BridgeServer::~BridgeServer() {
    SetEvent(state_->stop);
    accepting_.join();
    for (std::thread &each : serving_) {
        each.join();
    }
    CloseHandle(state_->stop);
}

void BridgeServer::accept_all() {
    for (;;) {
        Operation connecting(state_->next, state_->stop);
        DWORD none = 0;
        const BOOL at_once = ConnectNamedPipe(state_->next, connecting.overlapped());
        const bool was_there = at_once == 0 && GetLastError() == ERROR_PIPE_CONNECTED;
        if (!was_there && !connecting.finish(at_once, none)) {
            CloseHandle(state_->next);
            return;
        }
        const HANDLE pipe = std::exchange(state_->next, new_instance(address_, false, state_->security.attributes()));
        ++connections_;
        const std::lock_guard lock(mutex_);
        serving_.emplace_back([this, pipe] {
            PipePeer peer(pipe, state_->stop);
            serve_(peer);
        });
    }
}

}  // namespace test
