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
    static constexpr NarrowText narrow_text = NarrowText::utf8;
    static constexpr const char *code_page = nullptr;
    static constexpr bool call_failure_is_final = true;
    static bool succeeded(bool status) { return status; }
    static int verify_result(bool verified) { return verified ? 1 : 0; }

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
