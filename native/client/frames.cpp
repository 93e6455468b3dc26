#include "frames.hpp"

namespace iscbridge::client {
namespace {

constexpr std::size_t keep = std::size_t{1} << 20;  // capacity that is not given back

}  // namespace

std::optional<std::string_view> Frames::next() {
    for (;;) {
        const std::size_t end = buffer_.find('\n', looked_);
        if (end == std::string::npos) {
            break;
        }
        std::string_view line(buffer_.data() + start_, end - start_);
        start_ = looked_ = end + 1;
        if (!line.empty() && line.back() == '\r') {
            line.remove_suffix(1);
        }
        if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
            return line;
        }
    }
    buffer_.erase(0, start_);
    start_ = 0;
    looked_ = buffer_.size();
    if (buffer_.empty() && buffer_.capacity() > keep) {
        buffer_ = std::string();
    }
    return std::nullopt;
}

}  // namespace iscbridge::client
