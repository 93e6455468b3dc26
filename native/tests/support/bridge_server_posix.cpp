#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "bridge_server.hpp"
#include "check.hpp"

namespace test {

struct BridgeServer::State {
    std::string folder;
    int listening = -1;
    int stop[2] = {-1, -1};  // the reading end is readable once the server stops
};

namespace {

class SocketPeer final : public BridgePeer {
public:
    SocketPeer(int socket, int stop) : socket_(socket), stop_(stop) {}
    ~SocketPeer() override { ::close(socket_); }

    std::string line() override {
        for (;;) {
            const std::size_t end = buffer_.find('\n');
            if (end != std::string::npos) {
                std::string found = buffer_.substr(0, end);
                buffer_.erase(0, end + 1);
                return found;
            }
            char some[65536];
            const ssize_t got = wait(POLLIN) ? ::recv(socket_, some, sizeof(some), MSG_DONTWAIT) : 0;
            if (got <= 0) {
                return {};
            }
            buffer_.append(some, static_cast<std::size_t>(got));
        }
    }

    bool send(std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t sent =
                wait(POLLOUT) ? ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

private:
    bool wait(short what) const {
        pollfd watched[2] = {{socket_, what, 0}, {stop_, POLLIN, 0}};
        ::poll(watched, 2, -1);
        return watched[1].revents == 0;
    }

    const int socket_;
    const int stop_;
    std::string buffer_;
};

}  // namespace

BridgeServer::BridgeServer(Serve serve, std::string address)
    : serve_(std::move(serve)), address_(std::move(address)), state_(std::make_unique<State>()) {
    CHECK(address_.empty());
    char folder[] = "/tmp/iscbridge-test-XXXXXX";
    CHECK(::mkdtemp(folder) != nullptr);
    state_->folder = folder;
    address_ = state_->folder + "/bridge.sock";
    state_->listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    std::memcpy(where.sun_path, address_.data(), address_.size());
    CHECK_EQ(::bind(state_->listening, reinterpret_cast<const sockaddr *>(&where), sizeof(where)), 0);
    CHECK_EQ(::listen(state_->listening, 64), 0);
    CHECK_EQ(::pipe(state_->stop), 0);
    accepting_ = std::thread([this] { accept_all(); });
}

BridgeServer::~BridgeServer() {
    ::close(state_->stop[1]);
    accepting_.join();
    for (std::thread &each : serving_) {
        each.join();
    }
    ::close(state_->stop[0]);
    ::unlink(address_.c_str());
    ::rmdir(state_->folder.c_str());
}

void BridgeServer::accept_all() {
    for (;;) {
        pollfd watched[2] = {{state_->listening, POLLIN, 0}, {state_->stop[0], POLLIN, 0}};
        ::poll(watched, 2, -1);
        if (watched[1].revents != 0) {
            ::close(state_->listening);
            return;
        }
        const int socket = ::accept(state_->listening, nullptr, nullptr);
        CHECK(socket >= 0);
        ++connections_;
        const std::lock_guard lock(mutex_);
        serving_.emplace_back([this, socket] {
            SocketPeer peer(socket, state_->stop[0]);
            serve_(peer);
        });
    }
}

}  // namespace test
