// A filled-in vendor file, for the invented SDK of this folder.
#pragma once

#include <memory>
#include <string>

#include "IscdeskSdkIdl.h"
#include "SdkInvoker.h"
#include "os.hpp"
#include "text.hpp"

namespace iscbridge {

struct Vendor {
    static constexpr const char *cloud = "iscdesk";
    static constexpr NarrowText narrow_text = NarrowText::utf8;
    static constexpr const char *code_page = nullptr;
    static constexpr bool call_failure_is_final = true;
    static bool succeeded(isc::ResultStatus status) { return status == isc::ResultStatus::Done; }
    static int verify_result(bool verified) {
        return static_cast<int>(verified ? isc::VerifyResult::Good : isc::VerifyResult::Bad);
    }

    class Library {
    public:
        bool load(const std::string &path) {
            void *const library = os::open_library(path);
            void *const entry = library == nullptr ? nullptr : os::find_symbol(library, "IscdeskExports");
            if (entry == nullptr) {
                return false;
            }
            invoker_ = std::make_unique<isc::SdkInvoker>(static_cast<const isc::Exports *>(entry));
            return true;
        }
        isc::Factory &factory() { return *invoker_->IscdeskFactory(); }

    private:
        std::unique_ptr<isc::SdkInvoker> invoker_;
    };
};

}  // namespace iscbridge
