// What the MSI does besides what its tables say: it takes over the administrator's policy file, and notes where the
// file with licence codes lies. Only paths come in here; nothing of a file's content goes into the registry or the log.
#ifndef UNICODE
#define UNICODE
#endif
#define _WIN32_WINNT 0x0A00
#include <windows.h>

#include <msi.h>
#include <msiquery.h>

#include <string>

namespace {

std::wstring property(MSIHANDLE install, const wchar_t* name) {
    wchar_t none[1] = L"";
    DWORD size = 0;
    if (MsiGetPropertyW(install, name, none, &size) != ERROR_MORE_DATA) {
        return {};
    }
    std::wstring value(++size, L'\0');
    if (MsiGetPropertyW(install, name, value.data(), &size) != ERROR_SUCCESS) {
        return {};
    }
    value.resize(size);
    return value;
}

// %ProgramData%\ISCBridge, which users can read and only administrators can write. Made if it is not there.
std::wstring machine_folder() {
    wchar_t data[MAX_PATH];
    const DWORD size = GetEnvironmentVariableW(L"ProgramData", data, MAX_PATH);
    if (size == 0 || size >= MAX_PATH) {
        return {};
    }
    const std::wstring folder = std::wstring(data) + L"\\ISCBridge";
    CreateDirectoryW(folder.c_str(), nullptr);
    return folder;
}

bool put_in_place(const std::wstring& fresh, const std::wstring& target) {
    return MoveFileExW(fresh.c_str(), target.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) != 0;
}

// A path as a TOML literal has it: without any escapes. A path can't hold a single quote twice over, so one is refused.
std::string literal(const std::wstring& path) {
    if (path.find(L'\'') != std::wstring::npos) {
        return {};
    }
    const int size = WideCharToMultiByte(CP_UTF8, 0, path.c_str(), -1, nullptr, 0, nullptr, nullptr);
    std::string bytes(static_cast<size_t>(size), '\0');
    WideCharToMultiByte(CP_UTF8, 0, path.c_str(), -1, bytes.data(), size, nullptr, nullptr);
    bytes.resize(static_cast<size_t>(size) - 1);
    return "'" + bytes + "'";
}

}  // namespace

// POLICYFILE: the settings' policy of this computer.
extern "C" __declspec(dllexport) UINT __stdcall TakePolicy(MSIHANDLE install) {
    const std::wstring source = property(install, L"CustomActionData");
    const std::wstring folder = machine_folder();
    const std::wstring fresh = folder + L"\\policy.toml.new";
    if (folder.empty() || CopyFileW(source.c_str(), fresh.c_str(), FALSE) == 0) {
        return ERROR_INSTALL_FAILURE;
    }
    return put_in_place(fresh, folder + L"\\policy.toml") ? ERROR_SUCCESS : ERROR_INSTALL_FAILURE;
}

// LICENSECODEFILE: where each user's `iscbridge license activate --rollout` finds the code.
extern "C" __declspec(dllexport) UINT __stdcall NoteCodeFile(MSIHANDLE install) {
    const std::string path = literal(property(install, L"CustomActionData"));
    const std::wstring folder = machine_folder();
    if (folder.empty() || path.empty()) {
        return ERROR_INSTALL_FAILURE;
    }
    const std::wstring fresh = folder + L"\\rollout.toml.new";
    HANDLE file = CreateFileW(fresh.c_str(), GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE) {
        return ERROR_INSTALL_FAILURE;
    }
    const std::string text = "license_code_file = " + path + "\n";
    DWORD written = 0;
    const bool done = WriteFile(file, text.data(), static_cast<DWORD>(text.size()), &written, nullptr) != 0;
    CloseHandle(file);
    return done && put_in_place(fresh, folder + L"\\rollout.toml") ? ERROR_SUCCESS : ERROR_INSTALL_FAILURE;
}
