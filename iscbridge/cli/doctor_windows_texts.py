"""Sentences of `iscbridge doctor --windows`, in English and Chinese."""

from __future__ import annotations

from iscbridge.texts.render import Language

TEXTS: dict[str, tuple[str, str]] = {
    "elsewhere": (
        "This looks at what only Windows has, and this computer does not run Windows. Nothing was checked. “iscbridge doctor” checks the rest.",
        "此项检查仅针对 Windows，而本机运行的不是 Windows。没有检查任何内容。其余检查请用“iscbridge doctor”。",
    ),
    "head": (
        "ISCBridge {version} on Windows. This report holds no path, name, serial number or secret.",
        "ISCBridge {version}（Windows）。此报告不含路径、姓名、序列号或机密。",
    ),
    "rest": (
        "[--] means: no program can judge it. The rest is for a person: docs/windows-checklist.md.",
        "[--] 表示程序无法判断。其余各项由人来检查：docs/windows-checklist.md。",
    ),
    "end": ("End of the report, {digest}.", "报告结束，{digest}。"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "unknown": ("Windows does not say", "Windows 没有给出"),
    # What is looked at
    "check.build": ("Windows version", "Windows 版本"),
    "check.wine": ("Runs under Wine", "在 Wine 下运行"),
    "check.elevated": ("Runs with an administrator's rights", "以管理员权限运行"),
    "check.uac": ("User Account Control is on", "用户账户控制已启用"),
    "check.remote": ("Remote session", "远程会话"),
    "check.sessions": ("Sessions on this computer", "本机会话数"),
    "check.screens": ("Screens", "屏幕数"),
    "check.scales": ("Dots per inch of the screens", "各屏幕的 DPI"),
    "check.taskbar": ("Task bar", "任务栏"),
    "check.machine": ("The folder for all users is an administrator's", "面向所有用户的文件夹由管理员掌管"),
    "check.private": ("Files for the owner alone", "仅所有者可读的文件"),
    "check.dpapi": ("Data protection (DPAPI)", "数据保护（DPAPI）"),
    "check.credentials": ("Credential Manager", "凭据管理器"),
    "check.longpaths": ("Long paths are allowed to all programs", "允许所有程序使用长路径"),
    "check.downloaded": ("Marked as downloaded", "带有下载标记"),
    "check.filesystem": ("File system of the data folder", "数据文件夹的文件系统"),
    "check.disk": ("A disk tells its serial number", "有磁盘给出序列号"),
    "check.disks": ("Disks", "磁盘数"),
    "check.mac": ("A network adapter counts", "有网络适配器计入指纹"),
    "check.adapters": ("Network adapters", "网络适配器数"),
    "check.board": ("The mainboard tells its serial number", "主板给出序列号"),
    "check.missing": ("Parts that could not be read", "无法读取的部分"),
    "check.same": ("Two readings are the same", "两次读取结果相同"),
    "check.millis": ("Milliseconds of a reading", "读取一次的毫秒数"),
    # What to do
    "bad.wine": (
        "This is no Windows: nothing here says anything of a real machine.",
        "这不是 Windows：以下内容不能说明真实计算机的情况。",
    ),
    "bad.elevated": (
        "Run it once more from a usual window: ISCBridge itself never runs with these rights.",
        "请从普通窗口重新运行：ISCBridge 本身从不使用这种权限。",
    ),
    "bad.uac": (
        "Without it every program has all rights. Ask your administrator to switch it on.",
        "未启用时所有程序都拥有全部权限。请让管理员启用。",
    ),
    "bad.taskbar": (
        "There is no place for the icon; the activity window opens in its stead.",
        "没有放置图标的位置；将改为打开活动窗口。",
    ),
    "bad.machine": (
        "Others may change it, so what lies in it is ignored. Its rights: docs/administration.md, “The folder for all users”.",
        "其他人可以更改它，因此其中的内容被忽略。权限设置见 docs/administration.md 中“The folder for all users”。",
    ),
    "bad.private": (
        "Others could read what is meant for the owner alone. Look at the access list of the folder for temporary files.",
        "仅供所有者读取的内容可能被他人读取。请检查临时文件夹的访问控制列表。",
    ),
    "bad.dpapi": (
        "What it protects can't be relied on: licence codes can't be kept. Log off and on; if it stays, the profile is damaged.",
        "其保护不可靠：无法保存授权码。请注销后重新登录；若仍如此，则用户配置文件已损坏。",
    ),
    "bad.credentials": (
        "Licence codes can't be kept there. A group policy may forbid it; secrets.store = file is the other way.",
        "无法在其中保存授权码。可能被组策略禁止；也可设置 secrets.store = file。",
    ),
    "bad.downloaded": (
        "SmartScreen asks about this program. Install it with the signed installer.",
        "SmartScreen 会对此程序提出警告。请使用已签名的安装程序安装。",
    ),
    "bad.filesystem": (
        "Not tried with this file system: renaming and access lists may be otherwise.",
        "尚未在此文件系统上试用：重命名和访问控制列表的行为可能不同。",
    ),
    "bad.disk": (
        "The fingerprint goes without a disk. On a virtual machine that is usual; else please tell us the maker.",
        "指纹中将不含磁盘。虚拟机上这是正常的；否则请告诉我们制造商。",
    ),
    "bad.board": (
        "The fingerprint goes without the mainboard. On a virtual machine that is usual; else please tell us the maker.",
        "指纹中将不含主板。虚拟机上这是正常的；否则请告诉我们制造商。",
    ),
    "bad.mac": (
        "The fingerprint goes without a network adapter. Please send “iscbridge license fingerprint --explain”.",
        "指纹中将不含网络适配器。请发送“iscbridge license fingerprint --explain”的结果。",
    ),
    "bad.same": (
        "The fingerprint changes by itself. Please send “iscbridge license fingerprint --explain” of both.",
        "指纹会自行变化。请发送两次“iscbridge license fingerprint --explain”的结果。",
    ),
    "bad.other": ("It could not be looked at.", "无法检查。"),
}


def say(text_id: str, language: Language, **params: object) -> str:
    """One sentence in the reader's language; what to do about a probe that has no words of its own is common."""
    if text_id.startswith("bad.") and text_id not in TEXTS:
        text_id = "bad.other"
    english, chinese = TEXTS[text_id]
    return (chinese if language == "zh" else english).format(**params)
