#include "session.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace iscbridge {
namespace {

/// Calls accepted but not yet reported back to the caller. One transfer is in flight at a time, so this is generous.
constexpr std::size_t most_outstanding_calls = 1024;

std::optional<EventQueue::Clock::time_point> deadline_of(std::int32_t timeout_ms) {
    if (timeout_ms < 0) {
        return std::nullopt;
    }
    return EventQueue::Clock::now() + std::chrono::milliseconds(timeout_ms);
}

void fill(isc_event &out, const Event &event) noexcept {
    out.size = sizeof(isc_event);
    out.kind = event.kind;
    out.sequence = event.sequence;
    out.call = event.call;
    out.result = event.outcome.result;
    out.vendor_status = event.outcome.vendor_status;
    out.ok = event.outcome.ok;
    out.type = event.type;
    out.raised_ns = event.raised_ns;
    out.text_length = static_cast<std::uint32_t>(event.text.bytes.size());
    out.text_encoding = static_cast<std::uint32_t>(event.text.encoding);
    out.text = event.text.bytes.c_str();
}

Outcome failed(isc_status status) noexcept { return {status, 0, 0}; }

}  // namespace

Session::Session(std::size_t event_capacity)
    : queue_(std::make_shared<EventQueue>(event_capacity)), port_(make_sdk_port()) {}

Session::~Session() = default;

isc_status Session::start(const std::string &library) {
    thread_ = std::thread(&Session::run, shared_from_this(), library);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return loading_ != Loading::pending; });
    if (loading_ == Loading::loaded) {
        return ISC_OK;
    }
    lock.unlock();
    thread_.join();
    return ISC_ERR_LOAD;
}

isc_status Session::admit(const Request &request) const {
    if (phase_ == Phase::closing) {
        return ISC_ERR_CLOSED;
    }
    // The guide: Init must be the first call. Nothing says what a second Init or a call after ShutOut does.
    const Phase wanted = request.function == ISC_FN_INIT ? Phase::fresh : Phase::init_asked;
    if (phase_ != wanted) {
        return ISC_ERR_UNSUPPORTED;
    }
    return outstanding_ < most_outstanding_calls ? ISC_OK : ISC_ERR_QUEUE_FULL;
}

isc_status Session::submit(Request request, std::uint64_t &call) {
    if (const isc_status status = port_->check(request); status != ISC_OK) {
        return status;
    }
    EventQueue::Nodes node(1);
    {
        const std::lock_guard lock(mutex_);
        if (const isc_status status = admit(request); status != ISC_OK) {
            return status;
        }
        const isc_function function = request.function;
        node.front().call = last_call_ + 1;
        calls_.push_back({std::move(request), std::move(node)});
        call = ++last_call_;
        ++outstanding_;
        if (function == ISC_FN_INIT) {
            phase_ = Phase::init_asked;
        } else if (function == ISC_FN_SHUT_OUT) {
            phase_ = Phase::shut_out_asked;
        }
    }
    signal_.set();
    return ISC_OK;
}

std::int32_t Session::wait(std::int32_t timeout_ms, isc_event *events, std::uint32_t capacity) {
    {
        const std::lock_guard lock(mutex_);
        if (phase_ == Phase::closing) {
            return ISC_ERR_CLOSED;
        }
        if (waiting_) {
            return ISC_ERR_UNSUPPORTED;  // texts belong to one waiter
        }
        waiting_ = true;
    }
    // From here to the end of the function this thread is the only one that touches delivered_.
    struct Leave {
        Session &session;
        ~Leave() {
            const std::lock_guard lock(session.mutex_);
            session.waiting_ = false;
            session.changed_.notify_all();
        }
    } leave{*this};

    delivered_.clear();
    const auto limit = std::min<std::size_t>(capacity, INT32_MAX);
    switch (queue_->take(delivered_, limit, deadline_of(timeout_ms))) {
        case EventQueue::Taken::timeout:
            return 0;
        case EventQueue::Taken::closed:
            return ISC_ERR_CLOSED;
        case EventQueue::Taken::events:
            break;
    }
    std::size_t returned = 0;
    isc_event *out = events;
    for (const Event &event : delivered_) {
        fill(*out++, event);
        returned += event.kind == ISC_EVENT_RETURNED ? 1 : 0;
    }
    const std::lock_guard lock(mutex_);
    outstanding_ -= returned;
    return static_cast<std::int32_t>(out - events);
}

void Session::describe(isc_info &info) const {
    info.size = sizeof(isc_info);
    info.abi_version = ISC_ABI_VERSION;
    info.cloud = port_->cloud();
    info.dialect = port_->dialect();
    info.call_failure_is_final = port_->call_failure_is_final() ? 1 : 0;
    info.functions = port_->functions();
}

isc_status Session::close(std::int32_t grace_ms) {
    std::unique_lock lock(mutex_);
    if (phase_ == Phase::closing) {
        return ISC_ERR_CLOSED;
    }
    phase_ = Phase::closing;
    calls_.clear();  // nobody is left to hear of them
    lock.unlock();

    queue_->close();  // the waiter leaves; callbacks that come from now on are dropped
    signal_.set();

    lock.lock();
    changed_.wait(lock, [this] { return !waiting_; });
    const auto ended = [this] { return finished_; };
    if (grace_ms < 0) {
        changed_.wait(lock, ended);
    } else {
        changed_.wait_for(lock, std::chrono::milliseconds(grace_ms), ended);
    }
    abandoned_ = !finished_;
    lock.unlock();

    if (abandoned_) {
        thread_.detach();
        return ISC_ERR_TIMEOUT;
    }
    thread_.join();
    return ISC_OK;
}

// ------------------------------------------------------------------------------------------------ the SDK thread

void Session::run(std::shared_ptr<Session> self, std::string library) noexcept {
    const bool loaded = self->load(library);
    {
        const std::lock_guard lock(self->mutex_);
        self->loading_ = loaded ? Loading::loaded : Loading::failed;
        self->changed_.notify_all();
    }
    if (loaded) {
        self->work();
    }
    self->finish();
}

bool Session::load(const std::string &library) noexcept {
    try {
        return port_->load(library);
    } catch (...) {
        return false;
    }
}

std::optional<Session::Call> Session::next_call() {
    const std::lock_guard lock(mutex_);
    if (calls_.empty()) {
        return std::nullopt;
    }
    Call call = std::move(calls_.front());
    calls_.pop_front();
    return call;
}

void Session::work() {
    for (;;) {
        signal_.wait();
        while (auto call = next_call()) {
            call->node.front().outcome = perform(call->request);
            queue_->returned(std::move(call->node));
        }
        const std::lock_guard lock(mutex_);
        if (phase_ == Phase::closing) {
            return;
        }
    }
}

void Session::finish() noexcept {
    bool shut_out = false;
    {
        const std::lock_guard lock(mutex_);
        shut_out = connected_ && !abandoned_;
    }
    if (shut_out) {
        perform({ISC_FN_SHUT_OUT, {}, {}, 0});
    }
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_all();
}

Outcome Session::make_init() {
    const Outcome init = port_->init();
    if (init.ok == 0) {
        return init;
    }
    connected_ = true;
    const Outcome registration = port_->register_events(queue_);
    return registration.ok != 0 ? init : registration;
}

Outcome Session::perform(const Request &request) noexcept {
    try {
        if (request.function == ISC_FN_INIT) {
            return make_init();
        }
        if (!connected_) {
            return failed(ISC_ERR_UNSUPPORTED);  // Init failed: the SDK is left alone
        }
        if (request.function == ISC_FN_SHUT_OUT) {
            connected_ = false;
            return port_->shut_out();
        }
        return port_->call(request);
    } catch (const std::bad_alloc &) {
        return failed(ISC_ERR_MEMORY);
    } catch (...) {
        return failed(ISC_ERR_INTERNAL);  // an exception of the SDK
    }
}

}  // namespace iscbridge
