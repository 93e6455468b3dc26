// Runs test programs, two at a time, and writes how each ended, since a program that starts Windows programs from outside
// of Windows learns little from their exit codes.
//
//     run_all LIST RESULT
//
// LIST, in UTF-8: a line for each program: its name, a tab, its command line. RESULT gets a line for each, as
// they end: name, tab, exit code or "not started" or "too long", tab, milliseconds; and at last the line "end". What a program
// writes goes to RESULT.<name>.txt.
#include <windows.h>

#include <fstream>
#include <mutex>
#include <string>
#include <thread>

#include "child_windows.hpp"

namespace {

constexpr DWORD longest_ms = 120000;

std::wstring widened(const std::string &utf8) {
    std::wstring out(utf8.size(), L'\0');
    out.resize(static_cast<std::size_t>(MultiByteToWideChar(CP_UTF8, 0, utf8.data(), static_cast<int>(utf8.size()),
                                                            out.data(), static_cast<int>(out.size()))));
    return out;
}

HANDLE new_log(const std::wstring &path) {
    SECURITY_ATTRIBUTES inheritable{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
    const HANDLE log = CreateFileW(path.c_str(), GENERIC_WRITE, FILE_SHARE_READ, &inheritable, CREATE_ALWAYS, 0, nullptr);
    CHECK(log != INVALID_HANDLE_VALUE);
    return log;
}

/// How the program ended.
std::string run(const std::string &command, const std::wstring &log_path) {
    std::wstring line = widened(command);
    const HANDLE log = new_log(log_path);
    STARTUPINFOW startup{};
    startup.cb = sizeof(startup);
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdOutput = startup.hStdError = log;
    PROCESS_INFORMATION made{};
    const BOOL started =
        CreateProcessW(nullptr, line.data(), nullptr, nullptr, TRUE, CREATE_NO_WINDOW, nullptr, nullptr, &startup, &made);
    CloseHandle(log);  // the other thread's program may hold it, too, which does no harm
    if (started == 0) {
        return "not started";
    }
    std::string how = "too long";
    DWORD code = 0;
    if (WaitForSingleObject(made.hProcess, longest_ms) == WAIT_OBJECT_0 && GetExitCodeProcess(made.hProcess, &code) != 0) {
        how = std::to_string(code);
    } else {
        TerminateProcess(made.hProcess, 1);
    }
    CloseHandle(made.hThread);
    CloseHandle(made.hProcess);
    return how;
}

/// What is left to run, and where the outcomes go; used by several threads.
class Tests {
public:
    Tests(const std::wstring &list, const std::wstring &result)
        : list_(list.c_str(), std::ios::binary), result_(result.c_str(), std::ios::binary), logs_(result) {
        CHECK(list_ && result_);
    }

    void run_all() {
        for (std::string line; take(line);) {
            const std::size_t tab = line.find('\t');
            CHECK(tab != std::string::npos);
            const std::string name = line.substr(0, tab);
            const ULONGLONG began = GetTickCount64();
            const std::string how = run(line.substr(tab + 1), logs_ + L"." + widened(name) + L".txt");
            const std::lock_guard lock(mutex_);
            result_ << name << '\t' << how << '\t' << GetTickCount64() - began << '\n' << std::flush;
        }
    }

    void end() { result_ << "end\n"; }

private:
    bool take(std::string &line) {
        const std::lock_guard lock(mutex_);
        return static_cast<bool>(std::getline(list_, line));
    }

    std::mutex mutex_;
    std::ifstream list_;
    std::ofstream result_;
    const std::wstring logs_;
};

}  // namespace

int main() {
    const std::vector<std::wstring> words = test::own_arguments();
    CHECK(words.size() == 2);
    Tests tests(words[0], words[1]);
    std::thread second([&tests] { tests.run_all(); });
    tests.run_all();
    second.join();
    tests.end();
    return 0;
}
