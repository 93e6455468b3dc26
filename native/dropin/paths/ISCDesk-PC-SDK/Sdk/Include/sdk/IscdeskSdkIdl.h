#pragma once
#include "../../../../../include/sdk/IscdeskSdkIdl.h"  // where the guide has it
