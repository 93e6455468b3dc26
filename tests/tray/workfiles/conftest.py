"""A bridge that has working files, and a room that shows them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from iscbridge.core.jobs import ErrorInfo
from iscbridge.platform.folders import Home
from iscbridge.tray.room import Room, TrayState
from iscbridge.tray.words import Words
from support.scripted_link import ScriptedLink


class FileServer:
    """Answers as a bridge with these files does."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, Any]] = {}
        self.watching = True
        self.fail: ErrorInfo | None = None
        self.link = ScriptedLink(
            {
                "workfile.list": self._list,
                "workfile.save": lambda params: self.fail or _job(params["path"]),
                "workfile.policy": self._policy,
                "workfile.forget": self._forget,
            }
        )

    def put(self, name: str, state: str = "saved", **members: Any) -> dict[str, Any]:
        path = name if name.startswith("/") else f"/cad/{name}"
        self.files[path] = {"path": path, "state": state, **members}
        return self.files[path]

    def tell(self, *names: str) -> None:
        """As `workfile.changed`, after `put`."""
        paths = [name if name.startswith("/") else f"/cad/{name}" for name in names]
        files = [self.files[path] for path in paths if path in self.files]
        gone = [path for path in paths if path not in self.files]
        self.link.tell("workfile.changed", files=files, gone=gone, counts=self.counts())

    def counts(self) -> dict[str, int]:
        return dict(Counter(file["state"] for file in self.files.values()))

    def _list(self, params: dict[str, Any]) -> Any:
        if self.fail is not None:
            return self.fail
        fitting = [
            file
            for path, file in sorted(self.files.items())
            if path > params.get("after", "")
            and file["state"] in params.get("states", [file["state"]])
            and params.get("text", "").casefold() in path.casefold()
        ]
        page = fitting[: params["limit"]]
        answer: dict[str, Any] = {"files": page, "counts": self.counts(), "watching": self.watching}
        if len(fitting) > len(page):
            answer["next"] = page[-1]["path"]
        return answer

    def _policy(self, params: dict[str, Any]) -> Any:
        if self.fail is None:
            self.put(params["path"], self.files[params["path"]]["state"], policy=params.get("policy"))
            if params.get("policy") is None:
                del self.files[params["path"]]["policy"]
        return self.fail or {}

    def _forget(self, params: dict[str, Any]) -> Any:
        if self.fail is None:
            del self.files[params["path"]]
        return self.fail or {}


def _job(path: str) -> dict[str, Any]:
    return {
        "job": "j1",
        "kind": "save",
        "state": "accepted",
        "path": path,
        "assembly": False,
        "cloud": "sandbox",
        "created": "2026-11-22T10:00:00.000Z",
        "updated": "2026-11-22T10:00:00.000Z",
        "notes": [],
    }


@pytest.fixture
def server(qapp) -> FileServer:
    return FileServer()


@pytest.fixture
def opened() -> list[tuple[str, dict[str, object]]]:
    return []


@pytest.fixture
def room(server, tmp_path: Path, opened) -> Room:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    return Room(server.link, Words("en"), home, TrayState(home), lambda name, what: opened.append((name, dict(what))))
