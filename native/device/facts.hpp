// What isc_device.h reports, part by part. Implemented for each operating system; an exception stays inside of device.cpp.
#pragma once

#include <optional>
#include <string>

namespace iscbridge::device {

/// Interfaces, disks and names run to a few dozen; this bounds a machine gone wild.
constexpr std::size_t most_items = 4096;

/// Most that is taken of a firmware table. Real ones have 2 to 20 KiB.
constexpr std::size_t most_firmware = 1024 * 1024;

// Each gives the finished part, or nothing if the system does not give it.
std::optional<std::string> adapters();
std::optional<std::string> disks();
std::optional<std::string> firmware();
std::optional<std::string> names();
std::optional<std::string> cpu();

}  // namespace iscbridge::device
