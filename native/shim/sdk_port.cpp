// SdkPort over the vendor's headers. Compiled once for each SDK: ISCBRIDGE_VENDOR_FILE names its vendor file.
#include "sdk_port.hpp"

#include <string>
#include <utility>

#include "adapt.hpp"
#include ISCBRIDGE_VENDOR_FILE

namespace iscbridge {
namespace {

/// `Vendor` is described in vendor/iscdesk.hpp.
template <class Vendor>
class AdaptedSdk final : public SdkPort {
public:
    using Sdk = std::remove_reference_t<decltype(std::declval<typename Vendor::Library &>().factory())>;

    AdaptedSdk()
        : dialect_(std::string("events: ") + adapt::Events<Vendor, Sdk>::name() +
                   "; paths: " + adapt::name_of(path_form) + (adapt::is_narrow(path_form) ? narrow_name() : "")) {}

    bool load(const std::string &library) override { return library_.load(library); }

    Outcome init() override {
        return adapt::outcome_of<Vendor>([this]() -> decltype(auto) { return sdk().Init(); });
    }

    Outcome register_events(std::shared_ptr<EventQueue> queue) override {
        return adapt::Events<Vendor, Sdk>::add(sdk(), adapt::EventSink(std::move(queue), Vendor::code_page));
    }

    Outcome shut_out() override {
        return adapt::outcome_of<Vendor>([this]() -> decltype(auto) { return sdk().ShutOut(); });
    }

    Outcome call(const Request &request) override { return dispatch(&sdk(), request); }

    isc_status check(const Request &request) const override {
        return static_cast<isc_status>(dispatch(nullptr, request).result);
    }

    const char *cloud() const noexcept override { return Vendor::cloud; }
    const char *dialect() const noexcept override { return dialect_.c_str(); }
    bool call_failure_is_final() const noexcept override { return Vendor::call_failure_is_final; }

    std::uint32_t functions() const noexcept override {
        const auto bit = [](isc_function function, bool there) {
            return there ? std::uint32_t{1} << static_cast<unsigned>(function) : 0;
        };
        return bit(ISC_FN_INIT, true) | bit(ISC_FN_SHUT_OUT, true) |
               bit(ISC_FN_LICENSE_FILE, adapt::Has_GetLicenseFileRequest<Sdk>::value) |
               bit(ISC_FN_LICENSE_STRING, adapt::Has_GetLicenseStringRequest<Sdk>::value) |
               bit(ISC_FN_LICENSE_VERIFY_NOTIFY, adapt::Has_LicenseVerifyNotify<Sdk>::value) |
               bit(ISC_FN_TRIAL_EXPIRED, adapt::Has_TrialExpirationAndGetLicense<Sdk>::value) |
               bit(ISC_FN_CHECK_NEW_VERSIONS, adapt::Has_CheckNewVersions<Sdk>::value) |
               bit(ISC_FN_UPGRADE_NOTIFY, adapt::Has_UpgradeNotify<Sdk>::value) |
               bit(ISC_FN_OPEN_CLOUD_FILE, adapt::Has_OpenCloudFile<Sdk>::value) |
               bit(ISC_FN_SAVE, adapt::Has_Save<Sdk>::value) |
               bit(ISC_FN_SELECT_SAVE_AS_PATH, adapt::Has_SelectSaveAsPath<Sdk>::value) |
               bit(ISC_FN_GET_SOLUTION, adapt::Has_GetSolution<Sdk>::value);
    }

private:
    static constexpr adapt::Form path_form =
        adapt::form_of<adapt::PlainCall<adapt::SaveCall, Sdk>, adapt::Argument>();
    static constexpr Outcome unsupported{ISC_ERR_UNSUPPORTED, 0, 0};

    static constexpr const char *narrow_name() {
        return Vendor::narrow_text == NarrowText::utf8 ? " in UTF-8" : " in the ANSI code page";
    }

    Sdk &sdk() { return library_.factory(); }

    static adapt::Argument argument(const std::string &utf8) {
        return adapt::Argument(utf8, Vendor::narrow_text, Vendor::code_page);
    }

    // Every function below makes the call, or with a null `sdk` only says whether it could be made.

    static Outcome dispatch(Sdk *sdk, const Request &request) {
        switch (request.function) {
            case ISC_FN_INIT:
            case ISC_FN_SHUT_OUT:
                return {ISC_OK, 0, 1};  // always there; they have functions of their own
            case ISC_FN_LICENSE_FILE:
                return plain<adapt::Has_GetLicenseFileRequest, adapt::GetLicenseFileRequestCall>(
                    sdk, request.text, request.more_text);
            case ISC_FN_LICENSE_STRING:
                return plain<adapt::Has_GetLicenseStringRequest, adapt::GetLicenseStringRequestCall>(sdk, request.text);
            case ISC_FN_LICENSE_VERIFY_NOTIFY:
                return license_verify_notify(sdk, request);
            case ISC_FN_TRIAL_EXPIRED:
                return trial_expired(sdk, request);
            case ISC_FN_CHECK_NEW_VERSIONS:
                return plain<adapt::Has_CheckNewVersions, adapt::CheckNewVersionsCall>(sdk);
            case ISC_FN_UPGRADE_NOTIFY:
                return upgrade_notify(sdk, request);
            case ISC_FN_OPEN_CLOUD_FILE:
                return plain<adapt::Has_OpenCloudFile, adapt::OpenCloudFileCall>(sdk);
            case ISC_FN_SAVE:
                return path<adapt::Has_Save, adapt::SaveCall>(sdk, request);
            case ISC_FN_SELECT_SAVE_AS_PATH:
                return path<adapt::Has_SelectSaveAsPath, adapt::SelectSaveAsPathCall>(sdk, request);
            case ISC_FN_GET_SOLUTION:
                return plain<adapt::Has_GetSolution, adapt::GetSolutionCall>(sdk, request.text);
        }
        return unsupported;
    }

    template <template <class, class> class Has, class Function, class... Strings>
    static Outcome plain(Sdk *sdk, const Strings &...strings) {
        if constexpr (Has<Sdk, void>::value) {
            return with_arguments(sdk, adapt::PlainCall<Function, Sdk>{sdk}, argument(strings)...);
        } else {
            return unsupported;
        }
    }

    template <class Call, class... Arguments>
    static Outcome with_arguments(Sdk *sdk, Call call, Arguments... arguments) {
        return adapt::invoke<Vendor>(sdk == nullptr, call, arguments...);
    }

    template <template <class, class> class Has, class Function>
    static Outcome path(Sdk *sdk, const Request &request) {
        if constexpr (Has<Sdk, void>::value) {
            return request.number == 0
                       ? plain<Has, Function>(sdk, request.text)
                       : with_arguments(sdk, adapt::AssemblyCall<Function, Sdk>{sdk}, argument(request.text));
        } else {
            return unsupported;
        }
    }

    template <class Function, class Lead, class... Strings>
    static Outcome led(Sdk *sdk, Lead lead, const Strings &...strings) {
        return with_arguments(sdk, adapt::LedCall<Function, Sdk, Lead>{sdk, lead}, argument(strings)...);
    }

    static Outcome license_verify_notify(Sdk *sdk, const Request &request) {
        if constexpr (adapt::Has_LicenseVerifyNotify<Sdk>::value) {
            const adapt::Number verified{Vendor::verify_result(request.number != 0)};
            return led<adapt::LicenseVerifyNotifyCall>(sdk, verified, request.text);
        } else {
            return unsupported;
        }
    }

    static Outcome upgrade_notify(Sdk *sdk, const Request &request) {
        if constexpr (adapt::Has_UpgradeNotify<Sdk>::value) {
            return led<adapt::UpgradeNotifyCall>(sdk, adapt::Number{request.number});
        } else {
            return unsupported;
        }
    }

    static Outcome trial_expired(Sdk *sdk, const Request &request) {
        if constexpr (adapt::Has_TrialExpirationAndGetLicense<Sdk>::value) {
            using Function = adapt::TrialExpirationAndGetLicenseCall;
            if (request.number == ISC_LICENSE_FILE) {
                return led<Function>(sdk, adapt::LicenseFile{}, request.text, request.more_text);
            }
            using StringCall = adapt::LedCall<Function, Sdk, adapt::LicenseString>;
            if constexpr (adapt::form_of<StringCall, adapt::Argument, adapt::Argument>() != adapt::Form::none) {
                return led<Function>(sdk, adapt::LicenseString{}, request.text, request.more_text);
            } else {
                return unsupported;
            }
        } else {
            return unsupported;
        }
    }

    typename Vendor::Library library_;
    const std::string dialect_;
};

}  // namespace

std::unique_ptr<SdkPort> make_sdk_port() { return std::make_unique<AdaptedSdk<Vendor>>(); }

}  // namespace iscbridge
