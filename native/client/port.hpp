// The way to the bridge: AF_UNIX socket (port_posix.cpp) or named pipe (port_windows.cpp). One thread uses it and
// never blocks but in `wait`; any other may `wake` it.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace iscbridge::client {

using Clock = std::chrono::steady_clock;

enum class Opened {
    yes,
    busy,         ///< the server takes nobody at the moment: try again after some milliseconds
    not_running,  ///< nobody listens
    foreign,      ///< the other end is not this user's; nothing was sent
};

enum class Moved {
    some,     ///< at least one byte
    nothing,  ///< not now: `wait`
    ended,    ///< the connection is over
};

class Port {
public:
    /// Throws std::exception if the system gives no means to wait.
    static std::unique_ptr<Port> make();

    Port() = default;
    virtual ~Port() = default;
    Port(const Port &) = delete;
    Port &operator=(const Port &) = delete;

    /// Connects, and checks who is there.
    virtual Opened open(const std::string &address) = 0;
    virtual void close() noexcept = 0;

    virtual Moved read(char *buffer, std::size_t size, std::size_t &count) = 0;
    virtual Moved write(const char *bytes, std::size_t size, std::size_t &count) = 0;

    /// Until there is something to read (or, if wanted, room to write), or `wake` was called, or the time has come.
    virtual void wait(Clock::time_point until, bool to_write) = 0;

    /// From any thread: ends a `wait`, the present or the next one.
    virtual void wake() noexcept = 0;

    /// Lets the windows of the other end come to the front, as far as this program may pass that right on.
    virtual void allow_foreground() noexcept {}
};

/// Milliseconds from now on, rounded up; never below 0 nor above an hour.
inline int milliseconds_until(Clock::time_point until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    return left < 0 ? 0 : left > 3600000 ? 3600000 : static_cast<int>(left);
}

}  // namespace iscbridge::client
