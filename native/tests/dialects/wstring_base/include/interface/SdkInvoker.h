#pragma once

#include "../sdk/IscdeskSdkIdl.h"

class SdkInvoker {
public:
    explicit SdkInvoker(IscdeskSdk *factory) : factory_(factory) {}
    IscdeskSdk *IscdeskFactory() { return factory_; }

private:
    IscdeskSdk *factory_;
};
