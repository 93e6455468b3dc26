#include "client.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>
namespace iscbridge::client {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t frame_limit = std::size_t{8} << 20;  // until the bridge says another
constexpr std::size_t most_posted = 1024;
constexpr auto watch_first_pause = 250ms;
constexpr auto watch_longest_pause = 5s;

/// Whether the bridge is away and may come back: it ended, is on its way up or down, or does not greet yet.
bool is_away(const Outcome &outcome) {
    switch (outcome.status) {
        case ISCB_ERR_NOT_RUNNING:
        case ISCB_ERR_LOST:
        case ISCB_ERR_START:
        case ISCB_ERR_TIMEOUT:
            return true;
        case ISCB_ERR_REFUSED:
            return json::View(outcome.json)["code"].text() == "ISCB-BRIDGE-CLOSING";
        default:
            return false;
    }
}

}  // namespace

Client::Client(Settings settings)
    : settings_(std::move(settings)),
      events_(settings_.event_capacity),
      port_(Port::make()),
      longest_frame_(frame_limit) {}

std::shared_ptr<Client> Client::make(Settings settings) {
    auto made = std::make_shared<Client>(std::move(settings));
    if (made->settings_.on_event != nullptr) {
        made->dispatcher_ = std::thread([made] { made->dispatch(); });
        made->dispatcher_id_ = made->dispatcher_.get_id();
    }
    try {
        made->io_ = std::thread([made] { made->run(); });
    } catch (...) {
        made->events_.close();
        if (made->dispatcher_.joinable()) {
            made->dispatcher_.join();
        }
        throw;
    }
    return made;
}

bool Client::is_connected() const {
    const std::lock_guard lock(mutex_);
    return phase_ == Phase::up;
}

/// Under the lock. False: the request is too large.
bool Client::enqueue(const CallPtr &call) {
    if (call->request.params.size() + call->request.method.size() + 100 > longest_frame_) {
        return false;
    }
    call->attempts_before = attempts_;
    queue_.push_back(call);
    kicked_ = true;
    port_->wake();
    return true;
}

Outcome Client::ask(Request request, Clock::time_point deadline) {
    const auto call = std::make_shared<Call>();
    call->request = std::move(request);
    call->deadline = deadline;
    Lock lock(mutex_);
    Outcome outcome;
    if (closing_) {
        outcome.status = ISCB_ERR_CLOSED;
    } else if (call->request.method.empty() && phase_ == Phase::up) {
        outcome.json = hello_;
    } else if (!enqueue(call)) {
        outcome.status = ISCB_ERR_TOO_LARGE;
    } else if (call->finished.wait_until(lock, deadline, [&] { return call->is_finished; })) {
        outcome = std::move(call->outcome);
    } else {
        outcome = give_up(call);
    }
    outcome.request_id = call->request.request_id;
    return outcome;
}

/// Under the lock: nobody waits for it any more. What was sent keeps its id until its answer or the connection's end.
Outcome Client::give_up(const CallPtr &call) {
    Outcome outcome;
    outcome.status = ISCB_ERR_TIMEOUT;
    const auto queued = std::find(queue_.begin(), queue_.end(), call);
    if (queued != queue_.end()) {
        queue_.erase(queued);
        outcome.status = call->was_sent ? ISCB_ERR_LOST : ISCB_ERR_TIMEOUT;
    }
    call->is_finished = true;
    call->request.repeatable = false;
    return outcome;
}

std::int32_t Client::post(Request request, Clock::time_point deadline, std::uint64_t user_data) {
    const auto call = std::make_shared<Call>();
    call->request = std::move(request);
    call->deadline = deadline;
    call->is_posted = true;
    call->user_data = user_data;
    const Lock lock(mutex_);
    if (closing_) {
        return ISCB_ERR_CLOSED;
    }
    if (posted_.size() >= most_posted) {
        return ISCB_ERR_FULL;
    }
    posted_.reserve(posted_.size() + 1);
    if (!enqueue(call)) {
        return ISCB_ERR_TOO_LARGE;
    }
    posted_.push_back(call);
    return ISCB_OK;
}

Outcome Client::wait_for_job(const std::string &id, Clock::time_point deadline, std::string *last) {
    Watch watch;
    watch.job = id;
    const Watching watching(*this, watch);
    const std::string params = json::Object().text("job", id).finished();
    std::chrono::milliseconds pause = watch_first_pause;
    for (bool is_first = true;; is_first = false) {
        Outcome outcome = ask({"job.get", params, true}, deadline);
        const bool may_come_back = is_away(outcome) && (!is_first || outcome.status == ISCB_ERR_TIMEOUT);
        const bool lasts = outcome.status == ISCB_OK || may_come_back;
        Lock lock(mutex_);
        *last = watch.seen;
        if (!lasts || (outcome.status == ISCB_OK && job_state(json::View(outcome.json)["state"].text()).is_final)) {
            return outcome;
        }
        if (outcome.status == ISCB_OK && !watch.is_final) {
            watch.seen = outcome.json;
        }
        const auto until = std::min(deadline, Clock::now() + pause);
        watch.changed.wait_until(lock, until, [&] { return watch.is_final || closing_; });
        pause = std::min<std::chrono::milliseconds>(pause * 2, watch_longest_pause);
        *last = watch.seen;
        if (watch.is_final) {
            return {ISCB_OK, watch.seen, {}};
        }
        if (closing_ || Clock::now() >= deadline) {
            return {closing_ ? ISCB_ERR_CLOSED : ISCB_ERR_TIMEOUT, {}, {}};
        }
    }
}

Client::Watching::Watching(Client &client, Watch &watch) : client_(client), watch_(watch) {
    const Lock lock(client_.mutex_);
    client_.watches_.push_back(&watch_);
}

Client::Watching::~Watching() {
    const Lock lock(client_.mutex_);
    client_.watches_.erase(std::find(client_.watches_.begin(), client_.watches_.end(), &watch_));
}

std::int32_t Client::close(Clock::time_point deadline) {
    Lock lock(mutex_);
    if (closed_) {
        return ISCB_ERR_CLOSED;
    }
    closed_ = closing_ = true;
    for (const CallPtr &call : queue_) {
        finish(call, {ISCB_ERR_CLOSED, {}, {}});
    }
    for (const auto &[id, call] : in_flight_) {
        finish(call, {ISCB_ERR_CLOSED, {}, {}});
    }
    queue_.clear();
    in_flight_.clear();
    posted_.clear();
    for (Watch *const watch : watches_) {
        watch->changed.notify_all();
    }
    events_.close();
    port_->wake();
    const bool in_callback = std::this_thread::get_id() == dispatcher_id_;
    const bool has_dispatcher = dispatcher_.joinable();
    const bool all_ended = thread_ended_.wait_until(lock, deadline, [&] {
        return io_ended_ && (dispatch_ended_ || !has_dispatcher || in_callback);
    });
    lock.unlock();
    // The threads hold the client, so whichever is last frees it. One that has ended is joined: nothing of it may
    // run when the library is unloaded.
    if (all_ended) {
        io_.join();
    } else {
        io_.detach();
    }
    if (has_dispatcher) {
        if (all_ended && !in_callback) {
            dispatcher_.join();
        } else {
            dispatcher_.detach();
        }
    }
    return all_ended ? ISCB_OK : ISCB_ERR_TIMEOUT;
}

void Client::dispatch() noexcept {
    const auto forever = Clock::now() + std::chrono::hours(24 * 3650);
    while (auto event = events_.take(forever)) {
        iscb_event *block = nullptr;
        try {
            block = make_event(*event, settings_.language);
        } catch (const std::exception &) {
            continue;  // no memory for it
        }
        settings_.on_event(block, settings_.user_data);
        std::free(block);
    }
    ended(dispatch_ended_);
}

void Client::ended(bool &flag) noexcept {
    const std::lock_guard lock(mutex_);
    flag = true;
    thread_ended_.notify_all();
}

void Client::tell(std::int32_t kind, std::string topic, std::string json) {
    Event event;
    event.kind = kind;
    event.topic = std::move(topic);
    event.json = std::move(json);
    events_.put(std::move(event));
}

/// Under the lock.
void Client::finish(const CallPtr &call, Outcome outcome) {
    if (call->is_finished) {
        return;
    }
    call->is_finished = true;
    if (call->is_posted) {
        posted_.erase(std::remove(posted_.begin(), posted_.end(), call), posted_.end());
        Event event;
        event.kind = ISCB_EVENT_ANSWER;
        event.topic = call->request.method;
        event.status = outcome.status;
        event.json = std::move(outcome.json);
        event.user_data = call->user_data;
        events_.put(std::move(event));
    } else {
        call->outcome = std::move(outcome);
        call->finished.notify_all();
    }
}

}  // namespace iscbridge::client
