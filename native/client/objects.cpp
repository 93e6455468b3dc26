#include "objects.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "block.hpp"

namespace iscbridge::client {
namespace {

using json::View;

struct NamedState {
    std::string_view name;
    JobState state;
};

constexpr std::array<NamedState, 10> states{{{"accepted", {ISCB_JOB_ACCEPTED, false}},
                                             {"captured", {ISCB_JOB_CAPTURED, false}},
                                             {"waiting", {ISCB_JOB_WAITING, false}},
                                             {"submitted", {ISCB_JOB_SUBMITTED, false}},
                                             {"done", {ISCB_JOB_DONE, true}},
                                             {"failed", {ISCB_JOB_FAILED, true}},
                                             {"refused", {ISCB_JOB_REFUSED, true}},
                                             {"cancelled", {ISCB_JOB_CANCELLED, true}},
                                             {"replaced", {ISCB_JOB_REPLACED, true}},
                                             {"unknown", {ISCB_JOB_UNKNOWN, true}}}};

std::int32_t retry_of(const std::string &word) noexcept {
    return word == "same" ? ISCB_RETRY_SAME : word == "afterFix" ? ISCB_RETRY_AFTER_FIX : ISCB_RETRY_NO;
}

std::size_t put_error(Block &block, std::int32_t status, View error, std::string_view request_id,
                      Language language = Language::en) {
    const std::size_t at = block.add<iscb_error>();
    const bool told = error["code"].is_string();
    const OwnError &own = own_error(status);
    const Words &words = own.in(language);
    block.set(at + offsetof(iscb_error, status), status);
    block.set(at + offsetof(iscb_error, retry), told ? retry_of(error["retry"].text()) : own.retry);
    block.text(at + offsetof(iscb_error, code), told ? error["code"].text() : own.code);
    block.text(at + offsetof(iscb_error, title), told ? error["title"].text() : words.title);
    block.text(at + offsetof(iscb_error, message), told ? error["message"].text() : words.message);
    block.text(at + offsetof(iscb_error, remedy), told ? error["remedy"].text() : words.remedy);
    block.text(at + offsetof(iscb_error, request_id), request_id);
    block.text(at + offsetof(iscb_error, json), told ? error.raw() : std::string_view());
    return at;
}

/// The error in an object, if it has one.
void put_inner_error(Block &block, std::size_t slot, View error) {
    if (error.is_object()) {
        block.point(slot, put_error(block, ISCB_ERR_REFUSED, error, ""));
    }
}

std::size_t put_job(Block &block, View job) {
    const std::size_t at = block.add<iscb_job>();
    const auto text = [&](std::size_t offset, const char *name) { block.text(at + offset, job[name].text()); };
    const auto number = [&](std::size_t offset, const char *name) {
        block.set(at + offset, job[name].integer().value_or(0));
    };
    const JobState state = job_state(job["state"].text());
    block.set(at + offsetof(iscb_job, state), state.number);
    block.set(at + offsetof(iscb_job, is_final), std::int32_t{state.is_final});
    block.set(at + offsetof(iscb_job, assembly), std::int32_t{job["assembly"].is_true()});
    number(offsetof(iscb_job, files), "files");
    number(offsetof(iscb_job, bytes), "size");
    number(offsetof(iscb_job, attempts), "attempts");
    text(offsetof(iscb_job, job), "job");
    text(offsetof(iscb_job, kind), "kind");
    text(offsetof(iscb_job, state_text), "state");
    text(offsetof(iscb_job, reason), "reason");
    text(offsetof(iscb_job, path), "path");
    text(offsetof(iscb_job, cloud), "cloud");
    text(offsetof(iscb_job, handed_path), "handedPath");
    text(offsetof(iscb_job, result_path), "resultPath");
    text(offsetof(iscb_job, replaced_by), "replacedBy");
    text(offsetof(iscb_job, request_id), "requestId");
    put_inner_error(block, at + offsetof(iscb_job, error), job["error"]);
    block.text(at + offsetof(iscb_job, json), job.raw());
    return at;
}

std::size_t put_license(Block &block, View license) {
    const std::size_t at = block.add<iscb_license>();
    const auto text = [&](std::size_t offset, const char *name) { block.text(at + offset, license[name].text()); };
    const auto flag = [&](std::size_t offset, View value) { block.set(at + offset, std::int32_t{value.is_true()}); };
    const View allowed = license["allowed"];
    const std::int64_t days = license["daysLeft"].integer().value_or(-1);
    flag(offsetof(iscb_license, managed), license["managed"]);
    flag(offsetof(iscb_license, new_save), allowed["newSave"]);
    flag(offsetof(iscb_license, opened_save), allowed["openedSave"]);
    flag(offsetof(iscb_license, open), allowed["open"]);
    flag(offsetof(iscb_license, checking), license["checking"]);
    block.set(at + offsetof(iscb_license, days_left),
              static_cast<std::int32_t>(std::clamp<std::int64_t>(days, -1, INT32_MAX)));
    text(offsetof(iscb_license, product), "product");
    text(offsetof(iscb_license, state), "state");
    text(offsetof(iscb_license, notice), "notice");
    text(offsetof(iscb_license, renew_url), "renewUrl");
    put_inner_error(block, at + offsetof(iscb_license, error), license["error"]);
    block.text(at + offsetof(iscb_license, json), license.raw());
    return at;
}

}  // namespace

JobState job_state(std::string_view name) noexcept {
    const auto *const found =
        std::find_if(states.begin(), states.end(), [name](const NamedState &each) { return each.name == name; });
    return found == states.end() ? JobState{} : found->state;
}

iscb_error *make_error(const Outcome &outcome, Language language) {
    Block block;
    const View error = outcome.status == ISCB_ERR_REFUSED ? View(outcome.json) : View();
    put_error(block, outcome.status, error, outcome.request_id, language);
    return static_cast<iscb_error *>(block.sealed());
}

iscb_job *make_job(std::string_view json) {
    Block block;
    put_job(block, View(json));
    return static_cast<iscb_job *>(block.sealed());
}

iscb_license *make_license(std::string_view json) {
    Block block;
    put_license(block, View(json));
    return static_cast<iscb_license *>(block.sealed());
}

iscb_file *make_file(std::string_view json) {
    Block block;
    const View file(json);
    const std::size_t at = block.add<iscb_file>();
    const View opened = file["opened"];
    block.set(at + offsetof(iscb_file, busy), std::int32_t{file["busy"].is_true()});
    block.set(at + offsetof(iscb_file, opened), std::int32_t{opened.is_object()});
    block.set(at + offsetof(iscb_file, read_only), std::int32_t{opened["readOnly"].is_true()});
    block.text(at + offsetof(iscb_file, path), file["path"].text());
    if (const View job = file["job"]; job.is_object()) {
        block.point(at + offsetof(iscb_file, job), put_job(block, job));
    }
    block.text(at + offsetof(iscb_file, json), file.raw());
    return static_cast<iscb_file *>(block.sealed());
}

iscb_event *make_event(const Event &event, Language language) {
    Block block;
    const std::size_t at = block.add<iscb_event>();
    const bool refused = event.status != ISCB_OK;
    const View told(event.json);
    block.set(at + offsetof(iscb_event, kind), event.kind);
    block.set(at + offsetof(iscb_event, status), event.status);
    block.set(at + offsetof(iscb_event, user_data), event.user_data);
    block.set(at + offsetof(iscb_event, dropped), event.dropped);
    block.text(at + offsetof(iscb_event, topic), event.topic);
    block.text(at + offsetof(iscb_event, json), refused ? std::string_view() : std::string_view(event.json));
    const bool opened = event.kind == ISCB_EVENT_OPENED;
    block.text(at + offsetof(iscb_event, path), opened ? told["path"].text() : std::string());
    block.set(at + offsetof(iscb_event, read_only), std::int32_t{opened && told["readOnly"].is_true()});
    if (refused) {
        block.point(at + offsetof(iscb_event, error), put_error(block, event.status, told, "", language));
    } else if (event.kind == ISCB_EVENT_JOB || (event.kind == ISCB_EVENT_ANSWER && told["job"].is_string() &&
                                                told["state"].is_string())) {
        block.point(at + offsetof(iscb_event, job), put_job(block, told));
    } else if (event.kind == ISCB_EVENT_LICENSE) {
        block.point(at + offsetof(iscb_event, license), put_license(block, told));
    }
    return static_cast<iscb_event *>(block.sealed());
}

}  // namespace iscbridge::client
