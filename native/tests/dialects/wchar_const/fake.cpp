#include "fake_desk.hpp"
#include "fake_wide.hpp"
#include "interface/SdkInvoker.h"

namespace {

const FakeTraits traits{"wide", 1, 1, 0, 0, "true", "false",
                        "events: template over the receiver, const member; paths: wchar_t*"};

bool call(const std::string &text) { return FakeDesk::instance().call(text) == 1; }

class Sdk final : public IscdeskSdk {
    bool Init() override { return call("Init"); }
    bool ShutOut() override { return call("ShutOut"); }
    bool GetLicenseFileRequest(const wchar_t *fileName, const wchar_t *devInfo) override {
        return call("GetLicenseFileRequest|" + fake_narrow(fileName) + "|" + fake_narrow(devInfo));
    }
    bool GetLicenseStringRequest(const wchar_t *devInfo) override {
        return call("GetLicenseStringRequest|" + fake_narrow(devInfo));
    }
    bool LicenseVerifyNotify(bool verifyResult, const wchar_t *errorMsg) override {
        return call("LicenseVerifyNotify|" + yes_no(verifyResult) + "|" + fake_narrow(errorMsg));
    }
    bool CheckNewVersions() override { return call("CheckNewVersions"); }
    bool UpgradeNotify(bool bUpgrade) override { return call("UpgradeNotify|" + yes_no(bUpgrade)); }
    bool OpenCloudFile() override { return call("OpenCloudFile"); }
    bool Save(const wchar_t *path, bool assembly) override {
        return call("Save|" + fake_narrow(path) + "|" + yes_no(assembly));
    }
    bool SelectSaveAsPath(const wchar_t *path, bool assembly) override {
        return call("SelectSaveAsPath|" + fake_narrow(path) + "|" + yes_no(assembly));
    }
    bool GetSolution(const wchar_t *path) override { return call("GetSolution|" + fake_narrow(path)); }

    bool SetRecall(const void *example, void (*thunk)(const void *, long, const wchar_t *)) override {
        FakeDesk::instance().set_receiver([example, thunk](std::int32_t type, const std::string &text) {
            thunk(example, type, fake_widen(text).c_str());
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
