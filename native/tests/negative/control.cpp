// Compiles: proves that the other files here fail for their own reason.
// EXPECT: nothing
#include "adapt.hpp"

namespace {

struct Sdk {
    template <class Example>
    void RegisterEventRecall(Example *, void (Example::*)(int, const char *)) {}
    int Save(const char *) { return 0; }
};

struct Vendor {
    static bool succeeded(int status) { return status == 0; }
};

}  // namespace

iscbridge::Outcome add_and_save(Sdk &sdk, iscbridge::adapt::EventSink sink) {
    using Call = iscbridge::adapt::PlainCall<iscbridge::adapt::SaveCall, Sdk>;
    iscbridge::adapt::Argument path("/a", iscbridge::NarrowText::utf8, nullptr);
    iscbridge::adapt::Events<Vendor, Sdk>::add(sdk, sink);
    return iscbridge::adapt::invoke<Vendor>(false, Call{&sdk}, path);
}
