"""Texts of the settings window, in Chinese."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {}

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
