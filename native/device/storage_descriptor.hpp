// Reads a STORAGE_DEVICE_DESCRIPTOR (winioctl.h), which a disk's driver filled in. Built on every system: drivers differ,
// and their faults are best tried where sanitizers are.
#pragma once

#include <cstdint>
#include <string>

namespace iscbridge::device {

struct StorageDescriptor {
    std::string serial;  // as it came, white space around it taken off
    std::string model;   // vendor and product
    std::uint32_t bus = 0;
    std::uint32_t device_type = 0;
    bool removable_media = false;
};

/// False if `size` bytes hold no descriptor. Texts that lie outside of them are empty.
bool read_descriptor(const unsigned char *bytes, std::size_t size, StorageDescriptor &out);

}  // namespace iscbridge::device
