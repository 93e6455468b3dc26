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

#include "../machine_folder.hpp"

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

// A path as a literal of TOML, which knows no escapes: one with a single quote can't be written so, and is refused.
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

// Every installation: users can't put anything there afterwards.
extern "C" __declspec(dllexport) UINT __stdcall SecureFolder(MSIHANDLE) {
    return machine_folder::secure() == ERROR_SUCCESS ? ERROR_SUCCESS : ERROR_INSTALL_FAILURE;
}

// POLICYFILE: the settings' policy of this computer.
extern "C" __declspec(dllexport) UINT __stdcall TakePolicy(MSIHANDLE install) {
    std::string bytes;
    const std::wstring source = property(install, L"CustomActionData");
    const bool taken = machine_folder::read(source.c_str(), &bytes, machine_folder::kMost) == ERROR_SUCCESS &&
                       machine_folder::write(L"policy.toml", bytes) == ERROR_SUCCESS;
    return taken ? ERROR_SUCCESS : ERROR_INSTALL_FAILURE;
}

// LICENSECODEFILE: where each user's `iscbridge license activate --rollout` finds the code.
extern "C" __declspec(dllexport) UINT __stdcall NoteCodeFile(MSIHANDLE install) {
    const std::string path = literal(property(install, L"CustomActionData"));
    const bool noted = !path.empty() && machine_folder::write(L"rollout.toml", "license_code_file = " + path + "\n") == ERROR_SUCCESS;
    return noted ? ERROR_SUCCESS : ERROR_INSTALL_FAILURE;
}

// Removing: the folder goes if nothing is in it; a link goes itself.
extern "C" __declspec(dllexport) UINT __stdcall DropFolder(MSIHANDLE) {
    RemoveDirectoryW(machine_folder::path().c_str());
    return ERROR_SUCCESS;
}
