#include "sandbox_sdk.hpp"

#include <array>
#include <string_view>

#include "interface/SdkInvoker.h"

#ifdef _WIN32
#define SANDBOX_EXPORT __declspec(dllexport)
#else
#define SANDBOX_EXPORT __attribute__((visibility("default")))
#endif

namespace {

constexpr const char *client_name = "iscbridge-sandbox-sdk";
constexpr std::size_t most_early_events = 4096;

// The sandbox's own event: the guide says that one exists and gives neither its name nor its JSON.
constexpr const char *client_closed_json = R"({"operate":"ClientClosed","params":{},"comeBackParams":{}})";

EventType event_type(std::string_view name) {
    struct Entry {
        std::string_view name;
        EventType type;
    };
    static constexpr std::array<Entry, 9> table{{
        {"EVENT_OPENCLOUDFILE_RESULT", EventType::EVENT_OPENCLOUDFILE_RESULT},
        {"EVENT_SAVE_RESULT", EventType::EVENT_SAVE_RESULT},
        {"EVENT_LICENSE_VERIFY", EventType::EVENT_LICENSE_VERIFY},
        {"EVENT_UPGRADENOTICE", EventType::EVENT_UPGRADENOTICE},
        {"EVENT_UPDATE", EventType::EVENT_UPDATE},
        {"EVENT_UPLOAD_END", EventType::EVENT_UPLOAD_END},
        {"EVENT_UPLOAD_START", EventType::EVENT_UPLOAD_START},
        {"EVENT_HEARTBEAT", EventType::EVENT_HEARTBEAT},
        {"EVENT_CLIENT_CLOSED", EventType::EVENT_CLIENT_CLOSED},
    }};
    for (const Entry &entry : table) {
        if (entry.name == name) {
            return entry.type;
        }
    }
    return EventType::EVENT_UNKNOWN;
}

std::string or_empty(const char *text) { return text == nullptr ? std::string() : std::string(text); }
std::string boolean(bool value) { return value ? "true" : "false"; }

}  // namespace

// ------------------------------------------------------------------------------------------------ the guide's calls

ResultStatus SandboxSdk::Init() {
    if (in_callback()) {
        return ResultStatus::RESULT_IN_CALLBACK;
    }
    {
        const std::lock_guard one_call(call_mutex_);
        if (const ResultStatus status = connect(); status != ResultStatus::RESULT_SUCCESS) {
            disconnect();
            return status;
        }
    }
    return call("Init", {});
}

ResultStatus SandboxSdk::ShutOut() {
    if (in_callback()) {
        return ResultStatus::RESULT_IN_CALLBACK;
    }
    {
        const std::lock_guard lock(mutex_);
        leaving_ = true;
    }
    const ResultStatus status = call("ShutOut", {});
    const std::lock_guard one_call(call_mutex_);
    if (connection_) {
        connection_->send(*desk_wire::encode({"bye"}));
    }
    disconnect();
    const std::lock_guard events(event_mutex_);
    receiver_.reset();
    early_events_.clear();
    return status;
}

ResultStatus SandboxSdk::GetLicenseFileRequest(const char *fileName, const char *devInfo) {
    return call("GetLicenseFileRequest", {or_empty(fileName), or_empty(devInfo)});
}

ResultStatus SandboxSdk::GetLicenseStringRequest(const char *devInfo) {
    return call("GetLicenseStringRequest", {or_empty(devInfo)});
}

ResultStatus SandboxSdk::LicenseVerifyNotify(bool verifyResult, const char *errorMsg) {
    return call("LicenseVerifyNotify", {boolean(verifyResult), or_empty(errorMsg)});
}

ResultStatus SandboxSdk::TrialExpirationAndGetLicense(LicenseType, const char *devInfo, const char *fileName) {
    return call("TrialExpirationAndGetLicense", {"LICENSE_TYPE_FILE", or_empty(devInfo), or_empty(fileName)});
}

ResultStatus SandboxSdk::CheckNewVersions() { return call("CheckNewVersions", {}); }

ResultStatus SandboxSdk::UpgradeNotify(bool upgrade) { return call("UpgradeNotify", {boolean(upgrade)}); }

ResultStatus SandboxSdk::OpenCloudFile() { return call("OpenCloudFile", {}); }

ResultStatus SandboxSdk::Save(const char *saveFilePath, bool assembly) {
    return call("Save", {or_empty(saveFilePath), boolean(assembly)});
}

ResultStatus SandboxSdk::SelectSaveAsPath(const char *filePath, bool assembly) {
    return call("SelectSaveAsPath", {or_empty(filePath), boolean(assembly)});
}

ResultStatus SandboxSdk::GetSolution(const char *filePath) { return call("GetSolution", {or_empty(filePath)}); }

ResultStatus SandboxSdk::SetEventReceiver(EventReceiver *receiver) {
    std::shared_ptr<EventReceiver> owned(receiver, [](EventReceiver *released) { released->Release(); });
    if (in_callback()) {
        return ResultStatus::RESULT_IN_CALLBACK;
    }
    const std::lock_guard events(event_mutex_);
    receiver_ = std::move(owned);
    while (!early_events_.empty()) {
        const Event event = std::move(early_events_.front());
        early_events_.pop_front();
        deliver(event);
    }
    return ResultStatus::RESULT_SUCCESS;
}

// --------------------------------------------------------------------------------------------------- caller's side

bool SandboxSdk::in_callback() const noexcept { return callback_thread_.load() == std::this_thread::get_id(); }

ResultStatus SandboxSdk::connect() {
    disconnect();  // of a connection that was lost, or of a second Init
    connection_ = Connection::open(desk_address());
    if (!connection_) {
        return ResultStatus::RESULT_NOT_CONNECTED;
    }
    {
        const std::lock_guard lock(mutex_);
        state_ = State::greeting;
        leaving_ = false;
    }
    {
        const std::lock_guard events(event_mutex_);
        client_closed_told_ = false;
        early_events_.clear();  // of a session that ended before anybody listened
    }
    reader_ = std::thread(&SandboxSdk::read, this);
    const std::string pid = std::to_string(current_process_id());
    connection_->send(*desk_wire::encode({"hello", std::string(desk_wire::version), pid, client_name}));

    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return state_ != State::greeting; });
    switch (state_) {
        case State::ready:
            return ResultStatus::RESULT_SUCCESS;
        case State::refused:
            return ResultStatus::RESULT_REFUSED;
        default:
            return ResultStatus::RESULT_CONNECTION_LOST;
    }
}

void SandboxSdk::disconnect() {
    if (connection_) {
        connection_->interrupt();
    }
    if (reader_.joinable()) {
        reader_.join();
    }
    connection_.reset();
    const std::lock_guard lock(mutex_);
    state_ = State::idle;
}

ResultStatus SandboxSdk::call(const char *function, desk_wire::Fields arguments) {
    if (in_callback()) {
        return ResultStatus::RESULT_IN_CALLBACK;  // its answer could only come after the callback
    }
    const std::lock_guard one_call(call_mutex_);
    desk_wire::Fields fields{"call", {}, function};
    {
        const std::lock_guard lock(mutex_);
        if (state_ != State::ready) {
            return state_ == State::lost ? ResultStatus::RESULT_CONNECTION_LOST : ResultStatus::RESULT_NOT_CONNECTED;
        }
        fields[1] = std::to_string(sequence_ + 1);
    }
    for (std::string &argument : arguments) {
        fields.push_back(std::move(argument));
    }
    const auto frame = desk_wire::encode(fields);
    if (!frame) {
        return ResultStatus::RESULT_TOO_LARGE;
    }
    {
        const std::lock_guard lock(mutex_);
        ++sequence_;
        waiting_ = true;
        status_.reset();
    }
    if (!connection_->send(*frame)) {
        connection_->interrupt();  // the reader finds out and reports the loss
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return status_.has_value() || state_ != State::ready; });
    waiting_ = false;
    return status_ ? static_cast<ResultStatus>(*status_) : ResultStatus::RESULT_CONNECTION_LOST;
}

// --------------------------------------------------------------------------------------------------- reader thread

void SandboxSdk::read() {
    desk_wire::FrameReader frames;
    std::array<char, 65536> buffer;
    while (const std::size_t size = connection_->receive(buffer.data(), buffer.size())) {
        frames.feed(std::string_view(buffer.data(), size));
        while (const auto frame = frames.next()) {
            auto message = desk_wire::parse(*frame);
            if (!message || !handle(std::move(*message))) {
                lose();
                return;
            }
        }
        if (frames.broken()) {
            break;
        }
    }
    lose();
}

/// False: the connection is over, because the desk said so or because it sent what makes no sense.
bool SandboxSdk::handle(desk_wire::Message message) {
    if (auto *const raised = std::get_if<desk_wire::Raise>(&message)) {
        raise(event_type(raised->event), std::move(raised->information));
        return true;
    }
    if (const auto *const returned = std::get_if<desk_wire::Return>(&message)) {
        return answer(*returned);
    }
    const std::lock_guard lock(mutex_);
    leaving_ = leaving_ || std::holds_alternative<desk_wire::Bye>(message);
    const bool greeting = state_ == State::greeting;
    if (greeting && std::holds_alternative<desk_wire::Welcome>(message)) {
        state_ = State::ready;
        changed_.notify_all();
        return true;
    }
    if (greeting && std::holds_alternative<desk_wire::Refuse>(message)) {
        state_ = State::refused;
        changed_.notify_all();
    }
    return false;
}

bool SandboxSdk::answer(const desk_wire::Return &message) {
    const std::lock_guard lock(mutex_);
    if (!waiting_ || status_ || message.sequence != sequence_) {
        return false;
    }
    status_ = message.status;
    changed_.notify_all();
    return true;
}

/// Tells of the end before it ends the waiting call: whoever gets RESULT_CONNECTION_LOST has heard the event.
void SandboxSdk::lose() {
    bool surprise = false;
    {
        const std::lock_guard lock(mutex_);
        surprise = state_ == State::ready && !leaving_;
    }
    if (surprise && !client_closed_told()) {
        raise(EventType::EVENT_CLIENT_CLOSED, client_closed_json);
    }
    connection_->hang_up();
    const std::lock_guard lock(mutex_);
    if (state_ != State::refused) {
        state_ = State::lost;
    }
    changed_.notify_all();
}

bool SandboxSdk::client_closed_told() {
    const std::lock_guard events(event_mutex_);
    return client_closed_told_;
}

void SandboxSdk::raise(EventType type, std::string information) {
    const std::lock_guard events(event_mutex_);
    client_closed_told_ = client_closed_told_ || type == EventType::EVENT_CLIENT_CLOSED;
    const Event event{type, std::move(information)};
    if (receiver_) {
        deliver(event);
    } else if (early_events_.size() < most_early_events) {
        early_events_.push_back(event);
    }
}

void SandboxSdk::deliver(const Event &event) {
    callback_thread_ = std::this_thread::get_id();
    receiver_->Recall(event.type, event.information.c_str());
    callback_thread_ = std::thread::id();
}

/// Never destroyed: its reader thread may outlive the end of main.
extern "C" SANDBOX_EXPORT IscdeskSdk *IscbridgeSandboxSdk() {
    static auto *const sdk = new SandboxSdk;
    return sdk;
}
