// From Init to ShutOut: one client of the bridge, and one thread that turns what it tells into the guide's events.
//
// The calls of the host only put a request on its way (iscb_post). What comes back is handled on the thread of the
// session, which also calls the host's callback, so everything may be called from there.
#ifndef ISCBRIDGE_DROPIN_SESSION_HPP
#define ISCBRIDGE_DROPIN_SESSION_HPP

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <set>
#include <thread>

#include "library.hpp"
#include "listener.hpp"
#include "orders.hpp"
#include "start.hpp"

namespace iscbridge_dropin {

using Clock = std::chrono::steady_clock;

class Session : public std::enable_shared_from_this<Session> {
public:
    /// What an answer is for.
    enum class Kind { save, save_as, open, solve, look, license, trial, verified, check, answer, nothing };

    Session(const Library &library, std::shared_ptr<Listener> listener)
        : library_(library), listener_(std::move(listener)) {}

    ~Session() {
        if (worker_.joinable()) {
            worker_.detach();  // it is its own thread that ends here, or one that a callback still holds
        }
    }
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;

    ResultStatus start() {
        const Options &said = options();
        const std::string host = said.host.empty() ? program_name() : said.host;
        product_ = said.product.empty() ? host : said.product;
        command_ = find_start_command();
        std::vector<const char *> words;
        for (const std::string &word : command_) {
            words.push_back(word.c_str());
        }
        words.push_back(nullptr);
        iscb_config config = iscb_config();
        config.size = sizeof(config);
        config.abi_version = ISCB_ABI_VERSION;
        config.host = host.empty() ? "CAD" : host.c_str();
        config.host_version = said.version.c_str();
        config.product = product_.c_str();
        config.language = said.language.c_str();
        config.home = said.home.c_str();
        config.address = said.address.c_str();
        config.start_command = command_.empty() ? nullptr : words.data();
        config.all = 1;  // a save may be replaced by one of another host, whose end is its own then
        if (library_.create(&config, &client_) != ISCB_OK) {
            return RESULT_FAILED;
        }
        const std::shared_ptr<Session> self = shared_from_this();
        try {
            const std::lock_guard<std::mutex> lock(mutex_);
            worker_ = std::thread([self] { self->run(); });
        } catch (...) {
            library_.close(client_, 0);
            return RESULT_FAILED;
        }
        is_started_ = true;
        return look_for_bridge();
    }

    /// Connects if there is no connection; starts a bridge if none runs and it is known how.
    ResultStatus look_for_bridge() {
        return connected(library_.connect(client_, count_ms(options().init_wait), nullptr, nullptr));
    }

    /// A save, an opening, a calculation. Its end is told by an event; returns when the bridge has it, or a little later.
    void ask(Kind kind, const char *method, const Text *path, bool assembly) {
        Asked asked;
        asked.kind = kind;
        asked.method = method;
        asked.request_id = drawn_id();
        asked.params = "{";
        if (path != nullptr) {
            asked.params += "\"path\":" + quoted(path->utf8()) + ",";
        }
        asked.params += std::string(assembly ? "\"assembly\":true," : "") + "\"requestId\":\"" + asked.request_id + "\"}";
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            if (is_save(kind)) {
                orders_.add(asked.request_id, kind == Kind::save_as);
            } else if (kind == Kind::open) {
                opens_.insert(asked.request_id);
            }
        }
        if (path != nullptr && (!path->is_valid() || path->utf8().empty())) {
            never_taken(asked);
            return;
        }
        const std::uint64_t token = post(asked);
        std::unique_lock<std::mutex> lock(mutex_);
        if (token != 0 && std::this_thread::get_id() != thread_) {
            changed_.wait_for(lock, options().call_wait, [&] { return asked_.count(token) == 0 || closing_; });
        }
    }

    /// A licence or upgrade call, which the bridge passes on to ISCDesk. `params` is an object, or its beginning.
    void pass(Kind kind, const char *method, const std::string &params) {
        Asked asked;
        asked.kind = kind;
        asked.method = method;
        asked.params = params;
        asked.until = Clock::now() + options().desk_wait;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            licenses_ = licenses_ || kind == Kind::license || kind == Kind::trial;
            notices_ = notices_ || kind == Kind::check;
        }
        post(asked);
    }

    /// The licence call can't even be asked.
    void license_not_asked(const char *form) {
        listener_->raise(EVENT_LICENSE_VERIFY, event_text("LicenseVerify", {{"Status", "failed"}, {"LicenseType", form}}));
        wake();
    }

    void set_form(const char *form) {
        const std::lock_guard<std::mutex> lock(mutex_);
        form_ = form;
    }

    /// Whether there is a client: it may be called.
    bool is_started() const { return is_started_; }

    const std::string &product() const { return product_; }

    void wake() { library_.post(client_, "bridge.status", nullptr, 0, 0); }  // answered at once, whatever else is

    ResultStatus close() {
        listener_->clear();
        const Clock::time_point until = Clock::now() + options().close_wait;
        std::unique_lock<std::mutex> lock(mutex_);
        const bool is_inside = std::this_thread::get_id() == thread_;
        closing_ = true;
        changed_.notify_all();
        // What was asked a moment ago has to reach the bridge.
        if (is_inside) {
            while (!is_all_with_the_bridge() && Clock::now() < until) {
                lock.unlock();
                const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
                const auto pause = rest();
                if (!take_event(left < pause ? left : pause)) {
                    return RESULT_SUCCESS;  // another thread closed it meanwhile
                }
                ask_again();
                lock.lock();
            }
        } else {
            changed_.wait_until(lock, until, [this] { return is_all_with_the_bridge() || ended_; });
        }
        lock.unlock();
        library_.close(client_, count_ms(options().close_wait));
        lock.lock();
        const bool is_over = is_inside || changed_.wait_for(lock, options().close_wait, [this] { return ended_; });
        if (is_over && !is_inside && worker_.joinable()) {
            std::thread worker = std::move(worker_);
            lock.unlock();
            worker.join();  // nothing of it may run when the host's library is unloaded
        }
        return is_over ? RESULT_SUCCESS : RESULT_TIMEOUT;
    }

private:
    struct Asked {
        Kind kind = Kind::nothing;
        std::string method;
        std::string params;
        std::string request_id;
        bool may_have_happened = false;  ///< it was asked before, without an answer
        Clock::time_point until;
        Clock::time_point again_at;
    };

    static bool is_save(Kind kind) { return kind == Kind::save || kind == Kind::save_as; }

    /// Under the lock: nothing waits for its answer, and no job has to be asked for once more.
    bool is_all_with_the_bridge() const {
        return asked_.empty() &&
               std::none_of(again_.begin(), again_.end(), [](const Asked &asked) { return asked.may_have_happened; });
    }

    static ResultStatus connected(std::int32_t status) {
        switch (status) {
            case ISCB_OK:
                return RESULT_SUCCESS;
            case ISCB_ERR_NOT_RUNNING:
            case ISCB_ERR_START:
                return RESULT_NO_BRIDGE;
            case ISCB_ERR_TIMEOUT:
                return RESULT_TIMEOUT;
            default:
                return RESULT_FAILED;
        }
    }

    /// Under the lock: its answer is awaited from now on.
    std::uint64_t enter(const Asked &asked) {
        asked_[++last_token_] = asked;
        return last_token_;
    }

    /// 0 if it could not be put on its way.
    std::uint64_t post(const Asked &asked) {
        std::unique_lock<std::mutex> lock(mutex_);
        const std::uint64_t token = enter(asked);
        lock.unlock();
        return send(token, asked) ? token : 0;
    }

    bool send(std::uint64_t token, const Asked &asked) {
        if (library_.post(client_, asked.method.c_str(), asked.params.c_str(), post_ms, token) == ISCB_OK) {
            return true;
        }
        if (asked.may_have_happened) {
            again(asked, std::chrono::seconds(5));
        } else {
            never_taken(asked);
        }
        leave(token);
        return false;
    }

    /// What came of it is noted: nobody waits for its answer any more.
    void leave(std::uint64_t token) {
        const std::lock_guard<std::mutex> lock(mutex_);
        asked_.erase(token);
        changed_.notify_all();
    }

    // ---------------------------------------------------------------------------------------- the session's thread

    void run() {
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            thread_ = std::this_thread::get_id();
        }
        while (take_event(rest())) {
            while (listener_->deliver_one()) {
            }
            ask_again();
        }
        const std::lock_guard<std::mutex> lock(mutex_);
        ended_ = true;
        changed_.notify_all();
    }

    /// False: the client is closed.
    bool take_event(std::chrono::milliseconds most) {
        iscb_event *event = nullptr;
        const std::int32_t status = library_.wait_event(client_, count_ms(most), &event);
        if (status == 1) {
            try {
                handle(*event);
            } catch (const std::bad_alloc &) {
                // That event is lost; the next one may be read again.
            }
            library_.free(event);
        }
        return status >= 0 || status == ISCB_ERR_MEMORY;
    }

    void handle(const iscb_event &event) {
        switch (event.kind) {
            case ISCB_EVENT_JOB:
                job_changed(*event.job);
                break;
            case ISCB_EVENT_ANSWER:
                answered(event);
                break;
            case ISCB_EVENT_CONNECTED:
                was_connected_ = true;
                look_at_jobs();
                extra({{"topic", "connected"}});
                break;
            case ISCB_EVENT_LOST:
                extra({{"topic", "lost"}});
                break;
            case ISCB_EVENT_DROPPED:
                look_at_jobs();
                break;
            case ISCB_EVENT_OTHER:
                if (std::string(event.topic) == "license.received") {
                    license_received(Json(event.json));
                } else if (std::string(event.topic) == "upgrade.announced") {
                    upgrade_announced(Json(event.json));
                }
                break;
            default:
                break;  // of a later version, or told by the job as well
        }
    }

    void job_changed(const iscb_job &job) {
        JobNews news;
        news.job = job.job;
        news.request_id = job.request_id;
        news.state = job.state_text;
        news.replaced_by = job.replaced_by;
        std::string wanted;
        bool is_opened = false;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            wanted = orders_.tell(news);
            is_opened = news.state == "done" && opens_.erase(news.request_id) != 0;
            raise_results();
        }
        if (is_opened) {
            const Json result = Json(job.json)["result"];
            const bool assembly = result["assembly"].text() == "true";
            listener_->raise(EVENT_OPENCLOUDFILE_RESULT,
                             event_text("OpenFile", {{"mainFile", job.result_path},
                                                     {"openType", result["openType"].text()},
                                                     {"workState", result["workState"].text()},
                                                     {"assembly", assembly ? "true" : "false"}}));
        }
        if (!wanted.empty()) {
            look_at(wanted);
        }
        const bool has_error = job.error != nullptr;
        extra({{"topic", "job"},
               {"job", job.job},
               {"kind", job.kind},
               {"state", job.state_text},
               {"path", job.path},
               {"code", has_error ? job.error->code : ""},
               {"title", has_error ? job.error->title : ""},
               {"message", has_error ? job.error->message : ""},
               {"remedy", has_error ? job.error->remedy : ""}});
    }

    /// Under the lock.
    void raise_results() {
        for (const bool success : orders_.take()) {
            listener_->raise(EVENT_SAVE_RESULT,
                             event_text("SaveResult", {{"status", success ? "success" : "failed"}}));
        }
    }

    void look_at_jobs() {
        std::vector<std::string> jobs;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            jobs = orders_.jobs();
        }
        for (const std::string &job : jobs) {
            look_at(job);
        }
    }

    void look_at(const std::string &job) {
        Asked asked;
        asked.kind = Kind::look;
        asked.method = "job.get";
        asked.params = "{\"job\":" + quoted(job) + "}";
        post(asked);
    }

    // ---------------------------------------------------------------------------------------------------- answers

    void answered(const iscb_event &event) {
        Asked asked;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            const auto found = asked_.find(event.user_data);
            if (found == asked_.end()) {
                return;  // of `wake`
            }
            asked = found->second;
        }
        if (event.status == ISCB_OK && event.job != nullptr) {
            job_changed(*event.job);
        } else if (event.status != ISCB_OK && event.status != ISCB_ERR_CLOSED) {
            not_done(asked, event.status, event.error);
        }
        leave(event.user_data);
    }

    void not_done(Asked asked, std::int32_t status, const iscb_error *error) {
        const std::string code = error == nullptr ? "" : error->code;
        const bool has_no_answer = status == ISCB_ERR_TIMEOUT || status == ISCB_ERR_LOST;
        const bool is_no_word = status != ISCB_ERR_REFUSED || code == "ISCB-BRIDGE-CLOSING";  // of what was asked before
        const bool was_never_asked = code == "ISCB-SDK-NOT-CONNECTED" || status == ISCB_ERR_NOT_RUNNING;
        switch (asked.kind) {
            case Kind::save:
            case Kind::save_as:
            case Kind::open:
            case Kind::solve:
                if (status == ISCB_ERR_REFUSED && (code == "ISCB-BRIDGE-INTERNAL" || code == "ISCB-BRIDGE-TIMEOUT")) {
                    give_up(asked);
                } else if (has_no_answer || (asked.may_have_happened && is_no_word)) {
                    asked.may_have_happened = true;  // with the same request id it stays one job
                    const int pause = status == ISCB_ERR_TIMEOUT ? 0 : status == ISCB_ERR_LOST ? 500 : 5000;
                    again(asked, std::chrono::milliseconds(pause));
                } else {
                    never_taken(asked);
                }
                break;
            case Kind::look:
                if (code == "ISCB-REQ-NO-SUCH-JOB") {
                    JobNews news;
                    news.job = Json(asked.params)["job"].text();
                    news.state = "unknown";
                    const std::lock_guard<std::mutex> lock(mutex_);
                    orders_.tell(news);
                    raise_results();
                }
                return;
            default: {
                const bool is_lost = status == ISCB_ERR_LOST && asked.kind != Kind::trial;  // asked twice it annoys
                const bool may_come = was_connected_ || !command_.empty();
                if (Clock::now() < asked.until && may_come && (was_never_asked || is_lost)) {
                    again(asked, std::chrono::milliseconds(500));
                    return;
                }
                passed_on_in_vain(asked);
            }
        }
        extra({{"topic", "refused"},
               {"method", asked.method},
               {"code", code},
               {"title", error == nullptr ? "" : error->title},
               {"message", error == nullptr ? "" : error->message},
               {"remedy", error == nullptr ? "" : error->remedy}});
    }

    void passed_on_in_vain(const Asked &asked) {
        if (asked.kind != Kind::license) {
            return;  // no event of the guide says so
        }
        std::string form;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            form = form_;
        }
        listener_->raise(EVENT_LICENSE_VERIFY, event_text("LicenseVerify", {{"Status", "failed"}, {"LicenseType", form}}));
    }

    void never_taken(const Asked &asked) {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (is_save(asked.kind)) {
            orders_.refuse(asked.request_id);
            raise_results();
        }
        opens_.erase(asked.request_id);
        wake();
    }

    void give_up(const Asked &asked) {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (is_save(asked.kind)) {
            orders_.give_up(asked.request_id);
            raise_results();
        }
    }

    void again(Asked asked, std::chrono::milliseconds pause) {
        asked.again_at = Clock::now() + pause;
        const std::lock_guard<std::mutex> lock(mutex_);
        again_.push_back(std::move(asked));
        wake();
    }

    void ask_again() {
        std::map<std::uint64_t, Asked> due;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            std::deque<Asked> later;
            for (const Asked &asked : again_) {
                if (asked.again_at <= Clock::now()) {
                    due[enter(asked)] = asked;
                } else {
                    later.push_back(asked);
                }
            }
            again_.swap(later);
        }
        for (const auto &each : due) {
            send(each.first, each.second);
        }
        if (!was_connected_ && command_.empty() && Clock::now() >= look_for_bridge_at_) {
            look_for_bridge_at_ = Clock::now() + std::chrono::seconds(5);
            library_.post(client_, "bridge.status", nullptr, 2000, 0);  // a bridge that was started meanwhile is found
        }
    }

    /// Until there is something to do without an event.
    std::chrono::milliseconds rest() {
        Clock::time_point until = Clock::now() + std::chrono::hours(1);
        if (!was_connected_ && command_.empty()) {
            until = Clock::now() + std::chrono::seconds(5);
        }
        const std::lock_guard<std::mutex> lock(mutex_);
        for (const Asked &asked : again_) {
            until = asked.again_at < until ? asked.again_at : until;
        }
        return std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()) + std::chrono::milliseconds(1);
    }

    // ------------------------------------------------------------------------------------------ notifications

    void license_received(const Json &told) {
        std::string form = told["form"].text();
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            if (!licenses_ || (told["product"].is_there() && told["product"].text() != product_)) {
                return;  // another host asked
            }
            licenses_ = false;
            form = form.empty() ? form_ : form;
        }
        std::string text;
        if (!told["ok"].is_true()) {
            text = event_text("LicenseVerify", {{"Status", "failed"}, {"LicenseType", form}});
        } else if (told["path"].is_there()) {
            text = event_text("LicenseVerify", {{"Status", "success"},
                                                {"LicenseFilePath", told["path"].text()},
                                                {"LicenseType", form}});
        } else if (told["content"].is_there()) {
            text = event_text("LicenseVerify", {{"Status", "success"},
                                                {"LicenseContent", told["content"].text()},
                                                {"LicenseType", form}});
        } else {  // the bridge has verified it, and keeps it to itself
            text = event_text("LicenseVerify", {{"Status", "success"}, {"LicenseType", form}});
        }
        listener_->raise(EVENT_LICENSE_VERIFY, std::move(text));
    }

    void upgrade_announced(const Json &told) {
        const Json available = told["available"];
        bool is_asked = false;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            is_asked = notices_;
            notices_ = notices_ && !available.is_there();
        }
        if (available.is_there() && is_asked) {
            listener_->raise(EVENT_UPGRADENOTICE,
                             event_text("UpgradeNotice", {{"available", available.is_true() ? "true" : "false"}}));
        }
        if (told["forced"].is_there() && !told["answer"].is_there()) {
            listener_->raise(EVENT_UPDATE,
                             event_text("Update", {{"fromForceWin", told["forced"].is_true() ? "true" : "false"}}));
        }
    }

    void extra(Members members) {
        if (options().extra_events) {
            listener_->raise(EVENT_ISCBRIDGE, event_text("Iscbridge", members));
        }
    }

    static constexpr std::int32_t post_ms = 60000;

    const Library library_;
    const std::shared_ptr<Listener> listener_;
    std::string product_;
    Command command_;
    iscb_client *client_ = nullptr;
    std::atomic<bool> is_started_{false};

    std::mutex mutex_;
    std::condition_variable changed_;
    std::thread worker_;
    std::thread::id thread_;
    bool closing_ = false;
    bool ended_ = false;
    std::uint64_t last_token_ = 0;
    std::map<std::uint64_t, Asked> asked_;  ///< without an answer
    std::deque<Asked> again_;               ///< to be asked once more
    Orders orders_;
    std::set<std::string> opens_;  ///< request ids of openings whose file has not come
    bool licenses_ = false;        ///< a licence was asked for, and none has come
    bool notices_ = false;         ///< it was asked whether there is an upgrade
    std::string form_ = "file";

    // Of the session's thread alone.
    bool was_connected_ = false;
    Clock::time_point look_for_bridge_at_{};
};

}  // namespace iscbridge_dropin

#endif
