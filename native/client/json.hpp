// JSON without a tree: a text is checked once, then members are looked up in it. Memory is the text's own, whatever a
// hostile text holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace iscbridge::client::json {

/// Whether `text` is one JSON value (RFC 8259) in strict UTF-8, at most 64 levels deep.
bool is_valid(std::string_view text) noexcept;

/// A value in a text that `is_valid`. Lives as long as the text does.
class View {
public:
    View() = default;  ///< absent: of no kind, without members
    explicit View(std::string_view valid);

    bool is_there() const noexcept { return !text_.empty(); }
    bool is_object() const noexcept { return starts_with('{'); }
    bool is_string() const noexcept { return starts_with('"'); }

    /// Absent if this is no object or has no such member. Of members with one name the first counts.
    View operator[](std::string_view name) const;

    /// Empty if this is no string. What a C string can't hold, a NUL and half a surrogate pair, becomes U+FFFD.
    std::string text() const;
    /// Empty if this is no integer of 64 bits.
    std::optional<std::int64_t> integer() const noexcept;
    bool is_true() const noexcept { return text_ == "true"; }

    /// The value as it is written.
    std::string_view raw() const noexcept { return text_; }

private:
    bool starts_with(char first) const noexcept { return !text_.empty() && text_.front() == first; }

    std::string_view text_;
};

/// An object in the making. Texts must be valid UTF-8.
class Object {
public:
    Object &text(std::string_view name, std::string_view value);
    Object &integer(std::string_view name, std::int64_t value);
    Object &yes(std::string_view name);
    /// `value` is finished JSON.
    Object &raw(std::string_view name, std::string_view value);

    std::string finished() const { return "{" + members_ + "}"; }

private:
    void name(std::string_view name);

    std::string members_;
};

std::string quoted(std::string_view utf8);

}  // namespace iscbridge::client::json
