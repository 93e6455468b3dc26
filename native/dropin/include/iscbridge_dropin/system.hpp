// What the system is asked for: the ANSI code page, the environment, small files, the program's path, libraries.
#ifndef ISCBRIDGE_DROPIN_SYSTEM_HPP
#define ISCBRIDGE_DROPIN_SYSTEM_HPP

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#ifdef _WIN32
#ifndef NOMINMAX
#define NOMINMAX
#define ISCBRIDGE_DROPIN_NOMINMAX
#endif
#include <windows.h>
#ifdef ISCBRIDGE_DROPIN_NOMINMAX
#undef NOMINMAX
#undef ISCBRIDGE_DROPIN_NOMINMAX
#endif
#else
#include <dlfcn.h>
#include <unistd.h>
#endif

namespace iscbridge_dropin {

inline bool from_wide(const std::wstring &wide, std::string &utf8);
inline std::wstring widened(const std::string &utf8);

#ifdef _WIN32

inline bool wide_of_ansi(const std::string &ansi, std::wstring &wide) {
    wide.clear();
    if (ansi.empty()) {
        return true;
    }
    const int size = static_cast<int>(ansi.size());
    const int count = MultiByteToWideChar(CP_ACP, MB_ERR_INVALID_CHARS, ansi.data(), size, nullptr, 0);
    if (count <= 0) {
        return false;
    }
    wide.resize(static_cast<std::size_t>(count));
    return MultiByteToWideChar(CP_ACP, MB_ERR_INVALID_CHARS, ansi.data(), size, &wide[0], count) == count;
}

/// Empty if the code page can't express it; never something similar instead.
inline std::string ansi_of_wide(const std::wstring &wide) {
    char bytes[16];
    const int count = WideCharToMultiByte(CP_ACP, 0, wide.data(), static_cast<int>(wide.size()), bytes, sizeof(bytes),
                                          nullptr, nullptr);
    std::wstring back;
    const std::string out(bytes, count > 0 ? static_cast<std::size_t>(count) : 0);
    return wide_of_ansi(out, back) && back == wide ? out : std::string();
}

/// In UTF-8; empty if it is not set.
inline std::string environment(const char *name) {
    const std::wstring wide_name = widened(name);
    const DWORD size = GetEnvironmentVariableW(wide_name.c_str(), nullptr, 0);
    std::wstring value(size, L'\0');
    std::string out;
    if (size != 0) {
        value.resize(GetEnvironmentVariableW(wide_name.c_str(), &value[0], size));
        from_wide(value, out);
    }
    return out;
}

inline std::string program_path() {
    std::wstring path(32768, L'\0');
    path.resize(GetModuleFileNameW(nullptr, &path[0], static_cast<DWORD>(path.size())));
    std::string out;
    from_wide(path, out);
    return out;
}

inline std::FILE *open_file(const std::string &path) { return _wfopen(widened(path).c_str(), L"rb"); }

inline bool is_absolute(const std::string &path) {
    return path.size() > 3 && ((path[1] == ':' && (path[2] == '\\' || path[2] == '/')) ||
                               (path[0] == '\\' && path[1] == '\\'));
}

/// A value of a registry key below HKLM or HKCU, in UTF-8.
inline std::string registry_text(HKEY root, const wchar_t *key, const wchar_t *value) {
    DWORD size = 0;
    const DWORD kind = RRF_RT_REG_SZ | 0x00010000;  // RRF_SUBKEY_WOW6464KEY: the view that an installer writes
    if (RegGetValueW(root, key, value, kind, nullptr, nullptr, &size) != ERROR_SUCCESS || size < sizeof(wchar_t)) {
        return std::string();
    }
    std::wstring text(size / sizeof(wchar_t), L'\0');
    if (RegGetValueW(root, key, value, kind, nullptr, &text[0], &size) != ERROR_SUCCESS) {
        return std::string();
    }
    text.resize(size / sizeof(wchar_t) - 1);
    std::string out;
    from_wide(text, out);
    return out;
}

/// A library by its absolute path: nothing else is searched for what it needs but its own folder and the system's.
inline void *open_library(const std::string &path) {
    return LoadLibraryExW(widened(path).c_str(), nullptr,
                          LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
}

/// One that the process has loaded already.
inline void *loaded_library(const char *name) { return GetModuleHandleW(widened(name).c_str()); }

inline void *symbol(void *library, const char *name) {
    return reinterpret_cast<void *>(GetProcAddress(static_cast<HMODULE>(library), name));
}

/// Threads of it run as long as the process does, so it must not go before, whatever the host does with its handle.
inline void keep_library(void *address) {
    HMODULE kept = nullptr;
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                       static_cast<LPCWSTR>(address), &kept);
}

#else

inline bool wide_of_ansi(const std::string &ansi, std::wstring &wide) {
    wide.assign(ansi.begin(), ansi.end());
    for (const char c : ansi) {
        if (static_cast<unsigned char>(c) >= 0x80) {
            return false;  // there is no ANSI code page here
        }
    }
    return true;
}

inline std::string ansi_of_wide(const std::wstring &wide) {
    return wide.size() == 1 && wide[0] > 0 && wide[0] < 0x80 ? std::string(1, static_cast<char>(wide[0])) : std::string();
}

inline std::string environment(const char *name) {
    const char *const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

inline std::string program_path() {
    char path[4096];
    const auto size = ::readlink("/proc/self/exe", path, sizeof(path));
    return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : std::string();
}

inline std::FILE *open_file(const std::string &path) { return std::fopen(path.c_str(), "rb"); }

inline bool is_absolute(const std::string &path) { return !path.empty() && path[0] == '/'; }

inline void *open_library(const std::string &path) { return ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE); }

inline void *loaded_library(const char *name) { return ::dlopen(name, RTLD_NOW | RTLD_NOLOAD); }

inline void *symbol(void *library, const char *name) { return ::dlsym(library, name); }

inline void keep_library(void *) {}  // it is made so that it is never unloaded

#endif

/// 128 random bits, for a request's id.
inline std::string drawn_id() {
    std::random_device source;
    std::string out;
    for (int word = 0; word < 4; ++word) {
        const std::uint32_t bits = source();
        for (int shift = 28; shift >= 0; shift -= 4) {
            out += "0123456789abcdef"[(bits >> shift) & 0xF];
        }
    }
    return out;
}

/// At most `most` bytes of a file; empty if it can't be read.
inline std::string file_content(const std::string &path, std::size_t most) {
    std::string out(most, '\0');
    std::FILE *const file = open_file(path);
    if (file == nullptr) {
        return std::string();
    }
    out.resize(std::fread(&out[0], 1, most, file));
    std::fclose(file);
    return out;
}

inline bool is_file(const std::string &path) {
    std::FILE *const file = open_file(path);
    if (file != nullptr) {
        std::fclose(file);
    }
    return file != nullptr;
}

/// Where a file lies, with the last separator.
inline std::string folder_of(const std::string &path) {
    const std::size_t at = path.find_last_of("/\\");
    return at == std::string::npos ? std::string() : path.substr(0, at + 1);
}

/// The name of a program's file without its folder and `.exe`.
inline std::string program_name() {
    std::string name = program_path();
    name = name.substr(folder_of(name).size());
    const std::size_t dot = name.rfind('.');
    return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

}  // namespace iscbridge_dropin

#endif
