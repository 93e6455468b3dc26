#include <dlfcn.h>

#include "fake_sdk.hpp"

test::FakeSdk::FakeSdk(std::string path) : path_(std::move(path)) {
    void *const library = dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL);
    CHECK(library != nullptr);
    void *const entry = dlsym(library, fake_control_entry);
    CHECK(entry != nullptr);
    control_ = reinterpret_cast<FakeControlEntry>(entry)();
}

std::optional<std::string> test::from_system_code_page(const std::string &) { return std::nullopt; }
