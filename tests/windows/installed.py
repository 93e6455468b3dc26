"""One installation of the product in the lane's Wine prefix: installers that run, and what lies where afterwards.

Exit codes alone prove nothing under Wine: every question here is answered by files and by the registry.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stage import ROOT, LaneError, Stage
from wine import find_loader, windows_path

ARP = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\ISCBridge"
RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
PROGRESS = r"C:\iscbridge-progress.json"
#: What is told of an installation or removal that has come to its end.
DONE = {"status": 1, "progress": 100, "errorMsg": "", "code": 0}

#: Runs on Windows Python: a file that is held open until its standard input ends. Others may read it at most.
_HOLD = (
    "import sys; from iscbridge.platform.winfiles import open_handle; "
    "open_handle(sys.argv[1], 0x8000_0000, 0x80, share=1, disposition=4); print('held', flush=True); sys.stdin.read()"
)

#: Longer than an installation takes on a busy machine.
PATIENCE_S = 240.0


def check(holds: object, what: str) -> None:
    """An assertion that stays in optimised Python.

    Raises:
        LaneError: it does not hold.
    """
    if not holds:
        raise LaneError(what)


@dataclass
class Installed:
    """The prefix with what is installed in it for its user; or, `everybody`, for all users."""

    stage: Stage
    everybody: bool = False

    @property
    def drive(self) -> Path:
        """Drive C."""
        return self.stage.wine.prefix / "drive_c"

    @property
    def local(self) -> Path:
        """%LOCALAPPDATA%."""
        return next(path for path in self.drive.glob("users/*/AppData/Local") if path.parts[-3] != "Public")

    @property
    def root(self) -> Path:
        """Where the installer puts it."""
        return self.drive / "Program Files" / "ISCBridge" if self.everybody else self.local / "Programs" / "ISCBridge"

    @property
    def hive(self) -> str:
        """Of the registry: whose entries these are."""
        return "HKLM" if self.everybody else "HKCU"

    @property
    def machine(self) -> Path:
        """What holds for all users."""
        return self.drive / "ProgramData" / "ISCBridge"

    @property
    def app(self) -> Path:
        """The programs."""
        return self.root / "app"

    @property
    def profile(self) -> Path:
        """The user's data."""
        return self.local / "ISCBridge"

    @property
    def shortcut(self) -> Path:
        """The entry in the Start menu."""
        data = self.machine.parent if self.everybody else self.roaming
        return data / "Microsoft" / "Windows" / "Start Menu" / "Programs" / "ISCBridge.lnk"

    @property
    def roaming(self) -> Path:
        """%APPDATA%."""
        return self.local.parent / "Roaming"

    # -- installers

    def start(self, program: Path, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a program and leave it to itself. Without pipes: what it starts in turn would hold them open."""
        loader = find_loader()
        assert loader is not None
        # Wine puts quotes around a word with blanks, and none around several words.
        words = [word for one in arguments for word in (one.split(" ") if one.startswith("_?=") else [one])]
        return subprocess.Popen(
            [str(loader), str(program), *words],
            cwd=self.stage.empty(),
            env=self.stage.wine.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def setup(self, program: Path, *switches: str) -> Mapping[str, object]:
        """Run an installer silently to its end; what it told of its progress last."""
        place = self._fresh_progress()
        process = self.start(program, "/S", f"/Progress={PROGRESS}", *switches)
        try:
            code = process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise LaneError(f"{program.name} {switches} did not end") from None
        check(place.is_file(), f"{program.name} told no progress (exit code {code})")
        found: dict[str, object] = json.loads(place.read_text(encoding="utf-8"))
        found["code"] = code
        return found

    def setup_well(self, program: Path, *switches: str) -> None:
        """The same; it must have come to its end."""
        told = self.setup(program, *switches)
        check(told == DONE, f"{program.name} {switches}: {told}")

    def clicked(self, program: Path, name: str, *switches: str) -> list[str]:
        """Click through an installer, with a picture of each page; what stands on each. It must come to its end."""
        place = self._fresh_progress()
        for old in self.stage.pictures.glob(f"{name}-*.png"):
            old.unlink()
        _, said = self.stage.windows(
            self.stage.python / "python.exe", ROOT / "tests" / "windows" / "wizard" / "click.py", self.stage.pictures, name,
            program, f"/Progress={PROGRESS}", *switches, timeout=PATIENCE_S)  # fmt: skip
        records = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        check(records and records[-1].get("code") == 0, f"{program.name} clicked through {switches}:\n{said}")
        told = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else None
        check(told == {"status": 1, "progress": 100, "errorMsg": ""}, f"{program.name} {switches}: {told}")
        return ["\n".join([record["title"], *record["texts"]]) for record in records[:-1]]

    def end_at(self, program: Path, reached: int, *switches: str) -> int:
        """Run an installer and kill it when it has told this progress; what it had told by then."""
        place = self._fresh_progress()
        process = self.start(program, "/S", f"/Progress={PROGRESS}", *switches)
        told = 0
        until = time.monotonic() + PATIENCE_S
        while process.poll() is None and time.monotonic() < until:
            if place.is_file():
                told = int(json.loads(place.read_text(encoding="utf-8"))["progress"])
            if told >= reached:
                break
            time.sleep(0.002)
        ended = process.poll() is None
        process.kill()
        process.wait()
        check(ended and told < 100, f"{program.name} was to be interrupted at {reached} %, and had told {told} %")
        return told

    def scripts(self) -> Path:
        """A folder as it is unpacked from a release, with its scripts."""
        folder = self.drive / "release of today"
        folder.mkdir()
        for path in (ROOT / "installer" / "silent").iterdir():
            (folder / path.name).write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        return folder

    def script(self, name: str, *switches: str) -> Mapping[str, object]:
        """Run one of these scripts; as `setup`. Words with `=` stand in quotes, as cmd.exe wants it."""
        place = self._fresh_progress()
        caller = self.drive / "call.bat"
        line = " ".join(["@call", rf'"C:\release of today\{name}"', PROGRESS, *switches])
        caller.write_bytes(f"{line}\r\n@echo code %ERRORLEVEL%\r\n".encode())
        cmd = self.drive / "windows" / "system32" / "cmd.exe"
        _, said = self.stage.windows(cmd, "/c", self.windows(caller), timeout=PATIENCE_S)
        code = re.search(r"^code (\d+)$", said, re.MULTILINE)
        check(code, f"{name} {switches} did not come to its end:\n{said}")
        assert code is not None
        told = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}
        return {**told, "code": int(code[1])}

    @contextlib.contextmanager
    def held(self, path: Path) -> Iterator[None]:
        """A program has this file open meanwhile, and lets others read it at most; it is made if it is not there."""
        loader = find_loader()
        assert loader is not None
        words = [str(loader), str(self.stage.python / "python.exe"), "-P", "-c", _HOLD, self.windows(path)]
        with subprocess.Popen(words, cwd=self.stage.empty(), env=self.stage.wine.environment(),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:  # fmt: skip
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                check(process.stdout.readline().strip() == b"held", f"{path.name} could not be held")
                yield
            finally:
                process.stdin.close()
                process.wait(PATIENCE_S)

    def uninstaller(self) -> Path:
        """A copy outside, so that it can be waited for and removes the original."""
        copy = self.drive / "iscbridge-uninstall.exe"
        copy.write_bytes((self.root / "uninstall.exe").read_bytes())
        return copy

    @property
    def here(self) -> str:
        """The last switch of a copied uninstaller; without quotes, blanks or not."""
        return f"_?={self.windows(self.root)}"

    def _fresh_progress(self) -> Path:
        place = self.drive / PROGRESS.rpartition("\\")[2]
        place.unlink(missing_ok=True)
        return place

    # -- what is there

    def windows(self, path: Path) -> str:
        """How programs of the prefix name a file on drive C."""
        return "C:\\" + str(path.relative_to(self.drive)).replace("/", "\\")

    def registry(self, key: str, root: str = "") -> dict[str, str]:
        """The values of a key; nothing if it is not there."""
        root = root or self.hive
        reg = self.drive / "windows" / "system32" / "reg.exe"
        _, said = self.stage.windows(reg, "query", rf"{root}\{key}", timeout=60)
        found: dict[str, str] = {}
        for line in said.splitlines():
            parts = line.strip().split("    ", 2)
            if len(parts) == 3 and parts[1].startswith("REG_"):
                found[parts[0]] = parts[2]
        return found

    def holds(self, components: set[str]) -> None:
        """The installed files are those of the payload, byte for byte in length, and no other."""
        listed = json.loads((self.app / "payload.json").read_text(encoding="utf-8"))["files"]
        wanted = {entry["path"]: entry["size"] for entry in listed if entry["component"] in components}
        there = {path.relative_to(self.app).as_posix(): path.stat().st_size
                 for path in self.app.rglob("*") if path.is_file()}  # fmt: skip
        there.pop("payload.json")
        wrong = sorted(set(wanted.items()) ^ set(there.items()))
        check(not wrong, f"the installed files are not those of the payload: {wrong[:10]}")

    def left(self) -> list[str]:
        """What there is of ISCBridge in the prefix besides the user's data."""
        found = [str(path.relative_to(self.drive)) for path in self.drive.glob("users/*/AppData/**/*ISCBridge*")
                 if path != self.profile and self.profile not in path.parents]  # fmt: skip
        found += [str(path.relative_to(self.drive)) for pattern in ("Program Files*/*ISCBridge*", "ProgramData/**/*ISCBridge*.lnk")
                  for path in self.drive.glob(pattern)]  # fmt: skip
        for root in ("HKCU", "HKLM"):
            found += [rf"{root}\{ARP}"] if self.registry(ARP, root) else []
            found += [rf"{root}\{RUN}"] if "ISCBridge" in self.registry(RUN, root) else []
        return found

    # -- the program

    def command(self, *arguments: str | Path, good: bool = True) -> list[dict[str, object]]:
        """What the installed command line says, as records."""
        words = [windows_path(word) if isinstance(word, Path) else word for word in arguments]
        code, said = self.stage.windows(self.app / "iscbridge.exe", *words, "--json", timeout=PATIENCE_S)
        records = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        check(code == 0 or not good, f"iscbridge {' '.join(words)} ended with {code}:\n{said}")
        return records

    def says(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """What it says to a person, in English."""
        told = {"ISCBRIDGE_LANGUAGE": "en", **(env or {})}
        return self.stage.windows(self.app / "iscbridge.exe", *arguments, timeout=PATIENCE_S, env=told)[1]

    def has_tray(self) -> bool:
        """Whether the tray runs."""
        return any(record.get("tray") for record in self.command("status", good=False))

    def sandbox(self) -> None:
        """Start the stand-in for ISCDesk, which stays."""
        process = self.start(self.app / "iscbridge.exe", "sandbox", "start")
        process.wait(PATIENCE_S)
        self.until(
            lambda: any(record.get("running") for record in self.command("sandbox", "status", good=False)), "the desk"
        )

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Wait until something is so.

        Raises:
            LaneError: it did not become so.
        """
        end = time.monotonic() + PATIENCE_S
        while not holds():
            check(time.monotonic() < end, f"this did not come: {what}")
            time.sleep(0.2)
