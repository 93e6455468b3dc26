#include "os.hpp"

#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include <cstdlib>

namespace iscbridge::os {

struct WorkSignal::State {
    HANDLE event = CreateEventW(nullptr, FALSE, FALSE, nullptr);
};

WorkSignal::WorkSignal() : state_(std::make_unique<State>()) {}
WorkSignal::~WorkSignal() { CloseHandle(state_->event); }

void WorkSignal::set() noexcept { SetEvent(state_->event); }

void WorkSignal::wait() {
    for (;;) {
        // "Input available": messages that the SDK has looked at and left in the queue count as well.
        const DWORD what =
            MsgWaitForMultipleObjectsEx(1, &state_->event, INFINITE, QS_ALLINPUT, MWMO_INPUTAVAILABLE);
        if (what == WAIT_OBJECT_0) {
            return;
        }
        if (what == WAIT_FAILED) {  // no message queue can be had here: then there are no messages either
            WaitForSingleObject(state_->event, INFINITE);
            return;
        }
        MSG message;
        while (PeekMessageW(&message, nullptr, 0, 0, PM_REMOVE) != 0) {
            TranslateMessage(&message);
            DispatchMessageW(&message);
        }
    }
}

namespace {

std::wstring to_wide(std::string_view bytes, UINT code_page) {
    const int size = static_cast<int>(bytes.size());
    const int needed = MultiByteToWideChar(code_page, MB_ERR_INVALID_CHARS, bytes.data(), size, nullptr, 0);
    std::wstring out(static_cast<std::size_t>(needed > 0 ? needed : 0), L'\0');
    if (needed > 0) {
        MultiByteToWideChar(code_page, MB_ERR_INVALID_CHARS, bytes.data(), size, out.data(), needed);
    }
    return out;
}

std::string from_wide(std::wstring_view text, UINT code_page) {
    const int size = static_cast<int>(text.size());
    const int needed = WideCharToMultiByte(code_page, 0, text.data(), size, nullptr, 0, nullptr, nullptr);
    std::string out(static_cast<std::size_t>(needed > 0 ? needed : 0), '\0');
    if (needed > 0) {
        WideCharToMultiByte(code_page, 0, text.data(), size, out.data(), needed, nullptr, nullptr);
    }
    return out;
}

/// "CP936" -> 936; null -> the system's ANSI code page.
UINT code_page_number(const char *name) {
    return name == nullptr ? static_cast<UINT>(CP_ACP) : static_cast<UINT>(std::strtoul(name + 2, nullptr, 10));
}

std::optional<std::string> convert(std::string_view bytes, UINT from, UINT to) {
    if (bytes.empty()) {
        return std::string();
    }
    const std::wstring wide = to_wide(bytes, from);
    std::string out = from_wide(wide, to);
    return wide.empty() || out.empty() ? std::nullopt : std::optional<std::string>(std::move(out));
}

HMODULE this_library() noexcept {
    HMODULE self = nullptr;
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                       reinterpret_cast<LPCWSTR>(&this_library), &self);
    return self;
}

}  // namespace

void *open_library(const std::string &path) {
    // Its own folder first, so that a vendor DLL finds the DLLs it came with; never the current folder.
    return LoadLibraryExW(to_wide(path, CP_UTF8).c_str(), nullptr,
                          LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS);
}

void *find_symbol(void *library, const char *name) {
    // A FARPROC is a code address; the caller casts it to the function's type.
    return reinterpret_cast<void *>(GetProcAddress(static_cast<HMODULE>(library), name));
}

std::string beside_this_library(const char *name) {
    std::wstring path(32768, L'\0');
    const DWORD length = GetModuleFileNameW(this_library(), path.data(), static_cast<DWORD>(path.size()));
    path.resize(length);
    const auto slash = path.find_last_of(L"\\/");
    return slash == std::wstring::npos ? std::string() : from_wide(path.substr(0, slash + 1), CP_UTF8) + name;
}

void pin_this_library() noexcept {
    HMODULE self = nullptr;
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                       reinterpret_cast<LPCWSTR>(&this_library), &self);
}

bool is_absolute(std::string_view path) noexcept {
    const auto is_slash = [](char c) { return c == '\\' || c == '/'; };
    const bool drive = path.size() >= 3 && path[1] == ':' && is_slash(path[2]);
    const bool share = path.size() >= 2 && is_slash(path[0]) && is_slash(path[1]);
    return drive || share;
}

std::optional<std::string> ansi_to_utf8(std::string_view bytes, const char *code_page) {
    return convert(bytes, code_page_number(code_page), CP_UTF8);
}

std::optional<std::string> utf8_to_ansi(std::string_view utf8, const char *code_page) {
    return convert(utf8, CP_UTF8, code_page_number(code_page));
}

}  // namespace iscbridge::os
