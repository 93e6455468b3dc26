// Vendor file of the real IscdeskSdk: copy it, fill it in, and name the copy:
//
//   cmake -S . -B build/iscdesk -DISCDESK_SDK_DIR=<SdkApi/include> -DISCDESK_VENDOR_FILE=<your copy>
//
// It holds what C++ types cannot tell and what the public guide does not print. Each point is marked by an #error that
// says what belongs there; replace the #error by the code. Nothing here may be guessed: look it up in the headers and
// sources that you have, or ask the vendor. docs/sdk-integration.md goes through the points one by one, and
// native/tests/dialects/*/vendor.hpp shows files that are filled in (for invented SDKs).
#pragma once

#include <string>

#include "os.hpp"
#include "text.hpp"

// The guide names these two headers; ISCDESK_SDK_DIR and the folders below it that hold them are searched.
#include "SdkInvoker.h"
#include "IscdeskSdkIdl.h"

namespace iscbridge {

struct Vendor {
    static constexpr const char *cloud = "iscdesk";

#error "ISCBridge vendor file, point 1: encoding of the SDK's narrow strings. \
Write: static constexpr NarrowText narrow_text = NarrowText::utf8; or NarrowText::ansi; (unused if all strings are wide)"

#error "ISCBridge vendor file, point 2: code page of narrow strings in the ANSI encoding. \
Write: static constexpr const char *code_page = nullptr; for the system's own, or a name such as CP936"

#error "ISCBridge vendor file, point 3: what a failed result of Save, SelectSaveAsPath or OpenCloudFile means. \
Write: static constexpr bool call_failure_is_final = true; if no event follows a call that failed, else false"

#error "ISCBridge vendor file, point 4: the success value of ResultStatus, which the guide does not print. \
Write: static bool succeeded(ResultStatus status) { return status == <the success enumerator>; }"

#error "ISCBridge vendor file, point 5: what LicenseVerifyNotify expects in verifyResult. \
Write: static int verify_result(bool verified) { return <number or enumerator for success, or for failure>; }"

    class Library {
    public:
        /// Loads the SDK's DLL; `path` is absolute UTF-8, or empty for the place that you choose. Called once, on the
        /// thread that makes all calls. False: not loaded, or not the expected version.
        bool load(const std::string &path) {
#error "ISCBridge vendor file, point 6: load IscdeskApi64.dll (os::open_library) and make the invoker. The guide's page \
breaks off in the middle of the name of the function to call after LoadLibrary (IscdeskSdkCheckingEn...), so its name, \
arguments and result must come from your headers"
        }

        /// The object on which the guide calls Init(), Save() and so on: *invoker.IscdeskFactory().
        auto &factory() {
#error "ISCBridge vendor file, point 7: return the object that the invoker's IscdeskFactory() points to"
        }
    };

    // Only if the build says that RegisterEventRecall has a signature that no known receiver fits: register a receiver
    // of your own that passes each event on with sink.raise(type, text), and never free it.
    //   static ResultStatus register_events(<factory type> &sdk, adapt::EventSink sink);
};

}  // namespace iscbridge
