// A test program that starts itself again in another role.
#pragma once

#include <windows.h>

#include <shellapi.h>

#include <string>
#include <utility>
#include <vector>

#include "check.hpp"

namespace test {

/// ASCII to UTF-16.
inline std::wstring wide(const std::string &ascii) { return {ascii.begin(), ascii.end()}; }

inline std::wstring own_program() {
    std::wstring path(32768, L'\0');
    path.resize(GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
    return path;
}

/// This program's arguments, without its name.
inline std::vector<std::wstring> own_arguments() {
    int count = 0;
    wchar_t **const words = CommandLineToArgvW(GetCommandLineW(), &count);
    CHECK(words != nullptr && count > 0);
    std::vector<std::wstring> out(words + 1, words + count);
    LocalFree(words);
    return out;
}

/// An event with a name of its own, which both processes know.
class NamedEvent {
public:
    explicit NamedEvent(std::string name) : name_(std::move(name)), handle_(CreateEventA(nullptr, TRUE, FALSE, name_.c_str())) {
        CHECK(handle_ != nullptr);
    }
    ~NamedEvent() { CloseHandle(handle_); }
    NamedEvent(const NamedEvent &) = delete;
    NamedEvent &operator=(const NamedEvent &) = delete;

    const std::string &name() const { return name_; }
    void set() const { SetEvent(handle_); }
    bool wait(std::chrono::milliseconds limit = patience) const {
        return WaitForSingleObject(handle_, static_cast<DWORD>(limit.count())) == WAIT_OBJECT_0;
    }

private:
    const std::string name_;
    const HANDLE handle_;
};

/// This program in a process of its own; ended with the object.
class Child {
public:
    /// `words`: plain ASCII without quotes and spaces.
    explicit Child(const std::vector<std::string> &words) {
        std::wstring line = L"\"" + own_program() + L"\"";
        for (const std::string &word : words) {
            line += L" " + wide(word);
        }
        STARTUPINFOW startup{};
        startup.cb = sizeof(startup);
        PROCESS_INFORMATION made{};
        CHECK(CreateProcessW(own_program().c_str(), line.data(), nullptr, nullptr, FALSE, 0, nullptr, nullptr, &startup,
                             &made) != 0);
        CloseHandle(made.hThread);
        process_ = made.hProcess;
    }
    ~Child() {
        kill();
        CloseHandle(process_);
    }
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

    void kill() const {
        TerminateProcess(process_, 77);
        WaitForSingleObject(process_, INFINITE);
    }

    int exit_code() const {
        DWORD code = 0;
        CHECK_EQ(WaitForSingleObject(process_, static_cast<DWORD>(std::chrono::milliseconds(patience).count())),
                 DWORD{WAIT_OBJECT_0});
        CHECK(GetExitCodeProcess(process_, &code) != 0);
        return static_cast<int>(code);
    }

private:
    HANDLE process_ = nullptr;
};

}  // namespace test
