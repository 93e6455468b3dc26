#include "fake_desk.hpp"
#include "interface/SdkInvoker.h"

namespace {

using iscdesk::EventType;
using iscdesk::LicenseType;
using iscdesk::ResultStatus;

const FakeTraits traits{"utf8", 1, static_cast<int>(ResultStatus::Success), 1, 1, "true", "false",
                        "events: type-erased callback; paths: std::string in UTF-8"};

ResultStatus call(const std::string &text) { return static_cast<ResultStatus>(FakeDesk::instance().call(text)); }

class FakeSdk final : public iscdesk::Sdk {
    ResultStatus Init() override { return call("Init"); }
    ResultStatus ShutOut() override { return call("ShutOut"); }
    ResultStatus GetLicenseFileRequest(const std::string &fileName, const std::string &devInfo) override {
        return call("GetLicenseFileRequest|" + fileName + "|" + devInfo);
    }
    ResultStatus GetLicenseStringRequest(const std::string &devInfo) override {
        return call("GetLicenseStringRequest|" + devInfo);
    }
    ResultStatus LicenseVerifyNotify(bool verifyResult, const std::string &errorMsg) override {
        return call("LicenseVerifyNotify|" + yes_no(verifyResult) + "|" + errorMsg);
    }
    ResultStatus TrialExpirationAndGetLicense(LicenseType licType, const std::string &devInfo,
                                              const std::string &fileName) override {
        const char *const type = licType == LicenseType::LICENSE_TYPE_FILE ? "file|" : "string|";
        return call(std::string("TrialExpirationAndGetLicense|") + type + devInfo + "|" + fileName);
    }
    ResultStatus CheckNewVersions() override { return call("CheckNewVersions"); }
    ResultStatus UpgradeNotify(bool bUpgrade) override { return call("UpgradeNotify|" + yes_no(bUpgrade)); }
    ResultStatus OpenCloudFile() override { return call("OpenCloudFile"); }
    ResultStatus Save(const std::string &path, bool assembly) override {
        return call("Save|" + path + "|" + yes_no(assembly));
    }
    ResultStatus SelectSaveAsPath(const std::string &path, bool assembly) override {
        return call("SelectSaveAsPath|" + path + "|" + yes_no(assembly));
    }
    ResultStatus GetSolution(const std::string &path) override { return call("GetSolution|" + path); }

    void SetRecall(Recall recall) override {
        FakeDesk::instance().set_receiver([recall](std::int32_t type, const std::string &text) {
            recall(static_cast<EventType>(type), text);
        });
        call("RegisterEventRecall");
    }
};

}  // namespace

extern "C" FAKE_EXPORT iscdesk::Sdk *GetIscdeskSdk() {
    static auto *const sdk = new FakeSdk;
    return sdk;
}
extern "C" FAKE_EXPORT const FakeControl *fake_control() { return FakeDesk::control(traits); }
