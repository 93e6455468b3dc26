// A byte stream to the desk: AF_UNIX socket (connection_posix.cpp) or named pipe (connection_windows.cpp).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

/// One thread may read while another writes.
class Connection {
public:
    /// Null if nobody listens there.
    static std::unique_ptr<Connection> open(const std::string &address);

    Connection() = default;
    virtual ~Connection() = default;
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;

    /// Sends all bytes; false once the connection is lost.
    virtual bool send(std::string_view bytes) = 0;

    /// Waits for bytes; 0 once the connection is lost or `interrupt` was called.
    virtual std::size_t receive(char *buffer, std::size_t size) = 0;

    /// From any thread: ends both `send` and `receive`, now and later.
    virtual void interrupt() noexcept = 0;

    /// By the thread that receives, when it will do so no more: the desk sees the end at once.
    virtual void hang_up() noexcept = 0;
};

/// Value of ISCBRIDGE_SANDBOX_DESK in UTF-8; empty if it is not set.
std::string desk_address();

unsigned long current_process_id();
