// The client's own thread: connects, says hello, writes, reads, connects again.
#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "address.hpp"
#include "client.hpp"

namespace iscbridge::client {

using namespace std::chrono_literals;

namespace {

constexpr auto hello_within = 10s;
constexpr auto retry_first = 500ms;
constexpr auto retry_longest = 30s;
constexpr auto busy_pause = 10ms;
constexpr auto start_pause = 50ms;
constexpr auto start_within = 30s;
constexpr std::size_t output_enough = std::size_t{1} << 20;
constexpr std::size_t default_in_flight = 200;
constexpr std::size_t most_jobs = 4096;
constexpr int blocks_at_once = 16;

bool needs_foreground(const std::string &method) {
    return method == "cloud.open" || method == "cloud.saveAs" || method == "tray.show";
}

std::string frame_of(std::uint64_t id, const std::string &method, const std::string &params) {
    return json::Object()
               .text("jsonrpc", "2.0")
               .integer("id", static_cast<std::int64_t>(id))
               .text("method", method)
               .raw("params", params)
               .finished() +
           "\n";
}

std::int32_t kind_of(const std::string &method) {
    return method == "job.changed"       ? ISCB_EVENT_JOB
           : method == "file.opened"     ? ISCB_EVENT_OPENED
           : method == "license.changed" ? ISCB_EVENT_LICENSE
                                         : ISCB_EVENT_OTHER;
}

Outcome outcome_of(json::View message) {
    Outcome outcome;
    if (const json::View result = message["result"]; result.is_there()) {
        outcome.json = result.raw();
        return outcome;
    }
    outcome.status = ISCB_ERR_REFUSED;
    const json::View data = message["error"]["data"];
    outcome.json = data.is_object() ? data.raw() : "{}";
    return outcome;
}

}  // namespace

void Client::run() noexcept {
    try {
        run_until_closed();
    } catch (const std::exception &) {
        // Out of memory, most likely: what waits must not wait in vain.
        const Lock lock(mutex_);
        closing_ = true;
        events_.close();
        for (const CallPtr &call : queue_) {
            call->is_finished = true;
            call->outcome.status = ISCB_ERR_MEMORY;
            call->finished.notify_all();
        }
        for (const auto &[id, call] : in_flight_) {
            call->is_finished = true;
            call->outcome.status = ISCB_ERR_MEMORY;
            call->finished.notify_all();
        }
    }
    port_->close();
    ended(io_ended_);
}

void Client::run_until_closed() {
    for (;;) {
        Clock::time_point until;
        {
            const Lock lock(mutex_);
            if (closing_) {
                return;
            }
            expire_posted(Clock::now());
        }
        step();
        {
            const Lock lock(mutex_);
            if (closing_) {
                return;
            }
            until = next_deadline(Clock::now());
        }
        port_->wait(until, output_at_ < output_.size());
    }
}

void Client::step() {
    bool attempt = false;
    {
        const Lock lock(mutex_);
        attempt = phase_ == Phase::down && wants_connection(Clock::now());
        kicked_ = false;
        attempts_ += attempt ? 1 : 0;
    }
    if (attempt) {
        connect();
    }
    if (phase_ == Phase::down) {
        return;
    }
    if (phase_ == Phase::greeting && Clock::now() >= greeting_until_) {
        lose(ISCB_ERR_TIMEOUT);
        return;
    }
    read_input();  // first: the answer to hello and other answers make room for what waits
    while (phase_ != Phase::down && write_output() && fill_output()) {
    }
}

/// Under the lock.
bool Client::wants_connection(Clock::time_point now) const {
    return kicked_ || ((wanted_ || !queue_.empty()) && now >= retry_at_);
}

void Client::connect() {
    Opened opened = Opened::not_running;
    try {
        opened = port_->open(settings_.address.empty() ? find_address(settings_.home) : settings_.address);
    } catch (const std::exception &) {
        opened = Opened::not_running;  // a profile that can't be found has no bridge
    }
    const auto now = Clock::now();
    switch (opened) {
        case Opened::yes:
            starting_until_ = {};
            greet();
            return;
        case Opened::busy:
            retry_at_ = now + busy_pause;
            return;
        case Opened::foreign:
            connect_failed(ISCB_ERR_FOREIGN_OWNER, {});
            return;
        case Opened::not_running:
            if (const std::int32_t status = start_failure(now); status != ISCB_OK) {
                connect_failed(status, {});
            } else {
                retry_at_ = now + start_pause;
            }
            return;
    }
}

/// Nobody listens: ISCB_OK if a bridge is on its way up, else how that ended.
std::int32_t Client::start_failure(Clock::time_point now) {
    if (now >= starting_until_) {
        const bool waited = std::exchange(starting_until_, Clock::time_point{}) != Clock::time_point{};
        if (waited || !start_bridge(now)) {
            return ISCB_ERR_NOT_RUNNING;
        }
    }
    if (launched_ == nullptr || launched_->exit_code().value_or(0) != 0) {
        starting_until_ = {};
        return ISCB_ERR_START;
    }
    return ISCB_OK;
}

/// Whether a bridge was to be started; `launched_` is null then if that failed.
bool Client::start_bridge(Clock::time_point now) {
    {
        const Lock lock(mutex_);
        if (queue_.empty()) {
            return false;  // no call needs it: a bridge that a person closed stays closed
        }
    }
    if (settings_.start_command.empty() || now < start_again_at_ || may_not_start()) {
        return false;
    }
    launched_ = Launched::start(settings_.start_command, settings_.home);
    start_again_at_ = now + retry_first;
    starting_until_ = now + start_within;
    return true;
}

void Client::connect_failed(std::int32_t status, const std::string &json) {
    const Lock lock(mutex_);
    retry_delay_ = std::clamp<std::chrono::milliseconds>(retry_delay_ * 2, retry_first, retry_longest);
    retry_at_ = Clock::now() + retry_delay_;
    std::deque<CallPtr> kept;
    for (const CallPtr &call : queue_) {
        // What was made after this attempt began gets an attempt of its own; what was sent before waits on.
        if (call->was_sent || call->attempts_before >= attempts_) {
            kicked_ = kicked_ || !call->was_sent;
            kept.push_back(call);
        } else if (!call->is_inquiry) {
            finish(call, {status, json, {}});
        }
    }
    queue_.swap(kept);
}

void Client::greet() {
    const Lock lock(mutex_);
    phase_ = Phase::greeting;
    frames_.clear();
    output_at_ = 0;
    foreground_ = hang_up_ = was_useful_ = false;
    output_ = frame_of(++last_id_, "bridge.hello", settings_.greeting);
    in_flight_.clear();
    greeting_until_ = Clock::now() + hello_within;
    most_in_flight_ = default_in_flight;
}

/// Whether there is something to write now.
bool Client::fill_output() {
    const Lock lock(mutex_);
    if (phase_ != Phase::up) {
        return false;
    }
    while (!queue_.empty() && in_flight_.size() < most_in_flight_ && output_.size() - output_at_ < output_enough) {
        const CallPtr call = queue_.front();
        queue_.pop_front();
        call->id = ++last_id_;
        call->was_sent = true;
        foreground_ = foreground_ || needs_foreground(call->request.method);
        in_flight_[call->id] = call;
        output_ += frame_of(call->id, call->request.method, call->request.params);
    }
    return !output_.empty();
}

/// Whether all of it is written.
bool Client::write_output() {
    if (std::exchange(foreground_, false)) {
        port_->allow_foreground();
    }
    while (output_at_ < output_.size()) {
        std::size_t count = 0;
        const Moved moved = port_->write(output_.data() + output_at_, output_.size() - output_at_, count);
        if (moved == Moved::nothing) {
            return false;
        }
        if (moved == Moved::ended) {
            read_input();  // what the bridge said before it left
            if (phase_ != Phase::down) {
                lose(ISCB_ERR_LOST);
            }
            return false;
        }
        output_at_ += count;
    }
    std::string().swap(output_);
    output_at_ = 0;
    return true;
}

void Client::read_input() {
    std::array<char, 65536> buffer;
    for (int left = blocks_at_once; left > 0; --left) {
        std::size_t count = 0;
        const Moved moved = port_->read(buffer.data(), buffer.size(), count);
        if (moved == Moved::nothing) {
            return;
        }
        if (moved == Moved::ended) {
            lose(ISCB_ERR_LOST);
            return;
        }
        frames_.feed({buffer.data(), count});
        while (const auto line = frames_.next()) {
            take_line(*line);
            if (phase_ == Phase::down) {
                return;
            }
        }
        if (hang_up_ || frames_.broken()) {
            lose(hang_up_ ? ISCB_ERR_LOST : ISCB_ERR_PROTOCOL);
            return;
        }
    }
    port_->wake();  // there may be more
}

void Client::take_line(std::string_view line) {
    const json::View message = json::is_valid(line) ? json::View(line) : json::View();
    if (!message.is_object()) {
        lose(ISCB_ERR_PROTOCOL);
        return;
    }
    if (message["method"].is_string()) {
        take_notification(message["method"].text(), message["params"]);
        return;
    }
    const auto id = message["id"].integer();
    if (!id) {
        return;  // about a frame that the bridge could not read: ours are well-formed, so it can't be one of ours
    }
    if (phase_ == Phase::greeting) {
        take_hello(outcome_of(message));
    } else {
        take_answer(static_cast<std::uint64_t>(*id), outcome_of(message));
    }
}

void Client::take_hello(Outcome outcome) {
    if (outcome.status != ISCB_OK) {
        lose(outcome.status, outcome.json);
        return;
    }
    const json::View hello(outcome.json);
    if (hello["protocol"].integer() != 1) {
        lose(ISCB_ERR_PROTOCOL);
        return;
    }
    tell(ISCB_EVENT_CONNECTED, "bridge.hello", outcome.json);
    const Lock lock(mutex_);
    const std::int64_t pending = hello["limits"]["pending"].integer().value_or(256);
    most_in_flight_ = static_cast<std::size_t>(std::clamp<std::int64_t>(pending - pending / 8, 1, 1024));
    const std::int64_t frame = hello["limits"]["frame"].integer().value_or(0);
    longest_frame_ = static_cast<std::size_t>(std::clamp<std::int64_t>(frame, 65536, std::int64_t{1} << 28));
    hello_ = outcome.json;
    phase_ = Phase::up;
    wanted_ = true;
    std::deque<CallPtr> kept;
    for (const CallPtr &call : queue_) {
        if (call->request.method.empty()) {
            finish(call, outcome);
        } else {
            kept.push_back(call);
        }
    }
    queue_.swap(kept);
    inquire();
}

/// Under the lock: asks for the jobs that may have changed while there was no connection.
void Client::inquire() {
    for (const auto &[id, updated] : jobs_) {
        const auto call = std::make_shared<Call>();
        call->request = {"job.get", json::Object().text("job", id).finished(), false};
        call->is_inquiry = true;
        queue_.push_back(call);
    }
}

void Client::take_answer(std::uint64_t id, Outcome outcome) {
    Lock lock(mutex_);
    const auto found = in_flight_.find(id);
    if (found == in_flight_.end()) {
        return;
    }
    const CallPtr call = found->second;
    in_flight_.erase(found);
    if (!std::exchange(was_useful_, true)) {
        retry_delay_ = 0ms;
    }
    const json::View result(outcome.status == ISCB_OK ? std::string_view(outcome.json) : std::string_view());
    const bool is_job = result["job"].is_string() && result["state"].is_string();
    if (call->is_inquiry && outcome.status != ISCB_OK) {
        jobs_.erase(json::View(call->request.params)["job"].text());  // the bridge does not know it any more
        return;
    }
    if (call->is_inquiry && is_job) {
        const auto known = jobs_.find(result["job"].text());
        const bool changed = known == jobs_.end() || known->second != result["updated"].text();
        note_job(result);
        if (changed) {
            tell(ISCB_EVENT_JOB, "job.changed", outcome.json);
        }
        return;
    }
    if (is_job && call->request.method != "job.get") {
        note_job(result);
    }
    finish(call, std::move(outcome));
}

/// Under the lock: remembers a job that is not final, tells who waits for it.
void Client::note_job(json::View job) {
    const std::string id = job["job"].text();
    const bool is_final = job_state(job["state"].text()).is_final;
    if (is_final) {
        jobs_.erase(id);
    } else if (jobs_.size() < most_jobs || jobs_.count(id) != 0) {
        jobs_[id] = job["updated"].text();
    }
    for (Watch *const watch : watches_) {
        if (watch->job == id && !watch->is_final) {
            watch->seen = job.raw();
            watch->is_final = is_final;
            watch->changed.notify_all();
        }
    }
}

void Client::take_notification(const std::string &method, json::View params) {
    hang_up_ = hang_up_ || method == "bridge.closing";  // nothing comes after it
    if (phase_ != Phase::up || !params.is_object()) {
        return;
    }
    if (method == "job.changed") {
        const Lock lock(mutex_);
        note_job(params);
    }
    tell(kind_of(method), method, std::string(params.raw()));
}

/// The connection is over.
void Client::lose(std::int32_t status, const std::string &json) {
    port_->close();
    Lock lock(mutex_);
    const Phase before = std::exchange(phase_, Phase::down);
    std::string().swap(output_);
    output_at_ = 0;
    if (before == Phase::greeting) {
        lock.unlock();
        connect_failed(status, json);
        return;
    }
    std::deque<CallPtr> again;
    for (const auto &[id, call] : in_flight_) {
        if (call->request.repeatable && !call->is_finished) {
            again.push_back(call);
        } else if (!call->is_inquiry) {
            finish(call, {status, json, {}});
        }
    }
    in_flight_.clear();
    again.insert(again.end(), queue_.begin(), queue_.end());
    queue_.clear();
    std::copy_if(again.begin(), again.end(), std::back_inserter(queue_), [](const CallPtr &c) { return !c->is_inquiry; });
    retry_delay_ = std::clamp<std::chrono::milliseconds>(retry_delay_ * 2, retry_first, retry_longest);
    retry_at_ = Clock::now() + retry_delay_;
    Event event;
    event.kind = ISCB_EVENT_LOST;
    events_.put(std::move(event));
}

/// Under the lock.
void Client::expire_posted(Clock::time_point now) {
    std::vector<CallPtr> late;
    std::copy_if(posted_.begin(), posted_.end(), std::back_inserter(late),
                 [now](const CallPtr &call) { return now >= call->deadline; });
    for (const CallPtr &call : late) {
        queue_.erase(std::remove(queue_.begin(), queue_.end(), call), queue_.end());
        finish(call, {ISCB_ERR_TIMEOUT, {}, {}});
    }
}

/// Under the lock.
Clock::time_point Client::next_deadline(Clock::time_point now) const {
    Clock::time_point until = now + 1h;
    if (phase_ == Phase::greeting) {
        until = std::min(until, greeting_until_);
    }
    if (phase_ == Phase::down && (wanted_ || !queue_.empty())) {
        until = std::min(until, kicked_ ? now : retry_at_);
    }
    for (const CallPtr &call : posted_) {
        until = std::min(until, call->deadline);
    }
    return until;
}

}  // namespace iscbridge::client
