// The drop-in face with a bridge that does what the test says: which event is raised when, and which is not.
#include "support/dropin_host.hpp"

using namespace test;

namespace {

const std::string success = R"(2 {"operate":"SaveResult","params":{"status":"success"},"comeBackParams":{}})";
const std::string failed = R"(2 {"operate":"SaveResult","params":{"status":"failed"},"comeBackParams":{}})";

void check_results_of_saves() {
    Bridge bridge;
    Host host;
    host.invoker->Save("/a");
    CHECK_EQ(member(bridge.asked("cloud.save"), "path"), "/a");
    for (const char *const state : {"captured", "waiting", "submitted"}) {
        bridge.change("j/a", state);
    }
    CHECK(host.example.has_none());
    bridge.change("j/a", "done");
    CHECK_EQ(host.example.next(), success);
    bridge.change("j/a", "unknown");  // the cloud contradicts itself: what was raised is not taken back
    for (const char *const state : {"failed", "refused", "cancelled"}) {
        host.invoker->SelectSaveAsPath("/b", true);
        CHECK(bridge.asked("cloud.saveAs").find("\"assembly\":true") != std::string::npos);
        bridge.change("j/b", state);
        CHECK_EQ(host.example.next(), failed);
        bridge.change("j/b", "done");  // a retry by the person: that save had its result
    }
    host.invoker->Save("/c");
    bridge.change("j/c", "done");
    CHECK_EQ(host.example.next(), success);
    CHECK(host.example.has_none());
}

void check_nobody_knows() {
    Bridge bridge;
    Host host;
    host.invoker->Save("/a");
    bridge.change("j/a", "unknown");
    host.invoker->Save("/b");  // does not wait for what nobody knows
    bridge.change("j/b", "failed");
    CHECK_EQ(host.example.next(), failed);
    bridge.change("j/a", "done");  // settled by a person: the host would take it for the other's
    host.invoker->Save("/c");
    bridge.change("j/c", "unknown");
    bridge.change("j/c", "accepted");
    bridge.change("j/c", "done");  // settled, and nothing else was saved since
    CHECK_EQ(host.example.next(), success);
    CHECK(host.example.has_none());
}

void check_order_of_results() {
    Bridge bridge;
    Host host;
    host.invoker->Save("/a");
    host.invoker->Save("/b");
    host.invoker->Save("/c");
    bridge.change("j/c", "done");
    bridge.change("j/b", "failed");
    CHECK(host.example.has_none());
    bridge.change("j/a", "done");
    CHECK_EQ(host.example.next(), success);
    CHECK_EQ(host.example.next(), failed);
    CHECK_EQ(host.example.next(), success);
}

/// The older save ends as the newer one that stands for it does, here of another host.
void check_replaced() {
    Bridge bridge;
    Host host;
    host.invoker->Save("/a");
    bridge.change("jOther", "waiting");
    bridge.change("j/a", "replaced", R"(,"replacedBy":"jOther")");
    CHECK_EQ(member(bridge.asked("job.get"), "job"), "jOther");
    CHECK(host.example.has_none());
    bridge.change("jOther", "done");
    CHECK_EQ(host.example.next(), success);

    bridge.change("jEnded", "failed");
    host.invoker->Save("/b");
    bridge.change("j/b", "replaced", R"(,"replacedBy":"jEnded")");  // whose end was told before
    CHECK_EQ(host.example.next(), failed);
}

void check_never_taken() {
    Bridge bridge([](BridgePeer &peer, const std::string &line) {
        const bool is_save = member(line, "path") == "/refused";
        if (is_save) {
            peer.send_line(refusal(line, "ISCB-LIC-EXPIRED"));
        }
        return is_save;
    });
    Host host;
    for (const iscbridge_dropin::Text &path :
         {iscbridge_dropin::Text("/refused"), iscbridge_dropin::Text(""), iscbridge_dropin::Text(nullptr),
          iscbridge_dropin::Text("/\xC4\xE3")}) {
        CHECK_EQ(host.invoker->Save(path), RESULT_SUCCESS);
        CHECK_EQ(host.example.next(), failed);
    }
    host.invoker->OpenCloudFile();
    CHECK(host.example.has_none());
}

/// A connection that ends before the answer: asked again under the same id, and nothing is raised meanwhile.
void check_asked_again() {
    std::promise<std::string> first;
    std::atomic<int> saves{0};
    Bridge bridge([&](BridgePeer &peer, const std::string &line) {
        if (member(line, "method") != "cloud.save" || ++saves > 1) {
            return false;
        }
        first.set_value(member(line, "requestId"));
        peer.send_line("this ends the connection");
        return true;
    });
    Host host;
    host.invoker->Save("/a");
    const std::string id = first.get_future().get();
    CHECK_EQ(member(bridge.asked("cloud.save"), "requestId"), id);
    CHECK(host.example.has_none());
    bridge.change("j/a", "done");
    CHECK_EQ(host.example.next(), success);
}

/// No answer: Save returns all the same, and the request is not given up.
void check_slow_answer() {
    std::promise<void> go_on;
    std::atomic<int> saves{0};
    Bridge bridge([&](BridgePeer &, const std::string &line) {
        if (member(line, "method") == "cloud.save" && ++saves == 1) {
            go_on.get_future().wait();
        }
        return false;
    });
    iscbridge_dropin::options().call_wait = std::chrono::milliseconds(20);
    Host host;
    CHECK_EQ(host.invoker->Save("/a"), RESULT_SUCCESS);
    CHECK(host.example.has_none());
    go_on.set_value();
    bridge.asked("cloud.save");
    bridge.change("j/a", "done");
    CHECK_EQ(host.example.next(), success);
}

void check_opened() {
    Bridge bridge;
    Host host;
    host.invoker->OpenCloudFile();
    bridge.asked("cloud.open");
    bridge.change("j", "done",
                  R"(,"resultPath":"D:\\云 \"1\"\\xxx3.txt","result":{"mainFile":"x","OpenType":"OpenOnly","workState":"CHECKIN","assembly":"false"})");
    CHECK_EQ(host.example.next(),
             R"(1 {"operate":"OpenFile","params":{"mainFile":"D:\\云 \"1\"\\xxx3.txt","openType":"OpenOnly","workState":"CHECKIN","assembly":"false"},"comeBackParams":{}})");
    host.invoker->OpenCloudFile();
    bridge.asked("cloud.open");
    bridge.change("j", "cancelled");  // the guide has nothing for it
    host.invoker->OpenCloudFile();
    bridge.asked("cloud.open");
    bridge.change("j", "done",
                  R"(,"resultPath":"/c/\u58f3\u4f53","result":{"openType":"OpenAndCheckout","workState":"CHECKOUT","assembly":"true"})");
    CHECK_EQ(host.example.next(),
             R"(1 {"operate":"OpenFile","params":{"mainFile":"/c/壳体","openType":"OpenAndCheckout","workState":"CHECKOUT","assembly":"true"},"comeBackParams":{}})");
    host.invoker->GetSolution("/壳.inp");
    CHECK_EQ(member(bridge.asked("cloud.solve"), "path"), "/壳.inp");
    bridge.change("j/壳.inp", "done");
    host.invoker->Save("/a");
    bridge.change("j/a", "done");
    CHECK_EQ(host.example.next(), success);  // and nothing between
}

/// When this returns, everything that the bridge told before was handled.
void settle(Bridge &bridge, Host &host) {
    host.invoker->Save("/settled");
    bridge.change("j/settled", "done");
    CHECK_EQ(host.example.next(), success);
}

void check_licences() {
    std::atomic<int> refused{0};
    Bridge bridge([&](BridgePeer &peer, const std::string &line) {
        const bool is_early = member(line, "method") == "license.request" && ++refused <= 2;
        const bool is_bad = member(line, "fileName") == "bad.lic";
        if (is_early || is_bad) {
            peer.send_line(refusal(line, is_bad ? "ISCB-SDK-CALL-REFUSED" : "ISCB-SDK-NOT-CONNECTED"));
        }
        return is_early || is_bad;
    });
    Host host;
    bridge.tell("license.received", R"({"ok":true,"form":"string","content":"not asked for","product":"GuideCAD"})");
    settle(bridge, host);
    host.invoker->GetLicenseFileRequest("license.lic", "");  // the bridge is not connected to ISCDesk yet: asked again
    const std::string asked = bridge.asked("license.request");
    CHECK_EQ(member(asked, "fileName"), "license.lic");
    CHECK(asked.find(R"("deviceInfo":"")") != std::string::npos);
    CHECK(asked.find(R"("product":"GuideCAD")") != std::string::npos);
    bridge.tell("license.received", R"({"ok":true,"form":"file","path":"D:\\other.lic","product":"Other"})");
    bridge.tell("license.received", R"({"ok":true,"form":"file","path":"D:\\license.lic","product":"GuideCAD"})");
    CHECK_EQ(host.example.next(),
             R"(3 {"operate":"LicenseVerify","params":{"Status":"success","LicenseFilePath":"D:\\license.lic","LicenseType":"file"},"comeBackParams":{}})");
    host.invoker->GetLicenseStringRequest(nullptr);
    CHECK(bridge.asked("license.request").find("deviceInfo") == std::string::npos);
    bridge.tell("license.received", R"({"ok":true,"form":"string","content":"0078369f54","product":"GuideCAD"})");
    CHECK_EQ(host.example.next(),
             R"(3 {"operate":"LicenseVerify","params":{"Status":"success","LicenseContent":"0078369f54","LicenseType":"string"},"comeBackParams":{}})");
    const std::string no_file =
        R"(3 {"operate":"LicenseVerify","params":{"Status":"failed","LicenseType":"file"},"comeBackParams":{}})";
    host.invoker->GetLicenseFileRequest("bad.lic", "");
    CHECK_EQ(host.example.next(), no_file);
    host.invoker->GetLicenseFileRequest("\xFF", "");
    CHECK_EQ(host.example.next(), no_file);
    host.invoker->LicenseVerifyNotify(false, "坏");
    CHECK(bridge.asked("license.verified").find(R"("ok":false,"message":"坏")") != std::string::npos);
    host.invoker->LicenseVerifyNotify(1, "");
    CHECK(bridge.asked("license.verified").find(R"("ok":true})") != std::string::npos);
    host.invoker->TrialExpirationAndGetLicense(LicenseType::LICENSE_TYPE_FILE, "devInfo", "fileName");
    CHECK_EQ(host.invoker->TrialExpirationAndGetLicense(static_cast<LicenseType>(2), "", ""), RESULT_ARGUMENT);
    const std::string trial = bridge.asked("license.trialExpired");
    CHECK_EQ(member(trial, "deviceInfo"), "devInfo");
    CHECK_EQ(member(trial, "fileName"), "fileName");
    bridge.tell("license.received", R"({"ok":false,"form":"","product":"GuideCAD"})");
    CHECK_EQ(host.example.next(), no_file);
}

void check_upgrades() {
    Bridge bridge;
    Host host;
    bridge.tell("upgrade.announced", R"({"available":false})");  // the answer to another host
    settle(bridge, host);
    host.invoker->CheckNewVersions();
    bridge.asked("upgrade.check");
    bridge.tell("upgrade.announced", R"({"available":true})");
    CHECK_EQ(host.example.next(),
             R"(4 {"operate":"UpgradeNotice","params":{"available":"true"},"comeBackParams":{}})");
    bridge.tell("upgrade.announced", R"({"forced":false,"text":"t"})");
    CHECK_EQ(host.example.next(), R"(5 {"operate":"Update","params":{"fromForceWin":"false"},"comeBackParams":{}})");
    host.invoker->UpgradeNotify(true);
    CHECK(bridge.asked("upgrade.answer").find(R"({"upgrade":true})") != std::string::npos);
    bridge.tell("upgrade.announced", R"({"forced":false,"answer":true})");  // the question is settled
    bridge.tell("upgrade.announced", R"({"forced":true})");
    CHECK_EQ(host.example.next(), R"(5 {"operate":"Update","params":{"fromForceWin":"true"},"comeBackParams":{}})");
}

void check_extra_events() {
    Bridge bridge;
    iscbridge_dropin::options().extra_events = true;
    Host host;
    CHECK_EQ(host.example.next(), R"(1000 {"operate":"Iscbridge","params":{"topic":"connected"},"comeBackParams":{}})");
    host.invoker->Save("/a");
    CHECK(host.example.next().find(R"("state":"accepted")") != std::string::npos);
    bridge.change("j/a", "unknown",
                  R"(,"error":{"code":"ISCB-CLOUD-NO-RESULT","title":"t","message":"m","remedy":"look","retry":"afterFix","params":{}})");
    const std::string unknown = host.example.next();
    CHECK(unknown.find(R"("state":"unknown","path":"/a","code":"ISCB-CLOUD-NO-RESULT")") != std::string::npos);
    CHECK(unknown.find(R"("remedy":"look")") != std::string::npos);
}

}  // namespace

int main() {
    check_results_of_saves();
    check_nobody_knows();
    check_order_of_results();
    check_replaced();
    check_never_taken();
    check_asked_again();
    check_slow_answer();
    check_opened();
    check_licences();
    check_upgrades();
    check_extra_events();
    return 0;
}
