#pragma once

#include "../sdk/IscdeskSdkIdl.h"

struct SdkInvoker {
    IscdeskSdk *factory;
    IscdeskSdk *IscdeskFactory() const { return factory; }
};
