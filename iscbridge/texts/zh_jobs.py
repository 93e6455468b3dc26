"""Texts of what can be asked about jobs, and pausing, in Chinese."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {
    "ISCB-BRIDGE-ELEVATED": (
        "ISCBridge 不以管理员权限运行",
        "此程序是以管理员权限启动的，ISCBridge 打开或启动的一切也会拥有这种权限。ISCBridge 没有启动；未发送任何内容，也没有任何内容丢失。",
        "请从“开始”菜单或普通窗口启动 ISCBridge。它运行之后，在这里也可以使用各项命令。",
    ),
    "ISCB-FILE-TARGET": (
        "副本无法写出",
        "文件无法写入“{path}”：{detail}。已写出的部分已删除，ISCBridge 中留存的副本没有变化。",
        "请选择另一个有写入权限且有足够空间的文件夹，然后重试。",
    ),
    "ISCB-REQ-NO-COPY": (
        "没有留存的副本",
        "ISCBridge 没有为此任务留存文件副本：任务在留存之前就结束了，或者这类任务不留存文件（“{job}”）。未做任何改动。",
        "如果文件仍在原处，请重新保存到云。",
    ),
    "ISCB-BRIDGE-NO-TRAY": (
        "ISCBridge 正在无窗口运行",
        "ISCBridge 在后台运行，没有托盘程序，因此没有窗口可以显示。您的工作不受影响。",
        "请启动“iscbridge tray”，或使用“iscbridge --help”列出的命令。",
    ),
}

#: Sentences by id.
MESSAGES: dict[str, str] = {}
