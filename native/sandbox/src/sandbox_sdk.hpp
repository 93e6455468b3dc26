// The sandbox's IscdeskSdk over one connection to the sandbox desk.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "connection.hpp"
#include "sdk/IscdeskSdkIdl.h"
#include "wire.hpp"

/// Threads: callers wait in call() for the desk's answer; the reader thread takes frames from the desk in order,
/// hands answers to the waiting caller and raises events, so that an event sent before an answer is also heard before it.
class SandboxSdk final : public IscdeskSdk {
public:
    ResultStatus Init() override;
    ResultStatus ShutOut() override;
    ResultStatus GetLicenseFileRequest(const char *fileName, const char *devInfo) override;
    ResultStatus GetLicenseStringRequest(const char *devInfo) override;
    ResultStatus LicenseVerifyNotify(bool verifyResult, const char *errorMsg) override;
    ResultStatus TrialExpirationAndGetLicense(LicenseType type, const char *devInfo, const char *fileName) override;
    ResultStatus CheckNewVersions() override;
    ResultStatus UpgradeNotify(bool upgrade) override;
    ResultStatus OpenCloudFile() override;
    ResultStatus Save(const char *saveFilePath, bool assembly) override;
    ResultStatus SelectSaveAsPath(const char *filePath, bool assembly) override;
    ResultStatus GetSolution(const char *filePath) override;

private:
    enum class State { idle, greeting, ready, refused, lost };
    struct Event {
        EventType type;
        std::string information;
    };

    ResultStatus SetEventReceiver(EventReceiver *receiver) override;

    ResultStatus call(const char *function, desk_wire::Fields arguments);
    ResultStatus connect();
    void disconnect();
    bool in_callback() const noexcept;

    // reader thread
    void read();
    bool handle(desk_wire::Message message);
    bool answer(const desk_wire::Return &message);
    void lose();
    bool client_closed_told();
    void raise(EventType type, std::string information);
    void deliver(const Event &event);

    std::mutex call_mutex_;  // one call at a time
    std::unique_ptr<Connection> connection_;
    std::thread reader_;

    std::mutex mutex_;
    std::condition_variable changed_;
    State state_ = State::idle;
    std::uint64_t sequence_ = 0;
    bool waiting_ = false;  // the call `sequence_` has no answer yet
    std::optional<std::int32_t> status_;
    bool leaving_ = false;  // ShutOut or the desk's bye: the end of the connection is no surprise

    std::mutex event_mutex_;  // held while the callback runs: events come one after the other
    std::shared_ptr<EventReceiver> receiver_;
    std::deque<Event> early_events_;  // came before the registration
    std::atomic<std::thread::id> callback_thread_{};
    bool client_closed_told_ = false;
};
