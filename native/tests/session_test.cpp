// Sessions at their limits: floods, full queues, closing at bad moments, an SDK that hangs. Runs over the char_utf8
// dialect's fake SDK.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "c_client.hpp"
#include "check.hpp"
#include "fake_sdk.hpp"

using test::Client;
using test::eventually;
using test::FakeSdk;
using test::Taken;

namespace {

void delivers_a_hundred_thousand_events_in_order(const FakeSdk &sdk) {
    sdk.reset();
    Client client(sdk.path());
    client.init();
    constexpr int threads = 4;
    constexpr int each = 25000;
    std::thread raising([&] { sdk->storm(threads, each); });
    std::vector<int> next(threads, 0);
    for (int taken = 0; taken < threads * each;) {
        for (const Taken &event : client.take(60000)) {
            const auto thread = static_cast<std::size_t>(event.text[0] - '0');
            CHECK_EQ(event.text, std::to_string(thread) + ":" + std::to_string(next[thread]));
            ++next[thread];
            ++taken;
        }
    }
    raising.join();
    CHECK_EQ(client.take(0).size(), 0U);
}

void marks_the_place_of_what_a_full_queue_dropped(const FakeSdk &sdk) {
    sdk.reset();
    Client client(sdk.path(), 100);
    client.init();
    sdk->storm(1, 1000);
    std::uint64_t call = 0;
    CHECK_EQ(isc_check_new_versions(client, &call), ISC_OK);  // its RETURNED finds a place
    const auto first = client.take_until([call](const Taken &taken) { return taken.event.call == call; });
    CHECK_EQ(first.size(), 102U);
    CHECK_EQ(first[99].text, "0:99");
    CHECK_EQ(first[100].event.kind, std::uint32_t{ISC_EVENT_LOST});
    CHECK_EQ(first[100].event.type, 900);
    CHECK_EQ(first[100].text, "");

    sdk->storm(1, 100);  // there is room again
    const auto second = client.take(60000);
    CHECK_EQ(second.size(), 100U);
    CHECK_EQ(second.back().text, "0:99");
}

void raises_events_of_a_call_before_its_return(const FakeSdk &sdk) {
    sdk.reset();
    Client client(sdk.path());
    client.init();
    sdk->set_answer("{\"operate\":\"SaveResult\"}");
    for (int i = 0; i < 200; ++i) {
        std::uint64_t call = 0;
        CHECK_EQ(isc_save(client, "/a", 0, &call), ISC_OK);
        const auto events = client.take_until([call](const Taken &taken) { return taken.event.call == call; });
        CHECK_EQ(events.size(), 2U);
        CHECK_EQ(events[0].text, "{\"operate\":\"SaveResult\"}");
    }
}

void queues_calls_of_several_threads(const FakeSdk &sdk) {
    sdk.reset();
    Client client(sdk.path());
    client.init();
    std::vector<std::thread> callers;
    for (int thread = 0; thread < 4; ++thread) {
        callers.emplace_back([&client, thread] {
            for (int i = 0; i < 100; ++i) {
                const std::string path = "/" + std::to_string(thread) + "/" + std::to_string(i);
                CHECK_EQ(isc_save(client, path.c_str(), 0, nullptr), ISC_OK);
            }
        });
    }
    for (std::thread &caller : callers) {
        caller.join();
    }
    for (std::uint64_t call = 2; call <= 401; ++call) {  // in the order in which they were queued
        CHECK_EQ(client.take(60000, 1).at(0).event.call, call);
    }
    std::vector<int> next(4, 0);
    const auto calls = sdk.calls();
    for (std::size_t i = 2; i < calls.size(); ++i) {
        const auto thread = static_cast<std::size_t>(calls[i].at(6) - '0');
        CHECK_EQ(calls[i], "Save|/" + std::to_string(thread) + "/" + std::to_string(next[thread]++) + "|false");
    }
    CHECK_EQ(sdk->call_threads(), 1);
}

void bounds_the_calls_that_wait(const FakeSdk &sdk) {
    sdk.reset();
    Client client(sdk.path());
    client.init();
    sdk->set_blocking(1);
    std::uint64_t call = 0;
    for (int i = 0; i < 1024; ++i) {
        CHECK_EQ(isc_open_cloud_file(client, &call), ISC_OK);
    }
    CHECK_EQ(isc_open_cloud_file(client, &call), ISC_ERR_QUEUE_FULL);
    CHECK_EQ(call, 0U);
    sdk->set_blocking(0);
    client.returned(2);
    CHECK_EQ(isc_open_cloud_file(client, &call), ISC_OK);  // one was fetched
    client.returned(call);
}

void leaves_the_sdk_alone_after_a_failed_init(const FakeSdk &sdk) {
    sdk.reset();
    sdk->set_status(sdk.traits().success + 1);
    Client client(sdk.path());
    std::uint64_t init = 0;
    std::uint64_t save = 0;
    CHECK_EQ(isc_init(client, &init), ISC_OK);
    CHECK_EQ(isc_save(client, "/a", 0, &save), ISC_OK);
    const isc_event refused = client.returned(init);
    CHECK_EQ(refused.result, ISC_OK);
    CHECK_EQ(refused.ok, 0);
    CHECK_EQ(client.returned(save).result, ISC_ERR_UNSUPPORTED);
    CHECK_EQ(client.close(), ISC_OK);
    CHECK_EQ(sdk.calls().size(), 1U);  // no RegisterEventRecall, no Save, no ShutOut
}

void wakes_a_waiter_at_close(const FakeSdk &sdk) {
    sdk.reset();
    for (int round = 0; round < 50; ++round) {
        Client client(sdk.path());
        isc_handle *const handle = client;
        std::atomic<bool> waiting{false};
        std::thread waiter([&] {
            isc_event event{};
            event.size = sizeof(event);
            waiting = true;
            CHECK_EQ(isc_wait_events(handle, -1, &event, 1), ISC_ERR_CLOSED);
        });
        CHECK(eventually([&] { return waiting.load(); }));
        CHECK_EQ(client.close(), ISC_OK);
        waiter.join();
    }
}

void lets_one_thread_wait(const FakeSdk &sdk) {
    sdk.reset();
    Client client(sdk.path());
    client.init();
    isc_handle *const handle = client;
    std::thread waiter([&] {
        isc_event event{};
        event.size = sizeof(event);
        std::int32_t count = ISC_ERR_UNSUPPORTED;
        while (count == ISC_ERR_UNSUPPORTED) {  // the other thread looks in now and then
            count = isc_wait_events(handle, -1, &event, 1);
        }
        CHECK_EQ(count, 1);
        CHECK_EQ(std::string(event.text), "go");
    });
    isc_event event{};
    event.size = sizeof(event);
    CHECK(eventually([&] { return isc_wait_events(handle, 0, &event, 1) == ISC_ERR_UNSUPPORTED; }));
    sdk->raise_event(1, "go");
    waiter.join();
    CHECK_EQ(isc_wait_events(handle, 1, &event, 1), 0);  // waits out its time
}

void survives_everything_at_once(const FakeSdk &sdk) {
    for (int round = 0; round < 10; ++round) {
        sdk.reset();
        Client client(sdk.path(), 500);
        isc_handle *const handle = client;
        client.init();
        std::vector<std::thread> threads;
        threads.emplace_back([&] { sdk->storm(2, 2000); });
        threads.emplace_back([handle] {
            while (isc_save(handle, "/a", 0, nullptr) != ISC_ERR_CLOSED) {
                std::this_thread::yield();
            }
        });
        threads.emplace_back([handle] {
            std::vector<isc_event> events(64);
            events[0].size = sizeof(isc_event);
            while (isc_wait_events(handle, -1, events.data(), 64) != ISC_ERR_CLOSED) {
            }
        });
        CHECK(eventually([&] { return sdk->call_count() > 20; }));
        CHECK_EQ(client.close(), ISC_OK);
        for (std::thread &thread : threads) {
            thread.join();
        }
        CHECK_EQ(sdk.calls().back(), "ShutOut");
    }
}

void drops_queued_calls_at_close(const FakeSdk &sdk) {
    sdk.reset();
    Client client(sdk.path());
    client.init();
    sdk->set_blocking(1);
    CHECK_EQ(isc_save(client, "/made", 0, nullptr), ISC_OK);
    CHECK(eventually([&] { return sdk->calls_inside() == 1; }));
    CHECK_EQ(isc_save(client, "/dropped", 0, nullptr), ISC_OK);
    isc_handle *const handle = client;
    std::thread closing([&] { CHECK_EQ(client.close(), ISC_OK); });
    CHECK(eventually([&] { return isc_save(handle, "/refused", 0, nullptr) == ISC_ERR_CLOSED; }));
    sdk->set_blocking(0);
    closing.join();
    const auto calls = sdk.calls();
    CHECK_EQ(calls.size(), 4U);
    CHECK_EQ(calls[2], "Save|/made|false");
    CHECK_EQ(calls[3], "ShutOut");
}

/// Last, since nothing can be opened in this process afterwards.
void abandons_an_sdk_that_hangs(const FakeSdk &sdk) {
    sdk.reset();
    Client client(sdk.path());
    client.init();
    sdk->set_blocking(1);
    CHECK_EQ(isc_save(client, "/never", 0, nullptr), ISC_OK);
    CHECK(eventually([&] { return sdk->calls_inside() == 1; }));
    CHECK_EQ(client.close(20), ISC_ERR_TIMEOUT);

    sdk->raise_event(2, "late");
    isc_handle *handle = nullptr;
    const isc_config config = test::config_for(sdk.path());
    CHECK_EQ(isc_open(&handle, &config), ISC_ERR_UNSUPPORTED);
    CHECK(handle == nullptr);

    sdk->set_blocking(0);
    CHECK(eventually([&] { return sdk->threads_ended() == 1; }));
    CHECK_EQ(sdk.calls().back(), "Save|/never|false");  // no ShutOut by a thread that was given up
    sdk->raise_event(2, "later still");
}

}  // namespace

int main(int argc, char **argv) {
    CHECK_EQ(argc, 2);
    const FakeSdk sdk(argv[1]);
    delivers_a_hundred_thousand_events_in_order(sdk);
    marks_the_place_of_what_a_full_queue_dropped(sdk);
    raises_events_of_a_call_before_its_return(sdk);
    queues_calls_of_several_threads(sdk);
    bounds_the_calls_that_wait(sdk);
    leaves_the_sdk_alone_after_a_failed_init(sdk);
    wakes_a_waiter_at_close(sdk);
    lets_one_thread_wait(sdk);
    survives_everything_at_once(sdk);
    drops_queued_calls_at_close(sdk);
    abandons_an_sdk_that_hangs(sdk);
    return 0;
}
