// The bridge's end of the local protocol, for tests of the client library: does what a test says, well or badly.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace test {

/// One connection of a client. Used by the thread that serves it.
class BridgePeer {
public:
    virtual ~BridgePeer() = default;

    /// The next line without its end; empty once the client is gone or the server stops.
    virtual std::string line() = 0;
    /// False if the client is gone.
    virtual bool send(std::string_view bytes) = 0;

    bool send_line(const std::string &text) { return send(text + "\n"); }
    /// Takes the client's hello and answers it; false if there was none.
    bool greet(const std::string &limits = R"({"frame":8388608,"files":100000,"pending":256})");
};

/// Listens at an address of its own; every connection is served by `serve` on a thread of its own.
class BridgeServer {
public:
    using Serve = std::function<void(BridgePeer &)>;

    /// `address`: empty for one of its own; else, on Windows, this one.
    explicit BridgeServer(Serve serve, std::string address = {});
    ~BridgeServer();
    BridgeServer(const BridgeServer &) = delete;
    BridgeServer &operator=(const BridgeServer &) = delete;

    const std::string &address() const { return address_; }
    int connections() const { return connections_; }

private:
    struct State;

    void accept_all();

    const Serve serve_;
    std::string address_;
    std::atomic<int> connections_{0};
    std::unique_ptr<State> state_;
    std::thread accepting_;
    std::mutex mutex_;
    std::vector<std::thread> serving_;
};

/// The value of an integer or text member in a line of the client, looked for as it is written; for tests only.
std::string member(const std::string &line, const std::string &name);

/// A job object as the bridge writes it.
std::string job_json(const std::string &id, const std::string &state, const std::string &updated = "2026-11-22T09:15:02.114Z");

/// The answer to a request: `result` is JSON.
std::string answer(const std::string &request_line, const std::string &result);

}  // namespace test
