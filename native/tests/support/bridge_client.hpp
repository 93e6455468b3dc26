// The client library for tests: a client that closes itself, what it gives freed by itself.
#pragma once

#include <memory>
#include <string>

#include "check.hpp"
#include "iscbridge_client.h"

namespace test {

constexpr std::int32_t long_ms = 60000;  // as `patience`

struct FreeGiven {
    void operator()(void *given) const { iscb_free(given); }
};
template <class Struct>
using Given = std::unique_ptr<Struct, FreeGiven>;

inline iscb_config client_config(const std::string &address) {
    iscb_config config{};
    config.size = sizeof(config);
    config.abi_version = ISCB_ABI_VERSION;
    config.host = "test";
    config.address = address.c_str();
    return config;
}

class BridgeClient {
public:
    explicit BridgeClient(const std::string &address) : BridgeClient(client_config(address)) {}
    explicit BridgeClient(const iscb_config &config) { CHECK_EQ(iscb_create(&config, &client_), ISCB_OK); }
    ~BridgeClient() { close(); }
    BridgeClient(const BridgeClient &) = delete;
    BridgeClient &operator=(const BridgeClient &) = delete;

    operator iscb_client *() const { return client_; }
    void close() {
        const std::int32_t status = iscb_close(client_, long_ms);
        CHECK(status == ISCB_OK || status == ISCB_ERR_CLOSED);
    }

    /// The next event of a kind; others are dropped.
    Given<iscb_event> event(std::int32_t kind) {
        for (;;) {
            iscb_event *found = nullptr;
            CHECK_EQ(iscb_wait_event(client_, long_ms, &found), 1);
            Given<iscb_event> event(found);
            CHECK_EQ(event->size, sizeof(iscb_event));
            if (event->kind == kind) {
                return event;
            }
        }
    }

private:
    iscb_client *client_ = nullptr;
};

/// A save, and its job if there is one.
struct Saved {
    std::int32_t status = 0;
    Given<iscb_job> job;
    Given<iscb_error> error;
};

inline Saved save(iscb_client *client, const char *path = "/a", std::int32_t timeout_ms = long_ms,
                  const iscb_save_options *options = nullptr) {
    iscb_job *job = nullptr;
    iscb_error *error = nullptr;
    Saved saved;
    saved.status = iscb_save(client, path, options, timeout_ms, &job, &error);
    saved.job.reset(job);
    saved.error.reset(error);
    CHECK_EQ(saved.status == ISCB_OK, job != nullptr);
    CHECK_EQ(saved.status == ISCB_OK, error == nullptr);
    return saved;
}

}  // namespace test
