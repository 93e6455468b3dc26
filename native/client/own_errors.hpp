// The library's own errors: what the bridge could not say, in the words of the catalogue in `iscbridge/texts`.
#pragma once

#include <cstdint>

namespace iscbridge::client {

/// Of texts for people.
enum class Language { en, zh };

struct Words {
    const char *title;
    const char *message;
    const char *remedy;
};

struct OwnError {
    std::int32_t status;
    std::int32_t retry;
    const char *code;
    Words en;
    Words zh;

    const Words &in(Language language) const noexcept { return language == Language::zh ? zh : en; }
};

/// For an iscb_status below zero; one that is not known is a fault in the library.
const OwnError &own_error(std::int32_t status) noexcept;

}  // namespace iscbridge::client
