#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "launch.hpp"

extern "C" char **environ;

namespace iscbridge::client {
namespace {

class ChildProcess final : public Launched {
public:
    explicit ChildProcess(pid_t child) : child_(child) {}
    ~ChildProcess() override { exit_code(); }

    std::optional<int> exit_code() override {
        int how = 0;
        if (!ended_ && ::waitpid(child_, &how, WNOHANG) == child_) {
            ended_ = WIFEXITED(how) ? WEXITSTATUS(how) : 128;
        }
        return ended_;
    }

private:
    const pid_t child_;
    std::optional<int> ended_;
};

/// The caller's environment, with another ISCBRIDGE_HOME if one is given.
std::vector<std::string> environment(const std::string &home) {
    constexpr std::string_view name = "ISCBRIDGE_HOME=";
    std::vector<std::string> out;
    for (char **entry = environ; *entry != nullptr; ++entry) {
        if (home.empty() || std::string_view(*entry).substr(0, name.size()) != name) {
            out.emplace_back(*entry);
        }
    }
    if (!home.empty()) {
        out.push_back(std::string(name) + home);
    }
    return out;
}

std::vector<char *> pointers(std::vector<std::string> &texts) {
    std::vector<char *> out;
    for (std::string &text : texts) {
        out.push_back(text.data());
    }
    out.push_back(nullptr);
    return out;
}

/// What a new program starts with: no open files, a session of its own, no signal blocked or ignored.
class Fresh {
public:
    Fresh() {
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0);
        ::posix_spawn_file_actions_adddup2(&files, 0, 1);
        ::posix_spawn_file_actions_adddup2(&files, 0, 2);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
        ::posix_spawn_file_actions_addclosefrom_np(&files, 3);
#endif
        ::posix_spawnattr_init(&attributes);
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes, &none);
        ::posix_spawnattr_setsigdefault(&attributes, &all);
        ::posix_spawnattr_setflags(&attributes,
                                   POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    }
    ~Fresh() {
        ::posix_spawn_file_actions_destroy(&files);
        ::posix_spawnattr_destroy(&attributes);
    }
    Fresh(const Fresh &) = delete;
    Fresh &operator=(const Fresh &) = delete;

    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};
};

}  // namespace

bool may_not_start() {
    if (::getuid() != ::geteuid() || ::getgid() != ::getegid()) {
        return true;
    }
    if (::geteuid() != 0) {
        return false;
    }
    for (const char *const name : {"SUDO_UID", "PKEXEC_UID"}) {
        const char *const caller = std::getenv(name);
        if (caller != nullptr && std::strcmp(caller, "0") != 0) {
            return true;
        }
    }
    return false;
}

std::unique_ptr<Launched> Launched::start(const std::vector<std::string> &command, const std::string &home) {
    std::vector<std::string> words = command;
    std::vector<std::string> variables = environment(home);
    const Fresh fresh;
    pid_t child = 0;
    if (::posix_spawn(&child, words.front().c_str(), &fresh.files, &fresh.attributes, pointers(words).data(),
                      pointers(variables).data()) != 0) {
        return nullptr;
    }
    return std::make_unique<ChildProcess>(child);
}

}  // namespace iscbridge::client
