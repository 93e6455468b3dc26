// A host of the drop-in face and the bridge behind it, for tests: the bridge answers by a script and can be made to tell.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "bridge_server.hpp"
#include "check.hpp"
#include "interface/SdkInvoker.h"

namespace test {

/// The callback of a host: keeps what it is told.
class Example {
public:
    void EventRecall(EventType type, const std::string &information) {
        if (inside) {
            inside(type);
        }
        const std::lock_guard<std::mutex> lock(mutex_);
        told_.emplace_back(type, information);
        changed_.notify_all();
    }

    /// The next event, as `2 {...}`.
    std::string next() {
        std::unique_lock<std::mutex> lock(mutex_);
        CHECK(changed_.wait_for(lock, patience, [this] { return !told_.empty(); }));
        const auto event = told_.front();
        told_.pop_front();
        return std::to_string(event.first) + " " + event.second;
    }

    bool has_none() {
        const std::lock_guard<std::mutex> lock(mutex_);
        return told_.empty();
    }

    std::function<void(EventType)> inside;

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::pair<EventType, std::string>> told_;
};

inline std::string told(const std::string &method, const std::string &params) {
    return R"({"jsonrpc":"2.0","method":")" + method + R"(","params":)" + params + "}";
}

inline std::string refusal(const std::string &request_line, const std::string &code) {
    return R"({"jsonrpc":"2.0","id":)" + member(request_line, "id") +
           R"(,"error":{"code":-32010,"message":"t","data":{"code":")" + code +
           R"(","title":"t","message":"m","remedy":"r","retry":"same","params":{}}}})";
}

/// A job object; `more` are further members, beginning with a comma.
inline std::string job_of(const std::string &id, const std::string &request_id, const std::string &state,
                          const std::string &more = "") {
    static std::atomic<int> count{100};
    return R"({"job":")" + id + R"(","kind":"save","state":")" + state + R"(","requestId":")" + request_id +
           R"(","path":"/a","assembly":false,"cloud":"sandbox","created":"2026-11-22T09:15:02.114Z","updated":"2026-11-22T09:15:02.)" +
           std::to_string(++count) + R"(Z","notes":[])" + more + "}";
}

/// The bridge: names each job after its path, and lets the test change it.
class Bridge {
public:
    /// What it does with a request; false: it does with it what it does with all.
    using Script = std::function<bool(BridgePeer &, const std::string &line)>;

    explicit Bridge(Script script = {}) : script_(std::move(script)), server_([this](BridgePeer &peer) { serve(peer); }) {
        iscbridge_dropin::options() = iscbridge_dropin::Options();
        iscbridge_dropin::options().find_start_command = false;
        iscbridge_dropin::options().host = "GuideCAD";
        iscbridge_dropin::options().address = server_.address();
        iscbridge_dropin::options().call_wait = patience;
        iscbridge_dropin::options().close_wait = patience;
        iscbridge_dropin::options().init_wait = patience;
    }

    /// A job that was asked for is in another state now.
    void change(const std::string &job, const std::string &state, const std::string &more = "") {
        std::unique_lock<std::mutex> lock(mutex_);
        states_[job] = {state, more};
        send(lock, told("job.changed", job_of(job, requests_[job], state, more)));
    }

    void tell(const std::string &method, const std::string &params) {
        std::unique_lock<std::mutex> lock(mutex_);
        send(lock, told(method, params));
    }

    /// Waits for a request of a method, and gives it; each once.
    std::string asked(const std::string &method) {
        std::unique_lock<std::mutex> lock(mutex_);
        std::string found;
        const auto look = [&] {
            for (auto each = lines_.begin(); each != lines_.end(); ++each) {
                if (member(*each, "method") == method) {
                    found = *each;
                    lines_.erase(each);
                    return true;
                }
            }
            return false;
        };
        CHECK(changed_.wait_for(lock, patience, look));
        return found;
    }

    int connections() const { return server_.connections(); }
    const std::string &address() const { return server_.address(); }

private:
    void serve(BridgePeer &peer) {
        if (!peer.greet()) {
            return;
        }
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            peer_ = &peer;
            changed_.notify_all();
        }
        for (std::string line; !(line = peer.line()).empty();) {
            if (script_ && script_(peer, line)) {
                continue;
            }
            const std::lock_guard<std::mutex> lock(mutex_);
            lines_.push_back(line);
            changed_.notify_all();
            answer_to(peer, line);
        }
        const std::lock_guard<std::mutex> lock(mutex_);
        peer_ = peer_ == &peer ? nullptr : peer_;  // the next connection may be there already
    }

    /// Under the lock.
    void answer_to(BridgePeer &peer, const std::string &line) {
        const std::string method = member(line, "method");
        if (method.compare(0, 6, "cloud.") == 0) {
            const std::string job = "j" + member(line, "path");
            requests_[job] = member(line, "requestId");
            states_[job] = {"accepted", ""};
            peer.send_line(answer(line, job_of(job, requests_[job], "accepted")));
        } else if (method == "job.get") {
            const std::string job = member(line, "job");
            peer.send_line(answer(line, job_of(job, requests_[job], states_[job].first, states_[job].second)));
        } else {
            peer.send_line(answer(line, "{}"));
        }
    }

    /// The host has had its hello a moment before it is the peer.
    void send(std::unique_lock<std::mutex> &lock, const std::string &line) {
        CHECK(changed_.wait_for(lock, patience, [this] { return peer_ != nullptr; }));
        peer_->send_line(line);
    }

    const Script script_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> lines_;
    std::map<std::string, std::string> requests_;
    std::map<std::string, std::pair<std::string, std::string>> states_;
    BridgePeer *peer_ = nullptr;
    BridgeServer server_;  // last: its threads use all of the above
};

/// A host that has called Init and RegisterEventRecall.
class Host {
public:
    Host() {
        CHECK_EQ(invoker->Init(), RESULT_SUCCESS);
        CHECK_EQ(invoker->RegisterEventRecall(&example, &Example::EventRecall), RESULT_SUCCESS);
    }
    ~Host() { invoker->ShutOut(); }
    Host(const Host &) = delete;
    Host &operator=(const Host &) = delete;

    SdkInvoker invoker;
    Example example;
};

}  // namespace test
