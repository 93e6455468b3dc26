#include "windows.hpp"

#include <string_view>

#include "launch.hpp"

namespace iscbridge::client {
namespace {

class ChildProcess final : public Launched {
public:
    explicit ChildProcess(HANDLE process) : process_(process) {}

    std::optional<int> exit_code() override {
        DWORD code = 0;
        if (WaitForSingleObject(process_.get(), 0) != WAIT_OBJECT_0 || GetExitCodeProcess(process_.get(), &code) == 0) {
            return std::nullopt;
        }
        return static_cast<int>(code);
    }

private:
    const Handle process_;
};

/// One argument so that CommandLineToArgvW and the C runtime give it back as it was.
std::wstring quoted(const std::wstring &argument) {
    std::wstring out = L"\"";
    std::size_t slashes = 0;
    for (const wchar_t each : argument) {
        if (each == L'"') {
            out.append(slashes + 1, L'\\');
        }
        slashes = each == L'\\' ? slashes + 1 : 0;
        out += each;
    }
    return out.append(slashes, L'\\') + L"\"";
}

/// The caller's environment block, with another ISCBRIDGE_HOME if one is given.
std::wstring environment(const std::string &home) {
    constexpr std::wstring_view name = L"ISCBRIDGE_HOME=";
    std::wstring out;
    wchar_t *const block = GetEnvironmentStringsW();
    for (const wchar_t *entry = block; entry != nullptr && *entry != L'\0';) {
        const std::wstring_view text(entry);
        const bool replaced = !home.empty() && text.size() >= name.size() &&
                              CompareStringOrdinal(text.data(), static_cast<int>(name.size()), name.data(),
                                                   static_cast<int>(name.size()), TRUE) == CSTR_EQUAL;
        if (!replaced) {
            out.append(text).push_back(L'\0');
        }
        entry += text.size() + 1;
    }
    if (block != nullptr) {
        FreeEnvironmentStringsW(block);
    }
    if (!home.empty()) {
        out.append(name).append(widen(home)).push_back(L'\0');
    }
    out.push_back(L'\0');
    return out;
}

/// Where the program works: Windows keeps the working folder of a process from being removed or renamed, and the host's
/// may be that of somebody's drawings.
std::wstring resting_folder() {
    std::wstring out(MAX_PATH, L'\0');
    const UINT length = GetSystemDirectoryW(out.data(), MAX_PATH);
    out.resize(length < MAX_PATH ? length : 0);
    return out;
}

}  // namespace

std::unique_ptr<Launched> Launched::start(const std::vector<std::string> &command, const std::string &home) {
    const std::wstring program = widen(command.front());
    std::wstring line;
    for (const std::string &word : command) {
        line += (line.empty() ? L"" : L" ") + quoted(widen(word));
    }
    std::wstring variables = environment(home);
    const DWORD flags = CREATE_UNICODE_ENVIRONMENT | DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP;
    STARTUPINFOW startup{};
    startup.cb = sizeof(startup);
    PROCESS_INFORMATION made{};
    const std::wstring folder = resting_folder();
    // A job object of the host would take the bridge along when the host ends; not every job lets go.
    for (const DWORD more : {DWORD{CREATE_BREAKAWAY_FROM_JOB}, DWORD{0}}) {
        if (CreateProcessW(program.c_str(), line.data(), nullptr, nullptr, FALSE, flags | more, variables.data(),
                           folder.empty() ? nullptr : folder.c_str(), &startup, &made) != 0) {
            CloseHandle(made.hThread);
            return std::make_unique<ChildProcess>(made.hProcess);
        }
    }
    return nullptr;
}

}  // namespace iscbridge::client
