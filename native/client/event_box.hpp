// Events that wait to be taken: bounded, the oldest give way.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>

#include "objects.hpp"
#include "port.hpp"

namespace iscbridge::client {

class EventBox {
public:
    static constexpr std::size_t most_bytes = std::size_t{16} << 20;

    explicit EventBox(std::size_t capacity) : capacity_(capacity) {}

    void put(Event event);

    /// The oldest event; waits for one until the time has come or the box is closed.
    std::optional<Event> take(Clock::time_point until);

    /// Wakes whoever waits; nothing can be taken any more.
    void close();
    bool is_closed() const;

private:
    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Event> events_;
    std::size_t bytes_ = 0;
    std::uint64_t dropped_ = 0;  // before the oldest event
    bool closed_ = false;
};

}  // namespace iscbridge::client
