// The client library with a server that means harm: nothing crashes, hangs or is believed, and a good server that
// follows is talked to again.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "bridge_client.hpp"
#include "bridge_server.hpp"
#include "mutations.hpp"

using namespace test;

namespace {

void wait_for_end(BridgePeer &peer) {
    while (!peer.line().empty()) {
    }
}

struct BadGreeting {
    const char *sent;
    bool closes;
    std::int32_t expected;
};

constexpr BadGreeting bad_greetings[] = {
    {"", true, ISCB_ERR_LOST},
    {"", false, ISCB_ERR_TIMEOUT},
    {"\n\r\n \n", false, ISCB_ERR_TIMEOUT},
    {"HTTP/1.1 400 Bad Request\r\n", false, ISCB_ERR_PROTOCOL},
    {"[]\n", false, ISCB_ERR_PROTOCOL},
    {"null\n", false, ISCB_ERR_PROTOCOL},
    {"{\"id\":1,\"result\":{\"protocol\":1}}}\n", false, ISCB_ERR_PROTOCOL},
    {"{\"id\":1,\"result\":\"\xFF\"}\n", false, ISCB_ERR_PROTOCOL},
    {"{\"id\":1,\"result\":{}}\n", false, ISCB_ERR_PROTOCOL},
    {"{\"id\":1,\"result\":{\"protocol\":2}}\n", false, ISCB_ERR_PROTOCOL},
    {"{\"id\":1,\"result\":{\"protocol\":\"1\"}}\n", false, ISCB_ERR_PROTOCOL},
    {"{\"id\":1,\"result\":[]}\n", false, ISCB_ERR_PROTOCOL},
    {"{\"id\":1}\n", false, ISCB_ERR_REFUSED},
    {"{\"id\":1,\"error\":7}\n", false, ISCB_ERR_REFUSED},
    {"{\"id\":1,\"error\":{\"data\":{\"code\":\"ISCB-PROTO-VERSION\",\"title\":3}}}\n", false, ISCB_ERR_REFUSED},
    {"{\"id\":null,\"error\":{\"data\":{\"code\":\"ISCB-PROTO-FLOOD\"}}}\n", true, ISCB_ERR_LOST},
    {"{\"id\":1,\"resul", true, ISCB_ERR_LOST},
    {"{\"id\":\"1\",\"result\":{\"protocol\":1}}\n", false, ISCB_ERR_TIMEOUT},
    {"{\"method\":\"job.changed\",\"params\":{\"job\":\"x\"}}\n", true, ISCB_ERR_LOST},
};

void check_greetings() {
    for (const BadGreeting &bad : bad_greetings) {
        BridgeServer server([&bad](BridgePeer &peer) {
            peer.line();
            peer.send(bad.sent);
            if (!bad.closes) {
                wait_for_end(peer);
            }
        });
        BridgeClient client(server.address());
        const bool waits = bad.expected == ISCB_ERR_TIMEOUT;
        iscb_error *error = nullptr;
        const std::int32_t status = iscb_connect(client, waits ? 100 : long_ms, nullptr, &error);
        const Given<iscb_error> details(error);
        if (status != bad.expected) {
            fail(__FILE__, __LINE__, std::string(bad.sent) + ": " + iscb_status_text(status));
        }
        CHECK(details->code[0] != '\0' && details->title != nullptr);
        CHECK_EQ(iscb_is_connected(client), 0);
    }
}

/// Answers that are no answers: only the right one counts.
void check_wrong_answers() {
    BridgeServer server([](BridgePeer &peer) {
        CHECK(peer.greet());
        const std::string line = peer.line();
        const std::string id = member(line, "id");
        for (const char *const other : {"null", "\"" "1\"", "0", "1", "-1", "999999", "1e99", "9223372036854775807", "{}"}) {
            peer.send_line(std::string("{\"jsonrpc\":\"2.0\",\"id\":") + other + ",\"result\":" + job_json("wrong", "done") + "}");
        }
        peer.send_line("{\"jsonrpc\":\"2.0\",\"result\":{}}");
        peer.send_line("{}");
        peer.send_line("{\"method\":\"job.changed\"}");
        peer.send_line("{\"method\":\"job.changed\",\"params\":[1]}");
        peer.send_line("{\"method\":7,\"params\":{}}");
        peer.send_line("{\"method\":\"job.changed\",\"params\":{\"job\":7,\"state\":[],\"path\":null,\"size\":\"x\"}}");
        peer.send_line(answer(line, job_json("right", "accepted")));
        peer.send_line(answer(line, job_json("again", "accepted")));
        wait_for_end(peer);
    });
    BridgeClient client(server.address());
    const Saved saved = save(client);
    CHECK_EQ(saved.status, ISCB_OK);
    CHECK_EQ(std::string(saved.job->job), "right");
    CHECK_EQ(save(client, "/b", 100).status, ISCB_ERR_TIMEOUT);
    CHECK_EQ(iscb_is_connected(client), 1);
}

/// An answer that is no job has no job's members, and is harmless.
void check_wrong_results() {
    for (const char *const result : {"{}", "[]", "null", "7", "\"j1\"", "{\"job\":null,\"state\":\"?\",\"error\":[]}"}) {
        BridgeServer server([result](BridgePeer &peer) {
            CHECK(peer.greet());
            peer.send_line(answer(peer.line(), result));
            wait_for_end(peer);
        });
        BridgeClient client(server.address());
        const Saved saved = save(client);
        CHECK_EQ(saved.status, ISCB_OK);
        CHECK_EQ(saved.job->state, ISCB_JOB_OTHER);
        CHECK_EQ(std::string(saved.job->job), "");
        CHECK(saved.job->error == nullptr);
    }
}

/// A line without end is not kept; the next connection is a good one.
void check_huge_line() {
    std::atomic<int> count{0};
    BridgeServer server([&count](BridgePeer &peer) {
        CHECK(peer.greet());
        const std::string line = peer.line();
        if (++count > 1) {
            peer.send_line(answer(line, job_json("j1", "accepted")));
            wait_for_end(peer);
            return;
        }
        const std::string much(1 << 20, 'x');
        peer.send("{\"x\":\"");
        while (peer.send(much)) {
        }
    });
    BridgeClient client(server.address());
    CHECK_EQ(save(client).status, ISCB_OK);
    CHECK_EQ(count.load(), 2);
}

/// A server that does not read: a large request that can't be sent ends with its time-out.
void check_server_does_not_read() {
    std::atomic<bool> go_on{true};
    BridgeServer server([&go_on](BridgePeer &peer) {
        CHECK(peer.greet());
        CHECK(eventually([&go_on] { return !go_on.load(); }));
    });
    {
        BridgeClient client(server.address());
        CHECK_EQ(iscb_connect(client, long_ms, nullptr, nullptr), ISCB_OK);
        const std::string path = "/" + std::string(4 << 20, 'a');
        for (int i = 0; i < 4; ++i) {
            CHECK_EQ(save(client, path.c_str(), 50).status, ISCB_ERR_TIMEOUT);
        }
        const std::string longer = "/" + std::string(9 << 20, 'a');
        CHECK_EQ(save(client, longer.c_str(), long_ms).status, ISCB_ERR_TOO_LARGE);
    }
    go_on = false;
}

/// More news than anybody takes: the oldest give way and their number is told.
void check_flood() {
    constexpr int sent = 1000;
    BridgeServer server([](BridgePeer &peer) {
        CHECK(peer.greet());
        const std::string line = peer.line();
        for (int i = 0; i < sent; ++i) {
            peer.send_line("{\"method\":\"n\",\"params\":{\"i\":" + std::to_string(i) + "}}");
        }
        peer.send_line(answer(line, job_json("j1", "accepted")));
        wait_for_end(peer);
    });
    iscb_config config = client_config(server.address());
    config.event_capacity = 10;
    BridgeClient client(config);
    CHECK_EQ(save(client).status, ISCB_OK);
    CHECK_EQ(client.event(ISCB_EVENT_DROPPED)->dropped, sent + 1U - 10U);  // CONNECTED was the first
    for (int i = sent - 10; i < sent; ++i) {
        CHECK_EQ(std::string(client.event(ISCB_EVENT_OTHER)->json), "{\"i\":" + std::to_string(i) + "}");
    }
}

/// One byte at a time, and CR LF.
void check_slow() {
    BridgeServer server([](BridgePeer &peer) {
        CHECK(peer.greet());
        const std::string line = answer(peer.line(), job_json("j1", "accepted")) + "\r\n";
        for (const char c : line) {
            peer.send({&c, 1});
            std::this_thread::yield();
        }
        wait_for_end(peer);
    });
    BridgeClient client(server.address());
    CHECK_EQ(save(client).status, ISCB_OK);
}

/// Damaged conversations: whatever comes, calls end, and what they give can be read.
void check_damaged() {
    Mutations mutations(job_json("j1", "done") + "}\n{\"method\":\"job.changed\",\"params\":" + job_json("j1", "done") +
                        "}\n{\"method\":\"license.changed\",\"params\":{\"product\":\"p\",\"allowed\":{\"open\":true}}}\n");
    std::mutex mutex;
    BridgeServer server([&](BridgePeer &peer) {
        if (!peer.greet()) {
            return;
        }
        for (std::string line; !(line = peer.line()).empty();) {
            std::string damaged;
            {
                const std::lock_guard lock(mutex);
                damaged = mutations.next();
            }
            peer.send("{\"jsonrpc\":\"2.0\",\"id\":" + member(line, "id") + ",\"result\":" + damaged);
            if (damaged.find("}\n") == std::string::npos || damaged.find("{\"jso") != 0) {
                return;
            }
        }
    });
    std::vector<std::thread> threads;
    std::atomic<int> answered{0};
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int i = 0; i < 25; ++i) {
                BridgeClient client(server.address());
                const Saved saved = save(client, "/a", 100);
                answered += saved.status == ISCB_OK ? 1 : 0;
                iscb_event *event = nullptr;
                while (iscb_wait_event(client, 0, &event) == 1) {
                    const Given<iscb_event> given(event);
                    CHECK_EQ(given->job != nullptr, given->kind == ISCB_EVENT_JOB);
                    CHECK(given->topic != nullptr && given->json != nullptr);
                }
            }
        });
    }
    for (std::thread &each : threads) {
        each.join();
    }
    CHECK(answered > 3);
}

/// Connects, says hello well and hangs up, over and over: the client comes again, with pauses, and stays closable.
void check_hangs_up() {
    BridgeServer server([](BridgePeer &peer) {
        peer.greet();
        peer.line();
    });
    BridgeClient client(server.address());
    const Saved saved = save(client, "/a", 1000);
    CHECK_EQ(saved.status, ISCB_ERR_LOST);
    CHECK_EQ(std::string(saved.error->request_id).size(), 32U);
    CHECK(server.connections() <= 4);  // pauses of 0.5 s and more
}

}  // namespace

int main() {
    check_greetings();
    check_wrong_answers();
    check_wrong_results();
    check_huge_line();
    check_server_does_not_read();
    check_flood();
    check_slow();
    check_damaged();
    check_hangs_up();
    return 0;
}
