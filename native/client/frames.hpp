// Cuts what comes from the bridge into lines.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace iscbridge::client {

class Frames {
public:
    /// The longest line that is taken: the bridge itself never holds more than this for a client.
    static constexpr std::size_t longest = std::size_t{32} << 20;

    void feed(std::string_view bytes) { buffer_.append(bytes); }

    /// The next whole line that is not blank, without its end. Lives until the next call of anything here.
    std::optional<std::string_view> next();

    /// A line is longer than `longest`.
    bool broken() const noexcept { return buffer_.size() - start_ > longest; }

    void clear() { *this = Frames(); }

private:
    std::string buffer_;
    std::size_t start_ = 0;   // of the first byte that was not given out
    std::size_t looked_ = 0;  // no line ends before this
};

}  // namespace iscbridge::client
