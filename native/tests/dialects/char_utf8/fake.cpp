#include "fake_desk.hpp"
#include "interface/SdkInvoker.h"

namespace {

const FakeTraits traits{"utf8", 1, RESULT_OK, 1, 0, "true", "false",
                        "events: template over the receiver; paths: char* in UTF-8"};

ResultStatus call(const std::string &text) { return static_cast<ResultStatus>(FakeDesk::instance().call(text)); }

class Sdk final : public IIscdeskSdk {
    ResultStatus Init() override { return call("Init"); }
    ResultStatus ShutOut() override { return call("ShutOut"); }
    ResultStatus GetLicenseFileRequest(const char *fileName, const char *devInfo) override {
        return call(std::string("GetLicenseFileRequest|") + fileName + "|" + devInfo);
    }
    ResultStatus GetLicenseStringRequest(const char *devInfo) override {
        return call(std::string("GetLicenseStringRequest|") + devInfo);
    }
    ResultStatus LicenseVerifyNotify(bool verifyResult, const char *errorMsg) override {
        return call("LicenseVerifyNotify|" + yes_no(verifyResult) + "|" + errorMsg);
    }
    ResultStatus TrialExpirationAndGetLicense(LicenseType licType, const char *devInfo, const char *fileName) override {
        return call(std::string("TrialExpirationAndGetLicense|") + (licType == LICENSE_TYPE_FILE ? "file|" : "?|") +
                    devInfo + "|" + fileName);
    }
    ResultStatus CheckNewVersions() override { return call("CheckNewVersions"); }
    ResultStatus UpgradeNotify(bool bUpgrade) override { return call("UpgradeNotify|" + yes_no(bUpgrade)); }
    ResultStatus OpenCloudFile() override { return call("OpenCloudFile"); }
    ResultStatus Save(const char *path, bool assembly) override {
        return call(std::string("Save|") + path + "|" + yes_no(assembly));
    }
    ResultStatus SelectSaveAsPath(const char *path, bool assembly) override {
        return call(std::string("SelectSaveAsPath|") + path + "|" + yes_no(assembly));
    }
    ResultStatus GetSolution(const char *path) override { return call(std::string("GetSolution|") + path); }

    ResultStatus SetRecall(Recall *recall) override {
        static auto *const all = new std::set<Recall *>;  // never freed: tests raise events late
        all->insert(recall);
        const ResultStatus status = call("RegisterEventRecall");
        FakeDesk::instance().set_receiver([recall](std::int32_t type, const std::string &text) {
            recall->Raise(static_cast<EventType>(type), text.c_str());
        });
        return status;
    }
};

}  // namespace

extern "C" FAKE_EXPORT IIscdeskSdk *GetIscdeskSdk() {
    static auto *const sdk = new Sdk;
    return sdk;
}
extern "C" FAKE_EXPORT const FakeControl *fake_control() { return FakeDesk::control(traits); }
