// An SDK whose callback takes three arguments, without a register_events in the vendor file.
// EXPECT: RegisterEventRecall of this SDK has a signature that no known receiver fits
#include "adapt.hpp"

namespace {

struct Sdk {
    template <class Example>
    int RegisterEventRecall(Example *, void (Example::*)(int, const char *, int)) {
        return 0;
    }
};

struct Vendor {
    static bool succeeded(int status) { return status == 0; }
};

}  // namespace

iscbridge::Outcome add(Sdk &sdk, iscbridge::adapt::EventSink sink) {
    return iscbridge::adapt::Events<Vendor, Sdk>::add(sdk, sink);
}
