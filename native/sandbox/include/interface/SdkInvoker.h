// How a program gets hold of the sandbox's IscdeskSdk. The real way is not known (the guide's page breaks off in the
// middle of a function's name); this one is the sandbox's own: load the library, find `EntryPoint`, make an invoker.
#pragma once

#include "../sdk/IscdeskSdkIdl.h"

class SdkInvoker {
public:
    using Entry = IscdeskSdk *(*)();
    static constexpr const char *EntryPoint = "IscbridgeSandboxSdk";

    SdkInvoker() = default;
    explicit SdkInvoker(Entry entry) : factory_(entry == nullptr ? nullptr : entry()) {}

    /// Null if the library could not be loaded.
    IscdeskSdk *IscdeskFactory() const { return factory_; }
    IscdeskSdk *operator->() const { return factory_; }

private:
    IscdeskSdk *factory_ = nullptr;
};
