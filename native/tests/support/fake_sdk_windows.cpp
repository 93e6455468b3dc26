#include <windows.h>

#include "fake_sdk.hpp"

test::FakeSdk::FakeSdk(std::string path) : path_(std::move(path)) {
    const HMODULE library = LoadLibraryA(path_.c_str());
    CHECK(library != nullptr);
    const FARPROC entry = GetProcAddress(library, fake_control_entry);
    CHECK(entry != nullptr);
    control_ = reinterpret_cast<FakeControlEntry>(reinterpret_cast<void *>(entry))();
}
