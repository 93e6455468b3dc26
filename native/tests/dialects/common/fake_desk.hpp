// What all fake SDK libraries do: record calls, hang, fail or throw when told, raise events from several threads. Each
// dialect adds the types of its headers.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "fake_control.hpp"

#ifdef _WIN32
#define FAKE_EXPORT __declspec(dllexport)
#else
#define FAKE_EXPORT __attribute__((visibility("default")))
#endif

class FakeDesk {
    template <class Function>
    auto locked(Function function) {
        const std::lock_guard lock(mutex_);
        changed_.notify_all();
        return function(*this);
    }

public:
    using Deliver = std::function<void(std::int32_t type, const std::string &text)>;

    static FakeDesk &instance() {
        static auto *const desk = new FakeDesk;
        return *desk;
    }

    /// The dialect's function was called; `text` tells how. Gives the status to return.
    std::int32_t call(const std::string &text) {
        std::unique_lock lock(mutex_);
        enter_thread();
        calls_.push_back(text);
        ++inside_;
        const std::string answer = text.compare(0, 5, "Save|") == 0 ? answer_ : std::string();
        if (!answer.empty() && deliver_) {
            const Deliver deliver = deliver_;
            lock.unlock();
            std::thread([&] { deliver(2, answer); }).join();
            lock.lock();
        }
        changed_.wait(lock, [this] { return !blocking_; });
        --inside_;
        if (throwing_) {
            throw std::runtime_error("thrown by the fake SDK");
        }
        return status_;
    }

    void set_receiver(Deliver deliver) {
        const std::lock_guard lock(mutex_);
        deliver_ = std::move(deliver);
    }

    static const FakeControl *control(const FakeTraits &traits) {
        static const FakeControl control{
            &traits,
            [] { instance().reset(); },
            [] { return instance().call_count(); },
            [](int index) { return instance().call_text(index); },
            [] { return instance().locked([](FakeDesk &desk) { return static_cast<int>(desk.threads_.size()); }); },
            [] { return instance().locked([](FakeDesk &desk) { return desk.threads_ended_; }); },
            [] { return instance().locked([](FakeDesk &desk) { return desk.inside_; }); },
            [](std::int32_t status) { instance().locked([&](FakeDesk &desk) { return desk.status_ = status; }); },
            [](int throwing) { instance().locked([&](FakeDesk &desk) { return desk.throwing_ = throwing != 0; }); },
            [](int blocking) { instance().locked([&](FakeDesk &desk) { return desk.blocking_ = blocking != 0; }); },
            [](const char *text) {
                instance().locked([&](FakeDesk &desk) { return desk.answer_ = text == nullptr ? "" : text; });
            },
            [] { return instance().locked([](FakeDesk &desk) { return desk.deliver_ ? 1 : 0; }); },
            [](std::int32_t type, const char *text) { instance().raise(type, text); },
            [](int threads, int each) { instance().storm(threads, each); },
        };
        return &control;
    }

private:
    void enter_thread() {
        struct Ended {
            bool counts = false;
            ~Ended() {
                if (counts) {
                    instance().locked([](FakeDesk &desk) { return ++desk.threads_ended_; });
                }
            }
        };
        static thread_local Ended ended;
        ended.counts = true;
        threads_.insert(std::this_thread::get_id());
    }

    void reset() {
        const std::lock_guard lock(mutex_);
        calls_.clear();
        threads_.clear();
        threads_ended_ = 0;
        status_ = 0;
        throwing_ = blocking_ = false;
        answer_.clear();
        deliver_ = nullptr;
        changed_.notify_all();
    }

    int call_count() {
        const std::lock_guard lock(mutex_);
        return static_cast<int>(calls_.size());
    }

    const char *call_text(int index) {
        const std::lock_guard lock(mutex_);
        shown_ = calls_.at(static_cast<std::size_t>(index));
        return shown_.c_str();
    }

    Deliver receiver() {
        const std::lock_guard lock(mutex_);
        return deliver_;
    }

    void raise(std::int32_t type, const std::string &text) {
        const Deliver deliver = receiver();
        std::thread([&] { deliver(type, text); }).join();
    }

    void storm(int threads, int each) {
        const Deliver deliver = receiver();
        std::vector<std::thread> all;
        for (int thread = 0; thread < threads; ++thread) {
            all.emplace_back([&deliver, thread, each] {
                for (int number = 0; number < each; ++number) {
                    deliver(number, std::to_string(thread) + ":" + std::to_string(number));
                }
            });
        }
        for (std::thread &thread : all) {
            thread.join();
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> calls_;
    std::set<std::thread::id> threads_;
    int threads_ended_ = 0;
    int inside_ = 0;
    std::int32_t status_ = 0;
    bool throwing_ = false;
    bool blocking_ = false;
    std::string answer_;
    std::string shown_;
    Deliver deliver_;
};

inline std::string yes_no(bool value) { return value ? "true" : "false"; }
