// For tests of parts that need no SDK but are linked with what would make one.
#include "sdk_port.hpp"

namespace iscbridge {

std::unique_ptr<SdkPort> make_sdk_port() { return nullptr; }

}  // namespace iscbridge
