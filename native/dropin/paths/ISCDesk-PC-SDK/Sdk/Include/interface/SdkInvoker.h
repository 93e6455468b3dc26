#pragma once
#include "../../../../../include/interface/SdkInvoker.h"  // where the guide has it
