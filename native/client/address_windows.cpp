#include "windows.hpp"

#include <shlobj.h>

#include <algorithm>
#include <stdexcept>

#include "address.hpp"
#include "sha256.hpp"

namespace iscbridge::client {
namespace {

constexpr DWORD longest_path = 32768;

std::wstring variable(const wchar_t *name) {
    std::wstring value(longest_path, L'\0');
    value.resize(GetEnvironmentVariableW(name, value.data(), longest_path));
    return value;
}

std::wstring default_home() {
    std::wstring path(longest_path, L'\0');
    if (SHGetFolderPathW(nullptr, CSIDL_LOCAL_APPDATA, nullptr, 0, path.data()) == S_OK) {
        path.resize(path.find(L'\0'));
    } else {
        path = variable(L"LOCALAPPDATA");
    }
    return path + L"\\ISCBridge";
}

std::wstring absolute(const std::wstring &path) {
    std::wstring out(longest_path, L'\0');
    const DWORD length = GetFullPathNameW(path.c_str(), longest_path, out.data(), nullptr);
    if (length == 0 || length >= longest_path) {
        throw std::runtime_error("the profile folder has no full path");
    }
    out.resize(length);
    while (out.size() > 3 && out.back() == L'\\') {
        out.pop_back();
    }
    return out;
}

constexpr wchar_t final_prefix[] = L"\\\\?\\";

bool has_prefix(const std::wstring &path) { return path.rfind(final_prefix, 0) == 0; }

/// Links followed and short names made long, as far as the folder exists. With the prefix of final paths if `path` has
/// it, else without.
std::wstring real_path(const std::wstring &path) {
    const Handle folder(CreateFileW(path.c_str(), 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                    OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
    std::wstring out(longest_path, L'\0');
    const DWORD length =
        folder ? GetFinalPathNameByHandleW(folder.get(), out.data(), longest_path, FILE_NAME_NORMALIZED) : 0;
    if (length > 0 && length < longest_path) {
        out.resize(length);
        if (has_prefix(path)) {
            return out;
        }
        return out.rfind(L"\\\\?\\UNC\\", 0) == 0 ? L"\\\\" + out.substr(8) : has_prefix(out) ? out.substr(4) : out;
    }
    const std::size_t slash = path.find_last_of(L'\\');
    if (slash == std::wstring::npos || slash < 3) {
        return path;
    }
    return real_path(path.substr(0, slash)) + path.substr(slash);
}

std::wstring lower(const std::wstring &text) {
    std::wstring out(text.size() * 2, L'\0');
    const int length =
        LCMapStringEx(LOCALE_NAME_INVARIANT, LCMAP_LOWERCASE, text.c_str(), static_cast<int>(text.size()), out.data(),
                      static_cast<int>(out.size()), nullptr, nullptr, 0);
    out.resize(static_cast<std::size_t>(std::max(length, 0)));
    return out;
}

}  // namespace

std::string find_address(const std::string &home) {
    std::wstring root = home.empty() ? variable(L"ISCBRIDGE_HOME") : widen(home);
    root = absolute(root.empty() ? default_home() : root);
    const std::wstring sid = user_sid(GetCurrentProcess());
    DWORD session = 0;
    if (sid.empty() || ProcessIdToSessionId(GetCurrentProcessId(), &session) == 0) {
        throw std::runtime_error("Windows does not tell who runs this process");
    }
    const std::string key = sha256_hex(narrow(lower(real_path(root)))).substr(0, 16);
    return "\\\\.\\pipe\\iscbridge-bridge-" + narrow(sid) + "-" + std::to_string(session) + "-" + key;
}

}  // namespace iscbridge::client
