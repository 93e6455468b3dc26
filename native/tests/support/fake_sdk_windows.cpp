#include <windows.h>

#include "fake_sdk.hpp"

test::FakeSdk::FakeSdk(std::string path) : path_(std::move(path)) {
    const HMODULE library = LoadLibraryA(path_.c_str());
    CHECK(library != nullptr);
    const FARPROC entry = GetProcAddress(library, fake_control_entry);
    CHECK(entry != nullptr);
    control_ = reinterpret_cast<FakeControlEntry>(reinterpret_cast<void *>(entry))();
}

std::optional<std::string> test::from_system_code_page(const std::string &bytes) {
    std::wstring units(bytes.size(), L'\0');
    const int wide = MultiByteToWideChar(CP_ACP, MB_ERR_INVALID_CHARS, bytes.data(), static_cast<int>(bytes.size()), units.data(),
                                         static_cast<int>(units.size()));
    units.resize(static_cast<std::size_t>(wide));
    if (wide == 0) {
        return std::nullopt;
    }
    std::string out(units.size() * 3, '\0');
    out.resize(static_cast<std::size_t>(
        WideCharToMultiByte(CP_UTF8, 0, units.data(), wide, out.data(), static_cast<int>(out.size()), nullptr, nullptr)));
    return out;
}
