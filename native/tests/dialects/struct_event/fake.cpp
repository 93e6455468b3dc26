#include "fake_desk.hpp"
#include "fake_wide.hpp"
#include "interface/SdkInvoker.h"

namespace {

const FakeTraits traits{"wide", 1, RESULT_SUCCEEDED, 1, 0, "true", "false", "events: vendor file; paths: wchar_t*"};

ResultStatus call(const std::string &text) { return static_cast<ResultStatus>(FakeDesk::instance().call(text)); }

class Sdk final : public IscdeskSdk {
    ResultStatus Init() override { return call("Init"); }
    ResultStatus RegisterEventRecall(void (*recall)(const EventInformation &, void *), void *context) override {
        static auto *const contexts = new std::set<void *>;  // the receivers are never freed: keeps them reachable
        contexts->insert(context);
        FakeDesk::instance().set_receiver([recall, context](std::int32_t type, const std::string &text) {
            const std::wstring wide = fake_widen(text);
            recall({type, wide.c_str(), static_cast<unsigned>(wide.size())}, context);
        });
        return call("RegisterEventRecall");
    }
    ResultStatus ShutOut() override { return call("ShutOut"); }
    ResultStatus GetLicenseFileRequest(wchar_t *fileName, wchar_t *devInfo) override {
        return call("GetLicenseFileRequest|" + fake_narrow(fileName) + "|" + fake_narrow(devInfo));
    }
    ResultStatus GetLicenseStringRequest(wchar_t *devInfo) override {
        return call("GetLicenseStringRequest|" + fake_narrow(devInfo));
    }
    ResultStatus LicenseVerifyNotify(bool verifyResult, wchar_t *errorMsg) override {
        return call("LicenseVerifyNotify|" + yes_no(verifyResult) + "|" + fake_narrow(errorMsg));
    }
    ResultStatus TrialExpirationAndGetLicense(LicenseType licType, wchar_t *devInfo, wchar_t *fileName) override {
        return call(std::string("TrialExpirationAndGetLicense|") + (licType == LICENSE_TYPE_FILE ? "file|" : "?|") +
                    fake_narrow(devInfo) + "|" + fake_narrow(fileName));
    }
    ResultStatus CheckNewVersions() override { return call("CheckNewVersions"); }
    ResultStatus UpgradeNotify(bool bUpgrade) override { return call("UpgradeNotify|" + yes_no(bUpgrade)); }
    ResultStatus OpenCloudFile() override { return call("OpenCloudFile"); }
    ResultStatus Save(wchar_t *path, bool assembly) override {
        return call("Save|" + fake_narrow(path) + "|" + yes_no(assembly));
    }
    ResultStatus SelectSaveAsPath(wchar_t *path, bool assembly) override {
        return call("SelectSaveAsPath|" + fake_narrow(path) + "|" + yes_no(assembly));
    }
    ResultStatus GetSolution(wchar_t *path) override { return call("GetSolution|" + fake_narrow(path)); }
};

}  // namespace

extern "C" FAKE_EXPORT IscdeskSdk *GetIscdeskSdk() {
    static auto *const sdk = new Sdk;
    return sdk;
}
extern "C" FAKE_EXPORT const FakeControl *fake_control() { return FakeDesk::control(traits); }
