// Calls of the sandbox's IscdeskSdk: the 13 functions of the developer guide, under its names and with its arguments.
//
// The guide prints calls, not declarations. All types here (`const char *` in UTF-8, the enums and their numbers) are
// the sandbox's own choice and say nothing about the real headers.
#pragma once

/// Result of each call. The guide prints the type's name and none of its values.
enum class ResultStatus : int {
    RESULT_SUCCESS = 0,
    RESULT_FAILED = 1,          ///< the desk refused the call; other positive numbers are the desk's own
    RESULT_NOT_CONNECTED = -1,  ///< no desk at the address, or no Init before the call
    RESULT_CONNECTION_LOST = -2,
    RESULT_REFUSED = -3,        ///< the desk refused the session: logged out, or a second session
    RESULT_IN_CALLBACK = -4,    ///< called from inside the event callback
    RESULT_TOO_LARGE = -5,      ///< the arguments do not fit a frame
};

/// What the callback is told with an event. Decode events by the text's "operate", not by these numbers.
enum class EventType : int {
    EVENT_UNKNOWN = 0,  ///< sandbox only: the desk named an event that this library does not know
    // Documented:
    EVENT_OPENCLOUDFILE_RESULT = 1,
    EVENT_SAVE_RESULT = 2,
    EVENT_LICENSE_VERIFY = 3,
    EVENT_UPGRADENOTICE = 4,
    EVENT_UPDATE = 5,
    EVENT_UPLOAD_END = 6,
    // The guide says that these exist and does not give their names; these names are the sandbox's own:
    EVENT_UPLOAD_START = 7,
    EVENT_HEARTBEAT = 8,
    EVENT_CLIENT_CLOSED = 9,
};

enum class LicenseType : int { LICENSE_TYPE_FILE = 1 };

/// Made by RegisterEventRecall; the SDK holds it until ShutOut or the next registration.
class EventReceiver {
public:
    virtual void Recall(EventType type, const char *information) = 0;
    virtual void Release() = 0;

protected:
    ~EventReceiver() = default;
};

/// The object that the guide's pages call `invoker`. One for each process. Every call waits for the desk's answer, however
/// long that takes, or for the end of the connection. Calls may come from any thread, one at a time.
class IscdeskSdk {
public:
    /// Must be the first call. Connects to the desk at ISCBRIDGE_SANDBOX_DESK.
    virtual ResultStatus Init() = 0;

    /// `(receiver->*recall)(type, information)` is called on a thread of the SDK for each event, one after the other; events
    /// that came before are delivered now. `information` is valid during the call. Inside the callback every call
    /// of the SDK gives RESULT_IN_CALLBACK; the guide warns that the real ShutOut deadlocks there.
    template <class Receiver>
    ResultStatus RegisterEventRecall(Receiver *receiver, void (Receiver::*recall)(EventType, const char *)) {
        class Member final : public EventReceiver {
        public:
            Member(Receiver *object, void (Receiver::*member)(EventType, const char *))
                : object_(object), member_(member) {}
            void Recall(EventType type, const char *information) override { (object_->*member_)(type, information); }
            void Release() override { delete this; }

        private:
            Receiver *object_;
            void (Receiver::*member_)(EventType, const char *);
        };
        return SetEventReceiver(new Member(receiver, recall));
    }

    virtual ResultStatus ShutOut() = 0;
    virtual ResultStatus GetLicenseFileRequest(const char *fileName, const char *devInfo) = 0;
    virtual ResultStatus GetLicenseStringRequest(const char *devInfo) = 0;
    virtual ResultStatus LicenseVerifyNotify(bool verifyResult, const char *errorMsg) = 0;
    virtual ResultStatus TrialExpirationAndGetLicense(LicenseType type, const char *devInfo, const char *fileName) = 0;
    virtual ResultStatus CheckNewVersions() = 0;
    virtual ResultStatus UpgradeNotify(bool upgrade) = 0;
    virtual ResultStatus OpenCloudFile() = 0;
    virtual ResultStatus Save(const char *saveFilePath, bool assembly = false) = 0;
    virtual ResultStatus SelectSaveAsPath(const char *filePath, bool assembly = false) = 0;
    virtual ResultStatus GetSolution(const char *filePath) = 0;

protected:
    ~IscdeskSdk() = default;

    /// Takes over `receiver` and releases it when it is no longer needed (at once if the registration fails).
    virtual ResultStatus SetEventReceiver(EventReceiver *receiver) = 0;
};
