#include "storage_descriptor.hpp"

#include <algorithm>

namespace iscbridge::device {

namespace {

// Offsets in STORAGE_DEVICE_DESCRIPTOR; all numbers are little endian.
constexpr std::size_t at_size = 4, at_device_type = 8, at_removable = 10, at_vendor = 12, at_product = 16,
                      at_serial = 24, at_bus = 28, fixed_part = 36;

std::uint32_t number(const unsigned char *bytes) {
    return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

/// The text whose offset stands at `where`; 0 and what lies outside means that there is none.
std::string text(const unsigned char *bytes, std::size_t size, std::size_t where) {
    const std::size_t begin = number(bytes + where);
    if (begin < fixed_part || begin >= size) {
        return {};
    }
    const unsigned char *const end = std::find(bytes + begin, bytes + size, 0);
    const std::string all(bytes + begin, end);
    constexpr char space[] = " \t\r\n\v\f";
    const auto first = all.find_first_not_of(space);
    return first == std::string::npos ? std::string() : all.substr(first, all.find_last_not_of(space) - first + 1);
}

}  // namespace

bool read_descriptor(const unsigned char *bytes, std::size_t size, StorageDescriptor &out) {
    if (size < fixed_part) {
        return false;
    }
    size = std::min<std::size_t>(size, number(bytes + at_size));
    if (size < fixed_part) {
        return false;
    }
    const std::string vendor = text(bytes, size, at_vendor);
    const std::string product = text(bytes, size, at_product);
    out.serial = text(bytes, size, at_serial);
    out.model = vendor.empty() || product.empty() ? vendor + product : vendor + " " + product;
    out.bus = number(bytes + at_bus);
    out.device_type = bytes[at_device_type];
    out.removable_media = bytes[at_removable] != 0;
    return true;
}

}  // namespace iscbridge::device
