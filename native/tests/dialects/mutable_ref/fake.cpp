#include "fake_desk.hpp"
#include "interface/SdkInvoker.h"

namespace {

const FakeTraits traits{"utf8", 1, static_cast<int>(isc::ResultStatus::Done), 1, 1, "20", "10",
                        "events: template over the receiver; paths: std::string in UTF-8"};

isc::ResultStatus call(const std::string &text) {
    return static_cast<isc::ResultStatus>(FakeDesk::instance().call(text));
}

isc::ResultStatus set_recall(const std::shared_ptr<isc::Recall> &recall) {
    FakeDesk::instance().set_receiver([recall](std::int32_t type, const std::string &text) {
        recall->Raise(static_cast<isc::EventType>(type), text);
    });
    return call("RegisterEventRecall");
}

}  // namespace

extern "C" {
extern FAKE_EXPORT const isc::Exports IscdeskExports;
const isc::Exports IscdeskExports{&call, &set_recall};
FAKE_EXPORT const FakeControl *fake_control() { return FakeDesk::control(traits); }
}
