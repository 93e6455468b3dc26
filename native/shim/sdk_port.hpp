// The SDK as the shim sees it: one C++ interface whatever the vendor's headers look like.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "event_queue.hpp"
#include "iscdesk_c.h"

namespace iscbridge {

/// One call to the SDK. Texts are valid UTF-8.
struct Request {
    isc_function function = ISC_FN_INIT;
    std::string text;       // path, file name, device information or error message
    std::string more_text;  // where a function takes two
    std::int32_t number = 0;  // assembly, verified, upgrade: 0 or 1; licence type
};

/// Implemented by AdaptedSdk (sdk_port.cpp). `load` to `call` run on the SDK thread only, the rest on any thread.
class SdkPort {
public:
    virtual ~SdkPort() = default;

    /// `library`: absolute path, or empty for the one that the vendor file names.
    virtual bool load(const std::string &library) = 0;
    virtual Outcome init() = 0;
    /// Registers the one receiver. It lives until the process ends, since nothing documents when the SDK drops it.
    virtual Outcome register_events(std::shared_ptr<EventQueue> queue) = 0;
    virtual Outcome shut_out() = 0;
    virtual Outcome call(const Request &request) = 0;

    /// ISC_OK, ISC_ERR_ENCODING (a text that this SDK cannot take) or ISC_ERR_UNSUPPORTED (no such function).
    virtual isc_status check(const Request &request) const = 0;

    virtual const char *cloud() const noexcept = 0;
    virtual const char *dialect() const noexcept = 0;
    virtual bool call_failure_is_final() const noexcept = 0;
    virtual std::uint32_t functions() const noexcept = 0;
};

std::unique_ptr<SdkPort> make_sdk_port();

}  // namespace iscbridge
