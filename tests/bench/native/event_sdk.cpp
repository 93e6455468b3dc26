// An IscdeskSdk without a desk: every call succeeds, and events are raised on a thread of its own when a benchmark says
// so. The shim above it is the real one.
#include <atomic>
#include <mutex>
#include <thread>

#include "common.hpp"
#include "interface/SdkInvoker.h"

namespace {

class EventSdk final : public IscdeskSdk {
public:
    ResultStatus Init() override { return ok; }
    ResultStatus ShutOut() override {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (receiver_ != nullptr) {
            receiver_->Release();
            receiver_ = nullptr;
        }
        return ok;
    }
    ResultStatus GetLicenseFileRequest(const char *, const char *) override { return ok; }
    ResultStatus GetLicenseStringRequest(const char *) override { return ok; }
    ResultStatus LicenseVerifyNotify(bool, const char *) override { return ok; }
    ResultStatus TrialExpirationAndGetLicense(LicenseType, const char *, const char *) override { return ok; }
    ResultStatus CheckNewVersions() override { return ok; }
    ResultStatus UpgradeNotify(bool) override { return ok; }
    ResultStatus OpenCloudFile() override { return ok; }
    ResultStatus Save(const char *, bool) override { return ok; }
    ResultStatus SelectSaveAsPath(const char *, bool) override { return ok; }
    ResultStatus GetSolution(const char *) override { return ok; }

private:
    static constexpr ResultStatus ok = ResultStatus::RESULT_SUCCESS;

    ResultStatus SetEventReceiver(EventReceiver *receiver) override {
        const std::lock_guard<std::mutex> lock(mutex_);
        receiver_ = receiver;
        if (!started_) {
            started_ = true;
            std::thread([this] { work(); }).detach();
        }
        return ok;
    }

    void raise(EventType type, const char *information) {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (receiver_ != nullptr) {
            receiver_->Recall(type, information);
        }
    }

    void work() {
        Control control;
        if (!control.open()) {
            return;
        }
        while (const std::uint64_t count = control.next()) {
            if (count == 1) {
                const std::uint64_t raised = now_ns();
                raise(EventType::EVENT_UPDATE, update_notice());
                control.tell(raised);
            } else {
                const std::uint64_t began = now_ns();
                burst(count);
                control.tell(began);
            }
        }
    }

    /// Numbered events; what each says follows from its number, so that the host can tell one that is missing or early.
    void burst(std::uint64_t count) {
        std::uint32_t state = 1;
        for (std::uint64_t number = 1; number <= count; ++number) {
            state = state * 1664525u + 1013904223u;  // the same generator as in bench_event.py
            const bool flag = (state >> 30 & 1) != 0, notice = (state >> 31) != 0;
            std::string text = notice ? R"({"operate":"UpgradeNotice","params":{"available":")"
                                      : R"({"operate":"Update","params":{"fromForceWin":")";
            text += flag ? "true" : "false";
            text += R"("},"comeBackParams":{"n":")" + std::to_string(number) + R"("}})";
            raise(notice ? EventType::EVENT_UPGRADENOTICE : EventType::EVENT_UPDATE, text.c_str());
        }
    }

    std::mutex mutex_;
    EventReceiver *receiver_ = nullptr;
    bool started_ = false;
};

}  // namespace

extern "C" __attribute__((visibility("default"))) IscdeskSdk *IscbridgeSandboxSdk() {
    static EventSdk sdk;
    return &sdk;
}
