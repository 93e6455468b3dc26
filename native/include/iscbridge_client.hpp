// iscbridge_client.hpp: the client library for hosts in C++17, over iscbridge_client.h, which is the manual.
//
//     iscb::Client client({"MyCAD", "4.2"});
//     const iscb::Job job = client.save("/home/ann/bracket.FCStd");
//     const iscb::Job done = client.wait(job.id(), std::chrono::minutes(10));
//
// Header only. Errors are thrown as iscb::Error; nothing else is thrown but std::bad_alloc. Threads, time-outs and
// lifetimes are those of the C ABI: a Client may be used by all threads at once, and closes when it goes.
#ifndef ISCBRIDGE_CLIENT_HPP
#define ISCBRIDGE_CLIENT_HPP

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "iscbridge_client.h"

namespace iscb {

struct Free {
    void operator()(const void *given) const noexcept { iscb_free(const_cast<void *>(given)); }
};

/// What the library gave, freed when it goes.
template <class Struct>
using Owned = std::unique_ptr<Struct, Free>;

/// What went wrong: `code` for programs; `title`, `message` and `remedy` for people.
class Error : public std::runtime_error {
public:
    Error(std::int32_t why, Owned<iscb_error> details)
        : std::runtime_error(details ? std::string(details->code) + ": " + details->message : iscb_status_text(why)),
          status(why),
          retry(details ? details->retry : ISCB_RETRY_NO),
          code(details ? details->code : ""),
          title(details ? details->title : iscb_status_text(why)),
          message(details ? details->message : ""),
          remedy(details ? details->remedy : ""),
          request_id(details ? details->request_id : "") {}

    std::int32_t status;
    std::int32_t retry;
    std::string code;
    std::string title;
    std::string message;
    std::string remedy;
    std::string request_id;  ///< give it again to repeat a save
};

/// Throws the error of a status below zero.
inline std::int32_t checked(std::int32_t status, iscb_error *error = nullptr) {
    Owned<iscb_error> details(error);
    if (status == ISCB_ERR_MEMORY) {
        throw std::bad_alloc();
    }
    if (status < 0) {
        throw Error(status, std::move(details));
    }
    return status;
}

/// A job; copies share it.
class Job {
public:
    explicit Job(iscb_job *job) : job_(job, Free()) {}

    const iscb_job *operator->() const noexcept { return job_.get(); }
    const iscb_job &operator*() const noexcept { return *job_; }
    std::string id() const { return job_->job; }
    iscb_job_state state() const noexcept { return static_cast<iscb_job_state>(job_->state); }

private:
    std::shared_ptr<iscb_job> job_;
};

struct Config {
    std::string host;
    std::string host_version = {};
    std::string product = {};
    std::string language = {};
    std::string instance = {};
    std::string address = {};
    std::string home = {};
    std::vector<std::string> start_command = {};
    std::chrono::milliseconds timeout{10000};
    /// Called for every event on a thread of the library; must not throw. Empty: take events with `wait_event`.
    std::function<void(const iscb_event &)> on_event = {};
    bool all = false;
};

struct SaveOptions {
    bool assembly = false;
    bool force = false;
    std::vector<std::string> files = {};
    std::string manifest = {};
    std::string request_id = {};
    std::string product = {};
};

class Client {
public:
    using Timeout = std::optional<std::chrono::milliseconds>;  ///< absent: that of the config

    explicit Client(const Config &config) : on_event_(std::make_shared<Callback>(config.on_event)) {
        std::vector<const char *> words;
        for (const std::string &word : config.start_command) {
            words.push_back(word.c_str());
        }
        words.push_back(nullptr);
        iscb_config given{};
        given.size = sizeof(given);
        given.abi_version = ISCB_ABI_VERSION;
        given.host = config.host.c_str();
        given.host_version = config.host_version.c_str();
        given.product = config.product.c_str();
        given.language = config.language.c_str();
        given.instance = config.instance.c_str();
        given.address = config.address.c_str();
        given.home = config.home.c_str();
        given.start_command = config.start_command.empty() ? nullptr : words.data();
        given.timeout_ms = ms(config.timeout);
        given.all = config.all ? 1 : 0;
        if (config.on_event) {
            given.on_event = &Client::call;
            given.user_data = on_event_.get();
        }
        checked(iscb_create(&given, &client_));
    }
    /// Waits for a callback under way, unless it is called inside it: as iscb_close, at most the time-out.
    ~Client() {
        if (client_ != nullptr && iscb_close(client_, ISCB_TIMEOUT_DEFAULT) == ISCB_ERR_TIMEOUT) {
            new std::shared_ptr<Callback>(on_event_);  // that callback may still use it: it stays for ever
        }
    }
    Client(Client &&other) noexcept
        : on_event_(std::move(other.on_event_)), client_(std::exchange(other.client_, nullptr)) {}
    Client &operator=(Client &&) = delete;
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;

    iscb_client *get() const noexcept { return client_; }
    bool is_connected() const noexcept { return iscb_is_connected(client_) == 1; }

    /// Gives the bridge's hello as JSON.
    std::string connect(Timeout timeout = {}) {
        return text([&](char **out, iscb_error **error) { return iscb_connect(client_, ms(timeout), out, error); });
    }

    Job save(const std::string &path, const SaveOptions &options = {}, Timeout timeout = {}) {
        const Options given(options);
        return job([&](iscb_job **out, iscb_error **error) {
            return iscb_save(client_, path.c_str(), &given.options, ms(timeout), out, error);
        });
    }

    Job save_as(const std::string &path, const SaveOptions &options = {}, Timeout timeout = {}) {
        const Options given(options);
        return job([&](iscb_job **out, iscb_error **error) {
            return iscb_save_as(client_, path.c_str(), &given.options, ms(timeout), out, error);
        });
    }

    Job open(Timeout timeout = {}) {
        return job([&](iscb_job **out, iscb_error **error) {
            return iscb_open(client_, nullptr, nullptr, ms(timeout), out, error);
        });
    }

    Job solve(const std::string &path, Timeout timeout = {}) {
        return job([&](iscb_job **out, iscb_error **error) {
            return iscb_solve(client_, path.c_str(), nullptr, nullptr, ms(timeout), out, error);
        });
    }

    Job get_job(const std::string &id, Timeout timeout = {}) { return job_call(iscb_job_get, id, timeout); }
    /// Waits until it is final.
    Job wait(const std::string &id, Timeout timeout = {}) { return job_call(iscb_job_wait, id, timeout); }
    Job cancel(const std::string &id, Timeout timeout = {}) { return job_call(iscb_job_cancel, id, timeout); }
    Job retry(const std::string &id, Timeout timeout = {}) { return job_call(iscb_job_retry, id, timeout); }

    Job resolve(const std::string &id, bool repeat, Timeout timeout = {}) {
        return job([&](iscb_job **out, iscb_error **error) {
            return iscb_job_resolve(client_, id.c_str(), repeat ? 1 : 0, ms(timeout), out, error);
        });
    }

    Owned<iscb_file> file_status(const std::string &path, Timeout timeout = {}) {
        return owned<iscb_file>([&](iscb_file **out, iscb_error **error) {
            return iscb_file_status(client_, path.c_str(), ms(timeout), out, error);
        });
    }

    /// Of the config's product, or of another.
    Owned<iscb_license> check_license(const std::string &product = {}, Timeout timeout = {}) {
        return owned<iscb_license>([&](iscb_license **out, iscb_error **error) {
            return iscb_license_check(client_, product.empty() ? nullptr : product.c_str(), ms(timeout), out, error);
        });
    }

    Owned<iscb_license> activate_license(const std::string &code, const std::string &product = {},
                                         std::chrono::milliseconds timeout = std::chrono::seconds(100)) {
        return owned<iscb_license>([&](iscb_license **out, iscb_error **error) {
            return iscb_license_activate(client_, product.empty() ? nullptr : product.c_str(), code.c_str(), ms(timeout),
                                         out, error);
        });
    }

    Owned<iscb_license> release_license(const std::string &product = {},
                                        std::chrono::milliseconds timeout = std::chrono::seconds(100)) {
        return owned<iscb_license>([&](iscb_license **out, iscb_error **error) {
            return iscb_license_release(client_, product.empty() ? nullptr : product.c_str(), ms(timeout), out, error);
        });
    }

    /// An empty code: the one that the bridge keeps.
    Owned<iscb_license> transfer_license(const std::string &code = {}, const std::string &product = {},
                                         std::chrono::milliseconds timeout = std::chrono::seconds(100)) {
        return owned<iscb_license>([&](iscb_license **out, iscb_error **error) {
            return iscb_license_transfer(client_, product.empty() ? nullptr : product.c_str(),
                                         code.empty() ? nullptr : code.c_str(), ms(timeout), out, error);
        });
    }

    /// The page for the system's browser.
    std::string sign_in(const std::string &product = {},
                        std::chrono::milliseconds timeout = std::chrono::seconds(100)) {
        return text([&](char **out, iscb_error **error) {
            return iscb_license_sign_in(client_, product.empty() ? nullptr : product.c_str(), ms(timeout), out, error);
        });
    }

    /// A page at which the browser forgets the person, too; may be empty.
    std::string sign_out(const std::string &product = {},
                         std::chrono::milliseconds timeout = std::chrono::seconds(100)) {
        return text([&](char **out, iscb_error **error) {
            return iscb_license_sign_out(client_, product.empty() ? nullptr : product.c_str(), ms(timeout), out, error);
        });
    }

    std::string bridge_status(Timeout timeout = {}) {
        return text([&](char **out, iscb_error **error) { return iscb_bridge_status(client_, ms(timeout), out, error); });
    }

    /// Any request of docs/protocol.md; `params` and the result are JSON.
    std::string request(const std::string &method, const std::string &params = "{}", Timeout timeout = {}) {
        return text([&](char **out, iscb_error **error) {
            return iscb_request(client_, method.c_str(), params.c_str(), ms(timeout), out, error);
        });
    }

    void post(const std::string &method, const std::string &params, std::uint64_t user_data, Timeout timeout = {}) {
        checked(iscb_post(client_, method.c_str(), params.c_str(), ms(timeout), user_data));
    }

    /// The oldest event; null if none came in time.
    Owned<iscb_event> wait_event(std::chrono::milliseconds timeout) {
        iscb_event *event = nullptr;
        checked(iscb_wait_event(client_, ms(timeout), &event));
        return Owned<iscb_event>(event);
    }

private:
    struct Callback : std::enable_shared_from_this<Callback> {
        explicit Callback(std::function<void(const iscb_event &)> given) : function(std::move(given)) {}
        std::function<void(const iscb_event &)> function;
    };

    /// The options in the form of the C ABI; points into what it was made from.
    struct Options {
        explicit Options(const SaveOptions &from) {
            for (const std::string &file : from.files) {
                files.push_back(file.c_str());
            }
            options.size = sizeof(options);
            options.assembly = from.assembly ? 1 : 0;
            options.force = from.force ? 1 : 0;
            options.file_count = static_cast<std::uint32_t>(files.size());
            options.files = files.data();
            options.manifest = from.manifest.c_str();
            options.request_id = from.request_id.c_str();
            options.product = from.product.c_str();
        }
        std::vector<const char *> files;
        iscb_save_options options{};
    };

    static void ISCB_CALL call(const iscb_event *event, void *user_data) noexcept {
        // The client may be destroyed in here: what runs is kept until it returns.
        const std::shared_ptr<const Callback> kept = static_cast<const Callback *>(user_data)->shared_from_this();
        kept->function(*event);
    }

    static std::int32_t ms(Timeout timeout) noexcept {
        if (!timeout) {
            return ISCB_TIMEOUT_DEFAULT;
        }
        const auto count = timeout->count();
        return count < 0 ? 0 : count > INT32_MAX ? INT32_MAX : static_cast<std::int32_t>(count);
    }

    template <class Struct, class Call>
    static Owned<Struct> owned(Call call) {
        Struct *out = nullptr;
        iscb_error *error = nullptr;
        const std::int32_t status = call(&out, &error);
        Owned<Struct> result(out);
        checked(status, error);
        return result;
    }

    template <class Call>
    static Job job(Call call) {
        return Job(owned<iscb_job>(call).release());
    }

    template <class Call>
    static std::string text(Call call) {
        return owned<char>(call).get();
    }

    template <class Function>
    Job job_call(Function function, const std::string &id, Timeout timeout) {
        return job([&](iscb_job **out, iscb_error **error) {
            return function(client_, id.c_str(), ms(timeout), out, error);
        });
    }

    std::shared_ptr<Callback> on_event_;
    iscb_client *client_ = nullptr;
};

}  // namespace iscb

#endif
