// The desk's end of a connection, for tests: does what it is told, nothing by itself.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "check.hpp"

namespace test {

/// Listens at an address of its own, which it puts into ISCBRIDGE_SANDBOX_DESK. One connection at a time.
class DeskServer {
public:
    DeskServer();
    ~DeskServer();
    DeskServer(const DeskServer &) = delete;
    DeskServer &operator=(const DeskServer &) = delete;

    /// Waits for the SDK to connect.
    void accept();

    /// Sends these bytes; false if the SDK is gone.
    bool send(std::string_view bytes);

    /// Waits for the next whole frame and gives its fields; empty once the SDK has closed the connection.
    std::vector<std::string> receive();

    void hang_up();

private:
    /// Some bytes, or none at the end.
    std::string read_some();

    struct State;
    std::unique_ptr<State> state_;
    std::string buffer_;
};

/// Sets or (empty) removes ISCBRIDGE_SANDBOX_DESK.
void set_desk_address(const std::string &address);

}  // namespace test
