// Linux: network interfaces, disks and firmware out of /sys, and the permanent address through ethtool's ioctl.
// Sources: the kernel's Documentation/ABI (sysfs-class-net, sysfs-block, sysfs-devices-removable, sysfs-firmware-dmi).
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "facts.hpp"
#include "json.hpp"
#include "sysfs.hpp"

namespace iscbridge::device {

namespace {

constexpr char system_name[] = "linux";

/// "04:7c:16:5e:e3:5d" -> "047C165EE35D"
std::string hex_of_address(const std::string &text) {
    std::string out;
    for (const char c : text) {
        const bool lower = c >= 'a' && c <= 'f';
        const bool digit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
        if (digit || lower) {
            out += lower ? static_cast<char>(c - 'a' + 'A') : c;
        }
    }
    return out;
}

/// A number in the kernel's writing (decimal or 0x...), added if it is one.
void add_number(JsonObject &out, const char *name, const std::string &text) {
    constexpr std::size_t longest = 10;  // of 32 bits
    char *end = nullptr;
    const unsigned long value = std::strtoul(text.c_str(), &end, 0);
    if (!text.empty() && text.size() <= longest && text[0] >= '0' && text[0] <= '9' && *end == '\0') {
        out.number(name, value);
    }
}

/// The strongest word on removability of a device and all that it hangs on: what is plugged into a dock's hub is fixed
/// in that hub, and goes with the dock.
std::string removable(const Sysfs &sysfs, std::string device) {
    std::string strongest;
    for (; !device.empty(); device.resize(device.find_last_of('/') == std::string::npos ? 0 : device.find_last_of('/'))) {
        const std::string word = sysfs.line("sys/devices/" + device + "/removable");
        if (word == "removable") {
            return word;
        }
        if (word == "unknown" || (word == "fixed" && strongest.empty())) {
            strongest = word;
        }
    }
    return strongest;
}

/// The value of a name in a uevent file.
std::string of_uevent(const Sysfs &sysfs, const std::string &path, const std::string &name) {
    const std::string all = "\n" + sysfs.bytes(path, 4096).value_or(std::string());
    const auto found = all.find("\n" + name + "=");
    if (found == std::string::npos) {
        return {};
    }
    const auto begin = found + name.size() + 2;
    return all.substr(begin, all.find('\n', begin) - begin);
}

JsonObject adapter(const Sysfs &sysfs, const std::string &name, const PermanentAddress &permanent_address) {
    const std::string folder = "sys/class/net/" + name;
    JsonObject out;
    out.text("name", name);
    const std::string device = sysfs.device(folder + "/device");
    if (device.empty()) {
        return out;
    }
    out.known_text("address", hex_of_address(sysfs.line(folder + "/address")));
    out.known_text("permanent", permanent_address(name));
    add_number(out, "assign", sysfs.line(folder + "/addr_assign_type"));
    add_number(out, "type", sysfs.line(folder + "/type"));
    out.known_text("devtype", of_uevent(sysfs, folder + "/uevent", "DEVTYPE"));
    out.boolean("wireless", sysfs.exists(folder + "/wireless") || sysfs.exists(folder + "/phy80211"));
    out.text("device", device);
    out.known_text("subsystem", sysfs.link_name(folder + "/device/subsystem"));
    out.known_text("driver", sysfs.link_name(folder + "/device/driver"));
    out.known_text("removable", removable(sysfs, device));
    out.boolean("physfn", sysfs.exists(folder + "/device/physfn"));
    return out;
}

/// Page 80 of a SCSI disk's vital product data (SPC-4, "Unit Serial Number"): 4 bytes of header, then the text.
std::string unit_serial(const Sysfs &sysfs, const std::string &path) {
    const std::string page = sysfs.bytes(path, 4096).value_or(std::string());
    if (page.size() < 4 || static_cast<unsigned char>(page[1]) != 0x80) {
        return {};
    }
    const std::size_t length =
        static_cast<std::size_t>(static_cast<unsigned char>(page[2])) * 256 + static_cast<unsigned char>(page[3]);
    return page.substr(4, length);
}

JsonObject disk(const Sysfs &sysfs, const std::string &name) {
    const std::string folder = "sys/block/" + name;
    JsonObject out;
    out.text("name", name);
    const std::string device = sysfs.device(folder + "/device");
    if (device.empty()) {
        return out;
    }
    // NVMe and MMC tell it of the device, virtio of the disk.
    std::string serial = sysfs.line(folder + "/device/serial");
    if (serial.empty()) {
        serial = sysfs.line(folder + "/serial");
    }
    std::string wwid = sysfs.line(folder + "/wwid");
    if (wwid.empty()) {
        wwid = sysfs.line(folder + "/device/wwid");
    }
    const std::string kind = sysfs.line(folder + "/device/type");  // a number with SCSI, a word with MMC
    out.known_text("serial", serial);
    out.known_text("unit_serial", unit_serial(sysfs, folder + "/device/vpd_pg80"));
    out.known_text("wwid", wwid);
    out.known_text("model", sysfs.line(folder + "/device/model"));
    if (kind == "SD" || kind == "MMC" || kind == "SDcombo") {
        out.text("card", kind);
    } else {
        add_number(out, "device_type", kind);
    }
    out.known_text("transport", sysfs.line(folder + "/device/transport"));
    out.boolean("removable_media", sysfs.line(folder + "/removable") == "1");
    out.text("device", device);
    out.known_text("subsystem", sysfs.link_name(folder + "/device/subsystem"));
    out.known_text("removable", removable(sysfs, device));
    return out;
}

std::string asked_of_the_driver(int socket, const std::string &name) {
    constexpr std::uint32_t most = 32;  // MAX_ADDR_LEN
    struct {  // ethtool_perm_addr, with room for the address behind it
        std::uint32_t cmd = ETHTOOL_GPERMADDR;
        std::uint32_t size = most;
        unsigned char address[most] = {};
    } request;
    ifreq question{};
    if (socket < 0 || name.size() >= sizeof(question.ifr_name)) {
        return {};
    }
    std::memcpy(question.ifr_name, name.data(), name.size());
    question.ifr_data = reinterpret_cast<char *>(&request);
    if (ioctl(socket, SIOCETHTOOL, &question) != 0 || request.size > most) {
        return {};
    }
    return hex(request.address, request.size);
}

/// A socket is how the kernel's network interfaces are asked; nothing is sent through it.
class AnySocket {
public:
    AnySocket() : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
    ~AnySocket() {
        if (fd_ >= 0) {
            close(fd_);
        }
    }
    AnySocket(const AnySocket &) = delete;
    AnySocket &operator=(const AnySocket &) = delete;
    int fd() const { return fd_; }

private:
    int fd_;
};

/// The version out of the entry point of SMBIOS 3 or 2 (its specification, 5.2); zeros if it is neither.
std::string version_of(const std::string &entry_point) {
    if (entry_point.compare(0, 5, "_SM3_") == 0 && entry_point.size() > 9) {
        return entry_point.substr(7, 3);
    }
    if (entry_point.compare(0, 4, "_SM_") == 0 && entry_point.size() > 7) {
        return entry_point.substr(6, 2) + '\0';
    }
    return std::string(3, '\0');
}

}  // namespace

std::string linux_adapters(const Sysfs &sysfs, const PermanentAddress &permanent_address) {
    JsonArray list;
    for (const std::string &name : sysfs.list("sys/class/net")) {
        list.add(adapter(sysfs, name, permanent_address));
    }
    return listed(system_name, "adapters", list);
}

std::string linux_disks(const Sysfs &sysfs) {
    JsonArray list;
    for (const std::string &name : sysfs.list("sys/block")) {
        list.add(disk(sysfs, name));
    }
    return listed(system_name, "disks", list);
}

std::string linux_names(const Sysfs &sysfs) {
    JsonObject out;
    out.text("system", std::string_view(system_name));
    for (const char *const name : {"sys_vendor", "product_name", "product_serial", "product_uuid", "board_vendor",
                                   "board_name", "board_serial"}) {
        out.known_text(name, sysfs.line(std::string("sys/class/dmi/id/") + name));
    }
    return out.finished();
}

std::optional<std::string> linux_firmware(const Sysfs &sysfs) {
    const auto table = sysfs.bytes("sys/firmware/dmi/tables/DMI", most_firmware);
    if (!table) {
        return std::nullopt;
    }
    std::string out(1, '\0');
    out += version_of(sysfs.bytes("sys/firmware/dmi/tables/smbios_entry_point", 64).value_or(std::string()));
    for (unsigned shift = 0; shift < 32; shift += 8) {
        out += static_cast<char>((table->size() >> shift) & 0xFF);
    }
    return out + *table;
}

std::optional<std::string> adapters() {
    const AnySocket any;
    return linux_adapters(Sysfs("/"), [&any](const std::string &name) { return asked_of_the_driver(any.fd(), name); });
}

std::optional<std::string> disks() { return linux_disks(Sysfs("/")); }
std::optional<std::string> firmware() { return linux_firmware(Sysfs("/")); }
std::optional<std::string> names() { return linux_names(Sysfs("/")); }

}  // namespace iscbridge::device
