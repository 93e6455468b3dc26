// The progress file: replaced as a whole, so that who reads it never sees half of it.
#include "helper.h"

namespace {

void add_escaped(std::string* json, const std::wstring& text) {
    const int size = WideCharToMultiByte(CP_UTF8, 0, text.c_str(), static_cast<int>(text.size()), nullptr, 0, nullptr, nullptr);
    std::string bytes(static_cast<size_t>(size), '\0');
    WideCharToMultiByte(CP_UTF8, 0, text.c_str(), static_cast<int>(text.size()), bytes.data(), size, nullptr, nullptr);
    const char* digits = "0123456789abcdef";
    for (const char one : bytes) {
        const auto code = static_cast<unsigned char>(one);
        if (one == '"' || one == '\\') {
            (*json += '\\') += one;
        } else if (code < 0x20) {
            ((*json += "\\u00") += digits[code >> 4]) += digits[code & 15];
        } else {
            *json += one;
        }
    }
}

bool write_file(const std::wstring& path, const std::string& content) {
    HANDLE file = CreateFileW(path.c_str(), GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE) {
        return false;
    }
    DWORD written = 0;
    const bool done = WriteFile(file, content.data(), static_cast<DWORD>(content.size()), &written, nullptr) != 0;
    CloseHandle(file);
    return done && written == content.size();
}

}  // namespace

// 0, or the system's error. A reader that has the file open right now is waited for, at the end longest.
SETUP_API int Progress(const wchar_t* path, int status, int progress, const wchar_t* error) {
    std::string json = "{\"status\":" + std::to_string(status) + ",\"progress\":" + std::to_string(progress) + ",\"errorMsg\":\"";
    add_escaped(&json, error);
    json += "\"}\n";
    const std::wstring fresh = std::wstring(path) + L"." + std::to_wstring(GetCurrentProcessId()) + L".tmp";
    if (!write_file(fresh, json)) {
        return static_cast<int>(GetLastError());
    }
    DWORD problem = 0;
    for (int attempt = status == 0 ? 5 : 200; attempt > 0; --attempt) {
        if (MoveFileExW(fresh.c_str(), path, MOVEFILE_REPLACE_EXISTING) != 0) {
            return 0;
        }
        problem = GetLastError();
        Sleep(10);
    }
    DeleteFileW(fresh.c_str());
    return static_cast<int>(problem);
}
