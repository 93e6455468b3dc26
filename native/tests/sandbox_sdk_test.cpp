// The sandbox SDK against a desk that this test plays, well-behaved or hostile.
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "check.hpp"
#include "desk_server.hpp"
#include "interface/SdkInvoker.h"
#include "mutations.hpp"
#include "wire.hpp"

extern "C" IscdeskSdk *IscbridgeSandboxSdk();

using desk_wire::encode;
using test::DeskServer;
using Fields = std::vector<std::string>;

namespace {

IscdeskSdk &sdk() { return *SdkInvoker(&IscbridgeSandboxSdk).IscdeskFactory(); }

int number(ResultStatus status) { return static_cast<int>(status); }

/// Collects events; `on_event` runs inside the callback.
class Example {
public:
    void EventRecall(EventType type, const char *information) {
        {
            const std::lock_guard lock(mutex_);
            events_.emplace_back(type, information);
        }
        if (on_event) {
            on_event();
        }
    }

    std::vector<std::pair<EventType, std::string>> events() {
        const std::lock_guard lock(mutex_);
        return events_;
    }

    std::function<void()> on_event;

private:
    std::mutex mutex_;
    std::vector<std::pair<EventType, std::string>> events_;
};

/// Says hello on the desk's side and answers Init.
void welcome(DeskServer &desk) {
    desk.accept();
    const Fields hello = desk.receive();
    CHECK_EQ(hello.size(), 4U);
    CHECK_EQ(hello[0], "hello");
    CHECK_EQ(hello[1], "1");
    CHECK(std::stoul(hello[2]) > 0);
    CHECK_EQ(hello[3], "iscbridge-sandbox-sdk");
    CHECK(desk.send(*encode({"welcome", "1"})));
    const Fields init = desk.receive();
    CHECK_EQ(init.size(), 3U);
    CHECK_EQ(init[2], "Init");
    CHECK(desk.send(*encode({"return", init[1], "0"})));
}

/// Answers ShutOut and sees the goodbye.
void farewell(DeskServer &desk) {
    const Fields shut_out = desk.receive();
    CHECK_EQ(shut_out.at(2), "ShutOut");
    CHECK(desk.send(*encode({"return", shut_out[1], "0"})));
    CHECK_EQ(desk.receive().at(0), "bye");
    CHECK(desk.receive().empty());
}

/// Plays the desk on a thread of its own while the test is the program.
class Desk {
public:
    explicit Desk(std::function<void(DeskServer &)> script)
        : thread_([this, script = std::move(script)] { script(server_); }) {}
    ~Desk() { join(); }
    void join() {
        if (thread_.joinable()) {
            thread_.join();
        }
    }

private:
    DeskServer server_;
    std::thread thread_;
};

void makes_every_call_of_the_guide() {
    std::vector<Fields> calls;
    Desk desk([&](DeskServer &server) {
        welcome(server);
        for (;;) {
            const Fields call = server.receive();
            if (call.at(2) == "ShutOut") {
                CHECK(server.send(*encode({"return", call[1], "3"})));
                break;
            }
            calls.push_back(call);
            CHECK(server.send(*encode({"return", call[1], std::to_string(calls.size() - 1)})));
        }
        CHECK_EQ(server.receive().at(0), "bye");
    });
    const auto status = [](int expected, ResultStatus got) { CHECK_EQ(number(got), expected); };
    status(0, sdk().Init());
    Example example;
    status(0, sdk().RegisterEventRecall(&example, &Example::EventRecall));
    status(0, sdk().GetLicenseFileRequest("a.lic", "dev|info"));
    status(1, sdk().GetLicenseFileRequest(nullptr, ""));
    status(2, sdk().GetLicenseStringRequest("dev"));
    status(3, sdk().LicenseVerifyNotify(true, ""));
    status(4, sdk().LicenseVerifyNotify(false, "expired"));
    status(5, sdk().TrialExpirationAndGetLicense(LicenseType::LICENSE_TYPE_FILE, "devInfo", "fileName"));
    status(6, sdk().CheckNewVersions());
    status(7, sdk().UpgradeNotify(true));
    status(8, sdk().OpenCloudFile());
    status(9, sdk().Save("/cad/\xE9\x9B\xB6.FCStd"));
    status(10, sdk().Save("/cad/folder", true));
    status(11, sdk().SelectSaveAsPath("/a"));
    status(12, sdk().SelectSaveAsPath("/b", true));
    status(13, sdk().GetSolution("/c"));
    status(3, sdk().ShutOut());
    desk.join();
    const std::vector<Fields> expected{
        {"GetLicenseFileRequest", "a.lic", "dev|info"},
        {"GetLicenseFileRequest", "", ""},
        {"GetLicenseStringRequest", "dev"},
        {"LicenseVerifyNotify", "true", ""},
        {"LicenseVerifyNotify", "false", "expired"},
        {"TrialExpirationAndGetLicense", "LICENSE_TYPE_FILE", "devInfo", "fileName"},
        {"CheckNewVersions"},
        {"UpgradeNotify", "true"},
        {"OpenCloudFile"},
        {"Save", "/cad/\xE9\x9B\xB6.FCStd", "false"},
        {"Save", "/cad/folder", "true"},
        {"SelectSaveAsPath", "/a", "false"},
        {"SelectSaveAsPath", "/b", "true"},
        {"GetSolution", "/c"},
    };
    CHECK_EQ(calls.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK_EQ(calls[i][0], "call");
        CHECK_EQ(calls[i][1], std::to_string(i + 2));  // Init was the first
        CHECK(Fields(calls[i].begin() + 2, calls[i].end()) == expected[i]);
    }
    CHECK(example.events().empty());
}

void raises_every_event_as_it_came() {
    const std::vector<std::string> names{"EVENT_UNHEARD_OF",   "EVENT_OPENCLOUDFILE_RESULT", "EVENT_SAVE_RESULT",
                                         "EVENT_LICENSE_VERIFY", "EVENT_UPGRADENOTICE",      "EVENT_UPDATE",
                                         "EVENT_UPLOAD_END",   "EVENT_UPLOAD_START",         "EVENT_HEARTBEAT"};
    const std::string information = "{\"operate\":\"broken\xFF";
    Desk desk([&](DeskServer &server) {
        server.accept();
        server.receive();
        // early ones are kept until somebody listens
        CHECK(server.send(*encode({"welcome", "1"}) + *encode({"event", names[0], "early"})));
        const Fields init = server.receive();
        CHECK(server.send(*encode({"return", init[1], "0"})));
        const Fields save = server.receive();
        for (std::size_t i = 1; i < names.size(); ++i) {
            CHECK(server.send(*encode({"event", names[i], information})));
        }
        CHECK(server.send(*encode({"return", save[1], "0"})));
        farewell(server);
    });
    CHECK_EQ(number(sdk().Init()), 0);
    Example example;
    CHECK_EQ(number(sdk().RegisterEventRecall(&example, &Example::EventRecall)), 0);
    CHECK_EQ(number(sdk().Save("/a")), 0);
    const auto events = example.events();  // all of them, since they came before the answer
    CHECK_EQ(events.size(), names.size());
    CHECK_EQ(events[0].second, "early");
    for (std::size_t i = 0; i < names.size(); ++i) {
        CHECK_EQ(static_cast<int>(events[i].first), static_cast<int>(i));
        CHECK_EQ(events[i].second, i == 0 ? "early" : information);
    }
    CHECK_EQ(number(sdk().ShutOut()), 0);
}

void carries_a_storm_of_events() {
    constexpr int count = 100000;
    Desk desk([&](DeskServer &server) {
        welcome(server);
        const Fields save = server.receive();
        std::string storm;
        for (int i = 0; i < count; ++i) {
            storm += *encode({"event", "EVENT_HEARTBEAT", std::to_string(i)});
        }
        CHECK(server.send(storm + *encode({"return", save[1], "0"})));
        farewell(server);
    });
    struct Counter {
        int next = 0;
        void EventRecall(EventType, const char *information) { CHECK_EQ(std::string(information), std::to_string(next++)); }
    } counter;
    CHECK_EQ(number(sdk().Init()), 0);
    CHECK_EQ(number(sdk().RegisterEventRecall(&counter, &Counter::EventRecall)), 0);
    CHECK_EQ(number(sdk().Save("/a")), 0);
    CHECK_EQ(counter.next, count);
    CHECK_EQ(number(sdk().ShutOut()), 0);
}

void fails_without_a_desk() {
    test::set_desk_address("");
    CHECK_EQ(number(sdk().Save("/a")), number(ResultStatus::RESULT_NOT_CONNECTED));  // Init must be first
    CHECK_EQ(number(sdk().Init()), number(ResultStatus::RESULT_NOT_CONNECTED));
    test::set_desk_address("/no/such/desk");
    CHECK_EQ(number(sdk().Init()), number(ResultStatus::RESULT_NOT_CONNECTED));
    test::set_desk_address(std::string(500, 'x'));
    CHECK_EQ(number(sdk().Init()), number(ResultStatus::RESULT_NOT_CONNECTED));
    CHECK_EQ(number(sdk().ShutOut()), number(ResultStatus::RESULT_NOT_CONNECTED));
}

void tells_a_refusal_from_a_loss() {
    Desk refusing([](DeskServer &server) {
        server.accept();
        server.receive();
        CHECK(server.send(*encode({"refuse", "not logged in"})));
        CHECK(server.receive().empty());
        server.accept();
        server.receive();
        server.hang_up();
        server.accept();
        server.receive();
        CHECK(server.send(*encode({"welcome", "2"})));
        CHECK(server.receive().empty());
    });
    CHECK_EQ(number(sdk().Init()), number(ResultStatus::RESULT_REFUSED));
    CHECK_EQ(number(sdk().Save("/a")), number(ResultStatus::RESULT_NOT_CONNECTED));
    CHECK_EQ(number(sdk().Init()), number(ResultStatus::RESULT_CONNECTION_LOST));
    CHECK_EQ(number(sdk().Init()), number(ResultStatus::RESULT_CONNECTION_LOST));
}

void waits_as_long_as_the_desk_does() {
    std::atomic<bool> go{false};
    std::atomic<bool> returned{false};
    Desk desk([&](DeskServer &server) {
        welcome(server);
        const Fields save = server.receive();
        CHECK(test::eventually([&] { return go.load(); }));
        CHECK(!returned);
        CHECK(server.send(*encode({"return", save[1], "0"})));
        farewell(server);
    });
    CHECK_EQ(number(sdk().Init()), 0);
    std::thread caller([&] {
        CHECK_EQ(number(sdk().Save("/a")), 0);
        returned = true;
    });
    go = true;
    caller.join();
    CHECK_EQ(number(sdk().ShutOut()), 0);
}

/// Runs Init, registration and Save against `script`, which ends the connection in its own way after a good start.
std::vector<std::pair<EventType, std::string>> save_against(const std::function<void(DeskServer &, const Fields &)> &script,
                                                            ResultStatus expected) {
    Desk desk([&](DeskServer &server) {
        welcome(server);
        script(server, server.receive());
    });
    CHECK_EQ(number(sdk().Init()), 0);
    Example example;
    CHECK_EQ(number(sdk().RegisterEventRecall(&example, &Example::EventRecall)), 0);
    CHECK_EQ(number(sdk().Save("/a")), number(expected));
    const auto events = example.events();
    desk.join();
    sdk().ShutOut();
    return events;
}

void says_once_that_the_client_closed() {
    const auto lost = ResultStatus::RESULT_CONNECTION_LOST;
    const auto closed = EventType::EVENT_CLIENT_CLOSED;

    auto events = save_against([](DeskServer &server, const Fields &) { server.hang_up(); }, lost);
    CHECK_EQ(events.size(), 1U);
    CHECK(events[0].first == closed);
    CHECK_EQ(events[0].second, R"({"operate":"ClientClosed","params":{},"comeBackParams":{}})");

    events = save_against(
        [](DeskServer &server, const Fields &) {
            CHECK(server.send(*encode({"event", "EVENT_CLIENT_CLOSED", "from the desk"})));
            server.hang_up();
        },
        lost);
    CHECK_EQ(events.size(), 1U);
    CHECK_EQ(events[0].second, "from the desk");

    // A goodbye is no loss: whether an event announces it is the desk's affair.
    events = save_against(
        [](DeskServer &server, const Fields &) {
            CHECK(server.send(*encode({"bye", "closing"})));
            CHECK(server.receive().empty());
        },
        lost);
    CHECK(events.empty());
}

void takes_nonsense_for_a_lost_connection() {
    using namespace std::string_literals;
    const std::vector<std::string> nonsense{
        "\0\0\0\0"s,                                 // a frame of nothing
        "\xFF\xFF\xFF\xFF"s,                         // a frame of 4 GiB
        "\1\0\0\1"s,                                 // one byte too many
        "GET / HTTP/1.1\r\n\r\n"s,                   // someone else's protocol
        *encode({"unheard-of", "1"}),                //
        *encode({"event", "EVENT_SAVE_RESULT"}),     // a field missing
        *encode({"return", "777", "0"}),             // answers what was not asked
        *encode({"return", "2", "0", "more"}),       //
        *encode({"return", "two", "0"}),             //
        *encode({"welcome", "1"}),                   // in the middle of a session
        *encode({"refuse", "too late"}),             //
    };
    for (const std::string &bytes : nonsense) {
        const auto events = save_against(
            [&](DeskServer &server, const Fields &) {
                CHECK(server.send(bytes));
                CHECK(server.receive().empty());  // the SDK hangs up
            },
            ResultStatus::RESULT_CONNECTION_LOST);
        CHECK_EQ(events.size(), 1U);
        CHECK(events[0].first == EventType::EVENT_CLIENT_CLOSED);
    }
    // An answer given twice is nonsense at the second.
    const auto events = save_against(
        [](DeskServer &server, const Fields &save) {
            CHECK(server.send(*encode({"return", save[1], "0"}) + *encode({"return", save[1], "0"})));
            CHECK_EQ(server.receive().size(), 0U);
        },
        ResultStatus::RESULT_SUCCESS);
    CHECK(events.size() <= 1U);
}

void survives_a_damaged_desk() {
    const std::string script = *encode({"welcome", "1"}) + *encode({"return", "1", "0"}) +
                               *encode({"event", "EVENT_SAVE_RESULT", "{\"operate\":\"SaveResult\"}"}) +
                               *encode({"return", "2", "0"}) + *encode({"bye", "x"});
    test::Mutations mutations(script);
    DeskServer server;
    for (int round = 0; round < 300; ++round) {
        const std::string bytes = mutations.next();
        std::thread desk([&] {
            server.accept();
            server.receive();
            server.send(bytes);
            server.hang_up();
        });
        Example example;
        const ResultStatus init = sdk().Init();
        if (init == ResultStatus::RESULT_SUCCESS) {
            sdk().RegisterEventRecall(&example, &Example::EventRecall);
        }
        sdk().Save("/a");  // whatever it gives: it comes back
        sdk().ShutOut();
        desk.join();
        int closed = 0;
        for (const auto &event : example.events()) {
            closed += event.first == EventType::EVENT_CLIENT_CLOSED ? 1 : 0;
        }
        CHECK(closed <= 1);
    }
}

void refuses_calls_inside_the_callback() {
    std::vector<int> inside;
    Desk desk([](DeskServer &server) {
        welcome(server);
        const Fields save = server.receive();
        CHECK(server.send(*encode({"event", "EVENT_SAVE_RESULT", "{}"}) + *encode({"return", save[1], "0"})));
        farewell(server);
    });
    CHECK_EQ(number(sdk().Init()), 0);
    Example example;
    example.on_event = [&] {
        inside = {number(sdk().ShutOut()), number(sdk().Save("/b")), number(sdk().Init()),
                  number(sdk().RegisterEventRecall(&example, &Example::EventRecall))};
    };
    CHECK_EQ(number(sdk().RegisterEventRecall(&example, &Example::EventRecall)), 0);
    CHECK_EQ(number(sdk().Save("/a")), 0);
    CHECK_EQ(inside.size(), 4U);
    for (const int status : inside) {
        CHECK_EQ(status, number(ResultStatus::RESULT_IN_CALLBACK));
    }
    CHECK_EQ(number(sdk().ShutOut()), 0);
}

void refuses_what_no_frame_holds() {
    Desk desk([](DeskServer &server) {
        welcome(server);
        farewell(server);
    });
    CHECK_EQ(number(sdk().Init()), 0);
    const std::string huge(desk_wire::largest_frame, 'x');
    CHECK_EQ(number(sdk().Save(huge.c_str())), number(ResultStatus::RESULT_TOO_LARGE));
    CHECK_EQ(number(sdk().ShutOut()), 0);
}

}  // namespace

int main() {
    fails_without_a_desk();
    makes_every_call_of_the_guide();
    raises_every_event_as_it_came();
    carries_a_storm_of_events();
    tells_a_refusal_from_a_loss();
    waits_as_long_as_the_desk_does();
    says_once_that_the_client_closed();
    takes_nonsense_for_a_lost_connection();
    survives_a_damaged_desk();
    refuses_calls_inside_the_callback();
    refuses_what_no_frame_holds();
    return 0;
}
