#include "sysfs.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "facts.hpp"

namespace iscbridge::device {

namespace {

constexpr std::size_t small_file = 4096;  // an attribute of sysfs fits into one page

std::string trimmed(const std::string &text) {
    constexpr char space[] = " \t\r\n\v\f";
    const auto begin = text.find_first_not_of(space);
    return begin == std::string::npos ? std::string() : text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

}  // namespace

std::optional<std::string> Sysfs::bytes(const std::string &path, std::size_t limit) const {
    const int fd = open((root_ + path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return std::nullopt;
    }
    std::string out;
    bool good = true;
    while (out.size() < limit) {
        char piece[small_file];
        const ssize_t count = read(fd, piece, std::min(sizeof(piece), limit - out.size()));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        good = count >= 0;
        if (count <= 0) {
            break;
        }
        out.append(piece, static_cast<std::size_t>(count));
    }
    close(fd);
    return good ? std::optional<std::string>(std::move(out)) : std::nullopt;
}

std::string Sysfs::line(const std::string &path) const {
    const std::string all = bytes(path, small_file).value_or(std::string());
    return trimmed(all.substr(0, all.find_first_of("\n\0", 0, 2)));
}

std::vector<std::string> Sysfs::list(const std::string &folder) const {
    std::vector<std::string> out;
    const std::unique_ptr<DIR, int (*)(DIR *)> dir(opendir((root_ + folder).c_str()), closedir);
    while (dir && out.size() < most_items) {
        const dirent *const entry = readdir(dir.get());
        if (entry == nullptr) {
            break;
        }
        if (entry->d_name[0] != '.') {
            out.emplace_back(entry->d_name);
        }
    }
    std::sort(out.begin(), out.end());
    return out;
}

bool Sysfs::exists(const std::string &path) const { return access((root_ + path).c_str(), F_OK) == 0; }

std::string Sysfs::link_name(const std::string &path) const {
    char target[small_file];
    const ssize_t count = readlink((root_ + path).c_str(), target, sizeof(target));
    const std::string all(target, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return all.substr(all.find_last_of('/') + 1);
}

std::string Sysfs::device(const std::string &path) const {
    const std::unique_ptr<char, decltype(&std::free)> real(realpath((root_ + path).c_str(), nullptr), std::free);
    if (!real) {
        return {};
    }
    constexpr char below[] = "/sys/devices/";
    const std::string all(real.get());
    const auto found = all.find(below);
    return found == std::string::npos ? std::string(".") : all.substr(found + sizeof(below) - 1);
}

}  // namespace iscbridge::device
