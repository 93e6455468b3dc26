// The C functions of isc_device.h: arguments are checked, and exceptions stay on this side of the border.
#include "isc_device.h"

#include <cstring>
#include <new>

#include "facts.hpp"

namespace {

namespace device = iscbridge::device;

std::optional<std::string> part_of(std::uint32_t part) {
    switch (part) {
    case ISC_DEVICE_ADAPTERS:
        return device::adapters();
    case ISC_DEVICE_DISKS:
        return device::disks();
    case ISC_DEVICE_FIRMWARE:
        return device::firmware();
    case ISC_DEVICE_NAMES:
        return device::names();
    default:
        return device::cpu();
    }
}

std::int32_t read(std::uint32_t part, std::uint8_t *buffer, std::uint32_t capacity, std::uint32_t &length) {
    const std::optional<std::string> found = part_of(part);
    if (!found || found->size() > UINT32_MAX) {
        return ISC_DEVICE_ERR_SYSTEM;
    }
    length = static_cast<std::uint32_t>(found->size());
    if (length > capacity) {
        return ISC_DEVICE_ERR_BUFFER;
    }
    if (length != 0) {
        std::memcpy(buffer, found->data(), length);
    }
    return ISC_DEVICE_OK;
}

}  // namespace

std::uint32_t ISC_DEVICE_CALL isc_device_abi_version(void) { return ISC_DEVICE_ABI_VERSION; }

const char *ISC_DEVICE_CALL isc_device_status_text(std::int32_t status) {
    switch (status) {
    case ISC_DEVICE_OK:
        return "done";
    case ISC_DEVICE_ERR_ARGUMENT:
        return "an argument is missing or out of range";
    case ISC_DEVICE_ERR_BUFFER:
        return "the buffer is too small";
    case ISC_DEVICE_ERR_MEMORY:
        return "out of memory";
    case ISC_DEVICE_ERR_SYSTEM:
        return "the operating system does not give this";
    default:
        return "not a status of this library";
    }
}

std::int32_t ISC_DEVICE_CALL isc_device_read(std::uint32_t part, std::uint8_t *buffer, std::uint32_t capacity,
                                             std::uint32_t *length) {
    if (length == nullptr) {
        return ISC_DEVICE_ERR_ARGUMENT;
    }
    *length = 0;
    if ((buffer == nullptr && capacity != 0) || part < ISC_DEVICE_ADAPTERS || part > ISC_DEVICE_CPU) {
        return ISC_DEVICE_ERR_ARGUMENT;
    }
    try {
        return read(part, buffer, capacity, *length);
    } catch (const std::bad_alloc &) {
        return ISC_DEVICE_ERR_MEMORY;
    } catch (...) {
        return ISC_DEVICE_ERR_SYSTEM;
    }
}
