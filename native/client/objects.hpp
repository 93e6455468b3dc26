// From what the bridge says to the structs of the C ABI.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "iscbridge_client.h"
#include "json.hpp"
#include "own_errors.hpp"

namespace iscbridge::client {

/// What became of a request.
struct Outcome {
    std::int32_t status = ISCB_OK;
    std::string json;        ///< ISCB_OK: the result; ISCB_ERR_REFUSED: the bridge's error object
    std::string request_id;  ///< of a request that may be repeated
};

/// An event before somebody takes it.
struct Event {
    std::int32_t kind = ISCB_EVENT_OTHER;
    std::string topic;
    std::string json;
    std::uint64_t user_data = 0;
    std::uint64_t dropped = 0;
    std::int32_t status = ISCB_OK;

    std::size_t bytes() const noexcept { return sizeof(Event) + topic.size() + json.size(); }
};

struct JobState {
    std::int32_t number = ISCB_JOB_OTHER;
    bool is_final = false;
};
JobState job_state(std::string_view name) noexcept;

// Each gives a block to be freed with iscb_free. `json` must be valid. They throw std::bad_alloc. The language is that of
// the library's own words; the bridge's are in the one of the hello.
iscb_error *make_error(const Outcome &outcome, Language language);
iscb_job *make_job(std::string_view json);
iscb_file *make_file(std::string_view json);
iscb_license *make_license(std::string_view json);
iscb_event *make_event(const Event &event, Language language);

}  // namespace iscbridge::client
