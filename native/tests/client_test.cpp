// The client library with a server that behaves: calls, events, lost connections, closing, many threads.
#include <atomic>
#include <cstring>
#include <future>
#include <set>
#include <thread>
#include <vector>

#include "bridge_client.hpp"
#include "bridge_server.hpp"

using namespace test;

namespace {

/// Answers every request with a job that is named like the request id, or that was asked for.
void serve_jobs(BridgePeer &peer, const std::string &state) {
    if (!peer.greet()) {
        return;
    }
    for (std::string line; !(line = peer.line()).empty();) {
        const std::string asked = member(line, "job");
        const std::string id = asked.empty() ? member(line, "requestId") : asked;
        peer.send_line(answer(line, job_json(id, state)));
    }
}

void check_save_and_events() {
    BridgeServer server([](BridgePeer &peer) {
        CHECK(peer.greet());
        const std::string line = peer.line();
        CHECK_EQ(member(line, "method"), "cloud.save");
        CHECK(line.find("\"path\":\"/壳\\\"\"") != std::string::npos);
        CHECK(line.find("\"assembly\":true") != std::string::npos);
        CHECK(line.find(R"("files":["/壳\"","/b"])") != std::string::npos);
        peer.send_line(answer(line, job_json("j1", "accepted")));
        peer.send_line(R"({"jsonrpc":"2.0","method":"job.changed","params":)" + job_json("j1", "done") + "}");
        peer.send_line(R"({"jsonrpc":"2.0","method":"file.opened","params":{"job":"j2","path":"/c","readOnly":true}})");
        peer.send_line(R"({"jsonrpc":"2.0","method":"of.later","params":{"x":1}})");
        peer.line();
    });
    BridgeClient client(server.address());
    const char *const files[] = {"/壳\"", "/b"};
    iscb_save_options options{};
    options.size = sizeof(options);
    options.assembly = 1;
    options.files = files;
    options.file_count = 2;
    const Saved saved = save(client, "/壳\"", long_ms, &options);
    CHECK_EQ(saved.status, ISCB_OK);
    CHECK_EQ(saved.job->state, ISCB_JOB_ACCEPTED);
    CHECK_EQ(saved.job->is_final, 0);
    CHECK_EQ(std::string(saved.job->job), "j1");
    CHECK_EQ(client.event(ISCB_EVENT_CONNECTED)->json[0], '{');
    const auto job = client.event(ISCB_EVENT_JOB);
    CHECK_EQ(job->job->state, ISCB_JOB_DONE);
    CHECK_EQ(job->job->is_final, 1);
    const auto opened = client.event(ISCB_EVENT_OPENED);
    CHECK_EQ(std::string(opened->path), "/c");
    CHECK_EQ(opened->read_only, 1);
    CHECK_EQ(std::string(client.event(ISCB_EVENT_OTHER)->topic), "of.later");
}

void check_refusal() {
    BridgeServer server([](BridgePeer &peer) {
        CHECK(peer.greet());
        const std::string line = peer.line();
        peer.send_line(R"({"jsonrpc":"2.0","id":)" + member(line, "id") +
                       R"(,"error":{"code":-32010,"message":"t","data":{"code":"ISCB-FILE-MISSING","title":"t","message":"m","remedy":"r","retry":"afterFix","params":{}}}})");
        peer.line();
    });
    BridgeClient client(server.address());
    const Saved saved = save(client);
    CHECK_EQ(saved.status, ISCB_ERR_REFUSED);
    CHECK_EQ(std::string(saved.error->code), "ISCB-FILE-MISSING");
    CHECK_EQ(std::string(saved.error->remedy), "r");
    CHECK_EQ(saved.error->retry, ISCB_RETRY_AFTER_FIX);
}

/// What was asked and not answered is asked again with the same request id, if that is safe.
void check_asked_again() {
    std::promise<std::string> first;
    std::promise<std::string> second;
    std::atomic<int> count{0};
    BridgeServer server([&](BridgePeer &peer) {
        CHECK(peer.greet());
        const bool is_first = ++count == 1;
        const std::string line = peer.line();
        (is_first ? first : second).set_value(member(line, "requestId"));
        if (!is_first) {
            peer.send_line(answer(line, job_json("j1", "accepted")));
            peer.line();
        }
    });
    BridgeClient client(server.address());
    CHECK_EQ(save(client).status, ISCB_OK);
    const std::string id = first.get_future().get();
    CHECK_EQ(id.size(), 32U);
    CHECK_EQ(second.get_future().get(), id);
}

void check_not_asked_again() {
    std::atomic<int> cancels{0};
    BridgeServer server([&](BridgePeer &peer) {
        if (!peer.greet()) {
            return;  // the client is closed by now
        }
        const std::string line = peer.line();
        cancels += member(line, "method") == "job.cancel" ? 1 : 0;
    });
    BridgeClient client(server.address());
    iscb_error *error = nullptr;
    CHECK_EQ(iscb_job_cancel(client, "j1", long_ms, nullptr, &error), ISCB_ERR_LOST);
    CHECK_EQ(std::string(Given<iscb_error>(error)->code), "ISCB-PROTO-CLOSED");
    CHECK(eventually([&] { return server.connections() >= 2; }));  // it comes back by itself
    CHECK_EQ(cancels.load(), 1);
}

/// A job that became final while there was no connection is told as an event, and to who waits for it.
void check_missed_changes() {
    std::atomic<int> count{0};
    std::promise<void> waited_for;
    BridgeServer server([&](BridgePeer &peer) {
        if (++count > 1) {
            serve_jobs(peer, "done");
            return;
        }
        CHECK(peer.greet());
        const std::string line = peer.line();
        peer.send_line(answer(line, job_json("j1", "waiting", "2026-11-22T09:15:00.000Z")));
        const std::string get = peer.line();
        CHECK_EQ(member(get, "method"), "job.get");
        peer.send_line(answer(get, job_json("j1", "waiting", "2026-11-22T09:15:00.000Z")));
    });
    BridgeClient client(server.address());
    CHECK_EQ(save(client).status, ISCB_OK);
    iscb_job *job = nullptr;
    CHECK_EQ(iscb_job_wait(client, "j1", long_ms, &job, nullptr), ISCB_OK);
    CHECK_EQ(Given<iscb_job>(job)->state, ISCB_JOB_DONE);
    client.event(ISCB_EVENT_LOST);
    CHECK_EQ(client.event(ISCB_EVENT_JOB)->job->state, ISCB_JOB_DONE);
}

void check_wait_ends_in_time() {
    BridgeServer server([](BridgePeer &peer) { serve_jobs(peer, "submitted"); });
    BridgeClient client(server.address());
    CHECK_EQ(iscb_connect(client, long_ms, nullptr, nullptr), ISCB_OK);
    Given<iscb_job> seen;
    CHECK(eventually([&] {  // on a machine that stands still the time may be over before the first answer
        iscb_job *job = nullptr;
        iscb_error *error = nullptr;
        CHECK_EQ(iscb_job_wait(client, "j1", 300, &job, &error), ISCB_ERR_TIMEOUT);
        iscb_free(error);
        seen.reset(job);
        return seen != nullptr;
    }));
    CHECK_EQ(seen->state, ISCB_JOB_SUBMITTED);
}

/// A bridge that is closing answers that it is: what became of the job is told by the next one.
void check_wait_outlasts_a_closing_bridge() {
    std::atomic<int> asked{0};
    BridgeServer server([&](BridgePeer &peer) {
        CHECK(peer.greet());
        for (std::string line; !(line = peer.line()).empty();) {
            const int number = ++asked;
            if (number == 2) {
                peer.send_line(R"({"jsonrpc":"2.0","id":)" + member(line, "id") +
                               R"(,"error":{"code":-32000,"message":"t","data":{"code":"ISCB-BRIDGE-CLOSING","title":"t","message":"m","remedy":"r","retry":"same","params":{}}}})");
                return;
            }
            peer.send_line(answer(line, job_json("j1", number == 1 ? "submitted" : "done")));
        }
    });
    BridgeClient client(server.address());
    iscb_job *job = nullptr;
    CHECK_EQ(iscb_job_wait(client, "j1", long_ms, &job, nullptr), ISCB_OK);
    CHECK_EQ(Given<iscb_job>(job)->state, ISCB_JOB_DONE);
}

void check_posts() {
    BridgeServer server([](BridgePeer &peer) {
        CHECK(peer.greet());
        peer.send_line(answer(peer.line(), R"({"jobs":[]})"));
        while (!peer.line().empty()) {
        }
    });
    BridgeClient client(server.address());
    CHECK_EQ(iscb_post(client, "job.list", "{\n\"limit\":1}", long_ms, 7), ISCB_OK);
    const auto answered = client.event(ISCB_EVENT_ANSWER);
    CHECK_EQ(answered->user_data, 7U);
    CHECK_EQ(answered->status, ISCB_OK);
    CHECK_EQ(std::string(answered->json), R"({"jobs":[]})");
    CHECK_EQ(iscb_post(client, "job.list", nullptr, 50, 8), ISCB_OK);
    const auto late = client.event(ISCB_EVENT_ANSWER);
    CHECK_EQ(late->user_data, 8U);
    CHECK_EQ(late->status, ISCB_ERR_TIMEOUT);
    CHECK_EQ(std::string(late->error->code), "ISCB-BRIDGE-TIMEOUT");
    int posted = 0;
    while (iscb_post(client, "job.list", nullptr, long_ms, 9) == ISCB_OK) {
        CHECK(++posted <= 1024);
    }
    CHECK_EQ(posted, 1024);
}

void check_closing_ends_waits() {
    BridgeServer server([](BridgePeer &peer) {
        peer.greet();
        while (!peer.line().empty()) {  // never answers
        }
    });
    BridgeClient client(server.address());
    std::vector<std::thread> waiting;
    for (int i = 0; i < 8; ++i) {
        waiting.emplace_back([&client, i] {
            iscb_event *event = nullptr;
            std::int32_t status = 1;
            if (i % 2 == 0) {
                status = save(client).status;
            }
            while (status == 1) {
                status = iscb_wait_event(client, long_ms, &event);
                iscb_free(event);
            }
            CHECK_EQ(status, ISCB_ERR_CLOSED);
        });
    }
    CHECK(eventually([&] { return iscb_is_connected(client) == 1; }));
    CHECK_EQ(iscb_close(client, long_ms), ISCB_OK);
    for (std::thread &each : waiting) {
        each.join();
    }
}

/// What a callback is to do, and what came of it.
struct Callback {
    iscb_client *client = nullptr;
    std::promise<void> may_go_on;
    std::promise<void> entered;
    std::promise<std::int32_t> closed;
    std::atomic<int> calls{0};
};

void check_close_inside_callback() {
    BridgeServer server([](BridgePeer &peer) { serve_jobs(peer, "done"); });
    Callback callback;
    iscb_config config = client_config(server.address());
    config.user_data = &callback;
    config.on_event = [](const iscb_event *, void *user) {
        auto *const self = static_cast<Callback *>(user);
        ++self->calls;
        self->closed.set_value(iscb_close(self->client, long_ms));
    };
    CHECK_EQ(iscb_create(&config, &callback.client), ISCB_OK);
    iscb_event *event = nullptr;
    CHECK_EQ(iscb_wait_event(callback.client, 0, &event), ISCB_ERR_UNSUPPORTED);
    save(callback.client);
    CHECK_EQ(callback.closed.get_future().get(), ISCB_OK);
    CHECK_EQ(callback.calls.load(), 1);
    CHECK_EQ(iscb_close(callback.client, 0), ISCB_ERR_CLOSED);
}

void check_close_during_callback() {
    BridgeServer server([](BridgePeer &peer) { serve_jobs(peer, "done"); });
    auto *const callback = new Callback;  // the callback outlives the client here
    iscb_config config = client_config(server.address());
    config.user_data = callback;
    config.on_event = [](const iscb_event *, void *user) {
        auto *const self = static_cast<Callback *>(user);
        CHECK_EQ(save(self->client).status, ISCB_OK);  // a callback may call
        self->entered.set_value();
        self->may_go_on.get_future().wait();
        self->closed.set_value(save(self->client).status);
    };
    CHECK_EQ(iscb_create(&config, &callback->client), ISCB_OK);
    CHECK_EQ(iscb_connect(callback->client, long_ms, nullptr, nullptr), ISCB_OK);
    callback->entered.get_future().wait();
    CHECK_EQ(iscb_close(callback->client, 20), ISCB_ERR_TIMEOUT);
    callback->may_go_on.set_value();
    CHECK_EQ(callback->closed.get_future().get(), ISCB_ERR_CLOSED);
    delete callback;
}

/// Answers come out of order and connections end in between; every thread gets its own answer.
void check_hundred_threads() {
    std::atomic<int> served{0};
    BridgeServer server([&](BridgePeer &peer) {
        if (!peer.greet(R"({"frame":8388608,"files":1000,"pending":16})")) {
            return;
        }
        std::vector<std::string> held;
        for (std::string line; !(line = peer.line()).empty();) {
            held.push_back(line);
            if (++served % 700 == 0) {
                return;
            }
            if (served % 3 != 0 && held.size() < 8 && served < 900) {
                continue;
            }
            for (; !held.empty(); held.pop_back()) {
                peer.send_line(answer(held.back(), job_json(member(held.back(), "requestId"), "accepted")));
            }
        }
    });
    BridgeClient client(server.address());
    CHECK_EQ(iscb_connect(client, long_ms, nullptr, nullptr), ISCB_OK);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 100; ++thread) {
        threads.emplace_back([&client, thread] {
            for (int i = 0; i < 10; ++i) {
                const std::string id = "t" + std::to_string(thread) + "-" + std::to_string(i);
                iscb_save_options options{};
                options.size = sizeof(options);
                options.request_id = id.c_str();
                const Saved saved = save(client, "/a", long_ms, &options);
                CHECK_EQ(saved.status, ISCB_OK);
                CHECK_EQ(std::string(saved.job->job), id);
            }
        });
    }
    for (std::thread &each : threads) {
        each.join();
    }
    CHECK(server.connections() >= 2);
}

}  // namespace

int main() {
    check_save_and_events();
    check_refusal();
    check_asked_again();
    check_not_asked_again();
    check_missed_changes();
    check_wait_ends_in_time();
    check_wait_outlasts_a_closing_bridge();
    check_posts();
    check_closing_ends_waits();
    check_close_inside_callback();
    check_close_during_callback();
    check_hundred_threads();
    return 0;
}
