"""Sentences that explain the device fingerprint, in English and Chinese. Ids with a dot are reasons of the fingerprint."""

from __future__ import annotations

from iscbridge.texts.render import Language

TEXTS: dict[str, tuple[str, str]] = {
    "mac": ("Network addresses", "网卡地址"),
    "disk": ("Disks", "磁盘"),
    "board": ("Mainboard", "主板"),
    "cpu": ("Processor", "处理器"),
    "system": ("Also known of this computer, and not used", "本机的其他信息（不使用）"),
    "used": ("  + {value}   {source}", "  + {value}   {source}"),
    "left-out": ("  - {value}   {source}: {reason}", "  - {value}   {source}：{reason}"),
    "absent": ("  - {reason}", "  - {reason}"),
    "nothing": ("(nothing)", "（无）"),
    "shown": ("    {value}   {source}", "    {value}   {source}"),
    "adapter.software": (
        "no hardware stands behind it (bridge, tunnel, container, VPN)",
        "没有对应的硬件（网桥、隧道、容器、VPN）",
    ),
    "adapter.filter": ("a filter of another adapter", "另一块网卡的筛选器"),
    "adapter.bluetooth": ("Bluetooth; it may be plugged in", "蓝牙，可能是外接设备"),
    "adapter.mobile": ("a modem; its address belongs to the driver", "移动宽带，地址由驱动程序决定"),
    "adapter.usb": ("at USB: docks and adapters wander between computers", "USB 设备：扩展坞和转接器会换到别的电脑"),
    "adapter.removable": ("goes with the dock", "随扩展坞一起拔出"),
    "adapter.kind": ("neither Ethernet nor wireless LAN", "既不是以太网也不是无线局域网"),
    "adapter.name": ("its driver is known to be a virtual one", "已知是虚拟网卡的驱动程序"),
    "adapter.not-hardware": ("the system does not take it for hardware", "系统不认为它是硬件"),
    "adapter.virtual-function": ("a share of a card for virtual machines", "分配给虚拟机的虚拟功能"),
    "adapter.no-address": ("it has no address of its own", "没有自己的地址"),
    "adapter.shared-address": (
        "its driver gives the same address on every computer",
        "驱动程序在每台电脑上都用同一地址",
    ),
    "adapter.host-only": ("for a network with virtual machines on this computer", "用于与本机虚拟机通信的网络"),
    "adapter.random": ("the address was drawn or set by software", "地址是随机生成或由软件设置的"),
    "disk.software": ("made by software (volume of several disks, image, memory)", "由软件生成（组合卷、映像、内存）"),
    "disk.file": ("a file that is shown as a disk", "以磁盘形式显示的文件"),
    "disk.optical": ("an optical drive", "光驱"),
    "disk.usb": ("at a cable: it wanders between computers", "外接磁盘：会换到别的电脑"),
    "disk.card": ("a memory card", "存储卡"),
    "disk.removable": ("it can be taken out", "可以取出"),
    "disk.network": ("it stands elsewhere and serves several computers", "位于别处，供多台电脑使用"),
    "value.none": ("it tells no serial number", "没有提供序列号"),
    "value.placeholder": ("a placeholder that the maker left there", "厂商留下的占位文字"),
    "value.same-character": ("zeros, or one character over and over", "全是零或同一字符的重复"),
    "value.counting": ("digits that count up", "依次递增的数字"),
    "value.short": ("too short to tell computers apart", "太短，无法区分不同的电脑"),
    "value.long": ("too long for a serial number", "作为序列号过长"),
    "value.shared": ("every computer of this kind has the same", "同类电脑都相同"),
    "fact.only-shown": ("shown only", "仅供显示"),
    "part.not-given": ("the system does not give it", "系统没有提供"),
    "board.not-readable": ("only the administrator may read it on this system", "在本系统上只有管理员可以读取"),
    "component.none": ("there is none", "没有"),
    "limit.short": ("not in the short form of 1,024 characters", "不在 1,024 个字符的简短形式中"),
    "limit.full": ("no room in the fingerprint", "指纹中放不下"),
}


def say(message_id: str, language: Language, **params: object) -> str:
    """One sentence in the reader's language."""
    english, chinese = TEXTS[message_id]
    return (chinese if language == "zh" else english).format(**params)
