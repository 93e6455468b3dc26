#include "connection.hpp"

#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

namespace {

/// How long to wait while all instances of the desk's pipe are taken by others.
constexpr DWORD busy_wait_ms = 5000;

std::wstring widen(const std::string &utf8) {
    const int size = static_cast<int>(utf8.size());
    const int needed = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, utf8.data(), size, nullptr, 0);
    std::wstring out(static_cast<std::size_t>(std::max(needed, 0)), L'\0');
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, utf8.data(), size, out.data(), needed);
    return out;
}

std::string narrow(const std::wstring &text) {
    const int size = static_cast<int>(text.size());
    const int needed = WideCharToMultiByte(CP_UTF8, 0, text.data(), size, nullptr, 0, nullptr, nullptr);
    std::string out(static_cast<std::size_t>(std::max(needed, 0)), '\0');
    WideCharToMultiByte(CP_UTF8, 0, text.data(), size, out.data(), needed, nullptr, nullptr);
    return out;
}

/// Overlapped, since a synchronous pipe handle serves one operation at a time: a waiting read would block every write.
class PipeConnection final : public Connection {
public:
    explicit PipeConnection(HANDLE pipe) : pipe_(pipe) {}

    ~PipeConnection() override {
        hang_up();
        CloseHandle(stop_);
        CloseHandle(read_done_);
        CloseHandle(write_done_);
    }

    bool send(std::string_view bytes) override {
        const std::lock_guard lock(sending_);
        while (!bytes.empty() && pipe_ != INVALID_HANDLE_VALUE) {
            OVERLAPPED overlapped{};
            overlapped.hEvent = write_done_;
            const DWORD size = static_cast<DWORD>(std::min<std::size_t>(bytes.size(), 1u << 20));
            const BOOL done = WriteFile(pipe_, bytes.data(), size, nullptr, &overlapped);
            const DWORD written = finish(done, overlapped);
            if (written == 0) {
                return false;
            }
            bytes.remove_prefix(written);
        }
        return bytes.empty();
    }

    std::size_t receive(char *buffer, std::size_t size) override {
        OVERLAPPED overlapped{};
        overlapped.hEvent = read_done_;
        const DWORD most = static_cast<DWORD>(std::min<std::size_t>(size, 1u << 20));
        const BOOL done = ReadFile(pipe_, buffer, most, nullptr, &overlapped);
        return finish(done, overlapped);
    }

    void interrupt() noexcept override { SetEvent(stop_); }

    void hang_up() noexcept override {
        interrupt();  // whoever sends leaves
        const std::lock_guard lock(sending_);
        if (pipe_ != INVALID_HANDLE_VALUE) {
            CloseHandle(std::exchange(pipe_, INVALID_HANDLE_VALUE));
        }
    }

private:
    /// Bytes transferred; 0 for an error or an interruption. The operation is over when this returns.
    DWORD finish(BOOL done, OVERLAPPED &overlapped) {
        if (done == 0 && GetLastError() != ERROR_IO_PENDING) {
            return 0;
        }
        const HANDLE events[] = {overlapped.hEvent, stop_};
        if (WaitForMultipleObjects(2, events, FALSE, INFINITE) != WAIT_OBJECT_0) {
            CancelIoEx(pipe_, &overlapped);
        }
        DWORD transferred = 0;
        return GetOverlappedResult(pipe_, &overlapped, &transferred, TRUE) != 0 ? transferred : 0;
    }

    std::mutex sending_;
    HANDLE pipe_;  // changed under sending_, by the receiving thread or the destructor
    const HANDLE stop_ = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    const HANDLE read_done_ = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    const HANDLE write_done_ = CreateEventW(nullptr, TRUE, FALSE, nullptr);
};

}  // namespace

std::unique_ptr<Connection> Connection::open(const std::string &address) {
    const std::wstring name = widen(address);
    // The desk must not act as its caller: identification only.
    const DWORD flags = FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;
    for (;;) {
        const HANDLE pipe =
            CreateFileW(name.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, flags, nullptr);
        if (pipe != INVALID_HANDLE_VALUE) {
            return std::make_unique<PipeConnection>(pipe);
        }
        if (GetLastError() != ERROR_PIPE_BUSY || WaitNamedPipeW(name.c_str(), busy_wait_ms) == 0) {
            return nullptr;
        }
    }
}

std::string desk_address() {
    std::wstring value(32768, L'\0');
    const DWORD size = static_cast<DWORD>(value.size());
    value.resize(GetEnvironmentVariableW(L"ISCBRIDGE_SANDBOX_DESK", value.data(), size));
    return narrow(value);
}

unsigned long current_process_id() { return GetCurrentProcessId(); }
