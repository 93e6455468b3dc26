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

/// Whether such a token has more rights than what its user starts in the usual way. Where User Account Control is off, an
/// administrator has one token for everything, which counts as elevated and is the usual one all the same (its type is
/// TokenElevationTypeDefault); the system's own account has one of that type, too.
constexpr bool is_more_than_usual(DWORD elevation_type, DWORD integrity) {
    return (elevation_type != TokenElevationTypeDefault && elevation_type != TokenElevationTypeLimited) ||
           integrity >= SECURITY_MANDATORY_SYSTEM_RID;
}

/// Whether this process has more rights than its user usually has; true if Windows does not tell.
bool has_more_than_usual();

}  // namespace iscbridge::client
