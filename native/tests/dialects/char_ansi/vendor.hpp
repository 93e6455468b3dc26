// A filled-in vendor file, for the invented SDK of this folder.
#pragma once

#include <string>

#include "IscdeskSdkIdl.h"
#include "SdkInvoker.h"
#include "os.hpp"
#include "text.hpp"

namespace iscbridge {

struct Vendor {
    static constexpr const char *cloud = "iscdesk";
    static constexpr NarrowText narrow_text = NarrowText::ansi;
    static constexpr const char *code_page = "CP936";
    static constexpr bool call_failure_is_final = false;
    static bool succeeded(ResultStatus status) { return status == 1; }
    static int verify_result(bool verified) { return verified ? 0 : 1; }

    class Library {
    public:
        bool load(const std::string &path) {
            void *const library = os::open_library(path);
            void *const entry = library == nullptr ? nullptr : os::find_symbol(library, "GetIscdeskSdk");
            if (entry == nullptr) {
                return false;
            }
            invoker_.factory = reinterpret_cast<IscdeskSdk *(*)()>(entry)();
            return true;
        }
        IscdeskSdk &factory() { return *invoker_.IscdeskFactory(); }

    private:
        SdkInvoker invoker_{nullptr};
    };
};

}  // namespace iscbridge
