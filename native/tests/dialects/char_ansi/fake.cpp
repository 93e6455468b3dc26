#include "fake_desk.hpp"
#include "interface/SdkInvoker.h"

namespace {

const FakeTraits traits{"ansi", 1, 1, 1, 0, "0", "1",
                        "events: template over the receiver; paths: char* in the ANSI code page"};

ResultStatus call(const std::string &text) { return FakeDesk::instance().call(text); }

class Sdk final : public IscdeskSdk {
    ResultStatus Init() override { return call("Init"); }
    ResultStatus ShutOut() override { return call("ShutOut"); }
    ResultStatus GetLicenseFileRequest(char *fileName, char *devInfo) override {
        return call(std::string("GetLicenseFileRequest|") + fileName + "|" + devInfo);
    }
    ResultStatus GetLicenseStringRequest(char *devInfo) override {
        return call(std::string("GetLicenseStringRequest|") + devInfo);
    }
    ResultStatus LicenseVerifyNotify(int verifyResult, char *errorMsg) override {
        return call("LicenseVerifyNotify|" + std::to_string(verifyResult) + "|" + errorMsg);
    }
    ResultStatus TrialExpirationAndGetLicense(LicenseType::Value licType, char *devInfo, char *fileName) override {
        return call(std::string("TrialExpirationAndGetLicense|") +
                    (licType == LicenseType::LICENSE_TYPE_FILE ? "file|" : "?|") + devInfo + "|" + fileName);
    }
    ResultStatus CheckNewVersions() override { return call("CheckNewVersions"); }
    ResultStatus UpgradeNotify(int bUpgrade) override { return call("UpgradeNotify|" + yes_no(bUpgrade != 0)); }
    ResultStatus OpenCloudFile() override { return call("OpenCloudFile"); }
    ResultStatus Save(char *path, bool assembly) override {
        const std::string text = std::string("Save|") + path + "|" + yes_no(assembly);
        path[0] = '!';  // an SDK may do so with a char *: it must not be the caller's
        return call(text);
    }
    ResultStatus SelectSaveAsPath(char *path, bool assembly) override {
        return call(std::string("SelectSaveAsPath|") + path + "|" + yes_no(assembly));
    }
    ResultStatus GetSolution(char *path) override { return call(std::string("GetSolution|") + path); }

    ResultStatus SetRecall(void *example, void (*thunk)(void *, int, char *)) override {
        FakeDesk::instance().set_receiver([example, thunk](std::int32_t type, const std::string &text) {
            std::string copy = text;
            thunk(example, type, copy.data());
        });
        return call("RegisterEventRecall");
    }
};

}  // namespace

extern "C" FAKE_EXPORT IscdeskSdk *GetIscdeskSdk() {
    static auto *const sdk = new Sdk;
    return sdk;
}
extern "C" FAKE_EXPORT const FakeControl *fake_control() { return FakeDesk::control(traits); }
