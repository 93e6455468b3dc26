#include "connection.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0  // macOS has SO_NOSIGPIPE instead
#endif

namespace {

class SocketConnection final : public Connection {
public:
    explicit SocketConnection(int socket) : socket_(socket) {}
    ~SocketConnection() override { ::close(socket_); }

    bool send(std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno == EINTR) {
                continue;
            }
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    std::size_t receive(char *buffer, std::size_t size) override {
        for (;;) {
            const ssize_t received = ::recv(socket_, buffer, size, 0);
            if (received >= 0 || errno != EINTR) {
                return received > 0 ? static_cast<std::size_t>(received) : 0;
            }
        }
    }

    void interrupt() noexcept override { ::shutdown(socket_, SHUT_RDWR); }
    void hang_up() noexcept override { interrupt(); }

private:
    const int socket_;
};

int new_socket() {
#ifdef SOCK_CLOEXEC
    return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
#else
    return ::socket(AF_UNIX, SOCK_STREAM, 0);
#endif
}

}  // namespace

std::unique_ptr<Connection> Connection::open(const std::string &address) {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    if (address.empty() || address.size() >= sizeof(where.sun_path)) {
        return nullptr;
    }
    std::memcpy(where.sun_path, address.data(), address.size());
    const int socket = new_socket();
    if (socket < 0) {
        return nullptr;
    }
    auto connection = std::make_unique<SocketConnection>(socket);
#ifdef SO_NOSIGPIPE
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on));
#endif
    if (::connect(socket, reinterpret_cast<const sockaddr *>(&where), sizeof(where)) != 0) {
        return nullptr;
    }
    return connection;
}

std::string desk_address() {
    const char *const value = std::getenv("ISCBRIDGE_SANDBOX_DESK");
    return value == nullptr ? std::string() : std::string(value);
}

unsigned long current_process_id() { return static_cast<unsigned long>(::getpid()); }
