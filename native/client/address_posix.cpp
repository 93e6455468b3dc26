#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "address.hpp"
#include "sha256.hpp"

namespace iscbridge::client {
namespace {

constexpr std::size_t longest_path = 100;  // what AF_UNIX allows, less a margin

std::string variable(const char *name) {
    const char *const value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

std::string user_folder() {
    if (std::string home = variable("HOME"); !home.empty()) {
        return home;
    }
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd *found = nullptr;
    ::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found);
    return found == nullptr ? "/" : found->pw_dir;
}

std::string default_home() {
#ifdef __APPLE__
    return user_folder() + "/Library/Application Support/ISCBridge";
#else
    std::string data = variable("XDG_DATA_HOME");
    const std::size_t first = data.find_first_not_of(" \t\n\r\f\v");
    if (first == std::string::npos) {
        return user_folder() + "/.local/share/iscbridge";
    }
    data = data.substr(first, data.find_last_not_of(" \t\n\r\f\v") - first + 1);
    return data + "/iscbridge";
#endif
}

}  // namespace

std::string find_address(const std::string &home) {
    namespace fs = std::filesystem;
    std::string root = home.empty() ? variable("ISCBRIDGE_HOME") : home;
    root = fs::absolute(root.empty() ? default_home() : root).lexically_normal().string();
    if (root.size() > 1 && root.back() == '/') {
        root.pop_back();
    }
    std::string path = root + "/run/bridge.sock";
    if (path.size() <= longest_path) {
        return path;
    }
    const std::string key = sha256_hex(fs::weakly_canonical(root).string()).substr(0, 16);
    const std::string uid = std::to_string(::getuid());
    struct stat entry {};
    const bool own = ::lstat(("/run/user/" + uid).c_str(), &entry) == 0 && entry.st_uid == ::getuid();
    return (own ? "/run/user/" + uid + "/iscbridge-" : "/tmp/iscbridge-" + uid + "-") + key + "/bridge.sock";
}

}  // namespace iscbridge::client
