// A client of the bridge: calls of any threads, one thread that connects, writes and reads.
//
// Callers put a Call into a queue and wait for it with their own time-out; only the client's thread (`run`) touches the
// port. So nothing that the other end does, or does not do, holds up a caller.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "event_box.hpp"
#include "frames.hpp"
#include "launch.hpp"
#include "objects.hpp"
#include "port.hpp"

namespace iscbridge::client {

struct Settings {
    std::string greeting;  ///< parameters of bridge.hello
    std::string address;   ///< empty: found by `home`
    std::string home;
    std::vector<std::string> start_command;
    std::chrono::milliseconds timeout{10000};
    std::size_t event_capacity = 10000;
    std::string product;
    Language language = Language::en;
    iscb_event_callback on_event = nullptr;
    void *user_data = nullptr;
};

/// How a request may be treated.
struct Request {
    std::string method;           ///< empty: nothing is asked, a connection is all that is wanted
    std::string params;           ///< a JSON object
    bool repeatable = false;      ///< may be asked again on a new connection
    std::string request_id = {};  ///< for the error, if it is repeatable by that
};

class Client : public std::enable_shared_from_this<Client> {
public:
    /// Throws std::exception if the system lacks the means.
    static std::shared_ptr<Client> make(Settings settings);

    explicit Client(Settings settings);

    const Settings &settings() const noexcept { return settings_; }
    bool is_connected() const;

    /// Asks, and waits for the answer. Without a method: waits for a connection, and gives the hello.
    Outcome ask(Request request, Clock::time_point deadline);
    /// Asks, and has the answer come as an event. ISCB_OK, ISCB_ERR_FULL, ISCB_ERR_TOO_LARGE or ISCB_ERR_CLOSED.
    std::int32_t post(Request request, Clock::time_point deadline, std::uint64_t user_data);
    /// The job in its final state; with an error the job as it was last seen, or nothing, is put into *last.
    Outcome wait_for_job(const std::string &id, Clock::time_point deadline, std::string *last);

    EventBox &events() noexcept { return events_; }

    std::int32_t close(Clock::time_point deadline);

private:
    /// A request on its way.
    struct Call {
        Request request;
        std::uint64_t id = 0;
        std::uint64_t attempts_before = 0;  // connections tried before it was made
        bool was_sent = false;
        bool is_posted = false;
        bool is_inquiry = false;  // the library's own: what became of a job while there was no connection
        std::uint64_t user_data = 0;
        Clock::time_point deadline;
        bool is_finished = false;
        Outcome outcome;
        std::condition_variable finished;
    };
    using CallPtr = std::shared_ptr<Call>;
    using Lock = std::unique_lock<std::mutex>;

    /// Somebody who waits for a job.
    struct Watch {
        std::string job;
        std::string seen;
        bool is_final = false;
        std::condition_variable changed;
    };

    /// Its place among the watches, as long as somebody waits.
    class Watching {
    public:
        Watching(Client &client, Watch &watch);
        ~Watching();
        Watching(const Watching &) = delete;
        Watching &operator=(const Watching &) = delete;

    private:
        Client &client_;
        Watch &watch_;
    };

    enum class Phase { down, greeting, up };

    // By callers.
    bool enqueue(const CallPtr &call);
    Outcome give_up(const CallPtr &call);

    // By the client's thread; those with a Lock want it held, and give it back held.
    void run() noexcept;
    void run_until_closed();
    void step();
    bool wants_connection(Clock::time_point now) const;
    void connect();
    void connect_failed(std::int32_t status, const std::string &json);
    bool start_bridge(Clock::time_point now);
    std::int32_t start_failure(Clock::time_point now);
    void greet();
    bool fill_output();
    bool write_output();
    void read_input();
    void take_line(std::string_view line);
    void take_answer(std::uint64_t id, Outcome outcome);
    void take_hello(Outcome outcome);
    void take_notification(const std::string &method, json::View params);
    void lose(std::int32_t status, const std::string &json = {});
    void expire_posted(Clock::time_point now);
    void finish(const CallPtr &call, Outcome outcome);
    void note_job(json::View job);
    void inquire();
    Clock::time_point next_deadline(Clock::time_point now) const;
    void tell(std::int32_t kind, std::string topic, std::string json);

    void dispatch() noexcept;
    void ended(bool &flag) noexcept;

    const Settings settings_;
    EventBox events_;
    const std::unique_ptr<Port> port_;

    mutable std::mutex mutex_;
    bool closing_ = false;        // nothing new, and the client's thread ends
    bool closed_ = false;         // `close` was called
    bool kicked_ = false;         // a new call wants a connection at once
    bool wanted_ = false;         // a lost connection is to be made again
    std::uint64_t attempts_ = 0;  // connections tried
    Phase phase_ = Phase::down;
    std::string hello_;
    std::deque<CallPtr> queue_;
    std::map<std::uint64_t, CallPtr> in_flight_;
    std::vector<CallPtr> posted_;
    std::uint64_t last_id_ = 0;
    std::size_t most_in_flight_ = 0;
    std::size_t longest_frame_;
    std::map<std::string, std::string> jobs_;  // that are not final: id, and when it was last updated
    std::vector<Watch *> watches_;
    std::condition_variable thread_ended_;
    bool io_ended_ = false;
    bool dispatch_ended_ = false;

    // Of the client's thread alone.
    Frames frames_;
    std::string output_;
    std::size_t output_at_ = 0;
    bool foreground_ = false;
    bool hang_up_ = false;
    std::unique_ptr<Launched> launched_;
    Clock::time_point starting_until_{};
    Clock::time_point start_again_at_{};
    Clock::time_point retry_at_{};
    std::chrono::milliseconds retry_delay_{0};
    Clock::time_point greeting_until_{};
    bool was_useful_ = false;  // a request was answered on this connection

    std::thread io_;
    std::thread dispatcher_;
    std::thread::id dispatcher_id_;
};

}  // namespace iscbridge::client
