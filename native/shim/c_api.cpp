// The C functions of iscdesk_c.h. Everything here checks arguments and keeps exceptions on this side of the border.
#include "iscdesk_c.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>

#include "os.hpp"
#include "session.hpp"
#include "text.hpp"

namespace {

using iscbridge::Request;
using iscbridge::Session;

constexpr std::uint32_t default_event_capacity = 262144;

/// The one session of this process. Handles are numbers dressed as pointers and never used twice: a call with a closed
/// handle gets ISC_ERR_CLOSED instead of freed memory.
class Registry {
public:
    /// Never destroyed: an abandoned SDK thread may outlive the end of main.
    static Registry &instance() {
        static auto *const registry = new Registry;
        return *registry;
    }

    bool reserve() {
        const std::lock_guard lock(mutex_);
        return std::exchange(occupied_, true) == false;
    }

    void release() {
        const std::lock_guard lock(mutex_);
        occupied_ = false;
    }

    isc_handle *publish(std::shared_ptr<Session> session) {
        const std::lock_guard lock(mutex_);
        session_ = std::move(session);
        return reinterpret_cast<isc_handle *>(++last_handle_ * handle_step);
    }

    std::shared_ptr<Session> find(const isc_handle *handle) {
        const std::lock_guard lock(mutex_);
        return is_current(handle) ? session_ : nullptr;
    }

    std::shared_ptr<Session> take(const isc_handle *handle) {
        const std::lock_guard lock(mutex_);
        return is_current(handle) ? std::exchange(session_, nullptr) : nullptr;
    }

private:
    static constexpr std::uintptr_t handle_step = 16;  // looks aligned to whoever checks

    bool is_current(const isc_handle *handle) const {
        return reinterpret_cast<std::uintptr_t>(handle) == last_handle_ * handle_step;
    }

    std::mutex mutex_;
    std::shared_ptr<Session> session_;
    std::uintptr_t last_handle_ = 0;
    bool occupied_ = false;  // a handle is open or closing, or its SDK thread was abandoned
};

template <class Function>
std::int32_t guarded(Function function) noexcept {
    try {
        return function();
    } catch (const std::bad_alloc &) {
        return ISC_ERR_MEMORY;
    } catch (...) {
        return ISC_ERR_INTERNAL;
    }
}

template <class Function>
std::int32_t with_session(const isc_handle *handle, Function function) noexcept {
    return guarded([&]() -> std::int32_t {
        if (handle == nullptr) {
            return ISC_ERR_ARGUMENT;
        }
        const auto session = Registry::instance().find(handle);
        return session ? function(*session) : ISC_ERR_CLOSED;
    });
}

std::string or_empty(const char *text) { return text == nullptr ? std::string() : std::string(text); }

std::int32_t submit(isc_handle *handle, std::uint64_t *call, isc_function function, const char *text = nullptr,
                    const char *more_text = nullptr, std::int32_t number = 0) noexcept {
    if (call != nullptr) {
        *call = 0;
    }
    return with_session(handle, [&](Session &session) -> std::int32_t {
        Request request{function, or_empty(text), or_empty(more_text), number};
        if (!iscbridge::is_utf8(request.text) || !iscbridge::is_utf8(request.more_text)) {
            return ISC_ERR_ENCODING;
        }
        std::uint64_t id = 0;
        const isc_status status = session.submit(std::move(request), id);
        if (call != nullptr) {
            *call = id;
        }
        return status;
    });
}

std::int32_t submit_path(isc_handle *handle, std::uint64_t *call, isc_function function, const char *path,
                         std::int32_t assembly) noexcept {
    if (path == nullptr || *path == '\0') {
        return ISC_ERR_ARGUMENT;
    }
    return submit(handle, call, function, path, nullptr, assembly != 0 ? 1 : 0);
}

std::int32_t check(const isc_config &config) {
    if (config.size != sizeof(isc_config) || config.abi_version != ISC_ABI_VERSION) {
        return ISC_ERR_ABI;
    }
    if (config.flags != 0) {
        return ISC_ERR_ARGUMENT;
    }
    if (config.sdk_library != nullptr) {
        const std::string library = config.sdk_library;
        if (!iscbridge::is_utf8(library)) {
            return ISC_ERR_ENCODING;
        }
        if (!iscbridge::os::is_absolute(library)) {
            return ISC_ERR_ARGUMENT;  // a relative name would be searched for in places that others may write to
        }
    }
    return ISC_OK;
}

std::int32_t open(isc_handle **out, const isc_config &config) {
    const std::uint32_t capacity = config.event_capacity == 0 ? default_event_capacity : config.event_capacity;
    auto session = std::make_shared<Session>(capacity);
    const isc_status status = session->start(or_empty(config.sdk_library));
    if (status == ISC_OK) {
        *out = Registry::instance().publish(std::move(session));
    }
    return status;
}

}  // namespace

std::uint32_t ISC_CALL isc_abi_version(void) { return ISC_ABI_VERSION; }

std::uint32_t ISC_CALL isc_struct_size(std::uint32_t which) {
    switch (which) {
        case 1:
            return sizeof(isc_config);
        case 2:
            return sizeof(isc_info);
        case 3:
            return sizeof(isc_event);
        default:
            return 0;
    }
}

const char *ISC_CALL isc_status_text(std::int32_t status) {
    switch (status) {
        case ISC_OK:
            return "ok";
        case ISC_ERR_ARGUMENT:
            return "an argument is missing or out of range";
        case ISC_ERR_ABI:
            return "caller and shim were built from different versions of iscdesk_c.h";
        case ISC_ERR_LOAD:
            return "the SDK library could not be loaded or lacks what the shim needs";
        case ISC_ERR_CLOSED:
            return "the handle is closed";
        case ISC_ERR_TIMEOUT:
            return "the SDK did not come back in time; its thread was abandoned";
        case ISC_ERR_ENCODING:
            return "the text is not valid UTF-8 or this SDK cannot express it";
        case ISC_ERR_UNSUPPORTED:
            return "not possible with this SDK or at this moment";
        case ISC_ERR_MEMORY:
            return "out of memory";
        case ISC_ERR_QUEUE_FULL:
            return "too many calls are waiting";
        case ISC_ERR_INTERNAL:
            return "internal error or an exception of the SDK";
        default:
            return "unknown status";
    }
}

std::int32_t ISC_CALL isc_open(isc_handle **out, const isc_config *config) {
    if (out == nullptr || config == nullptr) {
        return ISC_ERR_ARGUMENT;
    }
    *out = nullptr;
    return guarded([&]() -> std::int32_t {
        if (const std::int32_t status = check(*config); status != ISC_OK) {
            return status;
        }
        Registry &registry = Registry::instance();
        if (!registry.reserve()) {
            return ISC_ERR_UNSUPPORTED;
        }
        iscbridge::os::pin_this_library();
        const std::int32_t status = guarded([&] { return open(out, *config); });
        if (status != ISC_OK) {
            registry.release();
        }
        return status;
    });
}

std::int32_t ISC_CALL isc_get_info(isc_handle *handle, isc_info *info) {
    if (info == nullptr) {
        return ISC_ERR_ARGUMENT;
    }
    if (info->size != sizeof(isc_info)) {
        return ISC_ERR_ABI;
    }
    return with_session(handle, [&](Session &session) {
        session.describe(*info);
        return ISC_OK;
    });
}

std::int32_t ISC_CALL isc_init(isc_handle *handle, std::uint64_t *call) { return submit(handle, call, ISC_FN_INIT); }

std::int32_t ISC_CALL isc_license_file_request(isc_handle *handle, const char *file_name, const char *dev_info,
                                               std::uint64_t *call) {
    return submit(handle, call, ISC_FN_LICENSE_FILE, file_name, dev_info);
}

std::int32_t ISC_CALL isc_license_string_request(isc_handle *handle, const char *dev_info, std::uint64_t *call) {
    return submit(handle, call, ISC_FN_LICENSE_STRING, dev_info);
}

std::int32_t ISC_CALL isc_license_verify_notify(isc_handle *handle, std::int32_t verified, const char *error_message,
                                                std::uint64_t *call) {
    return submit(handle, call, ISC_FN_LICENSE_VERIFY_NOTIFY, error_message, nullptr, verified != 0 ? 1 : 0);
}

std::int32_t ISC_CALL isc_trial_expired(isc_handle *handle, std::int32_t license_type, const char *dev_info,
                                        const char *file_name, std::uint64_t *call) {
    if (license_type != ISC_LICENSE_FILE && license_type != ISC_LICENSE_STRING) {
        return ISC_ERR_ARGUMENT;
    }
    return submit(handle, call, ISC_FN_TRIAL_EXPIRED, dev_info, file_name, license_type);
}

std::int32_t ISC_CALL isc_check_new_versions(isc_handle *handle, std::uint64_t *call) {
    return submit(handle, call, ISC_FN_CHECK_NEW_VERSIONS);
}

std::int32_t ISC_CALL isc_upgrade_notify(isc_handle *handle, std::int32_t upgrade, std::uint64_t *call) {
    return submit(handle, call, ISC_FN_UPGRADE_NOTIFY, nullptr, nullptr, upgrade != 0 ? 1 : 0);
}

std::int32_t ISC_CALL isc_open_cloud_file(isc_handle *handle, std::uint64_t *call) {
    return submit(handle, call, ISC_FN_OPEN_CLOUD_FILE);
}

std::int32_t ISC_CALL isc_save(isc_handle *handle, const char *path, std::int32_t assembly, std::uint64_t *call) {
    return submit_path(handle, call, ISC_FN_SAVE, path, assembly);
}

std::int32_t ISC_CALL isc_select_save_as_path(isc_handle *handle, const char *path, std::int32_t assembly,
                                              std::uint64_t *call) {
    return submit_path(handle, call, ISC_FN_SELECT_SAVE_AS_PATH, path, assembly);
}

std::int32_t ISC_CALL isc_get_solution(isc_handle *handle, const char *path, std::uint64_t *call) {
    return submit_path(handle, call, ISC_FN_GET_SOLUTION, path, 0);
}

std::int32_t ISC_CALL isc_wait_events(isc_handle *handle, std::int32_t timeout_ms, isc_event *events,
                                      std::uint32_t capacity) {
    if (events == nullptr || capacity == 0) {
        return ISC_ERR_ARGUMENT;
    }
    if (events[0].size != sizeof(isc_event)) {
        return ISC_ERR_ABI;
    }
    return with_session(handle, [&](Session &session) { return session.wait(timeout_ms, events, capacity); });
}

std::int32_t ISC_CALL isc_shut_out(isc_handle *handle, std::uint64_t *call) {
    return submit(handle, call, ISC_FN_SHUT_OUT);
}

std::int32_t ISC_CALL isc_close(isc_handle *handle, std::int32_t grace_ms) {
    return guarded([&]() -> std::int32_t {
        if (handle == nullptr) {
            return ISC_ERR_ARGUMENT;
        }
        Registry &registry = Registry::instance();
        const auto session = registry.take(handle);
        if (!session) {
            return ISC_ERR_CLOSED;
        }
        const isc_status status = session->close(grace_ms);
        if (status == ISC_OK) {
            registry.release();  // after an abandoned thread no new session may call the same SDK
        }
        return status;
    });
}
