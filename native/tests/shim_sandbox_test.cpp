// The shim over the sandbox SDK, as it is delivered: found beside the shim, over a connection to a desk.
#include <string>
#include <thread>
#include <vector>

#include "c_client.hpp"
#include "check.hpp"
#include "desk_server.hpp"
#include "wire.hpp"

using desk_wire::encode;
using test::Client;
using test::Taken;
using Fields = std::vector<std::string>;

namespace {

const std::string result = R"({"operate":"SaveResult","params":{"status":"success"},"comeBackParams":{}})";

void answer(test::DeskServer &desk, const std::string &function, const std::string &status) {
    const Fields call = desk.receive();
    CHECK_EQ(call.at(2), function);
    CHECK(desk.send(*encode({"return", call[1], status})));
}

void saves_through_the_sandbox() {
    test::DeskServer desk;
    std::thread playing([&] {
        desk.accept();
        CHECK_EQ(desk.receive().at(0), "hello");
        CHECK(desk.send(*encode({"welcome", "1"})));
        answer(desk, "Init", "0");
        const Fields save = desk.receive();
        CHECK_EQ(save.at(2), "Save");
        CHECK_EQ(save.at(3), "/cad/\xE9\x9B\xB6");
        CHECK_EQ(save.at(4), "true");
        CHECK(desk.send(*encode({"event", "EVENT_SAVE_RESULT", result}) + *encode({"return", save[1], "5"})));
        answer(desk, "ShutOut", "0");
        CHECK_EQ(desk.receive().at(0), "bye");
    });
    Client client("");
    isc_info info{};
    info.size = sizeof(info);
    CHECK_EQ(isc_get_info(client, &info), ISC_OK);
    CHECK_EQ(std::string(info.cloud), "sandbox");
    CHECK_EQ(info.functions, 0x1FFEU);
    CHECK_EQ(info.call_failure_is_final, 1U);
    CHECK_EQ(client.init().ok, 1);
    std::uint64_t call = 0;
    CHECK_EQ(isc_save(client, "/cad/\xE9\x9B\xB6", 1, &call), ISC_OK);
    const auto events = client.take_until([call](const Taken &taken) { return taken.event.call == call; });
    CHECK_EQ(events.size(), 2U);
    CHECK_EQ(events[0].text, result);
    CHECK_EQ(events[0].event.type, 2);
    CHECK_EQ(events[1].event.ok, 0);
    CHECK_EQ(events[1].event.vendor_status, 5);
    CHECK_EQ(client.close(), ISC_OK);
    playing.join();
}

void says_that_no_desk_is_there() {
    test::set_desk_address("/no/such/desk");
    Client client("");
    const isc_event init = client.init();
    CHECK_EQ(init.result, ISC_OK);
    CHECK_EQ(init.ok, 0);
    CHECK_EQ(init.vendor_status, -1);
}

}  // namespace

int main() {
    saves_through_the_sandbox();
    says_that_no_desk_is_there();
    return 0;
}
