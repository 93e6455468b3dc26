// SHA-256 (FIPS 180-4): a profile's address holds it.
#pragma once

#include <string>
#include <string_view>

namespace iscbridge::client {

/// 64 small hex digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace iscbridge::client
