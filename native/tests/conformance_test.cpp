// What every shim must do whatever its SDK's headers look like. Compiled once, linked with the shim of each dialect.
//   conformance_<dialect> <path of the dialect's fake SDK>
#include <map>
#include <string>
#include <vector>

#include "c_client.hpp"
#include "check.hpp"
#include "fake_sdk.hpp"

using test::Client;
using test::FakeSdk;
using test::Taken;

namespace {

const std::string chinese_path = "/cad/\xE9\x9B\xB6\xE4\xBB\xB6/\xE8\xA3\x85\xE9\x85\x8D.FCStd";  // UTF-8
const std::string chinese_path_936 = "/cad/\xC1\xE3\xBC\xFE/\xD7\xB0\xC5\xE4.FCStd";            // the same, CP936
const std::string emoji_path = "/cad/\xF0\x9F\x9A\x97.FCStd";                                   // not in CP936
const std::string chinese_event = "{\"mainFile\":\"D:\\\\\xE9\x9B\xB6\xE4\xBB\xB6\"}";
const std::string chinese_event_936 = "{\"mainFile\":\"D:\\\\\xC1\xE3\xBC\xFE\"}";

bool is(const FakeSdk &sdk, const char *text) { return std::string(sdk.traits().text) == text; }

/// How the fake SDK sees a text that holds `chinese_path`.
std::string seen(const FakeSdk &sdk, std::string text) {
    const auto at = is(sdk, "ansi") ? text.find(chinese_path) : std::string::npos;
    return at == std::string::npos ? text : text.replace(at, chinese_path.size(), chinese_path_936);
}

void says_what_it_is(const FakeSdk &sdk) {
    sdk.reset();
    const Client client(sdk.path());
    isc_info info{};
    info.size = sizeof(info);
    CHECK_EQ(isc_get_info(client, &info), ISC_OK);
    CHECK_EQ(info.abi_version, std::uint32_t{ISC_ABI_VERSION});
    CHECK_EQ(std::string(info.cloud), "iscdesk");
    CHECK_EQ(std::string(info.dialect), sdk.traits().dialect);
    CHECK_EQ(info.call_failure_is_final, is(sdk, "ansi") ? 0U : 1U);  // as the dialect's vendor file states
    const std::uint32_t all = 0x1FFE;
    const std::uint32_t trial = 1U << ISC_FN_TRIAL_EXPIRED;
    CHECK_EQ(info.functions, sdk.traits().has_trial != 0 ? all : all & ~trial);
}

void makes_every_call_as_the_guide_prints_it(const FakeSdk &sdk) {
    sdk.reset();
    Client client(sdk.path());
    CHECK_EQ(client.init().ok, 1);
    const char *const path = chinese_path.c_str();
    std::uint64_t call = 0;
    std::vector<std::string> expected{"Init", "RegisterEventRecall"};
    const auto queued = [&](std::int32_t status, const std::string &text) {
        CHECK_EQ(status, ISC_OK);
        expected.push_back(seen(sdk, text));
    };
    queued(isc_license_file_request(client, "a.lic", path, &call), "GetLicenseFileRequest|a.lic|" + chinese_path);
    queued(isc_license_file_request(client, nullptr, nullptr, &call), "GetLicenseFileRequest||");
    queued(isc_license_string_request(client, path, &call), "GetLicenseStringRequest|" + chinese_path);
    queued(isc_license_verify_notify(client, 7, nullptr, &call),
           std::string("LicenseVerifyNotify|") + sdk.traits().verified + "|");
    queued(isc_license_verify_notify(client, 0, path, &call),
           std::string("LicenseVerifyNotify|") + sdk.traits().not_verified + "|" + chinese_path);
    if (sdk.traits().has_trial != 0) {
        queued(isc_trial_expired(client, ISC_LICENSE_FILE, "dev", path, &call),
               "TrialExpirationAndGetLicense|file|dev|" + chinese_path);
    }
    if (sdk.traits().has_license_string != 0) {
        queued(isc_trial_expired(client, ISC_LICENSE_STRING, "dev", path, &call),
               "TrialExpirationAndGetLicense|string|dev|" + chinese_path);
    } else {
        CHECK_EQ(isc_trial_expired(client, ISC_LICENSE_STRING, "dev", path, &call), ISC_ERR_UNSUPPORTED);
        CHECK_EQ(call, 0U);
    }
    queued(isc_check_new_versions(client, &call), "CheckNewVersions");
    queued(isc_upgrade_notify(client, 1, &call), "UpgradeNotify|true");
    queued(isc_upgrade_notify(client, 0, &call), "UpgradeNotify|false");
    queued(isc_open_cloud_file(client, &call), "OpenCloudFile");
    queued(isc_save(client, path, 0, &call), "Save|" + chinese_path + "|false");
    queued(isc_save(client, path, 1, &call), "Save|" + chinese_path + "|true");
    queued(isc_select_save_as_path(client, path, 0, &call), "SelectSaveAsPath|" + chinese_path + "|false");
    queued(isc_select_save_as_path(client, path, 5, &call), "SelectSaveAsPath|" + chinese_path + "|true");
    queued(isc_get_solution(client, path, &call), "GetSolution|" + chinese_path);
    queued(isc_shut_out(client, &call), "ShutOut");
    CHECK_EQ(client.returned(call).ok, 1);
    const auto calls = sdk.calls();
    CHECK_EQ(calls.size(), expected.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
        CHECK_EQ(calls[i], expected[i]);
    }
    CHECK_EQ(sdk->call_threads(), 1);
    CHECK_EQ(client.close(), ISC_OK);
    CHECK_EQ(sdk.calls().size(), expected.size());  // ShutOut was made already
}

void passes_on_results(const FakeSdk &sdk) {
    sdk.reset();
    Client client(sdk.path());
    const isc_event init = client.init();
    CHECK_EQ(init.result, ISC_OK);
    CHECK_EQ(init.vendor_status, sdk.traits().returns_status != 0 ? sdk.traits().success : 0);

    const std::int32_t failure = sdk.traits().success == 0 ? 1 : 0;
    sdk->set_status(failure);
    std::uint64_t call = 0;
    CHECK_EQ(isc_save(client, "/a", 0, &call), ISC_OK);
    const isc_event failed = client.returned(call);
    CHECK_EQ(failed.result, ISC_OK);  // the call was made
    CHECK_EQ(failed.ok, sdk.traits().returns_status != 0 ? 0 : 1);
    CHECK_EQ(failed.vendor_status, sdk.traits().returns_status != 0 ? failure : 0);

    sdk->set_throwing(1);
    CHECK_EQ(isc_open_cloud_file(client, &call), ISC_OK);
    const isc_event thrown = client.returned(call);
    CHECK_EQ(thrown.result, ISC_ERR_INTERNAL);
    CHECK_EQ(thrown.ok, 0);
    sdk->set_throwing(0);
}

void refuses_paths_that_the_sdk_cannot_express(const FakeSdk &sdk) {
    sdk.reset();
    Client client(sdk.path());
    client.init();
    std::uint64_t call = 99;
    const std::int32_t expected = is(sdk, "ansi") ? ISC_ERR_ENCODING : ISC_OK;
    CHECK_EQ(isc_save(client, emoji_path.c_str(), 0, &call), expected);
    CHECK_EQ(call, expected == ISC_OK ? 2U : 0U);
    CHECK_EQ(isc_select_save_as_path(client, emoji_path.c_str(), 1, &call), expected);
    CHECK_EQ(isc_license_file_request(client, "x", emoji_path.c_str(), &call), expected);
    CHECK_EQ(isc_save(client, "/broken\xFF", 0, &call), ISC_ERR_ENCODING);
    CHECK_EQ(isc_save(client, "/half\xE9\x9B", 0, &call), ISC_ERR_ENCODING);
    CHECK_EQ(call, 0U);
    client.close();
    for (const std::string &text : sdk.calls()) {
        CHECK(text.find('?') == std::string::npos);
    }
}

std::vector<Taken> events_of(Client &client) {
    std::uint64_t call = 0;
    CHECK_EQ(isc_check_new_versions(client, &call), ISC_OK);
    auto events = client.take_until([call](const Taken &taken) { return taken.event.call == call; });
    events.pop_back();
    return events;
}

void decodes_events(const FakeSdk &sdk) {
    sdk.reset();
    Client client(sdk.path());
    client.init();
    CHECK_EQ(sdk->has_receiver(), 1);
    sdk->raise_event(2, chinese_event.c_str());
    sdk->raise_event(3, "");
    sdk->raise_event(5, is(sdk, "wide") ? "LONE" : chinese_event_936.c_str());

    const auto events = events_of(client);
    CHECK_EQ(events.size(), 3U);
    CHECK_EQ(events[0].event.kind, std::uint32_t{ISC_EVENT_SDK});
    CHECK_EQ(events[0].event.type, 2);
    CHECK_EQ(events[0].text, chinese_event);
    CHECK_EQ(events[0].event.text_encoding, 0U);
    CHECK(events[0].event.raised_ns > 0);
    CHECK_EQ(events[1].text, "");
    CHECK_EQ(events[2].event.type, 5);
    if (is(sdk, "ansi")) {
        CHECK_EQ(events[2].event.text_encoding, 1U);
        CHECK_EQ(events[2].text, chinese_event);
    } else if (const auto system = test::from_system_code_page(chinese_event_936); system && !is(sdk, "wide")) {
        CHECK_EQ(events[2].event.text_encoding, 1U);
        CHECK_EQ(events[2].text, *system);
    } else {
        CHECK_EQ(events[2].event.text_encoding, 2U);
        CHECK_EQ(events[2].text, is(sdk, "wide") ? "a\xED\xA0\x80" "b" : chinese_event_936);
    }
}

void keeps_events_of_several_threads(const FakeSdk &sdk) {
    sdk.reset();
    Client client(sdk.path());
    client.init();
    constexpr int threads = 4;
    constexpr int each = 2000;
    sdk->storm(threads, each);
    std::map<char, int> next;
    const auto events = events_of(client);
    CHECK_EQ(events.size(), static_cast<std::size_t>(threads * each));
    for (const Taken &taken : events) {
        const int number = next[taken.text[0]]++;
        CHECK_EQ(taken.text.substr(2), std::to_string(number));
        CHECK_EQ(taken.event.type, number);
    }
    CHECK_EQ(next.size(), static_cast<std::size_t>(threads));
}

void shuts_out_at_close_and_ignores_what_comes_later(const FakeSdk &sdk) {
    sdk.reset();
    Client first(sdk.path());
    first.init();
    CHECK_EQ(first.close(), ISC_OK);
    CHECK_EQ(sdk.calls().back(), "ShutOut");
    sdk->raise_event(2, "late");  // this SDK still holds the receiver
    sdk->storm(2, 100);

    Client second(sdk.path());
    sdk->raise_event(2, "later");  // to the first receiver: none of the second session's business
    second.init();
    CHECK(events_of(second).empty());
    sdk->raise_event(2, "in time");
    CHECK_EQ(events_of(second).at(0).text, "in time");
}

}  // namespace

int main(int argc, char **argv) {
    CHECK_EQ(argc, 2);
    const FakeSdk sdk(argv[1]);
    says_what_it_is(sdk);
    makes_every_call_as_the_guide_prints_it(sdk);
    passes_on_results(sdk);
    refuses_paths_that_the_sdk_cannot_express(sdk);
    decodes_events(sdk);
    keeps_events_of_several_threads(sdk);
    shuts_out_at_close_and_ignores_what_comes_later(sdk);
    return 0;
}
