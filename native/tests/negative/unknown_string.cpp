// An SDK whose strings are of a class that no known form converts to: stops with a static_assert that says what to do.
// EXPECT: takes its arguments in none of the known forms
#include "adapt.hpp"

namespace {

struct VendorString {
    explicit VendorString(int) {}
};

struct Sdk {
    int Save(VendorString) { return 0; }
};

struct Vendor {
    static bool succeeded(int status) { return status == 0; }
};

}  // namespace

iscbridge::Outcome save(Sdk &sdk) {
    using Call = iscbridge::adapt::PlainCall<iscbridge::adapt::SaveCall, Sdk>;
    iscbridge::adapt::Argument path("/a", iscbridge::NarrowText::utf8, nullptr);
    return iscbridge::adapt::invoke<Vendor>(false, Call{&sdk}, path);
}
