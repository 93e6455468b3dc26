#include "fake_desk.hpp"
#include "fake_wide.hpp"
#include "interface/SdkInvoker.h"

namespace {

const FakeTraits traits{"wide", 0, 0, 1, 0, "true", "false", "events: receiver base class; paths: std::wstring"};

void call(const std::string &text) { FakeDesk::instance().call(text); }

class Sdk final : public IscdeskSdk {
    void Init() override { call("Init"); }
    void RegisterEventRecall(IEventRecall *receiver, Recall recall) override {
        FakeDesk::instance().set_receiver([receiver, recall](std::int32_t type, const std::string &text) {
            (receiver->*recall)(static_cast<unsigned>(type), fake_widen(text));
        });
        call("RegisterEventRecall");
    }
    void ShutOut() override { call("ShutOut"); }
    void GetLicenseFileRequest(const std::wstring &fileName, const std::wstring &devInfo) override {
        call("GetLicenseFileRequest|" + fake_narrow(fileName) + "|" + fake_narrow(devInfo));
    }
    void GetLicenseStringRequest(const std::wstring &devInfo) override {
        call("GetLicenseStringRequest|" + fake_narrow(devInfo));
    }
    void LicenseVerifyNotify(bool verifyResult, const std::wstring &errorMsg) override {
        call("LicenseVerifyNotify|" + yes_no(verifyResult) + "|" + fake_narrow(errorMsg));
    }
    void TrialExpirationAndGetLicense(LicenseType licType, const std::wstring &devInfo,
                                      const std::wstring &fileName) override {
        call(std::string("TrialExpirationAndGetLicense|") + (licType == LICENSE_TYPE_FILE ? "file|" : "?|") +
             fake_narrow(devInfo) + "|" + fake_narrow(fileName));
    }
    void CheckNewVersions() override { call("CheckNewVersions"); }
    void UpgradeNotify(bool bUpgrade) override { call("UpgradeNotify|" + yes_no(bUpgrade)); }
    void OpenCloudFile() override { call("OpenCloudFile"); }
    void Save(const std::wstring &path, bool assembly) override {
        call("Save|" + fake_narrow(path) + "|" + yes_no(assembly));
    }
    void SelectSaveAsPath(const std::wstring &path, bool assembly) override {
        call("SelectSaveAsPath|" + fake_narrow(path) + "|" + yes_no(assembly));
    }
    void GetSolution(const std::wstring &path) override { call("GetSolution|" + fake_narrow(path)); }
};

}  // namespace

extern "C" FAKE_EXPORT IscdeskSdk *GetIscdeskSdk() {
    static auto *const sdk = new Sdk;
    return sdk;
}
extern "C" FAKE_EXPORT const FakeControl *fake_control() { return FakeDesk::control(traits); }
