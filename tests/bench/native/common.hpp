// What both sources of events have in common: they raise one whenever they are told to, and say when that was.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <string>
#include <unistd.h>

/// A command: raise so many events. One event alone is stamped; its time goes back by the second pipe.
struct Control {
    int commands = -1;
    int times = -1;

    bool open() {
        const char *const in = std::getenv("BENCH_COMMANDS"), *const out = std::getenv("BENCH_TIMES");
        if (in == nullptr || out == nullptr) {
            return false;
        }
        commands = ::open(in, O_RDONLY | O_CLOEXEC);
        times = ::open(out, O_WRONLY | O_CLOEXEC);
        return commands >= 0 && times >= 0;
    }

    /// How many to raise; 0 at the end.
    std::uint64_t next() const {
        std::uint64_t count = 0;
        return ::read(commands, &count, sizeof count) == sizeof count ? count : 0;
    }

    void tell(std::uint64_t nanoseconds) const {
        if (::write(times, &nanoseconds, sizeof nanoseconds) != sizeof nanoseconds) {
            std::abort();
        }
    }
};

/// CLOCK_MONOTONIC: the same clock in every process of the machine.
inline std::uint64_t now_ns() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1000000000u + static_cast<std::uint64_t>(time.tv_nsec);
}

/// The information string of the guide (page CheckNewVersions).
inline const char *update_notice() { return R"({"operate":"Update","params":{"fromForceWin":"true"},"comeBackParams":{}})"; }
