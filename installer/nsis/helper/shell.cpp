// Shortcuts with an AppUserModelID, programs that are started, and entries of Credential Manager.
#include "helper.h"

#include <initguid.h>
#include <propkey.h>
#include <shlobj.h>
#include <wincred.h>

namespace {

template <typename Type>
struct Held {
    Type* it = nullptr;
    Held() = default;
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() {
        if (it != nullptr) {
            it->Release();
        }
    }
    void** out() { return reinterpret_cast<void**>(&it); }
    Type* operator->() const { return it; }
};

HRESULT set_text(IPropertyStore* store, const PROPERTYKEY& key, const wchar_t* text) {
    PROPVARIANT value;
    PropVariantInit(&value);
    value.vt = VT_LPWSTR;
    const size_t size = (static_cast<size_t>(lstrlenW(text)) + 1) * sizeof(wchar_t);
    value.pwszVal = static_cast<wchar_t*>(CoTaskMemAlloc(size));
    if (value.pwszVal == nullptr) {
        return E_OUTOFMEMORY;
    }
    CopyMemory(value.pwszVal, text, size);
    const HRESULT result = store->SetValue(key, value);
    PropVariantClear(&value);
    return result;
}

HRESULT make_shortcut(const wchar_t* path, const wchar_t* program, const wchar_t* arguments, const wchar_t* app_id) {
    Held<IShellLinkW> link;
    HRESULT result = CoCreateInstance(CLSID_ShellLink, nullptr, CLSCTX_INPROC_SERVER, IID_IShellLinkW, link.out());
    if (FAILED(result)) {
        return result;
    }
    link->SetPath(program);
    link->SetArguments(arguments);
    link->SetIconLocation(program, 0);
    link->SetShowCmd(SW_SHOWNORMAL);
    Held<IPropertyStore> store;
    if (SUCCEEDED(link->QueryInterface(IID_IPropertyStore, store.out())) &&
        SUCCEEDED(set_text(store.it, PKEY_AppUserModel_ID, app_id))) {
        store->Commit();
    }
    Held<IPersistFile> file;
    result = link->QueryInterface(IID_IPersistFile, file.out());
    return FAILED(result) ? result : file->Save(path, TRUE);
}

bool is_elevated() {
    HANDLE token = nullptr;
    TOKEN_ELEVATION elevation{};
    DWORD size = 0;
    if (OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) == 0) {
        return false;
    }
    GetTokenInformation(token, TokenElevation, &elevation, sizeof elevation, &size);
    CloseHandle(token);
    return elevation.TokenIsElevated != 0;
}

bool is_local_system() {
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    BOOL member = FALSE;
    return CreateWellKnownSid(WinLocalSystemSid, nullptr, sid, &size) != 0 &&
           CheckTokenMembership(nullptr, sid, &member) != 0 && member != FALSE;
}

// With the rights of the desktop, and not with those that the installer was given. False: there is no desktop.
bool start_as_shell(std::wstring line) {
    DWORD id = 0;
    GetWindowThreadProcessId(GetShellWindow(), &id);
    HANDLE process = id != 0 ? OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, id) : nullptr;
    HANDLE token = nullptr;
    HANDLE own = nullptr;
    bool started = false;
    if (process != nullptr && OpenProcessToken(process, TOKEN_DUPLICATE | TOKEN_QUERY, &token) != 0) {
        const DWORD rights = TOKEN_QUERY | TOKEN_ASSIGN_PRIMARY | TOKEN_DUPLICATE | TOKEN_ADJUST_DEFAULT | TOKEN_ADJUST_SESSIONID;
        if (DuplicateTokenEx(token, rights, nullptr, SecurityImpersonation, TokenPrimary, &own) != 0) {
            STARTUPINFOW startup{};
            startup.cb = sizeof startup;
            PROCESS_INFORMATION made{};
            started = CreateProcessWithTokenW(own, 0, nullptr, line.data(), 0, nullptr, nullptr, &startup, &made) != 0;
            CloseHandle(made.hThread);
            CloseHandle(made.hProcess);
        }
    }
    for (HANDLE handle : {own, token, process}) {
        if (handle != nullptr) {
            CloseHandle(handle);
        }
    }
    return started;
}

bool start(std::wstring line, DWORD flags, HANDLE* process) {
    STARTUPINFOW startup{};
    startup.cb = sizeof startup;
    PROCESS_INFORMATION made{};
    if (CreateProcessW(nullptr, line.data(), nullptr, nullptr, FALSE, flags, nullptr, nullptr, &startup, &made) == 0) {
        return false;
    }
    CloseHandle(made.hThread);
    *process = made.hProcess;
    return true;
}

}  // namespace

// 0, or an error of COM.
SETUP_API int Shortcut(const wchar_t* path, const wchar_t* program, const wchar_t* arguments, const wchar_t* app_id) {
    const HRESULT begun = CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED);
    const HRESULT result = make_shortcut(path, program, arguments, app_id);
    if (SUCCEEDED(begun)) {
        CoUninitialize();
    }
    return static_cast<int>(result);
}

// Run a program without a window; its exit code, -1 if it could not be started, -2 if it did not end in time.
SETUP_API int RunHidden(const wchar_t* line, int seconds) {
    HANDLE process = nullptr;
    if (!start(line, CREATE_NO_WINDOW, &process)) {
        return -1;
    }
    DWORD code = static_cast<DWORD>(-2);
    if (WaitForSingleObject(process, static_cast<DWORD>(seconds) * 1000) == WAIT_OBJECT_0) {
        GetExitCodeProcess(process, &code);
    } else {
        TerminateProcess(process, 1);
    }
    CloseHandle(process);
    return static_cast<int>(code);
}

// Start a program for the person at the desktop, never with an administrator's rights. 1: started.
// The system's own account has no desktop: nothing is started there. Where no shell runs, nobody has other rights.
SETUP_API int StartUnelevated(const wchar_t* line) {
    if (is_elevated()) {
        if (is_local_system()) {
            return 0;
        }
        if (GetShellWindow() != nullptr) {
            return start_as_shell(line) ? 1 : 0;
        }
    }
    HANDLE process = nullptr;
    if (!start(line, 0, &process)) {
        return 0;
    }
    CloseHandle(process);
    return 1;
}

// Delete this user's entries in Credential Manager that are ISCBridge's; how many are left.
SETUP_API int ForgetCredentials() {
    DWORD count = 0;
    PCREDENTIALW* found = nullptr;
    int left = 0;
    if (CredEnumerateW(nullptr, 0, &count, &found) == 0) {
        return 0;
    }
    for (DWORD index = 0; index < count; ++index) {
        const std::wstring name = found[index]->TargetName;
        // An entry that had to make room for another user's name has that name before it.
        if (name.rfind(L"ISCBridge/", 0) == 0 || name.find(L"@ISCBridge/") != std::wstring::npos) {
            left += CredDeleteW(name.c_str(), found[index]->Type, 0) != 0 ? 0 : 1;
        }
    }
    CredFree(found);
    return left;
}
