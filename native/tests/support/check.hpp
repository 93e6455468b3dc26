// The smallest test harness that does: CHECK ends the program at the first failure and says where.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <thread>

namespace test {

[[noreturn]] inline void fail(const char *file, int line, const std::string &what) {
    std::fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
    std::fflush(nullptr);
    std::_Exit(1);  // other threads may be blocked: no destructors
}

template <class T>
std::string show(const T &value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

template <class A, class B>
void check_equal(const char *file, int line, const char *text, const A &a, const B &b) {
    if (!(a == b)) {
        fail(file, line, std::string(text) + ": got " + show(a) + ", expected " + show(b));
    }
}

constexpr std::chrono::seconds patience{60};  // far beyond what anything here takes, even under a sanitizer

/// Waits until `condition` holds; false if it does not within `patience`.
template <class Condition>
bool eventually(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

}  // namespace test

#define CHECK(condition)                                              \
    do {                                                              \
        if (!(condition)) {                                           \
            test::fail(__FILE__, __LINE__, "failed: " #condition);    \
        }                                                             \
    } while (false)

#define CHECK_EQ(got, expected) test::check_equal(__FILE__, __LINE__, #got, got, expected)
