#include "wire.hpp"

#include <charconv>

namespace desk_wire {
namespace {

constexpr std::size_t header_size = 4;

std::vector<std::string_view> split(std::string_view frame) {
    std::vector<std::string_view> fields;
    for (;;) {
        const auto end = frame.find('\0');
        fields.push_back(frame.substr(0, end));
        if (end == std::string_view::npos) {
            return fields;
        }
        frame.remove_prefix(end + 1);
    }
}

template <class Number>
std::optional<Number> parse_number(std::string_view digits) {
    Number value = 0;
    const char *const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    return error == std::errc() && stop == end ? std::optional<Number>(value) : std::nullopt;
}

std::optional<Message> parse_return(std::string_view sequence, std::string_view status) {
    const auto call = parse_number<std::uint64_t>(sequence);
    const auto result = parse_number<std::int32_t>(status);
    return call && result ? std::optional<Message>(Return{*call, *result}) : std::nullopt;
}

}  // namespace

std::optional<std::string> encode(const Fields &fields) {
    std::size_t size = fields.empty() ? 0 : fields.size() - 1;
    for (const std::string &field : fields) {
        if (field.find('\0') != std::string::npos) {
            return std::nullopt;
        }
        size += field.size();
    }
    if (size == 0 || size > largest_frame) {
        return std::nullopt;
    }
    std::string frame;
    frame.reserve(header_size + size);
    for (int shift = 24; shift >= 0; shift -= 8) {
        frame += static_cast<char>((size >> shift) & 0xFF);
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i != 0) {
            frame += '\0';
        }
        frame += fields[i];
    }
    return frame;
}

void FrameReader::feed(std::string_view bytes) {
    if (start_ != 0) {
        buffer_.erase(0, start_);
        start_ = 0;
    }
    buffer_ += bytes;
}

std::optional<std::string> FrameReader::next() {
    if (broken_ || buffer_.size() - start_ < header_size) {
        return std::nullopt;
    }
    std::size_t length = 0;
    for (std::size_t i = 0; i < header_size; ++i) {
        length = (length << 8) | static_cast<unsigned char>(buffer_[start_ + i]);
    }
    if (length == 0 || length > largest_frame) {
        broken_ = true;
        return std::nullopt;
    }
    if (buffer_.size() - start_ - header_size < length) {
        return std::nullopt;
    }
    std::string frame = buffer_.substr(start_ + header_size, length);
    start_ += header_size + length;
    return frame;
}

std::optional<Message> parse(std::string_view frame) {
    const auto fields = split(frame);
    const std::string_view verb = fields[0];
    if (verb == "welcome" && fields.size() == 2 && fields[1] == version) {
        return Welcome{};
    }
    if (verb == "refuse" && fields.size() == 2) {
        return Refuse{std::string(fields[1])};
    }
    if (verb == "return" && fields.size() == 3) {
        return parse_return(fields[1], fields[2]);
    }
    if (verb == "event" && fields.size() == 3) {
        return Raise{std::string(fields[1]), std::string(fields[2])};
    }
    if (verb == "bye" && fields.size() == 2) {
        return Bye{std::string(fields[1])};
    }
    return std::nullopt;
}

}  // namespace desk_wire
