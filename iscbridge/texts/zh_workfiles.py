"""Texts of working files, in Chinese."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {
    "ISCB-REQ-NOT-WATCHED": (
        "该文件不是工作文件",
        "“{path}”没有在本机从云打开或保存到云，或者已不再受监视。文件本身没有被改动。",
        "请检查路径。文件保存到云或从云打开后即成为工作文件。",
    ),
}

#: Sentences by id.
MESSAGES: dict[str, str] = {}
