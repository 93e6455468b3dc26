// The little JSON that is needed: to look up members in what the client library gives (which it has checked), and to
// write requests and the guide's events.
#ifndef ISCBRIDGE_DROPIN_JSON_HPP
#define ISCBRIDGE_DROPIN_JSON_HPP

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "text.hpp"

namespace iscbridge_dropin {

/// In quotes; `utf8` as it is but for what JSON wants escaped.
inline std::string quoted(const std::string &utf8) {
    static const char digits[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : utf8) {
        const unsigned char byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 0xF];
        } else {
            out += c;
        }
    }
    return out + '"';
}

using Members = std::initializer_list<std::pair<const char *, std::string>>;

/// An object of texts.
inline std::string object_of(Members members) {
    std::string out = "{";
    for (const auto &each : members) {
        out += (out.size() > 1 ? "," : "") + quoted(each.first) + ":" + quoted(each.second);
    }
    return out + "}";
}

/// An event's text in the form that the guide prints.
inline std::string event_text(const char *operate, Members params) {
    return "{\"operate\":" + quoted(operate) + ",\"params\":" + object_of(params) + ",\"comeBackParams\":{}}";
}

/// Reads one valid JSON value; what is not there reads as empty.
class Json {
public:
    Json() = default;
    explicit Json(std::string text) : text_(std::move(text)) {}

    bool is_there() const { return !text_.empty(); }

    /// A member of an object; the case of ASCII letters does not count.
    Json operator[](const char *name) const {
        std::size_t at = skip_blanks(0);
        if (at >= text_.size() || text_[at] != '{') {
            return Json();
        }
        at = skip_blanks(at + 1);
        while (at < text_.size() && text_[at] == '"') {
            const std::size_t key_end = end_of_value(at);
            const bool found = is_same(Json(text_.substr(at, key_end - at)).text(), name);
            const std::size_t first = skip_blanks(skip_blanks(key_end) + 1);
            const std::size_t end = end_of_value(first);
            if (found) {
                return Json(text_.substr(first, end - first));
            }
            at = skip_blanks(end);
            at = at < text_.size() && text_[at] == ',' ? skip_blanks(at + 1) : text_.size();
        }
        return Json();
    }

    /// Of an array its elements.
    std::vector<Json> elements() const {
        std::vector<Json> out;
        std::size_t at = skip_blanks(0);
        if (at >= text_.size() || text_[at] != '[') {
            return out;
        }
        at = skip_blanks(at + 1);
        while (at < text_.size() && text_[at] != ']') {
            const std::size_t end = end_of_value(at);
            if (end == at) {
                break;  // no JSON
            }
            out.push_back(Json(text_.substr(at, end - at)));
            at = skip_blanks(end);
            at = at < text_.size() && text_[at] == ',' ? skip_blanks(at + 1) : at;
        }
        return out;
    }

    bool is_string() const { return text_.size() >= 2 && text_[0] == '"'; }

    /// Of a string its text in UTF-8, of anything else the value as it is written.
    std::string text() const {
        if (text_.empty() || text_[0] != '"') {
            return text_;
        }
        std::string out;
        for (std::size_t at = 1; at + 1 < text_.size(); ++at) {
            if (text_[at] != '\\') {
                out += text_[at];
                continue;
            }
            const char sign = text_[++at];
            if (sign == 'u') {
                append_utf8(out, unit_pair(at));
            } else {
                const std::string from = "bfnrt";
                const std::size_t which = from.find(sign);
                out += which == std::string::npos ? sign : "\b\f\n\r\t"[which];
            }
        }
        return out;
    }

    bool is_true() const { return text_ == "true"; }

private:
    std::size_t skip_blanks(std::size_t at) const {
        const std::size_t found = text_.find_first_not_of(" \t\r\n", at);
        return found == std::string::npos ? text_.size() : found;
    }

    std::size_t end_of_value(std::size_t at) const {
        int depth = 0;
        bool in_string = false;
        for (; at < text_.size(); ++at) {
            const char c = text_[at];
            if (in_string) {
                at += c == '\\' ? 1 : 0;
                in_string = c != '"';
                if (!in_string && depth == 0) {
                    return at + 1;
                }
            } else if (c == '"') {
                in_string = true;
            } else if (c == '{' || c == '[') {
                ++depth;
            } else if (c == '}' || c == ']') {
                if (depth <= 1) {
                    return at + (depth == 1 ? 1 : 0);
                }
                --depth;
            } else if (depth == 0 && (c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
                return at;
            }
        }
        return text_.size();
    }

    /// The code point of `uXXXX`, or of two of them; `at` comes to lie on the last digit.
    std::uint32_t unit_pair(std::size_t &at) const {
        const std::uint32_t first = unit(at + 1);
        at += 4;
        const bool is_high = first >= 0xD800 && first < 0xDC00;
        if (is_high && at + 6 < text_.size() && text_[at + 1] == '\\' && text_[at + 2] == 'u') {
            const std::uint32_t second = unit(at + 3);
            if (second >= 0xDC00 && second < 0xE000) {
                at += 6;
                return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            }
        }
        return first == 0 || (first >= 0xD800 && first < 0xE000) ? 0xFFFD : first;
    }

    std::uint32_t unit(std::size_t at) const {
        std::uint32_t out = 0;
        for (std::size_t i = at; i < at + 4 && i < text_.size(); ++i) {
            const char c = text_[i];
            out = out * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        }
        return out;
    }

    static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

    static bool is_same(const std::string &a, const char *b) {
        std::size_t i = 0;
        for (; i < a.size() && b[i] != '\0' && lower(a[i]) == lower(b[i]); ++i) {
        }
        return i == a.size() && b[i] == '\0';
    }

    std::string text_;
};

}  // namespace iscbridge_dropin

#endif
