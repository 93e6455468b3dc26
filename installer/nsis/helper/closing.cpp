// Who uses the installed program, and how it is asked to close. Nothing but ISCBridge itself is ever closed.
#include "helper.h"

#include <tlhelp32.h>

#include <restartmanager.h>  // after windows.h, which it does not include itself

namespace {

// The Restart Manager, loaded when it is needed: an installer that can't have it goes on without.
struct Manager {
    HMODULE library = LoadLibraryExW(L"rstrtmgr.dll", nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
    DWORD session = 0;
    bool open = false;

    template <typename Function>
    Function at(const char* name) const {
        return reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(library, name)));
    }

    explicit Manager(const std::vector<std::wstring>& files) {
        if (library == nullptr) {
            return;
        }
        wchar_t key[CCH_RM_SESSION_KEY + 1] = {};
        open = at<decltype(&RmStartSession)>("RmStartSession")(&session, 0, key) == ERROR_SUCCESS;
        std::vector<LPCWSTR> names;
        for (const auto& file : files) {
            names.push_back(file.c_str());
        }
        if (open && !names.empty()) {
            at<decltype(&RmRegisterResources)>("RmRegisterResources")(session, static_cast<UINT>(names.size()), names.data(), 0, nullptr, 0, nullptr);
        }
    }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    ~Manager() {
        if (open) {
            at<decltype(&RmEndSession)>("RmEndSession")(session);
        }
        if (library != nullptr) {
            FreeLibrary(library);
        }
    }

    std::vector<RM_PROCESS_INFO> users() const {
        std::vector<RM_PROCESS_INFO> found;
        UINT needed = 0;
        UINT count = 0;
        DWORD reasons = 0;
        for (int attempt = 0; open && attempt < 5; ++attempt) {
            count = static_cast<UINT>(found.size());
            const DWORD result = at<decltype(&RmGetList)>("RmGetList")(session, &needed, &count, found.data(), &reasons);
            if (result == ERROR_SUCCESS) {
                found.resize(count);
                return found;
            }
            if (result != ERROR_MORE_DATA) {
                break;
            }
            found.resize(needed + 4);
        }
        return {};
    }
};

std::vector<std::wstring> programs_of(const std::wstring& app) {
    std::vector<std::wstring> found;
    for (const wchar_t* name : setup::kPrograms) {
        const auto path = setup::joined(app, name);
        if (setup::exists(path)) {
            found.push_back(path);
        }
    }
    return found;
}

// A program that runs can't be opened for writing.
bool runs(const std::wstring& program) {
    HANDLE file = CreateFileW(program.c_str(), GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                              OPEN_EXISTING, 0, nullptr);
    if (file != INVALID_HANDLE_VALUE) {
        CloseHandle(file);
        return false;
    }
    const DWORD problem = GetLastError();
    return problem == ERROR_SHARING_VIOLATION || problem == ERROR_LOCK_VIOLATION || problem == ERROR_USER_MAPPED_FILE;
}

}  // namespace

// 0: nothing of ours runs from this folder; 1: only the command line or a bridge without a window; 2: the tray.
SETUP_API int Running(const wchar_t* app) {
    int found = 0;
    for (const auto& program : programs_of(app)) {
        if (runs(program)) {
            found = program.find(setup::kPrograms[0]) != std::wstring::npos ? 2 : (found == 0 ? 1 : found);
        }
    }
    return found;
}

// Wait at most `seconds` for the end of what runs from this folder. 1: nothing runs any more.
SETUP_API int WaitUntilFree(const wchar_t* app, int seconds) {
    const ULONGLONG end = GetTickCount64() + static_cast<ULONGLONG>(seconds) * 1000;
    while (Running(app) != 0) {
        if (GetTickCount64() >= end) {
            return 0;
        }
        Sleep(100);
    }
    return 1;
}

// Ask ISCBridge's own programs to close through the Restart Manager; `force`: end them. 0, or the system's error.
SETUP_API int CloseByManager(const wchar_t* app, int force) {
    const auto programs = programs_of(app);
    const Manager manager(programs);
    if (!manager.open) {
        return ERROR_NOT_SUPPORTED;
    }
    const auto close = manager.at<decltype(&RmShutdown)>("RmShutdown");
    return static_cast<int>(close(manager.session, force != 0 ? RmForceShutdown : 0, nullptr));
}

// End the programs that still run from this folder: this user's or, with an administrator's rights, everybody's.
// The journal is made for that: what was accepted goes on at the next start. How many were ended.
SETUP_API int EndByForce(const wchar_t* app) {
    int ended = 0;
    HANDLE processes = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    PROCESSENTRY32W entry{};
    entry.dwSize = sizeof entry;
    for (BOOL more = Process32FirstW(processes, &entry); more != 0; more = Process32NextW(processes, &entry)) {
        const DWORD rights = PROCESS_TERMINATE | PROCESS_QUERY_LIMITED_INFORMATION;
        HANDLE process = OpenProcess(rights, FALSE, entry.th32ProcessID);
        wchar_t image[1024];
        DWORD size = sizeof image / sizeof image[0];
        if (process != nullptr && QueryFullProcessImageNameW(process, 0, image, &size) != 0) {
            for (const auto& program : programs_of(app)) {
                ended += lstrcmpiW(image, program.c_str()) == 0 && TerminateProcess(process, 1) != 0 ? 1 : 0;
            }
        }
        if (process != nullptr) {
            CloseHandle(process);
        }
    }
    CloseHandle(processes);
    return ended;
}

// The names of the programs that use ours, for a person to close.
SETUP_API int Users(const wchar_t* app, wchar_t* out, int room) {
    const Manager manager(programs_of(app));
    std::wstring names;
    for (const auto& user : manager.users()) {
        names += names.empty() ? L"" : L", ";
        names += user.strAppName;
    }
    setup::give(names, out, room);
    return names.empty() ? 0 : 1;
}
