// What Windows says of this machine, as far as it must be so on every one: Wine has made-up firmware, adapters without a
// device behind them, and disks without a serial number.
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "check.hpp"
#include "isc_device.h"

namespace {

std::string read(std::uint32_t part) {
    std::vector<std::uint8_t> room(std::size_t{1} << 20);
    std::uint32_t length = 0;
    CHECK_EQ(isc_device_read(part, room.data(), static_cast<std::uint32_t>(room.size()), &length), ISC_DEVICE_OK);
    return {room.begin(), room.begin() + length};
}

int count(const std::string &text, const std::string &what) {
    int found = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
        ++found;
    }
    return found;
}

/// Every adapter has a name, a type and what GetIfEntry2 tells; every hardware address is whole bytes in hexadecimal.
void adapters() {
    const std::string all = read(ISC_DEVICE_ADAPTERS);
    const int adapters = count(all, "\"name\":");
    CHECK(all.find("{\"system\":\"windows\",\"adapters\":[") == 0);
    CHECK(adapters >= 1);
    CHECK_EQ(count(all, "\"type\":"), adapters);
    CHECK_EQ(count(all, "\"hardware\":"), adapters);
    CHECK_EQ(count(all, "\"connector\":"), adapters);
    for (std::size_t at = all.find("\"address\":\""); at != std::string::npos; at = all.find("\"address\":\"", at + 1)) {
        const std::string address = all.substr(at + 11, all.find('"', at + 11) - at - 11);
        CHECK(!address.empty() && address.size() % 2 == 0);
        CHECK_EQ(address.find_first_not_of("0123456789ABCDEFabcdef"), std::string::npos);
    }
}

/// A disk without a serial number says so by leaving it out: an empty one would be the same on every machine.
void disks() {
    const std::string all = read(ISC_DEVICE_DISKS);
    CHECK(all.find("{\"system\":\"windows\",\"disks\":[") == 0);
    CHECK(count(all, "\"name\":\"PhysicalDrive") >= 1);
    CHECK_EQ(count(all, "\"serial\":\"\""), 0);
    CHECK_EQ(count(all, "\"model\":\"\""), 0);
}

/// RawSMBIOSData: 8 bytes of header, whose last four are the length of the structures, which lead from one to the next.
void firmware() {
    const std::string table = read(ISC_DEVICE_FIRMWARE);
    const auto byte = [&table](std::size_t at) { return static_cast<unsigned char>(table.at(at)); };
    const std::size_t length = byte(4) | byte(5) << 8 | byte(6) << 16 | static_cast<std::size_t>(byte(7)) << 24;
    CHECK_EQ(length, table.size() - 8);
    bool has_system = false;
    std::size_t at = 8;
    while (at + 4 <= table.size() && byte(at) != 127) {
        has_system = has_system || byte(at) == 1;
        CHECK(byte(at + 1) >= 4);
        const std::size_t texts = table.find(std::string(2, '\0'), at + byte(at + 1));
        CHECK(texts != std::string::npos);
        at = texts + 2;
    }
    CHECK(has_system);
    CHECK(at <= table.size());
}

}  // namespace

int main() {
    adapters();
    disks();
    firmware();
    CHECK_EQ(read(ISC_DEVICE_NAMES), "{\"system\":\"windows\"}");
    return 0;
}
