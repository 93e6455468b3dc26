// A filled-in vendor file, for the invented SDK of this folder.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "IscdeskSdkIdl.h"
#include "SdkInvoker.h"
#include "adapt.hpp"
#include "os.hpp"
#include "text.hpp"

namespace iscbridge {

struct Vendor {
    static constexpr const char *cloud = "iscdesk";
    static constexpr NarrowText narrow_text = NarrowText::utf8;
    static constexpr const char *code_page = nullptr;
    static constexpr bool call_failure_is_final = true;
    static bool succeeded(ResultStatus status) { return status == RESULT_SUCCEEDED; }
    static int verify_result(bool verified) { return verified ? 1 : 0; }

    static ResultStatus register_events(IscdeskSdk &sdk, adapt::EventSink sink) {
        auto *const context = new adapt::EventSink(std::move(sink));  // for ever: callbacks may come late
        return sdk.RegisterEventRecall(
            [](const EventInformation &event, void *pointer) {
                const std::wstring_view text(event.text, event.length);
                static_cast<const adapt::EventSink *>(pointer)->raise(event.type, text);
            },
            context);
    }

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
