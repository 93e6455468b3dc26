// What the Windows halves share.
#pragma once

#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include <string>
#include <string_view>
#include <utility>

namespace iscbridge::client {

/// A handle that is closed when it goes.
class Handle {
public:
    Handle() = default;
    explicit Handle(HANDLE handle) noexcept : handle_(handle == INVALID_HANDLE_VALUE ? nullptr : handle) {}
    Handle(Handle &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Handle &operator=(Handle &&other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    Handle(const Handle &) = delete;
    Handle &operator=(const Handle &) = delete;
    ~Handle() {
        if (handle_ != nullptr) {
            CloseHandle(handle_);
        }
    }
    HANDLE get() const noexcept { return handle_; }
    explicit operator bool() const noexcept { return handle_ != nullptr; }

private:
    HANDLE handle_ = nullptr;
};

/// UTF-16 of valid UTF-8.
std::wstring widen(std::string_view utf8);
/// UTF-8; half a surrogate pair becomes U+FFFD.
std::string narrow(std::wstring_view text);

/// The SID of the user who runs a process, as text; empty if Windows does not tell.
std::wstring user_sid(HANDLE process);

/// Whether this user runs that process; false if Windows does not tell.
bool is_own_process(DWORD process_id);

/// Whether this process runs with an elevated token; true if Windows does not tell.
bool is_elevated();

}  // namespace iscbridge::client
