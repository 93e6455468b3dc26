#pragma once

#include "../sdk/IscdeskSdkIdl.h"

class SdkInvoker {
public:
    explicit SdkInvoker(IIscdeskSdk *factory) : factory_(factory) {}
    IIscdeskSdk *IscdeskFactory() { return factory_; }

private:
    IIscdeskSdk *factory_;
};
