// The client library for VBA: numbers and UTF-16 texts over iscbridge_client.hpp.
#include "iscbridge_vba.h"

#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>

#include "iscbridge_client.hpp"
#include "iscbridge_dropin/start.hpp"
#include "utf8.hpp"

namespace {

constexpr std::size_t texts_count = ISCB_VBA_RESULT + 1;

/// What the last calls of a client gave.
struct Last {
    std::array<std::string, texts_count> texts;
    bool is_final = false;
};

struct Opened {
    explicit Opened(const iscb::Config &config) : client(config) {}
    iscb::Client client;
    std::mutex mutex;
    Last last;
};

/// Clients by number. Never destroyed: threads may outlive the statics.
struct Registry {
    std::mutex mutex;
    std::map<std::int32_t, std::shared_ptr<Opened>> clients;
    std::int32_t last_number = 0;
    Last nobody;  ///< the words for errors without a client
};

Registry &registry() {
    static Registry *const only = new Registry;
    return *only;
}

struct NotUtf16 {};

/// UTF-8 of what VBA gives. Half a surrogate pair names nothing.
std::string utf8(const iscb_vba_char *text) {
    std::string out;
    for (std::size_t i = 0; text != nullptr && text[i] != 0; ++i) {
        char32_t code = text[i];
        if (iscbridge::is_surrogate(code)) {
            const char32_t low = text[i + 1];
            if (code >= 0xDC00 || low < 0xDC00 || low > 0xDFFF) {
                throw NotUtf16{};
            }
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            ++i;
        }
        iscbridge::append_utf8(out, code);
    }
    return out;
}

std::u16string utf16(const std::string &text) {
    std::u16string out;
    char32_t code = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = iscbridge::read_utf8(text, at, code);
        at += length == 0 ? 1 : length;
        code = length == 0 ? 0xFFFD : code;
        if (code < 0x10000) {
            out += static_cast<char16_t>(code);
        } else {
            out += static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10));
            out += static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FF));
        }
    }
    return out;
}

void note_error(Last &last, const std::string &code, const std::string &title, const std::string &message,
                const std::string &remedy) {
    last.texts[ISCB_VBA_ERROR_CODE] = code;
    last.texts[ISCB_VBA_ERROR_TITLE] = title;
    last.texts[ISCB_VBA_ERROR_MESSAGE] = message;
    last.texts[ISCB_VBA_ERROR_REMEDY] = remedy;
}

void note_error(Last &last, const iscb_error *error) {
    if (error != nullptr) {
        note_error(last, error->code, error->title, error->message, error->remedy);
    }
}

std::int32_t note_status(Last &last, std::int32_t status) {
    note_error(last, "", iscb_status_text(status), "", "");
    return status;
}

/// Runs what may throw: no exception goes to VBA, and its words are kept.
template <class Body>
std::int32_t guarded(Last &last, Body body) noexcept {
    try {
        note_error(last, "", "", "", "");
        try {
            return body();
        } catch (const iscb::Error &error) {
            note_error(last, error.code, error.title, error.message, error.remedy);
            last.texts[ISCB_VBA_REQUEST_ID] = error.request_id;
            return error.status;
        } catch (const NotUtf16 &) {
            return note_status(last, ISCB_ERR_ENCODING);
        }
    } catch (const std::bad_alloc &) {
        return ISCB_ERR_MEMORY;
    } catch (...) {
        return ISCB_ERR_INTERNAL;
    }
}

std::shared_ptr<Opened> find(std::int32_t number) {
    const std::lock_guard lock(registry().mutex);
    const auto found = registry().clients.find(number);
    return found == registry().clients.end() ? nullptr : found->second;
}

/// A call with an open client. What it gives is noted under the client's lock, but no lock is held while it waits.
template <class Body>
std::int32_t with_client(std::int32_t number, Body body) noexcept {
    try {
        const std::shared_ptr<Opened> opened = find(number);
        if (opened == nullptr) {
            const std::lock_guard lock(registry().mutex);
            return note_status(registry().nobody, ISCB_ERR_CLOSED);
        }
        Last next;
        {
            const std::lock_guard lock(opened->mutex);
            next = opened->last;
        }
        const std::int32_t answer = guarded(next, [&] { return body(opened->client, next); });
        const std::lock_guard lock(opened->mutex);
        opened->last = std::move(next);
        return answer;
    } catch (...) {
        return ISCB_ERR_MEMORY;
    }
}

iscb::Client::Timeout timeout_of(std::int32_t timeout_ms) {
    if (timeout_ms == ISCB_TIMEOUT_DEFAULT) {
        return {};
    }
    if (timeout_ms < 0) {
        throw iscb::Error(ISCB_ERR_ARGUMENT, nullptr);
    }
    return std::chrono::milliseconds(timeout_ms);
}

std::int32_t note_job(Last &last, const iscb::Job &job) {
    last.texts[ISCB_VBA_JOB] = job->job;
    last.texts[ISCB_VBA_JOB_STATE] = job->state_text;
    last.texts[ISCB_VBA_JOB_PATH] = job->path;
    last.texts[ISCB_VBA_JOB_RESULT] = job->result_path;
    last.texts[ISCB_VBA_JOB_CLOUD] = job->cloud;
    last.texts[ISCB_VBA_REQUEST_ID] = job->request_id;
    last.is_final = job->is_final != 0;
    note_error(last, job->error);
    return job->state;
}

iscb::SaveOptions options_of(std::int32_t assembly, const iscb_vba_char *request_id) {
    iscb::SaveOptions options;
    options.assembly = assembly != 0;
    options.request_id = utf8(request_id);
    return options;
}

}  // namespace

extern "C" {

std::int32_t ISCB_VBA_CALL iscb_vba_create(const iscb_vba_char *host, const iscb_vba_char *product,
                                           const iscb_vba_char *language, const iscb_vba_char *address) {
    Last last;
    const std::int32_t answer = guarded(last, [&] {
        iscb::Config config;
        config.host = utf8(host);
        config.product = utf8(product);
        config.language = utf8(language);
        config.address = utf8(address);
        if (config.address.empty()) {
            config.start_command = iscbridge_dropin::find_start_command();
        }
        auto opened = std::make_shared<Opened>(config);
        const std::lock_guard lock(registry().mutex);
        registry().clients[++registry().last_number] = std::move(opened);
        return registry().last_number;
    });
    const std::lock_guard lock(registry().mutex);
    registry().nobody = std::move(last);
    return answer;
}

std::int32_t ISCB_VBA_CALL iscb_vba_close(std::int32_t client) {
    std::shared_ptr<Opened> opened;
    {
        const std::lock_guard lock(registry().mutex);
        const auto found = registry().clients.find(client);
        if (found == registry().clients.end()) {
            return ISCB_ERR_CLOSED;
        }
        opened = std::move(found->second);
        registry().clients.erase(found);
    }
    return iscb_close(opened->client.get(), ISCB_TIMEOUT_DEFAULT);  // also ends calls of other threads
}

std::int32_t ISCB_VBA_CALL iscb_vba_connect(std::int32_t client, std::int32_t timeout_ms) {
    return with_client(client, [&](iscb::Client &opened, Last &) {
        opened.connect(timeout_of(timeout_ms));
        return 0;
    });
}

std::int32_t ISCB_VBA_CALL iscb_vba_save(std::int32_t client, const iscb_vba_char *path, std::int32_t assembly,
                                         const iscb_vba_char *request_id, std::int32_t timeout_ms) {
    return with_client(client, [&](iscb::Client &opened, Last &last) {
        return note_job(last, opened.save(utf8(path), options_of(assembly, request_id), timeout_of(timeout_ms)));
    });
}

std::int32_t ISCB_VBA_CALL iscb_vba_save_as(std::int32_t client, const iscb_vba_char *path, std::int32_t assembly,
                                            const iscb_vba_char *request_id, std::int32_t timeout_ms) {
    return with_client(client, [&](iscb::Client &opened, Last &last) {
        return note_job(last, opened.save_as(utf8(path), options_of(assembly, request_id), timeout_of(timeout_ms)));
    });
}

std::int32_t ISCB_VBA_CALL iscb_vba_open(std::int32_t client, std::int32_t timeout_ms) {
    return with_client(client, [&](iscb::Client &opened, Last &last) {
        return note_job(last, opened.open(timeout_of(timeout_ms)));
    });
}

std::int32_t ISCB_VBA_CALL iscb_vba_job(std::int32_t client, const iscb_vba_char *job, std::int32_t timeout_ms) {
    return with_client(client, [&](iscb::Client &opened, Last &last) {
        return note_job(last, opened.get_job(utf8(job), timeout_of(timeout_ms)));
    });
}

std::int32_t ISCB_VBA_CALL iscb_vba_is_final(std::int32_t client) {
    const std::shared_ptr<Opened> opened = find(client);
    if (opened == nullptr) {
        return ISCB_ERR_CLOSED;
    }
    const std::lock_guard lock(opened->mutex);
    return opened->last.is_final ? 1 : 0;
}

std::int32_t ISCB_VBA_CALL iscb_vba_cancel(std::int32_t client, const iscb_vba_char *job, std::int32_t timeout_ms) {
    return with_client(client, [&](iscb::Client &opened, Last &last) {
        return note_job(last, opened.cancel(utf8(job), timeout_of(timeout_ms)));
    });
}

std::int32_t ISCB_VBA_CALL iscb_vba_resolve(std::int32_t client, const iscb_vba_char *job, std::int32_t repeat,
                                            std::int32_t timeout_ms) {
    return with_client(client, [&](iscb::Client &opened, Last &last) {
        return note_job(last, opened.resolve(utf8(job), repeat != 0, timeout_of(timeout_ms)));
    });
}

std::int32_t ISCB_VBA_CALL iscb_vba_license(std::int32_t client, const iscb_vba_char *product,
                                            std::int32_t timeout_ms) {
    return with_client(client, [&](iscb::Client &opened, Last &last) {
        const auto license = opened.check_license(utf8(product), timeout_of(timeout_ms));
        last.texts[ISCB_VBA_NOTICE] = license->notice;
        last.texts[ISCB_VBA_RENEW_URL] = license->renew_url;
        note_error(last, license->error);
        return (license->new_save != 0 ? ISCB_VBA_MAY_SAVE_NEW : 0) |
               (license->opened_save != 0 ? ISCB_VBA_MAY_SAVE_OPENED : 0) | (license->open != 0 ? ISCB_VBA_MAY_OPEN : 0);
    });
}

std::int32_t ISCB_VBA_CALL iscb_vba_request(std::int32_t client, const iscb_vba_char *method,
                                            const iscb_vba_char *params, std::int32_t timeout_ms) {
    return with_client(client, [&](iscb::Client &opened, Last &last) {
        last.texts[ISCB_VBA_RESULT] = opened.request(utf8(method), utf8(params), timeout_of(timeout_ms));
        return 0;
    });
}

std::int32_t ISCB_VBA_CALL iscb_vba_text(std::int32_t client, std::int32_t which, iscb_vba_char *buffer,
                                         std::int32_t room) {
    if (which < 1 || which >= static_cast<std::int32_t>(texts_count)) {
        return ISCB_ERR_ARGUMENT;
    }
    try {
        std::string text;
        if (const std::shared_ptr<Opened> opened = find(client); opened != nullptr) {
            const std::lock_guard lock(opened->mutex);
            text = opened->last.texts[static_cast<std::size_t>(which)];
        } else if (client == 0) {
            const std::lock_guard lock(registry().mutex);
            text = registry().nobody.texts[static_cast<std::size_t>(which)];
        } else {
            return ISCB_ERR_CLOSED;
        }
        const std::u16string out = utf16(text);
        if (buffer != nullptr && room > 0 && out.size() < static_cast<std::size_t>(room)) {
            std::memcpy(buffer, out.c_str(), (out.size() + 1) * sizeof(char16_t));
        }
        return static_cast<std::int32_t>(out.size());
    } catch (...) {
        return ISCB_ERR_MEMORY;
    }
}

}  // extern "C"
