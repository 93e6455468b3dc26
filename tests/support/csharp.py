"""The C# binding: compiled with Mono, run as a host that is driven line by line."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.checkout import ROOT
from support.world import PATIENCE_S, World

BINDING = sorted((ROOT / "native" / "bindings" / "csharp").glob("*.cs"))
EXAMPLE = ROOT / "native" / "examples" / "SaveFromCSharp.cs"
HOST = ROOT / "tests" / "other_hosts" / "csharp" / "Host.cs"
HEADER = ROOT / "native" / "include" / "iscbridge_client.h"


def compiled(source: Path, prefix: Path, folder: Path) -> Path:
    """A program with the native library beside it, as a host ships it; warnings are errors, the language is C# 6."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / f"{source.stem}.exe"
    command = ["mcs", "-langversion:6", "-debug", "-warn:4", "-warnaserror", f"-out:{program}", source, *BINDING]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.copy(next(prefix.glob("lib*/**/libiscbridge_client.so")), folder)
    return program


def structs() -> dict[str, list[str]]:
    """The structs of the header and their members, in the order of `iscb_struct_size`."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = {
        name: [member.split()[-1].lstrip("*") for member in body.split(";") if member.strip()]
        for name, body in re.findall(r"typedef struct (\w+) \{(.*?)\} \1;", text, flags=re.DOTALL)
    }
    order = ("config", "save_options", "error", "job", "file", "license", "event")
    return {f"iscb_{name}": found[f"iscb_{name}"] for name in order}


def c_layout(folder: Path, *flags: str) -> list[list[str]]:
    """What a C compiler says of the header's structs, in the form of `Host.cs layout`."""
    lines = []
    for number, (name, members) in enumerate(structs().items(), start=1):
        lines.append(f'printf("{number}\\tsize\\t%u\\n", (unsigned)sizeof({name}));')
        for member in members:
            title = "".join(word.capitalize() for word in member.split("_"))
            lines.append(f'printf("{number}\\t{title}\\t%u\\n", (unsigned)offsetof({name}, {member}));')
    source = folder / "layout.c"
    body = "\n    ".join(lines)
    source.write_text(
        f'#include <stddef.h>\n#include <stdio.h>\n#include "{HEADER}"\nint main(void) {{\n    {body}\n    return 0;\n}}\n'
    )
    program = folder / "layout"
    subprocess.run(["cc", *flags, str(source), "-o", str(program)], check=True, timeout=60)
    told = subprocess.run([str(program)], capture_output=True, text=True, check=True, timeout=60)
    return [line.split("\t") for line in told.stdout.splitlines()]


class CallError(Exception):
    """An exception of the host's call: its status (or its type), and what it says to the person."""

    def __init__(self, status: str, words: list[str]) -> None:
        super().__init__(status, words)
        self.status = status
        self.code, self.title, self.message, self.remedy, self.request_id, self.retry = (*words, *[""] * 6)[:6]


@dataclass
class Event:
    """An event as the host heard it."""

    thread: str
    kind: str
    topic: str
    job: str
    state: str
    path: str
    read_only: bool
    status: str
    user_data: str
    json: str


@dataclass
class Shown:
    """A job as the host sees it."""

    id: str
    state: str
    state_text: str
    final: bool
    kind: str
    path: str
    result_path: str
    cloud: str
    error: str
    request_id: str
    bytes: int
    files: int
    json: str = field(repr=False)

    @classmethod
    def of(cls, text: str) -> Shown:
        values: list[Any] = text.split("\n")
        values[3] = values[3] == "True"
        values[10:12] = [int(value) for value in values[10:12]]
        return cls(*values)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t", "r": "\r"}.get(found[1], found[1]), text)


class CSharpHost:
    """Host.cs, running. `start` sends a command, `given` waits for what came of it, `ask` does both."""

    def __init__(
        self,
        program: Path,
        world: World,
        delivery: str = "Context",
        start: tuple[str, ...] = (),
        home: str | None = None,
    ) -> None:
        command = ["mono", "--debug", str(program), delivery, home or str(world.home.root), *start]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", env=world.env
        )
        self._changed = threading.Condition()
        self._asked = 0
        self._ended = False
        self._answers: dict[str, list[str]] = {}
        self.events: list[Event] = []
        self.failures: list[str] = []
        self.disposed = False
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def start(self, command: str, *arguments: str | Path) -> str:
        """Send a command; gives its number."""
        self._asked += 1
        assert self._process.stdin is not None
        self._process.stdin.write("\t".join([str(self._asked), command, *map(str, arguments)]) + "\n")
        self._process.stdin.flush()
        return str(self._asked)

    def given(self, number: str) -> str:
        """What came of a command; an exception of the host is `CallError`. Every answer comes on the window's thread."""
        self.until(lambda: number in self._answers, f"an answer to command {number}")
        what, *fields = self._answers[number]
        if what == "error":
            raise CallError(fields[0], fields[1:])
        assert fields[0] == "window"
        return fields[1]

    def ask(self, command: str, *arguments: str | Path) -> str:
        return self.given(self.start(command, *arguments))

    def job(self, command: str, *arguments: str | Path) -> Shown:
        return Shown.of(self.ask(command, *arguments))

    def is_answered(self, number: str) -> bool:
        return number in self._answers

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait for a condition on what the host has said."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or condition(), PATIENCE_S)
            found = condition()
        assert found, f"in vain for {what}; the host told {self.events[-5:]}, ended: {self._ended}"
        return found

    def event(self, kind: str, **fields: object) -> Event:
        """Wait for an event with these members."""

        def look() -> Event | None:
            for event in self.events:
                if event.kind == kind and all(getattr(event, name) == value for name, value in fields.items()):
                    return event
            return None

        found: Event = self.until(look, f"an event {kind} with {fields}")
        return found

    def close(self) -> int:
        """Close its window; gives its exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            return self._process.wait(PATIENCE_S)
        finally:
            self._process.kill()
            self._reading.join(PATIENCE_S)
            assert self._process.stdout is not None
            self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            what, *fields = [_unescaped(each) for each in line.rstrip("\n").split("\t")]
            with self._changed:
                self._take(what, fields)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _take(self, what: str, fields: list[str]) -> None:
        if what == "event":
            thread, kind, topic, job, state, path, read_only, *rest = fields
            self.events.append(Event(thread, kind, topic, job, state, path, bool(read_only), *rest))
        elif what == "failed":
            self.failures.append(fields[0])
        elif what == "disposed":
            self.disposed = True
        else:
            self._answers[fields[0]] = [what, *fields[1:]]
