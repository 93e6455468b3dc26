// "Desk wire 1", the protocol between the sandbox SDK and the sandbox desk: frames of a 4-byte big-endian length and
// as many bytes, which are fields separated by NUL; the first field is the verb.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace desk_wire {

constexpr std::size_t largest_frame = std::size_t{16} << 20;
constexpr std::string_view version = "1";

using Fields = std::vector<std::string>;

/// The frame for these fields; nothing if it would be larger than `largest_frame` or a field holds a NUL.
std::optional<std::string> encode(const Fields &fields);

/// Cuts a byte stream into frames. Memory grows with the bytes that came, not with the length that a frame claims.
class FrameReader {
public:
    void feed(std::string_view bytes);

    /// The next whole frame, if there is one.
    std::optional<std::string> next();

    /// A length of zero or above `largest_frame` was read: nothing behind it can be understood.
    bool broken() const noexcept { return broken_; }

private:
    std::string buffer_;
    std::size_t start_ = 0;  // of the first byte in buffer_ that was not given out yet
    bool broken_ = false;
};

// What the desk may send.
struct Welcome {};
struct Refuse {
    std::string reason;
};
struct Return {
    std::uint64_t sequence;
    std::int32_t status;
};
struct Raise {
    std::string event;        // name, such as EVENT_SAVE_RESULT
    std::string information;  // as it came: may be broken JSON or broken UTF-8
};
struct Bye {
    std::string reason;
};
using Message = std::variant<Welcome, Refuse, Return, Raise, Bye>;

/// Nothing for whatever is not exactly one of these messages.
std::optional<Message> parse(std::string_view frame);

}  // namespace desk_wire
