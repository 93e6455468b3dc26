// %ProgramData%\ISCBridge, whose content counts for every user: made so that only administrators can write it.
// Included by the installer's helper and by the MSI's actions. Both write there with the highest rights, and users may
// have put something in the way before: so nothing is followed, and nothing of theirs is written to.
#pragma once

#include <windows.h>

#include <sddl.h>

#include <string>

namespace machine_folder {

// Owner Administrators; SYSTEM and Administrators everything, users read; nothing from %ProgramData%, all of it for what
// is made below. The same as in docs/administration.md.
inline const wchar_t* const kFolder = L"O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FRFX;;;BU)";
inline const wchar_t* const kFile = L"O:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FRFX;;;BU)";

struct Descriptor {
    PSECURITY_DESCRIPTOR it = nullptr;
    explicit Descriptor(const wchar_t* text) { ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &it, nullptr); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { LocalFree(it); }
    SECURITY_ATTRIBUTES attributes() const { return {sizeof(SECURITY_ATTRIBUTES), it, FALSE}; }
};

// A right that an administrator has and must ask for.
inline void switch_on(const wchar_t* privilege) {
    HANDLE token = nullptr;
    TOKEN_PRIVILEGES wanted{};
    wanted.PrivilegeCount = 1;
    wanted.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
    if (LookupPrivilegeValueW(nullptr, privilege, &wanted.Privileges[0].Luid) != 0 &&
        OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token) != 0) {
        AdjustTokenPrivileges(token, FALSE, &wanted, 0, nullptr, nullptr);
        CloseHandle(token);
    }
}

inline bool is_plain_folder(HANDLE folder) {
    BY_HANDLE_FILE_INFORMATION found;
    return GetFileInformationByHandle(folder, &found) != 0 && (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0 &&
           (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0;
}

inline HANDLE open_itself(const std::wstring& path, DWORD rights) {
    return CreateFileW(path.c_str(), rights, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                       FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, nullptr);
}

// The owner first: who owns it could give himself every right again. By handle, so that no link can take its place, and
// without a word to what lies below: that may be a link, too.
inline DWORD set_part(const std::wstring& path, const Descriptor& wanted, DWORD right, SECURITY_INFORMATION part) {
    HANDLE folder = open_itself(path, right | FILE_READ_ATTRIBUTES);
    if (folder == INVALID_HANDLE_VALUE) {
        return GetLastError();
    }
    DWORD problem = ERROR_CANT_ACCESS_FILE;
    if (is_plain_folder(folder)) {
        problem = SetKernelObjectSecurity(folder, part, wanted.it) != 0 ? ERROR_SUCCESS : GetLastError();
    }
    CloseHandle(folder);
    return problem;
}

inline DWORD take_over(const std::wstring& path, const Descriptor& wanted) {
    switch_on(SE_TAKE_OWNERSHIP_NAME);
    switch_on(SE_RESTORE_NAME);
    const DWORD problem = set_part(path, wanted, WRITE_OWNER, OWNER_SECURITY_INFORMATION);
    const SECURITY_INFORMATION list = DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
    return problem != ERROR_SUCCESS ? problem : set_part(path, wanted, WRITE_DAC, list);
}

inline std::wstring path() {
    wchar_t data[MAX_PATH];
    const DWORD size = GetEnvironmentVariableW(L"ProgramData", data, MAX_PATH);
    return size == 0 || size >= MAX_PATH ? std::wstring() : std::wstring(data) + L"\\ISCBridge";
}

// Make the folder, or take it over. 0, or the system's error: it is a link, or these rights are not enough.
inline DWORD secure() {
    const auto folder = path();
    const Descriptor wanted(kFolder);
    if (folder.empty() || wanted.it == nullptr) {
        return ERROR_ENVVAR_NOT_FOUND;
    }
    auto attributes = wanted.attributes();
    switch_on(SE_RESTORE_NAME);  // to make something that belongs to somebody else
    if (CreateDirectoryW(folder.c_str(), &attributes) == 0) {
        const DWORD problem = GetLastError();
        if (problem == ERROR_INVALID_OWNER) {
            CreateDirectoryW(folder.c_str(), nullptr);  // taken over below
        } else if (problem != ERROR_ALREADY_EXISTS) {
            return problem;
        }
    }
    return take_over(folder, wanted);
}

// Put these bytes there as a file of this name, as a whole. 0, or the system's error.
inline DWORD write(const wchar_t* name, const std::string& bytes) {
    if (const DWORD problem = secure(); problem != ERROR_SUCCESS) {
        return problem;
    }
    const auto target = path() + L"\\" + name;
    const auto fresh = target + L".new";
    const Descriptor wanted(kFile);
    auto attributes = wanted.attributes();
    DeleteFileW(fresh.c_str());  // what lies there, be it a link, goes itself
    HANDLE file = CreateFileW(fresh.c_str(), GENERIC_WRITE, 0, &attributes, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE) {
        return GetLastError();
    }
    DWORD written = 0;
    const bool done = WriteFile(file, bytes.data(), static_cast<DWORD>(bytes.size()), &written, nullptr) != 0 &&
                      written == bytes.size() && FlushFileBuffers(file) != 0;
    const DWORD problem = done ? ERROR_SUCCESS : GetLastError();
    CloseHandle(file);
    if (done && MoveFileExW(fresh.c_str(), target.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) != 0) {
        return ERROR_SUCCESS;
    }
    const DWORD reason = problem != ERROR_SUCCESS ? problem : GetLastError();
    DeleteFileW(fresh.c_str());
    return reason;
}

// The content of a file that an administrator named; at most `most` bytes. 0, or the system's error.
inline DWORD read(const wchar_t* source, std::string* bytes, DWORD most) {
    HANDLE file = CreateFileW(source, GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE) {
        return GetLastError();
    }
    bytes->resize(most + 1);
    DWORD got = 0;
    const bool done = ReadFile(file, bytes->data(), most + 1, &got, nullptr) != 0;
    const DWORD problem = done ? (got > most ? ERROR_FILE_TOO_LARGE : ERROR_SUCCESS) : GetLastError();
    CloseHandle(file);
    bytes->resize(got);
    return problem;
}

// As large as the settings' policy file may be.
constexpr DWORD kMost = 1024 * 1024;

}  // namespace machine_folder
