// Starting a bridge that outlives this process.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace iscbridge::client {

/// Whether this process has more rights than its user usually has, so that it must not start a bridge.
bool may_not_start();

/// A program that was started and is not waited for.
class Launched {
public:
    /// Null if it can't be started. `home`, if it is not empty, becomes ISCBRIDGE_HOME of the program.
    static std::unique_ptr<Launched> start(const std::vector<std::string> &command, const std::string &home);

    Launched() = default;
    virtual ~Launched() = default;
    Launched(const Launched &) = delete;
    Launched &operator=(const Launched &) = delete;

    /// Whether it ended, and how: 0 is success. Never waits.
    virtual std::optional<int> exit_code() = 0;
};

}  // namespace iscbridge::client
