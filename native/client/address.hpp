// Where the bridge of a profile listens: docs/protocol.md, section 1.
#pragma once

#include <string>

namespace iscbridge::client {

/// `home`: the profile's folder in UTF-8; empty: ISCBRIDGE_HOME, else this user's. Throws std::exception if the system
/// does not tell.
std::string find_address(const std::string &home);

}  // namespace iscbridge::client
