// Vendor file of the sandbox SDK (native/sandbox). Everything here is a decision of the sandbox, not a fact about the
// real SDK; for that one see iscdesk.hpp.
#pragma once

#include <string>

#include "interface/SdkInvoker.h"
#include "os.hpp"
#include "sdk/IscdeskSdkIdl.h"
#include "text.hpp"

namespace iscbridge {

struct Vendor {
    static constexpr const char *cloud = "sandbox";
    static constexpr NarrowText narrow_text = NarrowText::utf8;
    static constexpr const char *code_page = nullptr;
    static constexpr bool call_failure_is_final = true;

    static bool succeeded(ResultStatus status) { return status == ResultStatus::RESULT_SUCCESS; }
    static int verify_result(bool verified) { return verified ? 1 : 0; }

    class Library {
    public:
        bool load(const std::string &path) {
            const std::string file = path.empty() ? os::beside_this_library(ISCBRIDGE_SANDBOX_LIBRARY) : path;
            void *const library = os::open_library(file);
            void *const entry = library == nullptr ? nullptr : os::find_symbol(library, SdkInvoker::EntryPoint);
            invoker_ = SdkInvoker(reinterpret_cast<SdkInvoker::Entry>(entry));
            return invoker_.IscdeskFactory() != nullptr;
        }

        IscdeskSdk &factory() { return *invoker_.IscdeskFactory(); }

    private:
        SdkInvoker invoker_;
    };
};

}  // namespace iscbridge
