// The fake SDK library that a test was given, seen through its control.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "check.hpp"
#include "dialects/common/fake_control.hpp"

namespace test {

class FakeSdk {
public:
    /// Loads the library at this path, which the shim then finds loaded.
    explicit FakeSdk(std::string path);

    const FakeControl *operator->() const { return control_; }
    const FakeTraits &traits() const { return *control_->traits; }
    const std::string &path() const { return path_; }

    /// Forgets all that happened; calls succeed from now on.
    void reset() const {
        control_->reset();
        control_->set_status(traits().success);
    }

    std::vector<std::string> calls() const {
        std::vector<std::string> all;
        for (int i = 0; i < control_->call_count(); ++i) {
            all.emplace_back(control_->call_text(i));
        }
        return all;
    }

private:
    std::string path_;
    const FakeControl *control_;
};

/// Bytes in the system's ANSI code page as UTF-8; nothing if they are none there, or the system has no code page.
std::optional<std::string> from_system_code_page(const std::string &bytes);

}  // namespace test
