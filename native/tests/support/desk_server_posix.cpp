#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "desk_server.hpp"

namespace test {

struct DeskServer::State {
    std::string folder;
    std::string address;
    int listening = -1;
    int connection = -1;
};

void set_desk_address(const std::string &address) {
    if (address.empty()) {
        ::unsetenv("ISCBRIDGE_SANDBOX_DESK");
    } else {
        ::setenv("ISCBRIDGE_SANDBOX_DESK", address.c_str(), 1);
    }
}

DeskServer::DeskServer() : state_(std::make_unique<State>()) {
    char folder[] = "/tmp/iscbridge-test-XXXXXX";
    CHECK(::mkdtemp(folder) != nullptr);
    state_->folder = folder;
    state_->address = state_->folder + "/desk";
    state_->listening = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    std::memcpy(where.sun_path, state_->address.data(), state_->address.size());
    CHECK_EQ(::bind(state_->listening, reinterpret_cast<const sockaddr *>(&where), sizeof(where)), 0);
    CHECK_EQ(::listen(state_->listening, 8), 0);
    set_desk_address(state_->address);
}

DeskServer::~DeskServer() {
    hang_up();
    ::close(state_->listening);
    ::unlink(state_->address.c_str());
    ::rmdir(state_->folder.c_str());
}

void DeskServer::accept() {
    hang_up();
    state_->connection = ::accept(state_->listening, nullptr, nullptr);
    CHECK(state_->connection >= 0);
}

bool DeskServer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(state_->connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::string DeskServer::read_some() {
    char buffer[4096];
    const ssize_t received = ::recv(state_->connection, buffer, sizeof(buffer), 0);
    return received > 0 ? std::string(buffer, static_cast<std::size_t>(received)) : std::string();
}

void DeskServer::hang_up() {
    if (state_->connection >= 0) {
        ::close(state_->connection);
        state_->connection = -1;
    }
    buffer_.clear();
}

}  // namespace test
