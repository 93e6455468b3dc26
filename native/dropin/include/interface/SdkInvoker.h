// ISCBridge's drop-in face: the 13 calls of ISCDesk's client SDK as its developer guide prints them, served by the bridge.
// A host that was written for the SDK is compiled with these headers in place of the vendor's. NOT the vendor's header,
// and not derived from it: that one was not at hand. docs/drop-in.md is the manual.
//
// Documented by the guide: the file's name and folder, the calls' names, the order and meaning of their arguments, the
// call lines `invoker.IscdeskFactory()->Init();` and `invoker->Save(saveFilePath, true);`, that Init comes first.
// Our choice: the types of arguments (Text takes every usual kind of string), the classes' names but for SdkInvoker's
// part in `invoker.IscdeskFactory()`, how an invoker is made, the thread of the callback, every result's number.
//
//     SdkInvoker invoker;                                  // or SdkInvoker invoker(sdkHandle);
//     invoker.IscdeskFactory()->Init();
//     invoker->RegisterEventRecall(&example, &Example::EventRecall);
//     invoker->Save(saveFilePath);                         // EVENT_SAVE_RESULT follows
//     invoker->ShutOut();
//
// C++11 and later. Nothing throws. Every call may come from any thread and from inside the callback, ShutOut too.
#ifndef ISCBRIDGE_DROPIN_SDK_INVOKER_H
#define ISCBRIDGE_DROPIN_SDK_INVOKER_H

#include "../iscbridge_dropin/session.hpp"
#include "../sdk/IscdeskSdkIdl.h"

/// What the guide's pages call `invoker`. One for each process, or for each library that is compiled with this header.
class IscdeskSdk {
    using Session = iscbridge_dropin::Session;
    using Kind = Session::Kind;
    using Text = iscbridge_dropin::Text;

public:
    /// The guide prints `invoker.IscdeskFactory()->invoker->UpgradeNotify(bUpgrade)` once: it leads back here.
    IscdeskSdk *const invoker = this;

    IscdeskSdk(const IscdeskSdk &) = delete;
    IscdeskSdk &operator=(const IscdeskSdk &) = delete;

    /// Connects to the bridge; starts it if none runs and it is known how. Not RESULT_SUCCESS: the calls may be made all the
    /// same, and look for the bridge again. ISCDesk need not run: what is asked for waits for it.
    ResultStatus Init() noexcept {
        return guarded([this] {
            const std::lock_guard<std::mutex> one_at_a_time(init_mutex_);
            if (const std::shared_ptr<Session> opened = session()) {
                return opened->look_for_bridge();  // the first time there may have been none
            }
            const iscbridge_dropin::Library library = iscbridge_dropin::find_library(handle_);
            if (!library.is_there()) {
                return RESULT_NO_LIBRARY;
            }
            std::shared_ptr<Session> made;
            {
                const std::lock_guard<std::mutex> lock(mutex_);
                session_ = made = std::make_shared<Session>(library, listener_);
            }
            const ResultStatus status = made->start();
            if (status == RESULT_FAILED && !made->is_started()) {
                const std::lock_guard<std::mutex> lock(mutex_);
                session_.reset();
            }
            return status;
        });
    }

    /// `(receiver->*recall)(type, text)` is called for each event, one after the other, on a thread of ours: a GUI must be
    /// left alone from there. The second registration replaces the first; ShutOut ends it. May come before Init.
    template <class Object, class Class, class Result, class First, class Second>
    ResultStatus RegisterEventRecall(Object *receiver, Result (Class::*recall)(First, Second)) noexcept {
        return listen<First, Second>(receiver, recall);
    }
    template <class Object, class Class, class Result, class First, class Second>
    ResultStatus RegisterEventRecall(Object *receiver, Result (Class::*recall)(First, Second) const) noexcept {
        return listen<First, Second>(receiver, recall);
    }
#if defined(_WIN32) && (defined(_M_IX86) || defined(__i386__))
    template <class Object, class Class, class Result, class First, class Second>
    ResultStatus RegisterEventRecall(Object *receiver, Result (__stdcall Class::*recall)(First, Second)) noexcept {
        return listen<First, Second>(receiver, recall);
    }
#endif

    /// Waits a moment (options().close_wait) until the bridge has what was just asked for, then lets go: no callback begins
    /// from here on. RESULT_TIMEOUT: one that began before is still running. Jobs of the bridge go on.
    ResultStatus ShutOut() noexcept {
        return guarded([this] {
            std::shared_ptr<Session> session;
            {
                const std::lock_guard<std::mutex> lock(mutex_);
                session.swap(session_);
                listener_ = std::make_shared<iscbridge_dropin::Listener>();  // the old one ends with its session
            }
            return session == nullptr ? RESULT_NOT_INITIALIZED : session->close();
        });
    }

    /// EVENT_LICENSE_VERIFY follows. devInfo "": none is given; a null pointer: the bridge fills in this machine's.
    ResultStatus GetLicenseFileRequest(const Text &fileName, const Text &devInfo) noexcept {
        return license("license.request", "file", fileName, devInfo, Kind::license);
    }
    ResultStatus GetLicenseStringRequest(const Text &devInfo) noexcept {
        return license("license.request", "string", Text(nullptr), devInfo, Kind::license);
    }
    /// Of a type that the guide does not print it is not known how to ask for it: RESULT_ARGUMENT.
    ResultStatus TrialExpirationAndGetLicense(LicenseType type, const Text &devInfo, const Text &fileName) noexcept {
        return type != LicenseType::LICENSE_TYPE_FILE
                   ? RESULT_ARGUMENT
                   : license("license.trialExpired", "file", fileName, devInfo, Kind::trial);
    }

    /// Anything but false or 0 says that it is good.
    template <class Truth>
    ResultStatus LicenseVerifyNotify(Truth verifyResult, const Text &errorMsg) noexcept {
        return with_session([&](Session &session) {
            std::string params = "{\"product\":" + quoted(session.product());
            params += is_true(verifyResult) ? ",\"ok\":true" : ",\"ok\":false";
            const std::string message = iscbridge_dropin::shortened(errorMsg, 1024);
            params += message.empty() ? "}" : ",\"message\":" + quoted(message) + "}";
            session.pass(Kind::verified, "license.verified", params);
        });
    }

    /// EVENT_UPGRADENOTICE follows, if ISCDesk could be asked.
    ResultStatus CheckNewVersions() noexcept {
        return with_session([](Session &session) { session.pass(Kind::check, "upgrade.check", "{}"); });
    }
    template <class Truth>
    ResultStatus UpgradeNotify(Truth upgrade) noexcept {
        return with_session([&](Session &session) {
            session.pass(Kind::answer, "upgrade.answer", is_true(upgrade) ? "{\"upgrade\":true}" : "{\"upgrade\":false}");
        });
    }

    /// EVENT_OPENCLOUDFILE_RESULT follows when the person has picked a file and it is here.
    ResultStatus OpenCloudFile() noexcept {
        return with_session([](Session &session) { session.ask(Kind::open, "cloud.open", nullptr, false); });
    }
    /// EVENT_SAVE_RESULT follows: exactly one, or none if nobody knows whether the cloud has it (orders.hpp).
    ResultStatus Save(const Text &saveFilePath, bool assembly = false) noexcept {
        return with_session([&](Session &session) { session.ask(Kind::save, "cloud.save", &saveFilePath, assembly); });
    }
    ResultStatus SelectSaveAsPath(const Text &filePath, bool assembly = false) noexcept {
        return with_session([&](Session &session) { session.ask(Kind::save_as, "cloud.saveAs", &filePath, assembly); });
    }
    /// No event follows: the guide knows none.
    ResultStatus GetSolution(const Text &filePath) noexcept {
        return with_session([&](Session &session) { session.ask(Kind::solve, "cloud.solve", &filePath, false); });
    }

private:
    friend class SdkInvoker;

    IscdeskSdk() : listener_(std::make_shared<iscbridge_dropin::Listener>()) {}

    static IscdeskSdk *only() {
        static IscdeskSdk *const sdk = new IscdeskSdk;  // never destroyed: its threads may outlive the program's statics
        return sdk;
    }

    static std::string quoted(const std::string &utf8) { return iscbridge_dropin::quoted(utf8); }

    template <class Truth>
    static bool is_true(Truth value) {
        return static_cast<long long>(value) != 0;
    }

    template <class Body>
    static ResultStatus guarded(Body body) noexcept {
        try {
            return body();
        } catch (...) {
            return RESULT_FAILED;
        }
    }

    std::shared_ptr<Session> session() {
        const std::lock_guard<std::mutex> lock(mutex_);
        return session_;
    }

    template <class Body>
    ResultStatus with_session(Body body) noexcept {
        return guarded([&] {
            const std::shared_ptr<Session> opened = session();
            if (opened == nullptr || !opened->is_started()) {
                return RESULT_NOT_INITIALIZED;
            }
            body(*opened);
            return RESULT_SUCCESS;
        });
    }

    template <class First, class Second, class Object, class Member>
    ResultStatus listen(Object *receiver, Member recall) noexcept {
        if (receiver == nullptr || recall == nullptr) {
            return RESULT_ARGUMENT;
        }
        return guarded([&] {
            std::shared_ptr<Session> opened;
            {
                const std::lock_guard<std::mutex> lock(mutex_);
                listener_->set(iscbridge_dropin::receiver_of<First, Second>(receiver, recall));
                opened = session_;
            }
            if (opened != nullptr && opened->is_started()) {
                opened->wake();  // events may wait for it
            }
            return RESULT_SUCCESS;
        });
    }

    ResultStatus license(const char *method, const char *form, const Text &fileName, const Text &devInfo, Kind kind) noexcept {
        return with_session([&](Session &session) {
            if (!fileName.is_valid() || !devInfo.is_valid()) {
                session.license_not_asked(form);
                return;
            }
            std::string params = "{\"product\":" + quoted(session.product()) + ",\"form\":" + quoted(form);
            params += fileName.utf8().empty() ? "" : ",\"fileName\":" + quoted(fileName.utf8());
            params += devInfo.is_null() ? "}" : ",\"deviceInfo\":" + quoted(devInfo.utf8()) + "}";
            session.set_form(form);
            session.pass(kind, method, params);
        });
    }

    std::mutex init_mutex_;
    std::mutex mutex_;
    std::shared_ptr<iscbridge_dropin::Listener> listener_;
    std::shared_ptr<Session> session_;
    void *handle_ = nullptr;
};

/// How a host gets hold of it. Every invoker leads to the one IscdeskSdk.
class SdkInvoker {
public:
    SdkInvoker() = default;
    /// `library`: what LoadLibrary gave for the library that the host has loaded, if it is ISCBridge's.
    explicit SdkInvoker(void *library) { IscdeskSdk::only()->handle_ = library; }

    IscdeskSdk *IscdeskFactory() const { return IscdeskSdk::only(); }
    IscdeskSdk *operator->() const { return IscdeskSdk::only(); }
};

#endif
