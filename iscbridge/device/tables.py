"""What the rules know by heart: each entry carries the reason why it stands here.

Entries come from what vendors document, from what their drivers are called, and from values that many machines share.
A new entry needs nothing but a line here; `rules` gives the tables their meaning.
"""

from __future__ import annotations

#: Parts of a driver's words for its adapter, in small letters -> why it is no card of this machine.
ADAPTER_NAMES: dict[str, str] = {
    "virtual adapter": "says so itself; also Microsoft's Wi-Fi Direct and hosted networks",
    "virtual ethernet": "host side of VMware and Hyper-V networks, Fortinet and others",
    "virtual miniport": "VPN clients, Cisco AnyConnect among them",
    "virtual network": "says so itself",
    "virtual nic": "says so itself",
    "virtual lan": "says so itself",
    "virtual switch": "Hyper-V",
    "host-only": "VirtualBox's network between host and guests",
    "wan miniport": "Windows' own dial-up and VPN protocols",
    "loopback": "Microsoft's and Npcap's loopback adapters",
    "teredo": "IPv6 tunnel",
    "isatap": "IPv6 tunnel",
    "6to4": "IPv6 tunnel",
    "tap-": "OpenVPN's TAP driver, which many VPN clients ship under their own name",
    "tap adapter": "as above",
    "wintun": "WireGuard's driver, in many VPN and proxy programs",
    "wireguard": "VPN",
    "openvpn": "VPN",
    "anyconnect": "VPN of Cisco",
    "globalprotect": "VPN of Palo Alto Networks",
    "pangp": "driver of GlobalProtect",
    "fortinet": "VPN of Fortinet",
    "fortissl": "VPN of Fortinet",
    "juniper network connect": "VPN of Juniper",
    "pulse secure": "VPN of Ivanti",
    "check point": "VPN of Check Point",
    "sonicwall": "VPN of SonicWall",
    "sangfor": "VPN of Sangfor (EasyConnect, aTrust)",
    "easyconnect": "VPN of Sangfor",
    "h3c inode": "VPN of H3C",
    "inode vpn": "VPN of H3C",
    "topsec": "VPN of Topsec",
    "hillstone": "VPN of Hillstone",
    "qianxin": "VPN of Qi An Xin",
    "secoclient": "VPN of Huawei",
    "zerotier": "VPN",
    "tailscale": "VPN",
    "hamachi": "VPN",
    "radmin vpn": "VPN",
    "oray": "VPN of Oray (PgyVPN)",
    "meta tunnel": "local proxy program",
    "docker": "containers",
    "multiplexor": "Windows' teaming and bridging: carries the address of one of its members",
    "bluetooth": "address of the Bluetooth radio, which can be a plugged-in one",
    "remote ndis": "a telephone or another device at a USB cable",
    "mobile broadband": "modem; the address belongs to its driver",
}

#: Addresses, or their beginnings, that drivers give on every machine alike -> whose.
SHARED_ADDRESSES: dict[str, str] = {
    "00059A3C7A00": "Cisco AnyConnect",
    "00090FFE0001": "Fortinet",
    "00090FAA0001": "Fortinet",
    "00FF": "TAP-Windows",
    "020054746872": "Windows' tunnels",
    "02004C4F4F50": "Microsoft's loopback adapter",
    "025041000001": "Palo Alto GlobalProtect",
    "204153594EFF": "Windows' asynchronous dial-up",
    "33506F453030": "Windows' PPPoE",
    "505054503030": "Windows' PPTP",
    "005345000000": "Windows' dial-up",
    "444553540000": "old dial-up adapters",
    "525400123456": "QEMU, for a machine that was given none of its own",
    "020000000000": "what privacy settings show in place of an address",
}

#: First three bytes that hypervisors give to adapters -> whose. They count inside of a virtual machine, where they
#: are all that there is, and not on a physical one, where they are the host's side of networks with its guests.
HYPERVISOR_PREFIXES: dict[str, str] = {
    "000569": "VMware",
    "000C29": "VMware",
    "001C14": "VMware",
    "005056": "VMware",
    "080027": "VirtualBox",
    "0A0027": "VirtualBox, host side",
    "00155D": "Hyper-V",
    "0003FF": "Microsoft Virtual PC",
    "001C42": "Parallels",
    "00163E": "Xen",
    "525400": "QEMU and KVM",
    "FA163E": "OpenStack, Huawei Cloud among others",
}

#: Addresses that hypervisors hand out and keep although the "locally administered" bit is set -> whose.
KEPT_LOCAL_PREFIXES: dict[str, str] = {
    "525400": "QEMU and KVM: kept in the machine's definition",
    "FA163E": "OpenStack: kept with the port",
}

#: Hypervisors' names in CPUID leaf 0x40000000 under which only guests run. "Microsoft Hv" is not here: since
#: Windows 10 it answers on physical machines too, and the names below decide.
GUEST_HYPERVISORS: dict[str, str] = {
    "VMwareVMware": "VMware",
    "VBoxVBoxVBox": "VirtualBox",
    "KVMKVMKVM": "KVM",
    "Linux KVM Hv": "KVM with Hyper-V's interface",
    "TCGTCGTCGTCG": "QEMU without acceleration",
    "XenVMMXenVMM": "Xen",
    "prl hyperv  ": "Parallels",
    "bhyve bhyve ": "bhyve",
    "ACRNACRNACRN": "ACRN",
}

#: Parts of the firmware's manufacturer and product, in small letters -> whose machines they are.
GUEST_SYSTEMS: dict[str, str] = {
    "vmware": "VMware",
    "virtualbox": "VirtualBox",
    "innotek": "VirtualBox",
    "qemu": "QEMU",
    "kvm": "KVM",
    "bochs": "QEMU's firmware",
    "virtual machine": "Hyper-V",
    "hvm domu": "Xen",
    "parallels": "Parallels",
    "openstack": "OpenStack, Huawei Cloud among others",
    "amazon ec2": "Amazon",
    "google compute engine": "Google",
    "alibaba cloud": "Alibaba",
    "tencent cloud": "Tencent",
    "smdbmds": "Tencent's older name for its machines",
}

#: Values that makers leave in place of a serial number, in small letters and digits only -> whose or why.
PLACEHOLDERS: dict[str, str] = {
    "tobefilledbyoem": "AMI's firmware as delivered",
    "tobefilledbyoemtobefilledbyoem": "as above, twice",
    "defaultstring": "AMI's firmware as delivered",
    "none": "also VMware's boards",
    "notspecified": "dmidecode's and QEMU's word",
    "notavailable": "a word for nothing",
    "notapplicable": "a word for nothing",
    "notdefined": "a word for nothing",
    "notset": "a word for nothing",
    "notfound": "a word for nothing",
    "noserial": "a word for nothing",
    "noserialnumber": "a word for nothing",
    "na": "a word for nothing",
    "nil": "a word for nothing",
    "null": "a word for nothing",
    "empty": "a word for nothing",
    "unknown": "a word for nothing",
    "undefined": "a word for nothing",
    "unspecified": "a word for nothing",
    "invalid": "a word for nothing",
    "oem": "a word for nothing",
    "tbd": "a word for nothing",
    "default": "a word for nothing",
    "test": "left from the factory",
    "sample": "left from the factory",
    "serial": "the field's name",
    "sn": "the field's name",
    "serialnumber": "the field's name",
    "serialno": "the field's name",
    "sernum": "the field's name",
    "sernum0": "AMI's firmware as delivered",
    "systemserialnumber": "the field's name; ASUS and Supermicro",
    "systemserial": "the field's name",
    "baseboardserialnumber": "the field's name",
    "basedboardserialnumber": "the field's name, as some firmware writes it",
    "boardserialnumber": "the field's name",
    "mbserialnumber": "the field's name",
    "motherboardserialnumber": "the field's name",
    "type2boardserialnumber": "the field's name",
    "chassisserialnumber": "the field's name",
    "productserialnumber": "the field's name",
    "assettag": "the field's name",
    "mb1234567890": "ASUS as delivered",
    "bsn12345678901234567": "firmware of ASUS and of test machines as delivered",
    "ssn12345678901234567": "as above",
    "0123456789abcdef": "counting up",
    "1234567890abcdef": "counting up",
    "abcdefghijklmn": "counting up",
}

#: The same in Chinese -> what it means.
CHINESE_PLACEHOLDERS: dict[str, str] = {
    "默认": "default",
    "默认字符串": "default string",
    "默认值": "default value",
    "无": "none",
    "未知": "unknown",
    "未指定": "not specified",
    "未填写": "not filled in",
    "序列号": "serial number",
    "主板序列号": "board serial number",
    "由厂商填写": "to be filled in by the maker",
    "由oem填写": "to be filled by O.E.M.",
    "待填写": "to be filled in",
}

#: Patterns of disk serials, in capitals, that every machine of a kind shares -> whose.
SHARED_DISK_SERIALS: dict[str, str] = {
    r"QM\d{5}": "QEMU's disks, numbered from QM00001 on each machine",
    r"DRIVE-[A-Z]+\d+": "QEMU's disks, named by their slot (Proxmox)",
    r"(VIRTIO-)?(DISK|VDA|VDB)\d*": "named by their slot",
    r"BHYVE-.*": "named by their slot",
    r"AA0{10,}\d{1,8}": "cheap SSDs that were never given a number of their own",
}
