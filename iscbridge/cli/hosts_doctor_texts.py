"""Sentences of `iscbridge hosts doctor`, in English and Chinese: what is so, and what to do."""

from __future__ import annotations

from iscbridge.texts.render import Language

TEXTS: dict[str, tuple[str, str]] = {
    "good": ("Everything that can be checked is in order.", "可以检查的各项都正常。"),
    "bad": ("{count} of {total} checks need attention.", "{total} 项检查中有 {count} 项需要处理。"),
    # What is checked
    "check.description": ("Description", "描述文件"),
    "check.found": ("Installation", "安装"),
    "check.version": ("Version", "版本"),
    "check.addin": ("Add-in", "插件"),
    "check.place": ("Add-in's folder", "插件文件夹"),
    "check.client": ("Protocol of the add-in", "插件的协议版本"),
    "check.start": ("Start of ISCBridge", "启动 ISCBridge"),
    "check.connection": ("Connection", "连接"),
    "check.licence": ("Licence", "许可证"),
    "check.parts": ("Partly loaded documents", "部分加载的文档"),
    # Installations
    "found": ("{program}", "{program}"),
    "absent": (
        "It was not found on this computer. That is right if it is not installed; if it is, start it once and look again.",
        "在此计算机上没有找到。如果没有安装，这是正常的；如果已安装，请先启动一次再检查。",
    ),
    "version": ("{version}; the add-in is made for {oldest} and later.", "{version}；插件适用于 {oldest} 及以上版本。"),
    "version-any": ("{version}", "{version}"),
    "version-unknown": (
        "It can't be told without starting the application. Its own window “About” says it; the add-in is made for {oldest} and later.",
        "不启动应用程序就无法得知。可在其“关于”窗口中查看；插件适用于 {oldest} 及以上版本。",
    ),
    # The add-in
    "no-addin": (
        "There is none for this application: save its files from ISCBridge's window or with “iscbridge save”.",
        "此应用程序没有插件：请从 ISCBridge 窗口保存文件，或使用“iscbridge save”。",
    ),
    "addin-good": ("Installed, version {version}.", "已安装，版本 {version}。"),
    "addin-none": ("It is not installed, so there are no cloud commands there.", "没有安装，因此其中没有云端命令。"),
    "addin-older": (
        "It is version {version}, put there by an older ISCBridge.",
        "版本为 {version}，由较旧的 ISCBridge 安装。",
    ),
    "addin-newer": (
        "It is version {version}, put there by a newer ISCBridge. As long as the line below is in order, it works.",
        "版本为 {version}，由较新的 ISCBridge 安装。只要下面的协议版本一行正常，就可以使用。",
    ),
    "addin-unfinished": ("An installation of it was interrupted.", "一次安装被中断。"),
    "addin-unreadable": ("Its folder can't be read: {place}", "无法读取其文件夹：{place}"),
    "addin-disabled": (
        "It is installed and switched off in FreeCAD (Tools, Addon manager), so there are no cloud commands there.",
        "已安装，但在 FreeCAD 的插件管理器中被停用，因此其中没有云端命令。",
    ),
    "do-install": ("Run: iscbridge hosts install {host}", "请运行：iscbridge hosts install {host}"),
    "do-repair": ("Run: iscbridge hosts repair {host}", "请运行：iscbridge hosts repair {host}"),
    "do-rights": ("Check your rights in that folder, then run this again.", "请检查您对该文件夹的权限，然后重新检查。"),
    "do-enable": (
        "Switch it on in the Addon manager, or delete {path}, and start FreeCAD again.",
        "请在插件管理器中启用它，或删除 {path}，然后重新启动 FreeCAD。",
    ),
    "place-good": ("Can be written: {place}", "可以写入：{place}"),
    "place-bad": (
        "Can't be written: {place}. The add-in can't be installed or brought up to date.",
        "无法写入：{place}。无法安装或更新插件。",
    ),
    "client-good": (
        "It speaks the protocol of this ISCBridge ({protocol}).",
        "使用此 ISCBridge 的协议（{protocol}）。",
    ),
    "client-other": (
        "It speaks protocol {found}, and this ISCBridge {protocol}: they can't work together.",
        "插件使用协议 {found}，而此 ISCBridge 使用 {protocol}：两者无法一起工作。",
    ),
    "client-gone": (
        "Its part that talks to ISCBridge is missing or can't be read.",
        "与 ISCBridge 通信的部分缺失或无法读取。",
    ),
    "start-good": ("The add-in can start it: {command}", "插件可以启动它：{command}"),
    "start-unknown": (
        "The add-in does not know how to start ISCBridge, so it works only while ISCBridge runs.",
        "插件不知道如何启动 ISCBridge，因此只有在 ISCBridge 运行时才能使用。",
    ),
    "start-gone": (
        "The program that the add-in would start is not there any more: {command}",
        "插件要启动的程序已不存在：{command}",
    ),
    "start-fails": (
        "The program that the add-in would start does not run: {command}",
        "插件要启动的程序无法运行：{command}",
    ),
    # The bridge
    "connected": ("Connected since {since}, version {version}.", "自 {since} 起已连接，版本 {version}。"),
    "not-connected": (
        "ISCBridge runs, and nothing of this application is connected now. That is right while it is closed; if it is open, start it again.",
        "ISCBridge 正在运行，此应用程序当前没有连接。应用程序关闭时这是正常的；如果它已打开，请重新启动它。",
    ),
    "bridge-off": (
        "ISCBridge is not running; who is connected, and the licence, can't be told. The add-in starts it when needed, or run: iscbridge tray",
        "ISCBridge 没有运行，无法得知连接和许可证状态。插件会在需要时启动它，也可以运行：iscbridge tray",
    ),
    "licence-free": ("No licence is needed for “{product}”.", "“{product}”不需要许可证。"),
    "licence-good": ("“{product}”: {state}", "“{product}”：{state}"),
    # FreeCAD
    "parts": (
        "FreeCAD loads of a used document only what is needed. The add-in never writes such a document; its setting “NoPartialLoading” may stay as it is.",
        "FreeCAD 只加载被引用文档中需要的部分。插件绝不会写入这样的文档；其设置“NoPartialLoading”无需更改。",
    ),
}


def say(text_id: str, language: Language, **params: object) -> str:
    """One sentence in the reader's language."""
    english, chinese = TEXTS[text_id]
    return (chinese if language == "zh" else english).format(**params)
