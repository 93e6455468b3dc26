// The C ABI for tests: opens a handle, collects events until a condition holds.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "check.hpp"
#include "iscdesk_c.h"

namespace test {

/// An event with a text of its own.
struct Taken {
    isc_event event;
    std::string text;
};

inline isc_config config_for(const std::string &library, std::uint32_t capacity = 0) {
    isc_config config{};
    config.size = sizeof(config);
    config.abi_version = ISC_ABI_VERSION;
    config.sdk_library = library.empty() ? nullptr : library.c_str();
    config.event_capacity = capacity;
    return config;
}

class Client {
public:
    explicit Client(const std::string &library, std::uint32_t capacity = 0) {
        const isc_config config = config_for(library, capacity);
        CHECK_EQ(isc_open(&handle_, &config), ISC_OK);
        CHECK(handle_ != nullptr);
    }
    ~Client() {
        if (handle_ != nullptr) {
            CHECK_EQ(close(), ISC_OK);
        }
    }
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;

    operator isc_handle *() const { return handle_; }

    std::int32_t close(std::int32_t grace_ms = 60000) {
        isc_handle *const handle = handle_;
        handle_ = nullptr;
        return isc_close(handle, grace_ms);
    }

    /// One isc_wait_events of at most `limit` events.
    std::vector<Taken> take(std::int32_t timeout_ms, std::uint32_t limit = 256) {
        std::vector<isc_event> events(limit);
        events[0].size = sizeof(isc_event);
        const std::int32_t count = isc_wait_events(handle_, timeout_ms, events.data(), limit);
        CHECK(count >= 0);
        std::vector<Taken> taken;
        for (std::int32_t i = 0; i < count; ++i) {
            const isc_event &event = events[static_cast<std::size_t>(i)];
            CHECK_EQ(event.size, sizeof(isc_event));
            CHECK_EQ(event.sequence, ++sequence_);
            CHECK_EQ(std::string(event.text).size(), event.text_length);
            taken.push_back({event, std::string(event.text, event.text_length)});
        }
        return taken;
    }

    /// Takes events until `done` says so of one; that one is the last of those returned.
    std::vector<Taken> take_until(const std::function<bool(const Taken &)> &done) {
        std::vector<Taken> all;
        for (;;) {
            const auto some = take(static_cast<std::int32_t>(std::chrono::milliseconds(patience).count()), 1);
            CHECK(!some.empty());
            all.push_back(some.front());
            if (done(all.back())) {
                return all;
            }
        }
    }

    /// The RETURNED event of this call; events before it are dropped.
    isc_event returned(std::uint64_t call) {
        return take_until([call](const Taken &taken) {
                   return taken.event.kind == ISC_EVENT_RETURNED && taken.event.call == call;
               })
            .back()
            .event;
    }

    /// Init, and its outcome.
    isc_event init() {
        std::uint64_t call = 0;
        CHECK_EQ(isc_init(handle_, &call), ISC_OK);
        return returned(call);
    }

private:
    isc_handle *handle_ = nullptr;
    std::uint64_t sequence_ = 0;
};

}  // namespace test
