#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "port.hpp"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0  // macOS has SO_NOSIGPIPE instead
#endif

namespace iscbridge::client {
namespace {

void set_up(int file) {
    ::fcntl(file, F_SETFD, FD_CLOEXEC);
    ::fcntl(file, F_SETFL, ::fcntl(file, F_GETFL) | O_NONBLOCK);
}

int new_socket() {
#ifdef SOCK_CLOEXEC
    return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
    const int made = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (made >= 0) {
        const int on = 1;
        set_up(made);
        ::setsockopt(made, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on));
    }
    return made;
#endif
}

bool is_own(int socket) {
#ifdef SO_PEERCRED
    ucred who{};
    socklen_t size = sizeof(who);
    return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && who.uid == ::getuid();
#else
    uid_t uid = 0;
    gid_t gid = 0;
    return ::getpeereid(socket, &uid, &gid) == 0 && uid == ::getuid();
#endif
}

class SocketPort final : public Port {
public:
    SocketPort() {
#ifdef __linux__
        const int made = ::pipe2(wake_, O_CLOEXEC | O_NONBLOCK);  // at once: another thread may start a program
#else
        const int made = ::pipe(wake_);
#endif
        if (made != 0) {
            throw std::runtime_error("no pipe");
        }
        set_up(wake_[0]);
        set_up(wake_[1]);
    }
    ~SocketPort() override {
        close();
        ::close(wake_[0]);
        ::close(wake_[1]);
    }

    Opened open(const std::string &address) override {
        close();
        sockaddr_un where{};
        where.sun_family = AF_UNIX;
        struct stat entry {};
        if (address.size() >= sizeof(where.sun_path) || ::lstat(address.c_str(), &entry) != 0) {
            return Opened::not_running;
        }
        if (entry.st_uid != ::getuid()) {
            return Opened::foreign;
        }
        std::memcpy(where.sun_path, address.data(), address.size());
        socket_ = new_socket();
        if (socket_ < 0) {
            return Opened::busy;  // no descriptor to be had at the moment
        }
        if (::connect(socket_, reinterpret_cast<const sockaddr *>(&where), sizeof(where)) != 0) {
            const bool full = errno == EAGAIN || errno == EINTR || errno == EINPROGRESS;
            close();
            return full ? Opened::busy : Opened::not_running;
        }
        if (!is_own(socket_)) {
            close();
            return Opened::foreign;
        }
        return Opened::yes;
    }

    void close() noexcept override {
        if (socket_ >= 0) {
            ::close(std::exchange(socket_, -1));
        }
    }

    Moved read(char *buffer, std::size_t size, std::size_t &count) override {
        return moved(::recv(socket_, buffer, size, 0), count);
    }

    Moved write(const char *bytes, std::size_t size, std::size_t &count) override {
        return moved(::send(socket_, bytes, size, MSG_NOSIGNAL), count);
    }

    void wait(Clock::time_point until, bool to_write) override {
        pollfd watched[2] = {{wake_[0], POLLIN, 0}, {socket_, POLLIN, 0}};
        if (to_write) {
            watched[1].events |= POLLOUT;
        }
        ::poll(watched, socket_ < 0 ? 1 : 2, milliseconds_until(until));
        char drained[64];
        while (::read(wake_[0], drained, sizeof(drained)) > 0) {
        }
    }

    void wake() noexcept override {
        const char byte = 0;
        [[maybe_unused]] const ssize_t written = ::write(wake_[1], &byte, 1);  // full: it wakes already
    }

private:
    static Moved moved(ssize_t result, std::size_t &count) {
        if (result > 0) {
            count = static_cast<std::size_t>(result);
            return Moved::some;
        }
        return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? Moved::nothing : Moved::ended;
    }

    int wake_[2] = {-1, -1};
    int socket_ = -1;
};

}  // namespace

std::unique_ptr<Port> Port::make() { return std::make_unique<SocketPort>(); }

}  // namespace iscbridge::client
