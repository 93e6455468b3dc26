// Writes JSON in plain ASCII. Only what the facts need: objects, arrays of objects, texts, numbers, booleans.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace iscbridge::device {

/// One JSON object in the making. Members stand in the order in which they were added.
class JsonObject {
public:
    void text(const char *name, std::string_view bytes);
    void text(const char *name, std::u16string_view units);
    void number(const char *name, std::uint64_t value);
    void boolean(const char *name, bool value);
    /// `json` is finished JSON.
    void raw(const char *name, const std::string &json);

    /// A text that is left out if it is empty.
    void known_text(const char *name, std::string_view bytes);

    std::string finished() const { return "{" + members_ + "}"; }

private:
    void name(const char *name);
    template <class Units>
    void quoted(Units units);

    std::string members_;
};

/// Finished objects, joined to an array.
class JsonArray {
public:
    void add(const JsonObject &object);
    std::string finished() const { return "[" + items_ + "]"; }

private:
    std::string items_;
};

/// {"system": system, list_name: list}
std::string listed(const char *system, const char *list_name, const JsonArray &list);

/// Bytes as capital hex digits.
std::string hex(const unsigned char *bytes, std::size_t count);

}  // namespace iscbridge::device
