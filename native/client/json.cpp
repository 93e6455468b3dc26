#include "json.hpp"

#include <charconv>

#include "utf8.hpp"

namespace iscbridge::client::json {
namespace {

constexpr int deepest = 64;
constexpr char32_t replacement = 0xFFFD;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

int hex_value(char c) noexcept {
    if (is_digit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// Walks over a text. Each function leaves the position behind what it took, or gives false.
class Walker {
public:
    explicit Walker(std::string_view text) noexcept : text_(text) {}

    std::size_t at() const noexcept { return at_; }
    bool ended() const noexcept { return at_ == text_.size(); }
    char peek() const noexcept { return ended() ? '\0' : text_[at_]; }

    void blanks() noexcept {
        while (!ended() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) {
            ++at_;
        }
    }

    bool take(char wanted) noexcept {
        const bool there = !ended() && peek() == wanted;
        at_ += there ? 1 : 0;
        return there;
    }

    bool value(int depth) noexcept {
        switch (peek()) {
            case '{':
                return depth < deepest && object(depth + 1);
            case '[':
                return depth < deepest && array(depth + 1);
            case '"':
                return string();
            case 't':
                return word("true");
            case 'f':
                return word("false");
            case 'n':
                return word("null");
            default:
                return number();
        }
    }

    bool string() noexcept {
        if (!take('"')) {
            return false;
        }
        while (!ended()) {
            const auto unit = static_cast<unsigned char>(peek());
            if (unit == '"') {
                ++at_;
                return true;
            }
            if (unit < 0x20 || !(unit == '\\' ? escape() : character())) {
                return false;
            }
        }
        return false;
    }

private:
    bool word(std::string_view wanted) noexcept {
        const bool there = text_.substr(at_, wanted.size()) == wanted;
        at_ += there ? wanted.size() : 0;
        return there;
    }

    bool character() noexcept {
        char32_t code = 0;
        const std::size_t length = read_utf8(text_, at_, code);
        at_ += length;
        return length != 0;
    }

    bool escape() noexcept {
        ++at_;
        const char kind = peek();
        if (ended() || std::string_view("\"\\/bfnrtu").find(kind) == std::string_view::npos) {
            return false;
        }
        ++at_;
        for (int left = kind == 'u' ? 4 : 0; left > 0; --left, ++at_) {
            if (hex_value(peek()) < 0) {
                return false;
            }
        }
        return true;
    }

    bool digits() noexcept {
        const std::size_t first = at_;
        while (is_digit(peek())) {
            ++at_;
        }
        return at_ > first;
    }

    bool number() noexcept {
        take('-');
        if (!take('0') && !digits()) {
            return false;
        }
        if (take('.') && !digits()) {
            return false;
        }
        if (take('e') || take('E')) {
            if (!take('+')) {
                take('-');
            }
            return digits();
        }
        return true;
    }

    bool array(int depth) noexcept {
        take('[');
        blanks();
        if (take(']')) {
            return true;
        }
        for (;;) {
            blanks();
            if (!value(depth)) {
                return false;
            }
            blanks();
            if (take(']')) {
                return true;
            }
            if (!take(',')) {
                return false;
            }
        }
    }

    bool object(int depth) noexcept {
        take('{');
        blanks();
        if (take('}')) {
            return true;
        }
        for (;;) {
            blanks();
            if (!string()) {
                return false;
            }
            blanks();
            if (!take(':')) {
                return false;
            }
            blanks();
            if (!value(depth)) {
                return false;
            }
            blanks();
            if (take('}')) {
                return true;
            }
            if (!take(',')) {
                return false;
            }
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

char32_t hex4(std::string_view digits) noexcept {
    char32_t code = 0;
    for (const char c : digits.substr(0, 4)) {
        code = (code << 4) | static_cast<char32_t>(hex_value(c));
    }
    return code;
}

/// The character of a \u escape whose digits begin at `at`; moves behind it, and behind the second half of a pair.
char32_t unicode_escape(std::string_view inside, std::size_t &at) noexcept {
    const char32_t first = hex4(inside.substr(at));
    at += 4;
    if (!is_surrogate(first)) {
        return first == 0 ? replacement : first;
    }
    if (first < 0xDC00 && inside.substr(at, 2) == "\\u") {
        const char32_t second = hex4(inside.substr(at + 2));
        if (second >= 0xDC00 && second <= 0xDFFF) {
            at += 6;
            return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        }
    }
    return replacement;
}

std::string unquoted(std::string_view inside) {
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    std::string out;
    out.reserve(inside.size());
    for (std::size_t at = 0; at < inside.size();) {
        if (inside[at] != '\\') {
            out += inside[at++];
            continue;
        }
        const char kind = inside[at + 1];
        at += 2;
        if (kind == 'u') {
            append_utf8(out, unicode_escape(inside, at));
        } else {
            out += meanings[letters.find(kind)];
        }
    }
    return out;
}

}  // namespace

bool is_valid(std::string_view text) noexcept {
    Walker walker(text);
    walker.blanks();
    if (!walker.value(0)) {
        return false;
    }
    walker.blanks();
    return walker.ended();
}

View::View(std::string_view valid) {
    Walker walker(valid);
    walker.blanks();
    const std::size_t first = walker.at();
    walker.value(0);
    text_ = valid.substr(first, walker.at() - first);
}

View View::operator[](std::string_view name) const {
    if (!is_object()) {
        return {};
    }
    Walker walker(text_);
    walker.take('{');
    walker.blanks();
    while (walker.peek() == '"') {
        const std::size_t quote = walker.at();
        walker.string();
        const std::string_view found = text_.substr(quote + 1, walker.at() - quote - 2);
        walker.blanks();
        walker.take(':');
        walker.blanks();
        const std::size_t first = walker.at();
        walker.value(0);
        if (found == name || (found.find('\\') != std::string_view::npos && unquoted(found) == name)) {
            View value;
            value.text_ = text_.substr(first, walker.at() - first);
            return value;
        }
        walker.blanks();
        walker.take(',');
        walker.blanks();
    }
    return {};
}

std::string View::text() const { return is_string() ? unquoted(text_.substr(1, text_.size() - 2)) : std::string(); }

std::optional<std::int64_t> View::integer() const noexcept {
    std::int64_t value = 0;
    const char *const end = text_.data() + text_.size();
    const auto [behind, error] = std::from_chars(text_.data(), end, value);
    if (text_.empty() || error != std::errc() || behind != end) {
        return std::nullopt;
    }
    return value;
}

std::string quoted(std::string_view utf8) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : utf8) {
        const auto unit = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (unit < 0x20) {
            out += "\\u00";
            out += digits[unit >> 4];
            out += digits[unit & 0xF];
        } else {
            out += c;
        }
    }
    out += '"';
    return out;
}

void Object::name(std::string_view name) {
    if (!members_.empty()) {
        members_ += ',';
    }
    members_ += quoted(name);
    members_ += ':';
}

Object &Object::text(std::string_view name, std::string_view value) { return raw(name, quoted(value)); }

Object &Object::integer(std::string_view name, std::int64_t value) { return raw(name, std::to_string(value)); }

Object &Object::yes(std::string_view name) { return raw(name, "true"); }

Object &Object::raw(std::string_view name, std::string_view value) {
    this->name(name);
    members_ += value;
    return *this;
}

}  // namespace iscbridge::client::json
