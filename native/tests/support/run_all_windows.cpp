// Runs test programs one after the other and writes how each ended, since a program that starts Windows programs from
// outside of Windows learns little from their exit codes.
//
//     run_all LIST RESULT
//
// LIST, in UTF-8: a line for each program: its name, a tab, its command line. RESULT gets a line for each, in the same
// order: name, tab, exit code or "not started" or "too long", tab, milliseconds; and at last the line "end". What a program
// writes goes to RESULT.<name>.txt.
#include <windows.h>

#include <fstream>
#include <string>

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
    CloseHandle(log);
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

}  // namespace

int main() {
    const std::vector<std::wstring> words = test::own_arguments();
    CHECK(words.size() == 2);
    std::ifstream list(words[0].c_str(), std::ios::binary);
    std::ofstream result(words[1].c_str(), std::ios::binary);
    CHECK(list && result);
    for (std::string line; std::getline(list, line);) {
        const std::size_t tab = line.find('\t');
        CHECK(tab != std::string::npos);
        const std::string name = line.substr(0, tab);
        const ULONGLONG began = GetTickCount64();
        const std::string how = run(line.substr(tab + 1), words[1] + L"." + widened(name) + L".txt");
        result << name << '\t' << how << '\t' << GetTickCount64() - began << '\n' << std::flush;
    }
    result << "end\n";
    return 0;
}
