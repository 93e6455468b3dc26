"""Texts of the settings window, in Chinese."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {
    "ISCB-STORE-TLS-NAME": (
        "应答的不是 {host}",
        "收到的证书属于另一个名称（{detail}）。访客网络的登录页面或错误的域名记录会造成这种情况。没有向对方发送任何内容。",
        "如果网络要求登录，请先登录，然后再测试。否则请告知管理员。",
    ),
    "ISCB-STORE-TLS-DATE": (
        "按本机日期，{host} 的证书不在有效期内",
        "可能是本机日期有误，也可能是对方的证书已经过期（{detail}）。没有向对方发送任何内容。",
        "请检查本机的日期、时间和时区。如果都正确，请告知管理员。",
    ),
    "ISCB-STORE-TLS-UNTRUSTED": (
        "本机不信任 {host} 证书的签发者",
        "最常见的原因是企业网络会检查加密连接，并用自己的证书重新签名，而本机没有安装该证书（{detail}）。没有向对方发送任何内容。",
        "请联系管理员，在本机安装安全网关的证书，或者把 {host} 排除在检查之外。",
    ),
    "ISCB-STORE-NO-NAME": (
        "本网络找不到云商店的地址",
        "网络的域名服务没有 {host} 的地址：{detail}。许可证没有变化，可以继续工作。",
        "请检查网络连接。如果企业网络只允许经代理服务器访问外网，请在设置中填写代理服务器。",
    ),
}

#: Sentences by id.
MESSAGES: dict[str, str] = {
    "setting.general.appearance": "窗口使用浅色还是深色外观。“auto”跟随系统。",
    "setting.general.autostart": "登录系统时是否自动启动 ISCBridge，这样在打开 CAD 之前就可以保存到云端。",
    "setting.general.notifications": "在屏幕上弹出哪些通知：“all”为全部；“important”只弹出需要您处理的；“none”不弹出。无论如何，活动窗口中都会列出全部内容。",
    "setting.general.quiet_when_presenting": "演示或有程序全屏显示时，是否暂缓弹出通知。结束后合并为一条显示。",
    "setting.files.watch": "是否留意从云端打开或保存到云端的文件的更改，以便您看到哪些更改还没有保存到云端。",
    "setting.files.when_changed": "所留意的文件有更改时如何处理：“off”只显示，“ask”询问是否保存到云端，“automatic”在文件静置一段时间后自动保存。在文件窗口中可以为单个文件另行设定。",
    "setting.files.quiet_minutes": "有更改的文件静置多少分钟后才自动保存或询问。被 CAD 锁定的文件会继续等待。",
}
