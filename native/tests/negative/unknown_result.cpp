// An SDK whose results are objects.
// EXPECT: a result or an event type that is neither enum nor integer
#include "adapt.hpp"

namespace {

struct Status {
    int code;
};

struct Sdk {
    Status OpenCloudFile() { return {0}; }
};

struct Vendor {
    static bool succeeded(const Status &status) { return status.code == 0; }
};

}  // namespace

iscbridge::Outcome open(Sdk &sdk) {
    using Call = iscbridge::adapt::PlainCall<iscbridge::adapt::OpenCloudFileCall, Sdk>;
    return iscbridge::adapt::invoke<Vendor>(false, Call{&sdk});
}
