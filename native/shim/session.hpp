// One open handle: its SDK thread, its calls, its events.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "event_queue.hpp"
#include "iscdesk_c.h"
#include "os.hpp"
#include "sdk_port.hpp"

namespace iscbridge {

/// Every public function may be called from any thread. The SDK thread holds a share of the session, so that a
/// session whose SDK call never comes back can be let go of: it is freed when the thread ends, or never.
class Session : public std::enable_shared_from_this<Session> {
public:
    explicit Session(std::size_t event_capacity);
    ~Session();

    /// Starts the SDK thread and loads the library on it; blocks as long as that takes.
    isc_status start(const std::string &library);

    isc_status submit(Request request, std::uint64_t &call);
    std::int32_t wait(std::int32_t timeout_ms, isc_event *events, std::uint32_t capacity);
    void describe(isc_info &info) const;

    /// ISC_OK, or ISC_ERR_TIMEOUT if the SDK thread did not end in time and was abandoned.
    isc_status close(std::int32_t grace_ms);

private:
    struct Call {
        Request request;
        EventQueue::Nodes node;  // its RETURNED event, made when the call was accepted
    };
    enum class Phase { fresh, init_asked, shut_out_asked, closing };
    enum class Loading { pending, loaded, failed };

    isc_status admit(const Request &request) const;
    static void run(std::shared_ptr<Session> self, std::string library) noexcept;
    bool load(const std::string &library) noexcept;
    void work();
    std::optional<Call> next_call();
    Outcome perform(const Request &request) noexcept;
    Outcome make_init();
    void finish() noexcept;

    const std::shared_ptr<EventQueue> queue_;
    const std::unique_ptr<SdkPort> port_;
    os::WorkSignal signal_;
    std::thread thread_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;  // loading_, waiting_ or finished_ changed
    Phase phase_ = Phase::fresh;
    Loading loading_ = Loading::pending;
    bool waiting_ = false;   // a thread is in wait()
    bool finished_ = false;  // the SDK thread is about to end
    bool abandoned_ = false;
    std::uint64_t last_call_ = 0;
    std::size_t outstanding_ = 0;  // calls whose RETURNED was not taken yet
    std::deque<Call> calls_;

    EventQueue::Nodes delivered_;  // what the last wait gave: keeps its texts. Touched by the waiting thread only.
    bool connected_ = false;       // Init succeeded and ShutOut was not made. Touched by the SDK thread only.
};

}  // namespace iscbridge
