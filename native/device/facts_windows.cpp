// Windows: adapters from the IP helper, what stands behind them from the configuration manager, disks by a storage
// query, the firmware table. Each call is cited by its page's name in Microsoft's reference.
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <winsock2.h>
// The order matters: winsock2.h, then windows.h, then what netioapi.h builds on.
#include <windows.h>
#include <ws2ipdef.h>
// The rest in any order.
#include <cfgmgr32.h>
#include <iphlpapi.h>
#include <netioapi.h>
#include <winioctl.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "facts.hpp"
#include "json.hpp"
#include "storage_descriptor.hpp"

namespace iscbridge::device {

namespace {

constexpr char system_name[] = "windows";
constexpr unsigned most_disks = 64;

std::u16string_view units(const wchar_t *text) {
    return text == nullptr ? std::u16string_view() : reinterpret_cast<const char16_t *>(text);
}

bool is_address(const unsigned char *bytes, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        if (bytes[i] != 0) {
            return true;
        }
    }
    return false;
}

// ------------------------------------------------------------------------------------------------- adapters

/// The list grows between two calls if an adapter comes: asked again with as much room as was wanted, a few times.
std::vector<unsigned char> adapter_list() {
    constexpr ULONG flags = GAA_FLAG_SKIP_UNICAST | GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST |
                            GAA_FLAG_SKIP_DNS_SERVER | GAA_FLAG_INCLUDE_ALL_INTERFACES;
    ULONG size = 32 * 1024;  // the page recommends to begin with 15 KiB; all interfaces are more
    for (int round = 0; round < 8; ++round) {
        std::vector<unsigned char> room(size);
        const ULONG result = GetAdaptersAddresses(AF_UNSPEC, flags, nullptr,
                                                  reinterpret_cast<IP_ADAPTER_ADDRESSES *>(room.data()), &size);
        if (result == ERROR_SUCCESS) {
            return room;
        }
        if (result == ERROR_NO_DATA) {
            return std::vector<unsigned char>(sizeof(IP_ADAPTER_ADDRESSES));  // none: marked by Length 0
        }
        if (result != ERROR_BUFFER_OVERFLOW || size > 16 * 1024 * 1024) {
            break;
        }
        size += 4 * 1024;
    }
    return {};
}

/// The row without its counters, which cost a question to each driver: GetIfEntry2Ex, Windows 10 1703 and later; else
/// GetIfEntry2. Looked up, since older systems and Wine lack the former.
bool interface_row(const NET_LUID &luid, MIB_IF_ROW2 &row) {
    using Ex = DWORD(WINAPI *)(int, MIB_IF_ROW2 *);
    constexpr int without_statistics = 2;  // MibIfEntryNormalWithoutStatistics
    static const auto ex = reinterpret_cast<Ex>(
        reinterpret_cast<void *>(GetProcAddress(GetModuleHandleW(L"iphlpapi.dll"), "GetIfEntry2Ex")));
    std::memset(&row, 0, sizeof(row));
    row.InterfaceLuid = luid;
    if (ex != nullptr && ex(without_statistics, &row) == NO_ERROR) {
        return true;
    }
    std::memset(&row, 0, sizeof(row));
    row.InterfaceLuid = luid;
    return GetIfEntry2(&row) == NO_ERROR;
}

/// The device instance id of an adapter. The network class keeps it with the connection of each adapter
/// (HKLM\SYSTEM\...\Control\Network\{class}\{adapter}\Connection), readable by everybody.
std::wstring instance_of(const char *adapter_name) {
    std::wstring key = L"SYSTEM\\CurrentControlSet\\Control\\Network\\{4D36E972-E325-11CE-BFC1-08002BE10318}\\";
    for (const char *c = adapter_name; *c != '\0'; ++c) {
        key += static_cast<wchar_t>(static_cast<unsigned char>(*c));
    }
    key += L"\\Connection";
    wchar_t value[MAX_DEVICE_ID_LEN + 1] = {};
    DWORD size = sizeof(value) - sizeof(wchar_t);
    const LSTATUS result =
        RegGetValueW(HKEY_LOCAL_MACHINE, key.c_str(), L"PnPInstanceID", RRF_RT_REG_SZ, nullptr, value, &size);
    return result == ERROR_SUCCESS ? std::wstring(value) : std::wstring();
}

/// CM_DRP_REMOVAL_POLICY of a device; 0 if it does not say.
DWORD removal_policy(std::wstring instance) {
    DEVINST node = 0;
    DWORD policy = 0;
    ULONG size = sizeof(policy);
    ULONG type = 0;
    if (instance.empty() || CM_Locate_DevNodeW(&node, instance.data(), CM_LOCATE_DEVNODE_NORMAL) != CR_SUCCESS ||
        CM_Get_DevNode_Registry_PropertyW(node, CM_DRP_REMOVAL_POLICY, &type, &policy, &size, 0) != CR_SUCCESS) {
        return 0;
    }
    return policy;
}

JsonObject adapter(const IP_ADAPTER_ADDRESSES &found) {
    JsonObject out;
    const std::string_view name = found.AdapterName == nullptr ? "" : found.AdapterName;
    out.text("name", name);
    out.text("label", units(found.FriendlyName));
    out.text("description", units(found.Description));
    out.number("type", found.IfType);
    const std::size_t length = std::min<std::size_t>(found.PhysicalAddressLength, MAX_ADAPTER_ADDRESS_LENGTH);
    out.known_text("address", hex(found.PhysicalAddress, length));
    MIB_IF_ROW2 row;
    if (interface_row(found.Luid, row)) {
        const std::size_t permanent = std::min<std::size_t>(row.PhysicalAddressLength, IF_MAX_PHYS_ADDRESS_LENGTH);
        if (is_address(row.PermanentPhysicalAddress, permanent)) {
            out.text("permanent", hex(row.PermanentPhysicalAddress, permanent));
        }
        out.number("medium", static_cast<std::uint32_t>(row.PhysicalMediumType));
        out.boolean("hardware", row.InterfaceAndOperStatusFlags.HardwareInterface != 0);
        out.boolean("filter", row.InterfaceAndOperStatusFlags.FilterInterface != 0);
        out.boolean("connector", row.InterfaceAndOperStatusFlags.ConnectorPresent != 0);
    }
    const std::wstring instance = found.AdapterName == nullptr ? std::wstring() : instance_of(found.AdapterName);
    if (!instance.empty()) {
        out.text("pnp", units(instance.c_str()));
        if (const DWORD policy = removal_policy(instance)) {
            out.number("removal", policy);
        }
    }
    return out;
}

// ---------------------------------------------------------------------------------------------------- disks

class Handle {
public:
    explicit Handle(HANDLE handle) : handle_(handle) {}
    ~Handle() {
        if (handle_ != INVALID_HANDLE_VALUE) {
            CloseHandle(handle_);
        }
    }
    Handle(const Handle &) = delete;
    Handle &operator=(const Handle &) = delete;
    HANDLE get() const { return handle_; }

private:
    HANDLE handle_;
};

/// True if the disk is there. Access 0 is enough for a property query, and needs no elevated rights.
bool disk(unsigned number, JsonObject &out) {
    const std::wstring path = L"\\\\.\\PhysicalDrive" + std::to_wstring(number);
    const Handle device(CreateFileW(path.c_str(), 0, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0, nullptr));
    if (device.get() == INVALID_HANDLE_VALUE) {
        return false;
    }
    out.text("name", "PhysicalDrive" + std::to_string(number));
    STORAGE_PROPERTY_QUERY query{};
    query.PropertyId = StorageDeviceProperty;
    query.QueryType = PropertyStandardQuery;
    unsigned char answer[8 * 1024] = {};
    DWORD size = 0;
    StorageDescriptor found;
    if (DeviceIoControl(device.get(), IOCTL_STORAGE_QUERY_PROPERTY, &query, sizeof(query), answer, sizeof(answer),
                        &size, nullptr) != 0 &&
        read_descriptor(answer, std::min<std::size_t>(size, sizeof(answer)), found)) {
        out.known_text("serial", found.serial);
        out.known_text("model", found.model);
        out.number("bus", found.bus);
        out.number("device_type", found.device_type);
        out.boolean("removable_media", found.removable_media);
    }
    return true;
}

}  // namespace

std::optional<std::string> adapters() {
    const std::vector<unsigned char> room = adapter_list();
    if (room.empty()) {
        return std::nullopt;
    }
    JsonArray list;
    std::size_t count = 0;
    const auto *each = reinterpret_cast<const IP_ADAPTER_ADDRESSES *>(room.data());
    for (; each != nullptr && each->Length != 0 && count < most_items; each = each->Next, ++count) {
        list.add(adapter(*each));
    }
    return listed(system_name, "adapters", list);
}

std::optional<std::string> disks() {
    JsonArray list;
    for (unsigned number = 0; number < most_disks; ++number) {
        JsonObject found;
        if (disk(number, found)) {
            list.add(found);
        }
    }
    return listed(system_name, "disks", list);
}

std::optional<std::string> firmware() {
    constexpr DWORD provider = 0x52534D42;  // 'RSMB'
    const UINT size = GetSystemFirmwareTable(provider, 0, nullptr, 0);
    if (size == 0 || size > most_firmware) {
        return std::nullopt;
    }
    std::string out(size, '\0');
    const UINT got = GetSystemFirmwareTable(provider, 0, out.data(), size);
    if (got == 0 || got > size) {
        return std::nullopt;
    }
    out.resize(got);
    return out;
}

std::optional<std::string> names() {
    JsonObject out;
    out.text("system", std::string_view(system_name));
    return out.finished();
}

}  // namespace iscbridge::device
