"""Texts of the vendor's licence relay, in Chinese."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {
    "ISCB-RELAY-SETTINGS": (
        "中继服务的设置无法使用",
        "“{path}”无法使用：{detail}。中继服务没有启动；各设备继续使用已有的租约。",
        "请更正该文件（格式见 docs/relay.md），然后重新启动中继服务。",
    ),
}

#: Message id: text.
MESSAGES: dict[str, str] = {}
