// What differs by operating system: implemented in os_posix.cpp and os_windows.cpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace iscbridge::os {

/// Wakes the SDK thread. Set from any thread; waited for by one.
class WorkSignal {
public:
    WorkSignal();
    ~WorkSignal();
    WorkSignal(const WorkSignal &) = delete;
    WorkSignal &operator=(const WorkSignal &) = delete;

    void set() noexcept;

    /// Returns once `set` was called since the last return. On Windows the calling thread's messages are
    /// dispatched meanwhile: a DLL made for desktop programs may have windows or timers on the thread that calls it.
    void wait();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Loads a library by its absolute UTF-8 path; null when it cannot be loaded. It is never unloaded: threads of
/// the SDK may still run in it.
void *open_library(const std::string &path);

/// Address of an exported symbol, or null.
void *find_symbol(void *library, const char *name);

/// Full path of `name` in the folder that holds this library; empty when that is unknown.
std::string beside_this_library(const char *name);

/// Keeps this library in memory until the process ends: a late callback must find code.
void pin_this_library() noexcept;

bool is_absolute(std::string_view path) noexcept;

/// Nothing when there is no such code page or the bytes are not valid in it. `code_page`: "CP936" or null (system's).
std::optional<std::string> ansi_to_utf8(std::string_view bytes, const char *code_page);
std::optional<std::string> utf8_to_ansi(std::string_view utf8, const char *code_page);

}  // namespace iscbridge::os
