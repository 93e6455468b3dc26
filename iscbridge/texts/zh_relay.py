"""Texts of the vendor's licence relay, in Chinese."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {
    "ISCB-RELAY-SEALED": (
        "数据库中的加密内容无法打开",
        "为“{purpose}”保存的内容由另一密钥加密，或已被更改。该内容保持原样。",
        "请恢复与此数据库匹配的密钥 seal_key，或重新输入授权码。",
    ),
    "ISCB-RELAY-SECRET": (
        "中继服务的一项机密信息无法使用",
        "机密信息“{name}”无法使用：{detail}。中继服务没有启动；各设备继续使用已有的租约。",
        "请按照 docs/relay.md 更正，然后重新启动中继服务。",
    ),
    "ISCB-RELAY-DATABASE-NEWER": (
        "数据库属于更新版本的中继服务",
        "数据表的版本为“{version}”，当前中继服务无法识别。没有做任何更改。",
        "请启动更新版本的中继服务，或恢复与当前版本匹配的备份。",
    ),
    "ISCB-RELAY-DATABASE": (
        "中继服务的数据库没有响应",
        "中继服务无法访问其数据库：{detail}。没有任何数据丢失；各设备继续使用已有的租约。",
        "系统会自动重试。若持续出现，请检查数据库服务器和 relay.toml 中的地址。",
    ),
    "ISCB-RELAY-SETTINGS": (
        "中继服务的设置无法使用",
        "“{path}”无法使用：{detail}。中继服务没有启动；各设备继续使用已有的租约。",
        "请更正该文件（格式见 docs/relay.md），然后重新启动中继服务。",
    ),
}

#: Message id: text.
MESSAGES: dict[str, str] = {}
