#pragma once

#include "../sdk/IscdeskSdkIdl.h"

namespace iscdesk {

class SdkInvoker {
public:
    using Create = Sdk *(*)();
    explicit SdkInvoker(Create create) : sdk_(create()) {}
    Sdk *IscdeskFactory() { return sdk_; }

private:
    Sdk *sdk_;
};

}  // namespace iscdesk
