// Linux: what the kernel tells in /sys. The root folder is a parameter, so that tests can bring a tree of their own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace iscbridge::device {

class Sysfs {
public:
    /// `root` ends with "/"; paths are given relative to it.
    explicit Sysfs(std::string root) : root_(std::move(root)) {}

    /// The bytes of a file, at most `limit`; nothing if it can't be read.
    std::optional<std::string> bytes(const std::string &path, std::size_t limit) const;
    /// The first line of a small file without white space around it; empty if it can't be read.
    std::string line(const std::string &path) const;
    /// The names in a folder, sorted, at most most_items; empty if it can't be read.
    std::vector<std::string> list(const std::string &folder) const;
    bool exists(const std::string &path) const;
    /// Last part of what a symbolic link points to; empty if it is none.
    std::string link_name(const std::string &path) const;
    /// Where a path leads, below sys/devices; empty if it leads nowhere, and "." if to somewhere else.
    std::string device(const std::string &path) const;

private:
    std::string root_;
};

/// The address that an adapter was made with, as hex digits; empty if it does not say.
using PermanentAddress = std::function<std::string(const std::string &adapter)>;

std::string linux_adapters(const Sysfs &sysfs, const PermanentAddress &permanent_address);
std::string linux_disks(const Sysfs &sysfs);
std::string linux_names(const Sysfs &sysfs);
std::optional<std::string> linux_firmware(const Sysfs &sysfs);

}  // namespace iscbridge::device
