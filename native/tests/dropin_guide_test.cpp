// Every call line that the developer guide prints, as it is printed, compiled and run against a bridge. The path of the
// DLL is the only thing that the guide leaves to be filled in.
#ifdef ISCBRIDGE_GUIDE_PATHS  // where the compiler takes a backslash in these lines for a separator, or the test makes it so
#include "IscdeskApi\Sdk\Include\interface\SdkInvoker.h"
#include "IscdeskApi\Sdk\Include\sdk\IscdeskSdkIdl.h"
#else
#include "IscdeskApi/Sdk/Include/interface/SdkInvoker.h"
#include "IscdeskApi/Sdk/Include/sdk/IscdeskSdkIdl.h"
#endif

#include "ISCDesk-PC-SDK/Sdk/Include/interface/SdkInvoker.h"
#include "ISCDesk-PC-SDK/Sdk/Include/sdk/IscdeskSdkIdl.h"
#include "interface/SdkInvoker.h"
#include "sdk/IscdeskSdkIdl.h"
#include "support/dropin_host.hpp"

#ifndef _WIN32
// What the guide's lines need of Windows.
using HMODULE = void *;
static HMODULE LoadLibraryA(const char *) {
    static int loaded = 0;
    return &loaded;
}
#endif

using namespace test;

namespace {

/// A GUI program's globals, as the guide's lines take them for granted.
SdkInvoker invoker;
Example example;

void load() {
    HMODULE sdkHandle = LoadLibraryA("IscdeskSdk\\SdkApi\\bin\\Win32\\Release\\IscdeskApi.dll");
    if (sdkHandle == NULL) { /* load failed: must exit */ }
}

void start() {
    invoker.IscdeskFactory()->Init();
    invoker->RegisterEventRecall(&example, &Example::EventRecall);
    invoker.IscdeskFactory()->RegisterEventRecall(&example, &Example::EventRecall);
}

void licence(const std::string &fileName, const std::string &devInfo, bool verifyResult, const std::string &errorMsg) {
    invoker->GetLicenseFileRequest(fileName, devInfo);
    invoker->GetLicenseStringRequest(devInfo);
    invoker->LicenseVerifyNotify(verifyResult, errorMsg);
    invoker->TrialExpirationAndGetLicense(LicenseType::LICENSE_TYPE_FILE, "devInfo", "fileName");
}

void upgrade(bool bUpgrade) {
    ResultStatus resultStatus_7 = invoker->CheckNewVersions();
    ResultStatus resultStatus_8 = RESULT_FAILED;
    resultStatus_8 = invoker.IscdeskFactory()->invoker->UpgradeNotify(bUpgrade);
    CHECK_EQ(resultStatus_7, RESULT_SUCCESS);
    CHECK_EQ(resultStatus_8, RESULT_SUCCESS);
}

void data(const std::string &saveFilePath, const std::string &filePath) {
    invoker->OpenCloudFile();
    invoker->Save(saveFilePath);
    invoker->Save(saveFilePath, true);
    invoker->SelectSaveAsPath(filePath);
    invoker->SelectSaveAsPath(filePath, true);
    invoker->GetSolution(filePath);
}

void end() {
    ResultStatus resultStatus_2 = invoker.IscdeskFactory()->ShutOut();
    CHECK_EQ(resultStatus_2, RESULT_SUCCESS);
    CHECK_EQ(invoker->ShutOut(), RESULT_NOT_INITIALIZED);
}

/// What the guide says of the events, as a host may write it.
const char *name_of(EventType type) {
    switch (type) {
        case EVENT_OPENCLOUDFILE_RESULT:
            return "open";
        case EVENT_SAVE_RESULT:
            return "save";
        case EVENT_LICENSE_VERIFY:
            return "licence";
        case EVENT_UPGRADENOTICE:
            return "notice";
        case EventType::EVENT_UPDATE:
            return "update";
        case EventType::EVENT_UPLOAD_END:
            return "upload";
        default:
            return "";
    }
}

}  // namespace

int main() {
    CHECK_EQ(invoker->Save("/before Init"), RESULT_NOT_INITIALIZED);
    Bridge bridge;
    load();
    start();
    licence("license.lic", "04:7C:16:5E:E3:5D|001B_444A_488B_5CEC.||BFEBFBFF00090672", true, "");
    upgrade(false);
    data("/saved", "/copied");
    for (const char *const method :
         {"license.request", "license.request", "license.verified", "license.trialExpired", "upgrade.check", "upgrade.answer",
          "cloud.open", "cloud.save", "cloud.save", "cloud.saveAs", "cloud.saveAs", "cloud.solve"}) {
        bridge.asked(method);
    }
    end();
    CHECK_EQ(std::string(name_of(EVENT_UPLOAD_END)), "upload");
    return 0;
}
