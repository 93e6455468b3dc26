// Finding and starting a bridge, POSIX: addresses, owners, the start command.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "bridge_client.hpp"
#include "bridge_server.hpp"

using namespace test;

namespace {

std::string folder;

std::string found_address(const char *home) {
    char *address = nullptr;
    CHECK_EQ(iscb_find_address(home, &address), ISCB_OK);
    return Given<char>(address).get();
}

void check_addresses() {
    ::setenv("HOME", "/home/ann", 1);
    ::unsetenv("ISCBRIDGE_HOME");
    ::setenv("XDG_DATA_HOME", "  ", 1);
    CHECK_EQ(found_address(nullptr), "/home/ann/.local/share/iscbridge/run/bridge.sock");
    ::setenv("XDG_DATA_HOME", "/data", 1);
    CHECK_EQ(found_address(""), "/data/iscbridge/run/bridge.sock");
    ::setenv("ISCBRIDGE_HOME", "/profile/", 1);
    CHECK_EQ(found_address(nullptr), "/profile/run/bridge.sock");
    CHECK_EQ(found_address("/other"), "/other/run/bridge.sock");
    const std::string deep = folder + "/" + std::string(100, 'd');
    const std::string far = found_address(deep.c_str());
    CHECK(far.size() <= 100 && far.find("/bridge.sock") != std::string::npos);
    CHECK_EQ(found_address((deep + "/x/..").c_str()), far);
}

/// A socket file of another user gets nothing. Only root can make one.
void check_foreign_owner() {
    BridgeServer server([](BridgePeer &peer) { CHECK_EQ(peer.line(), ""); });
    if (::chown(server.address().c_str(), 65534, 65534) != 0) {
        return;
    }
    BridgeClient client(server.address());
    CHECK_EQ(save(client).status, ISCB_ERR_FOREIGN_OWNER);
    CHECK_EQ(server.connections(), 0);
}

std::int32_t start(const std::vector<const char *> &command, std::int32_t timeout_ms) {
    std::vector<const char *> words = command;
    words.push_back(nullptr);
    const std::string home = folder + "/home";
    iscb_config config = client_config("");
    config.address = nullptr;
    config.home = home.c_str();
    config.start_command = words.data();
    BridgeClient client(config);
    return iscb_connect(client, timeout_ms, nullptr, nullptr);
}

std::string content(const std::string &path) {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
}

void check_start() {
    CHECK_EQ(start({"/nobody/has/this"}, long_ms), ISCB_ERR_START);
    CHECK_EQ(start({"/bin/false"}, long_ms), ISCB_ERR_START);
    const int kept_open = ::dup(1);  // without FD_CLOEXEC: a bridge must not inherit it
    const std::string told = folder + "/told";
    const std::string script = "{ echo \"$ISCBRIDGE_HOME|$1\"; ls /proc/self/fd | wc -l; } > '" + told + ".new'; mv '" + told +
                               ".new' '" + told + "'; sleep 2";
    CHECK_EQ(start({"/bin/sh", "-c", script.c_str(), "sh", "a \"b\" c"}, 1500), ISCB_ERR_TIMEOUT);
    CHECK(eventually([&] { return !content(told).empty(); }));
    CHECK_EQ(content(told), folder + "/home|a \"b\" c\n4\n");  // 0, 1, 2 and the folder that ls reads
    ::close(kept_open);
}

void check_not_elevated() {
    if (::geteuid() != 0) {
        return;
    }
    ::setenv("SUDO_UID", "1000", 1);
    CHECK_EQ(start({"/bin/false"}, long_ms), ISCB_ERR_NOT_RUNNING);
    ::unsetenv("SUDO_UID");
}

}  // namespace

int main() {
    ::unsetenv("SUDO_UID");
    ::unsetenv("PKEXEC_UID");
    char made[] = "/tmp/iscbridge-test-XXXXXX";
    CHECK(::mkdtemp(made) != nullptr);
    folder = made;
    check_addresses();
    check_foreign_owner();
    check_start();
    check_not_elevated();
    ::unlink((folder + "/told").c_str());
    ::rmdir(folder.c_str());
    return 0;
}
