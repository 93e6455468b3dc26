// The C ABI: checks what is given, keeps exceptions inside, knows which clients are open.
#include <cstdlib>
#include <filesystem>
#include <random>

#include "address.hpp"
#include "block.hpp"
#include "client.hpp"
#include "iscbridge_client.h"
#include "registry.hpp"
#include "utf8.hpp"

namespace iscbridge::client {
namespace {

/// What a function refuses before anything is asked.
struct Refusal {
    std::int32_t status;
};

std::string required(const char *text) {
    if (text == nullptr || *text == '\0') {
        throw Refusal{ISCB_ERR_ARGUMENT};
    }
    std::string out(text);
    if (!is_utf8(out)) {
        throw Refusal{ISCB_ERR_ENCODING};
    }
    return out;
}

std::string optional(const char *text) { return text == nullptr || *text == '\0' ? std::string() : required(text); }

std::string drawn_id() {
    std::random_device source;
    std::string out;
    for (int word = 0; word < 4; ++word) {
        const std::uint32_t bits = source();
        for (int shift = 28; shift >= 0; shift -= 4) {
            out += "0123456789abcdef"[(bits >> shift) & 0xF];
        }
    }
    return out;
}

std::shared_ptr<Client> open_client(iscb_client *handle) {
    if (handle == nullptr) {
        throw Refusal{ISCB_ERR_ARGUMENT};
    }
    auto client = Registry::get().find(handle);
    if (client == nullptr) {
        throw Refusal{ISCB_ERR_CLOSED};
    }
    return client;
}

Clock::time_point deadline_after(const Client &client, std::int32_t timeout_ms) {
    if (timeout_ms < 0 && timeout_ms != ISCB_TIMEOUT_DEFAULT) {
        throw Refusal{ISCB_ERR_ARGUMENT};
    }
    const bool given = timeout_ms != ISCB_TIMEOUT_DEFAULT;
    return Clock::now() + (given ? std::chrono::milliseconds(timeout_ms) : client.settings().timeout);
}

/// Runs what may throw, and gives a status in every case.
template <class Body>
std::int32_t guarded(Body body) noexcept {
    try {
        return body();
    } catch (const Refusal &refusal) {
        return refusal.status;
    } catch (const std::bad_alloc &) {
        return ISCB_ERR_MEMORY;
    } catch (...) {
        return ISCB_ERR_INTERNAL;
    }
}

/// Of the library's own words to the host of this client.
Language language_of(iscb_client *handle) {
    const auto client = Registry::get().find(handle);
    return client == nullptr ? Language::en : client->settings().language;
}

/// As `guarded` for a body that gives an Outcome, whose error goes to *error.
template <class Body>
std::int32_t answered(iscb_client *handle, iscb_error **error, Body body) noexcept {
    if (error != nullptr) {
        *error = nullptr;
    }
    Outcome outcome;
    outcome.status = guarded([&] {
        outcome = body();
        return outcome.status;
    });
    if (outcome.status != ISCB_OK && error != nullptr) {
        guarded([&] {
            *error = make_error(outcome, language_of(handle));
            return 0;
        });
    }
    return outcome.status;
}

template <class Given>
void clear(Given **out) noexcept {
    if (out != nullptr) {
        *out = nullptr;
    }
}

/// A struct in the caller's size: members that the caller does not know are 0.
template <class Struct>
Struct taken(const Struct *given, std::size_t least) {
    Struct out{};
    if (given->size < least) {
        throw Refusal{ISCB_ERR_ABI};
    }
    const auto *const bytes = reinterpret_cast<const unsigned char *>(given);
    for (std::size_t i = sizeof(Struct); i < given->size; ++i) {
        if (bytes[i] != 0) {
            throw Refusal{ISCB_ERR_ABI};  // a caller of a later version wants what this library does not know
        }
    }
    std::memcpy(&out, given, given->size < sizeof(Struct) ? given->size : sizeof(Struct));
    return out;
}

std::string greeting_of(const iscb_config &config) {
    json::Object hello;
    hello.integer("protocol", 1).text("host", required(config.host));
    const std::string instance = optional(config.instance);
    hello.text("instance", instance.empty() ? drawn_id() : instance);
    const auto add = [&hello](const char *name, const char *text) {
        if (const std::string value = optional(text); !value.empty()) {
            hello.text(name, value);
        }
    };
    add("hostVersion", config.host_version);
    add("product", config.product);
    add("language", config.language);
    if (config.all != 0) {
        hello.yes("all");
    }
    return hello.finished();
}

Settings settings_of(const iscb_config &config) {
    Settings settings;
    if (config.flags != 0 || config.timeout_ms < 0) {
        throw Refusal{ISCB_ERR_ARGUMENT};
    }
    settings.greeting = greeting_of(config);
    settings.address = optional(config.address);
    settings.home = optional(config.home);
    for (const char *const *word = config.start_command; word != nullptr && *word != nullptr; ++word) {
        settings.start_command.emplace_back(*word);
        if (!is_utf8(settings.start_command.back())) {
            throw Refusal{ISCB_ERR_ENCODING};
        }
    }
    if (!settings.start_command.empty() &&
        !std::filesystem::u8path(settings.start_command.front()).is_absolute()) {
        throw Refusal{ISCB_ERR_ARGUMENT};  // whatever lies in the current folder must not be started
    }
    settings.product = optional(config.product);
    settings.language = optional(config.language) == "zh" ? Language::zh : Language::en;
    settings.on_event = config.on_event;
    settings.user_data = config.user_data;
    if (config.timeout_ms > 0) {
        settings.timeout = std::chrono::milliseconds(config.timeout_ms);
    }
    if (config.event_capacity > 0) {
        settings.event_capacity = config.event_capacity;
    }
    return settings;
}

/// Asks for something whose result is a struct made by `make`.
template <class Given, class Make>
std::int32_t ask_for(iscb_client *handle, std::int32_t timeout_ms, Given **out, iscb_error **error, Make make,
                     const std::function<Request(const Client &)> &request) noexcept {
    clear(out);
    return answered(handle, error, [&] {
        const auto client = open_client(handle);
        const auto deadline = deadline_after(*client, timeout_ms);
        Outcome outcome = client->ask(request(*client), deadline);
        if (outcome.status == ISCB_OK && out != nullptr) {
            *out = make(outcome.json);
        }
        return outcome;
    });
}

void add_request_id(json::Object &params, Request &request, const char *given) {
    request.request_id = optional(given);
    if (request.request_id.empty()) {
        request.request_id = drawn_id();
    }
    params.text("requestId", request.request_id);
    request.repeatable = true;
}

void add_product(json::Object &params, const char *product) {
    if (const std::string text = optional(product); !text.empty()) {
        params.text("product", text);
    }
}

Request save_request(const char *method, const char *path, const iscb_save_options *given) {
    iscb_save_options options{};
    if (given != nullptr) {
        options = taken(given, offsetof(iscb_save_options, files));
    }
    Request request{method, {}};
    json::Object params;
    params.text("path", required(path));
    if (options.assembly != 0) {
        params.yes("assembly");
    }
    if (options.force != 0) {
        params.yes("force");
    }
    if (options.file_count > 0) {
        if (options.files == nullptr) {
            throw Refusal{ISCB_ERR_ARGUMENT};
        }
        std::string files;
        for (std::uint32_t i = 0; i < options.file_count; ++i) {
            files += (i == 0 ? "" : ",") + json::quoted(required(options.files[i]));
        }
        params.raw("files", "[" + files + "]");
    }
    if (const std::string manifest = optional(options.manifest); !manifest.empty()) {
        params.text("manifest", manifest);
    }
    add_request_id(params, request, options.request_id);
    add_product(params, options.product);
    request.params = params.finished();
    return request;
}

std::int32_t job_call(const char *method, iscb_client *handle, const char *job_id, const char *answer,
                      std::int32_t timeout_ms, iscb_job **job, iscb_error **error) noexcept {
    return ask_for(handle, timeout_ms, job, error, make_job, [&](const Client &) {
        json::Object params;
        params.text("job", required(job_id));
        if (answer != nullptr) {
            params.text("answer", answer);
        }
        return Request{method, params.finished(), std::string_view(method) == "job.get"};
    });
}

/// A request of this product, or of the config's.
Request about_product(const char *method, const Client &opened, const char *product, const char *code = nullptr) {
    json::Object params;
    params.text("product", required(product == nullptr ? opened.settings().product.c_str() : product));
    if (code != nullptr) {
        params.text("code", required(code));
    }
    return Request{method, params.finished()};
}

/// The `url` of a result; empty if there is none.
char *url_block(std::string_view json) { return text_block(json::View(json)["url"].text()); }

bool only_reads(const std::string &method) {
    for (const char *const each : {"job.get", "job.list", "job.history", "file.status", "bridge.status", "license.status",
                                   "license.check", "assembly.check", "workfile.list", "network.test"}) {
        if (method == each) {
            return true;
        }
    }
    return false;
}

Request any_request(const char *method, const char *params) {
    Request request;
    request.method = required(method);
    request.params = optional(params);
    if (request.params.empty()) {
        request.params = "{}";
    }
    if (request.method == "bridge.hello" || !json::is_valid(request.params) || !json::View(request.params).is_object()) {
        throw Refusal{ISCB_ERR_ARGUMENT};
    }
    for (char &c : request.params) {
        c = c == '\n' || c == '\r' ? ' ' : c;  // in valid JSON they stand between tokens only; on the wire they end a frame
    }
    request.request_id = json::View(request.params)["requestId"].text();
    request.repeatable = !request.request_id.empty() || only_reads(request.method);
    return request;
}

}  // namespace
}  // namespace iscbridge::client

using namespace iscbridge::client;

extern "C" {

uint32_t ISCB_CALL iscb_abi_version(void) { return ISCB_ABI_VERSION; }

uint32_t ISCB_CALL iscb_struct_size(uint32_t which) {
    switch (which) {
        case 1:
            return sizeof(iscb_config);
        case 2:
            return sizeof(iscb_save_options);
        case 3:
            return sizeof(iscb_error);
        case 4:
            return sizeof(iscb_job);
        case 5:
            return sizeof(iscb_file);
        case 6:
            return sizeof(iscb_license);
        case 7:
            return sizeof(iscb_event);
        default:
            return 0;
    }
}

const char *ISCB_CALL iscb_status_text(int32_t status) {
    switch (status) {
        case ISCB_OK:
            return "done";
        case ISCB_ERR_ARGUMENT:
            return "a required argument is missing or out of range";
        case ISCB_ERR_ABI:
            return "compiled with another version of the header";
        case ISCB_ERR_MEMORY:
            return "out of memory";
        case ISCB_ERR_CLOSED:
            return "the client is closed";
        case ISCB_ERR_TIMEOUT:
            return "no answer in the given time";
        case ISCB_ERR_NOT_RUNNING:
            return "no bridge runs";
        case ISCB_ERR_FOREIGN_OWNER:
            return "the address belongs to another user";
        case ISCB_ERR_LOST:
            return "the connection ended before the answer";
        case ISCB_ERR_REFUSED:
            return "the bridge answered with an error";
        case ISCB_ERR_PROTOCOL:
            return "not a protocol that is understood";
        case ISCB_ERR_ENCODING:
            return "a text is not valid UTF-8";
        case ISCB_ERR_TOO_LARGE:
            return "the request is too large";
        case ISCB_ERR_FULL:
            return "too many requests wait for an answer";
        case ISCB_ERR_START:
            return "the bridge could not be started";
        case ISCB_ERR_UNSUPPORTED:
            return "not with this client";
        case ISCB_ERR_INTERNAL:
            return "a fault in the client library";
        default:
            return "an unknown status";
    }
}

void ISCB_CALL iscb_free(void *given) { std::free(given); }

int32_t ISCB_CALL iscb_find_address(const char *home, char **address) {
    clear(address);
    return guarded([&]() -> std::int32_t {
        if (address == nullptr) {
            return ISCB_ERR_ARGUMENT;
        }
        *address = text_block(find_address(optional(home)));
        return ISCB_OK;
    });
}

int32_t ISCB_CALL iscb_create(const iscb_config *config, iscb_client **client) {
    clear(client);
    return guarded([&]() -> std::int32_t {
        if (config == nullptr || client == nullptr) {
            return ISCB_ERR_ARGUMENT;
        }
        if (config->size < offsetof(iscb_config, flags) || config->abi_version != ISCB_ABI_VERSION) {
            return ISCB_ERR_ABI;
        }
        *client = Registry::get().add(Client::make(settings_of(taken(config, offsetof(iscb_config, flags)))));
        return ISCB_OK;
    });
}

int32_t ISCB_CALL iscb_close(iscb_client *client, int32_t timeout_ms) {
    return guarded([&]() -> std::int32_t {
        const auto deadline = deadline_after(*open_client(client), timeout_ms);
        const auto removed = Registry::get().remove(client);
        return removed == nullptr ? ISCB_ERR_CLOSED : removed->close(deadline);
    });
}

int32_t ISCB_CALL iscb_connect(iscb_client *client, int32_t timeout_ms, char **hello, iscb_error **error) {
    return ask_for(client, timeout_ms, hello, error, text_block, [](const Client &) { return Request{}; });
}

int32_t ISCB_CALL iscb_is_connected(iscb_client *client) {
    return guarded([&]() -> std::int32_t { return open_client(client)->is_connected() ? 1 : 0; });
}

int32_t ISCB_CALL iscb_save(iscb_client *client, const char *path, const iscb_save_options *options,
                            int32_t timeout_ms, iscb_job **job, iscb_error **error) {
    return ask_for(client, timeout_ms, job, error, make_job,
                   [&](const Client &) { return save_request("cloud.save", path, options); });
}

int32_t ISCB_CALL iscb_save_as(iscb_client *client, const char *path, const iscb_save_options *options,
                               int32_t timeout_ms, iscb_job **job, iscb_error **error) {
    return ask_for(client, timeout_ms, job, error, make_job,
                   [&](const Client &) { return save_request("cloud.saveAs", path, options); });
}

int32_t ISCB_CALL iscb_open(iscb_client *client, const char *request_id, const char *product, int32_t timeout_ms,
                            iscb_job **job, iscb_error **error) {
    return ask_for(client, timeout_ms, job, error, make_job, [&](const Client &) {
        Request request{"cloud.open", {}};
        json::Object params;
        add_request_id(params, request, request_id);
        add_product(params, product);
        request.params = params.finished();
        return request;
    });
}

int32_t ISCB_CALL iscb_solve(iscb_client *client, const char *path, const char *request_id, const char *product,
                             int32_t timeout_ms, iscb_job **job, iscb_error **error) {
    return ask_for(client, timeout_ms, job, error, make_job, [&](const Client &) {
        Request request{"cloud.solve", {}};
        json::Object params;
        params.text("path", required(path));
        add_request_id(params, request, request_id);
        add_product(params, product);
        request.params = params.finished();
        return request;
    });
}

int32_t ISCB_CALL iscb_job_get(iscb_client *client, const char *job_id, int32_t timeout_ms, iscb_job **job,
                               iscb_error **error) {
    return job_call("job.get", client, job_id, nullptr, timeout_ms, job, error);
}

int32_t ISCB_CALL iscb_job_wait(iscb_client *client, const char *job_id, int32_t timeout_ms, iscb_job **job,
                                iscb_error **error) {
    clear(job);
    return answered(client, error, [&] {
        const auto opened = open_client(client);
        std::string last;
        Outcome outcome = opened->wait_for_job(required(job_id), deadline_after(*opened, timeout_ms), &last);
        const std::string &seen = outcome.status == ISCB_OK ? outcome.json : last;
        if (job != nullptr && !seen.empty() && (outcome.status == ISCB_OK || outcome.status == ISCB_ERR_TIMEOUT)) {
            *job = make_job(seen);
        }
        return outcome;
    });
}

int32_t ISCB_CALL iscb_job_cancel(iscb_client *client, const char *job_id, int32_t timeout_ms, iscb_job **job,
                                  iscb_error **error) {
    return job_call("job.cancel", client, job_id, nullptr, timeout_ms, job, error);
}

int32_t ISCB_CALL iscb_job_retry(iscb_client *client, const char *job_id, int32_t timeout_ms, iscb_job **job,
                                 iscb_error **error) {
    return job_call("job.retry", client, job_id, nullptr, timeout_ms, job, error);
}

int32_t ISCB_CALL iscb_job_resolve(iscb_client *client, const char *job_id, int32_t repeat, int32_t timeout_ms,
                                   iscb_job **job, iscb_error **error) {
    return job_call("job.resolve", client, job_id, repeat != 0 ? "repeat" : "dismiss", timeout_ms, job, error);
}

int32_t ISCB_CALL iscb_file_status(iscb_client *client, const char *path, int32_t timeout_ms, iscb_file **file,
                                   iscb_error **error) {
    return ask_for(client, timeout_ms, file, error, make_file, [&](const Client &) {
        return Request{"file.status", json::Object().text("path", required(path)).finished(), true};
    });
}

int32_t ISCB_CALL iscb_license_check(iscb_client *client, const char *product, int32_t timeout_ms,
                                     iscb_license **license, iscb_error **error) {
    return ask_for(client, timeout_ms, license, error, make_license, [&](const Client &opened) {
        const std::string &own = opened.settings().product;
        const std::string which = required(product == nullptr ? own.c_str() : product);
        return Request{"license.check", json::Object().text("product", which).finished(), true};
    });
}

int32_t ISCB_CALL iscb_license_activate(iscb_client *client, const char *product, const char *code,
                                        int32_t timeout_ms, iscb_license **license, iscb_error **error) {
    return ask_for(client, timeout_ms, license, error, make_license, [&](const Client &opened) {
        return about_product("license.activate", opened, product, code);
    });
}

int32_t ISCB_CALL iscb_license_release(iscb_client *client, const char *product, int32_t timeout_ms,
                                       iscb_license **license, iscb_error **error) {
    return ask_for(client, timeout_ms, license, error, make_license,
                   [&](const Client &opened) { return about_product("license.release", opened, product); });
}

int32_t ISCB_CALL iscb_license_transfer(iscb_client *client, const char *product, const char *code,
                                        int32_t timeout_ms, iscb_license **license, iscb_error **error) {
    return ask_for(client, timeout_ms, license, error, make_license, [&](const Client &opened) {
        return about_product("license.transfer", opened, product, code);
    });
}

int32_t ISCB_CALL iscb_license_sign_in(iscb_client *client, const char *product, int32_t timeout_ms, char **url,
                                       iscb_error **error) {
    return ask_for(client, timeout_ms, url, error, url_block,
                   [&](const Client &opened) { return about_product("license.signin", opened, product); });
}

int32_t ISCB_CALL iscb_license_sign_out(iscb_client *client, const char *product, int32_t timeout_ms, char **url,
                                        iscb_error **error) {
    return ask_for(client, timeout_ms, url, error, url_block,
                   [&](const Client &opened) { return about_product("license.signout", opened, product); });
}

int32_t ISCB_CALL iscb_bridge_status(iscb_client *client, int32_t timeout_ms, char **status, iscb_error **error) {
    return ask_for(client, timeout_ms, status, error, text_block,
                   [](const Client &) { return Request{"bridge.status", "{}", true}; });
}

int32_t ISCB_CALL iscb_request(iscb_client *client, const char *method, const char *params, int32_t timeout_ms,
                               char **result, iscb_error **error) {
    return ask_for(client, timeout_ms, result, error, text_block,
                   [&](const Client &) { return any_request(method, params); });
}

int32_t ISCB_CALL iscb_post(iscb_client *client, const char *method, const char *params, int32_t timeout_ms,
                            uint64_t user_data) {
    return guarded([&]() -> std::int32_t {
        const auto opened = open_client(client);
        const auto deadline = deadline_after(*opened, timeout_ms);
        return opened->post(any_request(method, params), deadline, user_data);
    });
}

int32_t ISCB_CALL iscb_wait_event(iscb_client *client, int32_t timeout_ms, iscb_event **event) {
    clear(event);
    return guarded([&]() -> std::int32_t {
        const auto opened = open_client(client);
        if (event == nullptr) {
            return ISCB_ERR_ARGUMENT;
        }
        if (opened->settings().on_event != nullptr) {
            return ISCB_ERR_UNSUPPORTED;
        }
        const auto taken_event = opened->events().take(deadline_after(*opened, timeout_ms));
        if (!taken_event) {
            return opened->events().is_closed() ? ISCB_ERR_CLOSED : 0;
        }
        *event = make_event(*taken_event, opened->settings().language);
        return 1;
    });
}

}  // extern "C"
