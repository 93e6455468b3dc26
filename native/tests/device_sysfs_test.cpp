// Linux: a made-up tree in the form of /sys, and what is reported of it.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "check.hpp"
#include "sysfs.hpp"

using namespace iscbridge::device;
namespace fs = std::filesystem;

namespace {

class Tree {
public:
    Tree() {
        std::string name = (fs::temp_directory_path() / "iscbridge-sysfs-XXXXXX").string();
        CHECK(mkdtemp(name.data()) != nullptr);
        root_ = fs::canonical(name);
        fs::create_directories(root_ / "sys/class/net");
        fs::create_directories(root_ / "sys/block");
    }
    ~Tree() { fs::remove_all(root_); }

    void file(const fs::path &path, const std::string &content) const {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path, std::ios::binary) << content;
    }
    void link(const fs::path &path, const fs::path &target) const {
        fs::create_directories((root_ / path).parent_path());
        fs::create_directories(root_ / target);
        fs::create_symlink(root_ / target, root_ / path);
    }
    /// An interface with a device of this path behind it.
    void adapter(const std::string &name, const std::string &device, const std::string &address) const {
        const fs::path folder = fs::path("sys/devices") / device / "net" / name;
        file(folder / "address", address + "\n");
        file(folder / "addr_assign_type", "0\n");
        file(folder / "type", "1\n");
        link(folder / "device", fs::path("sys/devices") / device);
        link(fs::path("sys/class/net") / name, folder);
    }
    void disk(const std::string &name, const std::string &device) const {
        const fs::path folder = fs::path("sys/devices") / device / "block" / name;
        file(folder / "removable", "0\n");
        link(folder / "device", fs::path("sys/devices") / device);
        link(fs::path("sys/block") / name, folder);
    }
    fs::path path(const fs::path &below) const { return root_ / below; }
    Sysfs sysfs() const { return Sysfs(root_.string() + "/"); }

private:
    fs::path root_;
};

bool has(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

std::string no_permanent(const std::string &) { return {}; }

void an_empty_tree_has_nothing() {
    const Tree tree;
    CHECK_EQ(linux_adapters(tree.sysfs(), no_permanent), "{\"system\":\"linux\",\"adapters\":[]}");
    CHECK_EQ(linux_disks(tree.sysfs()), "{\"system\":\"linux\",\"disks\":[]}");
    CHECK_EQ(linux_names(tree.sysfs()), "{\"system\":\"linux\"}");
    CHECK(!linux_firmware(tree.sysfs()));
    const Sysfs nowhere("/no/such/folder/");
    CHECK_EQ(linux_adapters(nowhere, no_permanent), "{\"system\":\"linux\",\"adapters\":[]}");
}

void adapters_of_each_kind() {
    const Tree tree;
    const std::string pci = "pci0000:00/0000:00:1f.6";
    tree.adapter("eno1", pci, "04:7c:16:5e:e3:5d");
    tree.link("sys/devices/" + pci + "/subsystem", "sys/bus/pci");
    tree.link("sys/devices/" + pci + "/driver", "sys/bus/pci/drivers/e1000e");
    tree.file("sys/devices/" + pci + "/removable", "fixed\n");
    tree.adapter("wlp2s0", "pci0000:00/0000:00:14.3", "9e:11:22:33:44:55");
    tree.file("sys/class/net/wlp2s0/addr_assign_type", "3\n");
    tree.file("sys/class/net/wlp2s0/uevent", "DEVTYPE=wlan\nINTERFACE=wlp2s0\n");
    fs::create_directories(tree.path("sys/class/net/wlp2s0/phy80211"));
    fs::create_directories(tree.path("sys/devices/virtual/net/docker0"));
    tree.link("sys/class/net/docker0", "sys/devices/virtual/net/docker0");
    tree.file("sys/class/net/bonding_masters", "\n");  // no interface, but it is in that folder

    const auto permanent = [](const std::string &name) {
        return name == "wlp2s0" ? std::string("D45D640102FE") : std::string();
    };
    const std::string all = linux_adapters(tree.sysfs(), permanent);
    CHECK(has(all, "{\"name\":\"eno1\",\"address\":\"047C165EE35D\",\"assign\":0,\"type\":1,\"wireless\":false,"
                   "\"device\":\"pci0000:00/0000:00:1f.6\",\"subsystem\":\"pci\",\"driver\":\"e1000e\","
                   "\"removable\":\"fixed\",\"physfn\":false}"));
    CHECK(has(all, "{\"name\":\"wlp2s0\",\"address\":\"9E1122334455\",\"permanent\":\"D45D640102FE\",\"assign\":3,"
                   "\"type\":1,\"devtype\":\"wlan\",\"wireless\":true,"));
    CHECK(has(all, "{\"name\":\"docker0\"}"));
    CHECK(has(all, "{\"name\":\"bonding_masters\"}"));
}

/// What sits in a dock is fixed there, and goes with the dock.
void removable_is_the_strongest_word() {
    const Tree tree;
    const std::string port = "pci0000:00/0000:00:07.0", dock = port + "/0000:03:00.0", card = dock + "/0000:04:00.0";
    tree.adapter("enp4s0", card, "00:e0:4c:68:00:01");
    tree.file("sys/devices/" + card + "/removable", "fixed\n");
    CHECK(has(linux_adapters(tree.sysfs(), no_permanent), "\"removable\":\"fixed\""));
    tree.file("sys/devices/" + port + "/removable", "unknown\n");
    CHECK(has(linux_adapters(tree.sysfs(), no_permanent), "\"removable\":\"unknown\""));
    tree.file("sys/devices/" + dock + "/removable", "removable\n");
    CHECK(has(linux_adapters(tree.sysfs(), no_permanent), "\"removable\":\"removable\""));
}

void disks_of_each_kind() {
    const Tree tree;
    const std::string nvme = "pci0000:00/0000:00:1d.0/0000:3d:00.0/nvme/nvme0";
    tree.disk("nvme0n1", nvme);
    tree.file("sys/devices/" + nvme + "/serial", "S4EWNX0N123456      \n");
    tree.file("sys/devices/" + nvme + "/model", "Samsung SSD 970 EVO Plus 1TB            \n");
    tree.file("sys/devices/" + nvme + "/transport", "pcie\n");
    tree.link("sys/devices/" + nvme + "/subsystem", "sys/class/nvme");
    tree.file("sys/block/nvme0n1/wwid", "eui.0025385b01b2c3d4\n");

    const std::string ata = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0";
    tree.disk("sda", ata);
    tree.link("sys/devices/" + ata + "/subsystem", "sys/bus/scsi");
    tree.file("sys/devices/" + ata + "/type", "0\n");
    tree.file("sys/devices/" + ata + "/vpd_pg80", std::string("\0\x80\0\x14     WD-WCC4N0123456", 24));
    tree.file("sys/devices/" + ata + "/wwid", "t10.ATA     WDC WD40EFRX\n");

    const std::string mmc = "platform/fe320000.mmc/mmc_host/mmc1/mmc1:0001";
    tree.disk("mmcblk1", mmc);
    tree.file("sys/devices/" + mmc + "/type", "SD\n");
    tree.file("sys/devices/" + mmc + "/serial", "0x1234abcd\n");
    tree.disk("sr0", "pci0000:00/0000:00:17.0/ata2/host1/target1:0:0/1:0:0:0");
    tree.file("sys/class/../block/sr0/removable", "1\n");
    tree.file("sys/block/sr0/device/type", "5\n");
    tree.link("sys/block/loop0", "sys/devices/virtual/block/loop0");
    tree.disk("vda", "pci0000:00/0000:00:05.0/virtio1");
    tree.file("sys/block/vda/serial", "0d1f6b7e-90c3-4d3e-8");

    const std::string all = linux_disks(tree.sysfs());
    CHECK(has(all, "{\"name\":\"nvme0n1\",\"serial\":\"S4EWNX0N123456\",\"wwid\":\"eui.0025385b01b2c3d4\","
                   "\"model\":\"Samsung SSD 970 EVO Plus 1TB\",\"transport\":\"pcie\",\"removable_media\":false,"
                   "\"device\":\"" + nvme + "\",\"subsystem\":\"nvme\"}"));
    CHECK(has(all, "{\"name\":\"sda\",\"unit_serial\":\"     WD-WCC4N0123456\",\"wwid\":\"t10.ATA     WDC WD40EFRX\","
                   "\"device_type\":0,"));
    CHECK(has(all, "\"name\":\"mmcblk1\",\"serial\":\"0x1234abcd\",\"card\":\"SD\""));
    CHECK(has(all, "\"device_type\":5,\"removable_media\":true"));
    CHECK(has(all, "{\"name\":\"loop0\"}"));
    CHECK(has(all, "{\"name\":\"vda\",\"serial\":\"0d1f6b7e-90c3-4d3e-8\""));
}

/// Pages as drivers get them wrong: too short, of another page, with a length beyond the end.
void broken_pages_give_no_serial() {
    const std::string device = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0";
    for (const std::string &page : {std::string(), std::string("\0\x80\0", 3), std::string("\0\x83\0\x02" "AB", 6),
                                    std::string("\0\x80\0\0", 4)}) {
        const Tree tree;
        tree.disk("sda", device);
        tree.file("sys/devices/" + device + "/vpd_pg80", page);
        CHECK(!has(linux_disks(tree.sysfs()), "unit_serial"));
    }
    const Tree tree;
    tree.disk("sda", device);
    tree.file("sys/devices/" + device + "/vpd_pg80", std::string("\0\x80\xFF\xFF" "AB", 6));
    CHECK(has(linux_disks(tree.sysfs()), "\"unit_serial\":\"AB\""));
}

void firmware_gets_the_header_of_windows() {
    const Tree tree;
    const std::string table("\x7F\x04\0\0\0\0", 6);
    tree.file("sys/firmware/dmi/tables/DMI", table);
    CHECK(linux_firmware(tree.sysfs()) == std::string("\0\0\0\0\x06\0\0\0", 8) + table);
    tree.file("sys/firmware/dmi/tables/smbios_entry_point", std::string("_SM_\x5A\x1F\x02\x08", 8));
    CHECK(linux_firmware(tree.sysfs())->substr(0, 4) == std::string("\0\x02\x08\0", 4));
    tree.file("sys/firmware/dmi/tables/smbios_entry_point", std::string("_SM3_\x5A\x18\x03\x04\x01", 10));
    CHECK(linux_firmware(tree.sysfs())->substr(0, 4) == std::string("\0\x03\x04\x01", 4));
    tree.file("sys/firmware/dmi/tables/smbios_entry_point", "_SM3_");
    CHECK(linux_firmware(tree.sysfs())->substr(0, 4) == std::string(4, '\0'));
}

void names_are_lines() {
    const Tree tree;
    tree.file("sys/class/dmi/id/sys_vendor", "  ASUSTeK COMPUTER INC.  \nmore\n");
    tree.file("sys/class/dmi/id/board_serial", "\n");
    tree.file("sys/class/dmi/id/product_name", std::string("\xC4\xAC\0x", 4));
    CHECK_EQ(linux_names(tree.sysfs()),
             "{\"system\":\"linux\",\"sys_vendor\":\"ASUSTeK COMPUTER INC.\",\"product_name\":\"\\u00C4\\u00AC\"}");
}

/// Nothing in /sys is trusted: folders where files should be, links in circles, pipes, endless files, strange names.
void strange_things_are_passed_by() {
    const Tree tree;
    tree.adapter("eth0", "pci0000:00/0000:00:03.0", "zz:\"\\");
    fs::create_directories(tree.path("sys/class/net/eth0/uevent"));
    fs::remove(tree.path("sys/class/net/eth0/type"));
    fs::create_symlink("type", tree.path("sys/class/net/eth0/type"));
    tree.file("sys/class/net/eth0/addr_assign_type", std::string(1 << 20, '7'));
    tree.disk("sd\"\\\x01", "pci0000:00/0000:00:04.0");
    CHECK_EQ(mkfifo(tree.path("sys/devices/pci0000:00/0000:00:04.0/serial").c_str(), 0600), 0);
    fs::create_symlink("nowhere", tree.path("sys/block/gone"));
    fs::create_symlink("circle", tree.path("sys/block/circle"));
    CHECK(has(linux_adapters(tree.sysfs(), no_permanent), "\"name\":\"eth0\",\"wireless\":false"));
    const std::string disks = linux_disks(tree.sysfs());
    CHECK(has(disks, "\"name\":\"sd\\u0022\\u005C\\u0001\",\"removable_media\":false"));
    CHECK(has(disks, "{\"name\":\"circle\"},{\"name\":\"gone\"}"));
}

}  // namespace

int main() {
    an_empty_tree_has_nothing();
    adapters_of_each_kind();
    removable_is_the_strongest_word();
    disks_of_each_kind();
    broken_pages_give_no_serial();
    firmware_gets_the_header_of_windows();
    names_are_lines();
    strange_things_are_passed_by();
    return 0;
}
