// The drop-in face from the host's side: callbacks of every shape, strings of every kind, and ends at bad moments.
#include <filesystem>
#include <fstream>

#include "support/dropin_host.hpp"

using namespace test;

namespace {

/// Callbacks as hosts may have written them; each says what it was given.
struct Shapes {
    std::promise<std::string> given;

    void narrow(int type, const std::string &text) { given.set_value(std::to_string(type) + " " + text); }
    void by_value(EventType type, std::string text) { narrow(type, text); }
    void pointer(EventType type, const char *text) { narrow(type, text); }
    bool mutable_pointer(unsigned type, char *text) {
        narrow(static_cast<int>(type), text);
        return true;
    }
    ResultStatus reference(const EventType &type, std::string &text) {
        narrow(type, text);
        return RESULT_SUCCESS;
    }
    void moved(EventType type, std::string &&text) const { const_cast<Shapes *>(this)->narrow(type, text); }
    void view(long type, std::string_view text) noexcept { narrow(static_cast<int>(type), std::string(text)); }
    void wide(EventType type, const std::wstring &text) {
        std::string utf8;
        CHECK(iscbridge_dropin::from_wide(text, utf8));
        narrow(type, utf8);
    }
    void wide_pointer(EventType type, const wchar_t *text) { wide(type, text); }
    void mutable_wide(EventType type, wchar_t *text) { wide(type, text); }
    static void no_member(EventType, const std::string &) {}
};
struct Derived : Shapes {};

template <class Object, class Member>
void check_shape(Bridge &bridge, SdkInvoker &invoker, Member member) {
    Object object;
    CHECK_EQ(invoker->RegisterEventRecall(&object, member), RESULT_SUCCESS);
    bridge.tell("upgrade.announced", R"({"forced":true})");
    CHECK_EQ(object.given.get_future().get(),
             R"(5 {"operate":"Update","params":{"fromForceWin":"true"},"comeBackParams":{}})");
}

void check_shapes() {
    Bridge bridge;
    Host host;
    check_shape<Shapes>(bridge, host.invoker, &Shapes::narrow);
    check_shape<Shapes>(bridge, host.invoker, &Shapes::by_value);
    check_shape<Shapes>(bridge, host.invoker, &Shapes::pointer);
    check_shape<Shapes>(bridge, host.invoker, &Shapes::mutable_pointer);
    check_shape<Shapes>(bridge, host.invoker, &Shapes::reference);
    check_shape<Shapes>(bridge, host.invoker, &Shapes::moved);
    check_shape<Shapes>(bridge, host.invoker, &Shapes::view);
    check_shape<Shapes>(bridge, host.invoker, &Shapes::wide);
    check_shape<Shapes>(bridge, host.invoker, &Shapes::wide_pointer);
    check_shape<Shapes>(bridge, host.invoker, &Shapes::mutable_wide);
    check_shape<Derived>(bridge, host.invoker, &Shapes::narrow);
    Shapes *const nobody = nullptr;
    CHECK_EQ(host.invoker->RegisterEventRecall(nobody, &Shapes::narrow), RESULT_ARGUMENT);
}

/// Like MFC's: no std::string, but a pointer by itself.
struct OwnString {
    operator const wchar_t *() const { return L"/壳 own"; }
};

void check_strings() {
    Bridge bridge;
    Host host;
    const auto asked = [&] { return member(bridge.asked("cloud.save"), "path"); };
    const std::string narrow = "/壳";
    host.invoker->Save(narrow);
    CHECK_EQ(asked(), narrow);
    host.invoker->Save(narrow.c_str());
    CHECK_EQ(asked(), narrow);
    host.invoker->Save(L"/壳😀");
    CHECK_EQ(asked(), "/壳😀");
    host.invoker->Save(std::wstring(L"/壳"));
    CHECK_EQ(asked(), narrow);
    host.invoker->Save(std::filesystem::u8path(narrow));
    CHECK_EQ(asked(), narrow);
    host.invoker->Save(std::string_view(narrow), true);
    CHECK_EQ(asked(), narrow);
    host.invoker->Save(OwnString());
    CHECK_EQ(asked(), "/壳 own");
}

/// Events that come before anybody listens wait for the callback.
void check_early_events() {
    Bridge bridge;
    SdkInvoker invoker;
    CHECK_EQ(invoker->Init(), RESULT_SUCCESS);
    CHECK_EQ(invoker->Init(), RESULT_SUCCESS);
    bridge.tell("upgrade.announced", R"({"forced":false})");
    invoker->Save("/a");
    bridge.change("j/a", "done");
    Example example;
    CHECK_EQ(invoker->RegisterEventRecall(&example, &Example::EventRecall), RESULT_SUCCESS);
    CHECK_EQ(example.next().substr(0, 1), "5");
    CHECK_EQ(example.next().substr(0, 1), "2");
    CHECK_EQ(invoker->ShutOut(), RESULT_SUCCESS);
}

/// The guide says that ShutOut in the callback deadlocks. Here it works, and what was asked just before arrives.
void check_shut_out_inside() {
    Bridge bridge;
    SdkInvoker invoker;
    Example example;
    std::promise<ResultStatus> ended;
    example.inside = [&](EventType) {
        CHECK_EQ(invoker->UpgradeNotify(true), RESULT_SUCCESS);
        CHECK_EQ(invoker->Save("/last"), RESULT_SUCCESS);
        ended.set_value(invoker->ShutOut());
    };
    invoker->Init();
    invoker->RegisterEventRecall(&example, &Example::EventRecall);
    bridge.tell("upgrade.announced", R"({"forced":false})");
    CHECK_EQ(ended.get_future().get(), RESULT_SUCCESS);
    bridge.asked("upgrade.answer");
    CHECK_EQ(member(bridge.asked("cloud.save"), "path"), "/last");
    CHECK_EQ(invoker->Save("/too late"), RESULT_NOT_INITIALIZED);
    CHECK_EQ(invoker->ShutOut(), RESULT_NOT_INITIALIZED);
    CHECK_EQ(example.next().substr(0, 1), "5");
}

/// The other deadlock: the callback waits for the thread that is in ShutOut.
void check_shut_out_meanwhile() {
    Bridge bridge;
    SdkInvoker invoker;
    Example example;
    std::promise<void> entered;
    std::promise<void> go_on;
    example.inside = [&](EventType) {
        entered.set_value();
        go_on.get_future().wait();
    };
    invoker->Init();
    invoker->RegisterEventRecall(&example, &Example::EventRecall);
    bridge.tell("upgrade.announced", R"({"forced":true})");
    entered.get_future().wait();
    bridge.tell("upgrade.announced", R"({"forced":false})");
    iscbridge_dropin::options().close_wait = std::chrono::milliseconds(20);
    CHECK_EQ(invoker->ShutOut(), RESULT_TIMEOUT);
    go_on.set_value();
    CHECK_EQ(example.next().substr(0, 1), "5");
    // A new session, while the thread of the old one may still be on its way out.
    iscbridge_dropin::options().close_wait = patience;
    example.inside = {};
    CHECK_EQ(invoker->Init(), RESULT_SUCCESS);
    invoker->RegisterEventRecall(&example, &Example::EventRecall);
    invoker->Save("/a");
    bridge.change("j/a", "done");
    CHECK_EQ(example.next().substr(0, 1), "2");
    CHECK(example.has_none());
    CHECK_EQ(invoker->ShutOut(), RESULT_SUCCESS);
}

/// What was asked right before the end reaches the bridge, also if its answer is slow.
void check_save_and_shut_out() {
    std::promise<void> go_on;
    Bridge bridge([&](BridgePeer &, const std::string &line) {
        if (member(line, "method") == "cloud.save") {
            go_on.get_future().wait();
        }
        return false;
    });
    iscbridge_dropin::options().call_wait = std::chrono::milliseconds(1);
    SdkInvoker invoker;
    invoker->Init();
    invoker->Save("/a");
    std::thread ending([&] { CHECK_EQ(invoker->ShutOut(), RESULT_SUCCESS); });
    go_on.set_value();
    ending.join();
    CHECK_EQ(member(bridge.asked("cloud.save"), "path"), "/a");
}

/// A save that has no answer yet, since the bridge hangs up in the middle of the hello, is not given up by ShutOut.
void check_save_without_an_answer_and_shut_out() {
    std::promise<void> leave;
    std::atomic<bool> comes_back{false};
    std::atomic<int> saves{0};
    std::atomic<int> connections{0};
    BridgeServer server([&](BridgePeer &peer) {
        if (++connections == 1) {
            peer.greet();
            leave.get_future().wait();
            return;
        }
        if (!comes_back) {
            peer.line();
            return;
        }
        peer.greet();
        for (std::string line; !(line = peer.line()).empty();) {
            if (member(line, "method") == "cloud.save") {
                ++saves;
            }
            peer.send_line(answer(line, job_of("j1", member(line, "requestId"), "accepted")));
        }
    });
    iscbridge_dropin::options().address = server.address();
    iscbridge_dropin::options().call_wait = patience;
    iscbridge_dropin::options().close_wait = patience;
    SdkInvoker invoker;
    CHECK_EQ(invoker->Init(), RESULT_SUCCESS);
    leave.set_value();
    CHECK(eventually([&] { return connections > 1; }));  // the bridge is away and hangs up
    CHECK_EQ(invoker->Save("/a"), RESULT_SUCCESS);       // returns once it has heard that there was no answer
    comes_back = true;
    CHECK_EQ(invoker->ShutOut(), RESULT_SUCCESS);
    CHECK_EQ(saves.load(), 1);
}

/// Threads that may still run code of the program; where the system has no such list, none. One that was joined is in the
/// list a moment longer, as one that exits (PF_EXITING).
int own_threads() {
    const std::filesystem::path tasks("/proc/self/task");
    int count = 0;
    if (std::filesystem::exists(tasks)) {
        for (const auto &task : std::filesystem::directory_iterator(tasks)) {
            std::string word;
            std::ifstream stat(task.path() / "stat");
            stat.ignore(4096, ')');
            unsigned long flags = 0x4;
            stat >> word >> word >> word >> word >> word >> word >> flags;
            count += (flags & 0x4) == 0 ? 1 : 0;
        }
    }
    return count;
}

/// A host that is a plug-in may be unloaded after ShutOut: no thread may run its code then.
void check_no_thread_stays() {
    std::string address;
    {
        Bridge gone;
        address = gone.address();
    }
    iscbridge_dropin::options().address = address;
    const int before = own_threads();
    for (int i = 0; i < 1000; ++i) {
        SdkInvoker invoker;
        CHECK_EQ(invoker->Init(), RESULT_NO_BRIDGE);
        CHECK_EQ(invoker->ShutOut(), RESULT_SUCCESS);
        CHECK_EQ(own_threads(), before);
    }
}

void check_no_bridge() {
    std::string address;
    {
        Bridge gone;
        address = gone.address();
    }
    iscbridge_dropin::options().address = address;
    SdkInvoker invoker;
    Example example;
    CHECK_EQ(invoker->Init(), RESULT_NO_BRIDGE);
    CHECK_EQ(invoker->Init(), RESULT_NO_BRIDGE);  // asked again it looks again
    CHECK_EQ(invoker->RegisterEventRecall(&example, &Example::EventRecall), RESULT_SUCCESS);
    CHECK_EQ(invoker->Save("/a"), RESULT_SUCCESS);
    CHECK_EQ(example.next(), R"(2 {"operate":"SaveResult","params":{"status":"failed"},"comeBackParams":{}})");
    CHECK_EQ(invoker->ShutOut(), RESULT_SUCCESS);
}

void check_many_threads() {
    Bridge bridge;
    Host host;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 20; ++thread) {
        threads.emplace_back([&host, thread] {
            for (int i = 0; i < 10; ++i) {
                host.invoker->Save("/" + std::to_string(thread) + "-" + std::to_string(i));
            }
        });
    }
    for (std::thread &each : threads) {
        each.join();
    }
    for (int i = 0; i < 200; ++i) {
        bridge.change("j" + member(bridge.asked("cloud.save"), "path"), "done");
    }
    for (int i = 0; i < 200; ++i) {
        CHECK_EQ(host.example.next().substr(0, 1), "2");
    }
    CHECK(host.example.has_none());
}

}  // namespace

int main() {
    check_shapes();
    check_strings();
    check_early_events();
    check_shut_out_inside();
    check_shut_out_meanwhile();
    check_save_and_shut_out();
    check_save_without_an_answer_and_shut_out();
    check_no_thread_stays();
    check_no_bridge();
    check_many_threads();
    return 0;
}
