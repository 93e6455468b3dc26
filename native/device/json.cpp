#include "json.hpp"

#include <type_traits>

namespace iscbridge::device {

namespace {

constexpr char digits[] = "0123456789ABCDEF";

bool is_plain(std::uint32_t unit) { return unit >= 0x20 && unit < 0x7F && unit != '"' && unit != '\\'; }

}  // namespace

template <class Units>
void JsonObject::quoted(Units units) {
    members_ += '"';
    for (const auto each : units) {
        const auto unit = static_cast<std::uint32_t>(static_cast<std::make_unsigned_t<typename Units::value_type>>(each));
        if (is_plain(unit)) {
            members_ += static_cast<char>(unit);
            continue;
        }
        members_ += "\\u";
        for (int shift = 12; shift >= 0; shift -= 4) {
            members_ += digits[(unit >> shift) & 0xF];
        }
    }
    members_ += '"';
}

void JsonObject::name(const char *name) {
    if (!members_.empty()) {
        members_ += ',';
    }
    members_ += '"';
    members_ += name;  // our own names need no escape
    members_ += "\":";
}

void JsonObject::text(const char *name, std::string_view bytes) {
    this->name(name);
    quoted(bytes);
}

void JsonObject::text(const char *name, std::u16string_view units) {
    this->name(name);
    quoted(units);
}

void JsonObject::number(const char *name, std::uint64_t value) { raw(name, std::to_string(value)); }

void JsonObject::boolean(const char *name, bool value) { raw(name, value ? "true" : "false"); }

void JsonObject::raw(const char *name, const std::string &json) {
    this->name(name);
    members_ += json;
}

void JsonObject::known_text(const char *name, std::string_view bytes) {
    if (!bytes.empty()) {
        text(name, bytes);
    }
}

void JsonArray::add(const JsonObject &object) {
    if (!items_.empty()) {
        items_ += ',';
    }
    items_ += object.finished();
}

std::string listed(const char *system, const char *list_name, const JsonArray &list) {
    JsonObject out;
    out.text("system", std::string_view(system));
    out.raw(list_name, list.finished());
    return out.finished();
}

std::string hex(const unsigned char *bytes, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        out += digits[bytes[i] >> 4];
        out += digits[bytes[i] & 0xF];
    }
    return out;
}

}  // namespace iscbridge::device
