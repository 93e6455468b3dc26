"""Asking a program for an assembly's files: one that answers, and every way in which one may not."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from iscbridge.core.errors import HostError
from iscbridge.hosts import program_list
from iscbridge.hosts.closure import Stopped
from iscbridge.hosts.host_file import HostFile, parse_host_file
from iscbridge.hosts.list_output import Told
from iscbridge.hosts.program_list import ProgramList
from iscbridge.hosts.roots import Roots
from iscbridge.platform import programs
from support.world import until

DESCRIPTION = """
form = 1
[host]
name = "othercad"
product = "OtherCAD"
title = {{ en = "Other CAD", zh = "另一 CAD" }}
[[find]]
platform = "linux"
path = "{{opt}}/othercad"
[[find]]
platform = "linux"
path = "{{opt}}/othercad-{{version}}/bin"
[files]
types = ["oasm"]
assembly = ["oasm"]
installed = ["{{share}}/othercad"]
[list]
how = "command"
gives = "{gives}"
seconds = {seconds}
arguments = [{arguments}]
[[list.missing]]
before = "no such part: "
"""
STOP = threading.Event()


class Cad:
    """A program whose deeds are written in Python."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = folder / "opt" / "othercad"
        self.program.parent.mkdir()
        self.roots = Roots("linux", {"opt": str(folder / "opt"), "share": str(folder / "share")})
        self.list = ProgramList()
        self.main = folder / "work" / "m ain.oasm"
        self.main.parent.mkdir()
        self.main.write_bytes(b"x")
        os.utime(self.main, (1, 1))

    def does(self, code: str) -> None:
        # -I: what a program finds of ours in the environment is not looked for here
        self.program.write_text(f"#!{sys.executable} -I\nimport json, os, subprocess, sys, time\n{code}\n")
        self.program.chmod(0o755)

    def host(self, seconds: int = 20, gives: str = "lines", arguments: str = '"{file}"') -> HostFile:
        return parse_host_file(DESCRIPTION.format(seconds=seconds, gives=gives, arguments=arguments).encode())

    def ask(self, host: HostFile | None = None, stop: threading.Event = STOP) -> Told:
        return self.list.ask(host or self.host(), str(self.main), self.roots, stop)

    def refused(self, host: HostFile | None = None) -> HostError:
        with pytest.raises(HostError) as caught:
            self.ask(host)
        return caught.value


@pytest.fixture
def cad(tmp_path: Path) -> Cad:
    return Cad(tmp_path)


def test_what_it_says_is_taken(cad: Cad) -> None:
    installed = f"{cad.folder}/share/othercad/x"
    cad.does(
        f"print('零.prt'); print({installed!r}); print(sys.argv[1]); print('a/../b')\n"
        "print('no such part: z', file=sys.stderr)"
    )
    told = cad.ask()
    work = cad.main.parent
    assert told.files == (str(work / "零.prt"), str(work / "b"))
    assert told.missing == ("z",)


def test_it_writes_into_a_folder_of_its_own(cad: Cad) -> None:
    cad.does(
        "assert os.listdir('.') == [] and os.path.dirname(sys.argv[1]) == os.getcwd() == os.environ['TMPDIR']\n"
        "open(sys.argv[2], 'w'); json.dump({'files': [os.getcwd()]}, open(sys.argv[1], 'w'))"
    )
    (folder,) = cad.ask(cad.host(gives="json", arguments='"{output}", "{scratch}/x", "{file}"')).files
    assert not Path(folder).exists()


def test_the_newest_installation_is_asked(cad: Cad) -> None:
    cad.does("print('of no version')")
    for version in ("9.1", "10.0", "2.9"):
        cad.program = cad.folder / "opt" / f"othercad-{version}" / "bin"
        cad.program.parent.mkdir()
        cad.does(f"print('{version}')")
    assert cad.ask().files == (str(cad.main.parent / "10.0"),)


def test_a_cad_that_somebody_works_in_comes_first(cad: Cad) -> None:
    cad.does(
        "said = lambda: (os.nice(0), open('/proc/self/oom_score_adj').read().strip())\n"
        "while said() != (10, '1000'): time.sleep(0.001)\n"
        "print('gave way')"
    )
    assert cad.ask().files == (str(cad.main.parent / "gave way"),)


def test_our_own_variables_are_not_its_business(cad: Cad, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ISCBRIDGE_HOME", "PYTHONPATH", "DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.setenv(name, "/x")
    monkeypatch.setenv("LANG_OF_TEST", "kept")
    cad.does("print('\\n'.join(sorted(os.environ)))")
    found = {Path(path).name for path in cad.ask().files}
    assert "LANG_OF_TEST" in found
    assert not found & {"ISCBRIDGE_HOME", "PYTHONPATH", "DISPLAY", "QT_QPA_PLATFORM"}


def test_it_can_t_read_what_is_typed_here(cad: Cad) -> None:
    cad.does("print('got' + sys.stdin.read() + '.prt')")
    assert [Path(path).name for path in cad.ask().files] == ["got.prt"]


def test_one_that_hangs_is_ended_with_all_that_it_started(cad: Cad) -> None:
    pids = cad.folder / "pids"
    cad.does(
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\ntime.sleep(600)"
    )
    error = cad.refused(cad.host(seconds=6))  # within which it has to come to its work
    assert (error.code, error.params["seconds"]) == ("ISCB-HOST-LIST-LATE", "6")
    for pid in map(int, pids.read_text().split()):
        until(lambda pid=pid: has_ended(pid), f"process {pid} to end")


def test_what_it_leaves_behind_is_ended_too(cad: Cad) -> None:
    cad.does("child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\nprint(child.pid)")
    (path,) = cad.ask().files
    until(lambda: has_ended(int(Path(path).name)), "the child to end")


def test_it_is_ended_when_it_is_called_off(cad: Cad) -> None:
    begun = cad.folder / "begun"
    cad.does(f"open({str(begun)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    stop = threading.Event()
    ended: list[str] = []

    def ask() -> None:
        try:
            cad.ask(stop=stop)
        except Stopped:
            ended.append("stopped")

    thread = threading.Thread(target=ask)
    thread.start()
    until(lambda: begun.exists() and begun.read_text(), "the program to run")
    stop.set()
    thread.join(30)
    assert ended == ["stopped"]
    assert has_ended(int(begun.read_text()))


@pytest.mark.parametrize(
    ("code", "gives", "word"),
    [
        ("sys.stdout.buffer.write(b'\\xff')", "lines", "UTF-8"),
        ("print('hello')", "json", "JSON"),
        ("print('hello')", "make", "dependencies"),
        ("sys.stdout.write('x' * 400_000)", "lines", "path"),
        ("os.write(1, b'x\\n' * (9 << 20))", "lines", "more than"),
    ],
)
def test_what_can_t_be_understood_is_said(cad: Cad, code: str, gives: str, word: str) -> None:
    cad.does(code)
    error = cad.refused(cad.host(gives=gives))
    assert error.code == "ISCB-HOST-LIST-OUTPUT"
    assert word in error.params["detail"]


def test_one_that_writes_without_end_is_ended(cad: Cad, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_MOST_ON_DISK", 1 << 20)
    cad.does("file = open(sys.argv[1], 'wb')\nwhile True: file.write(b'x' * 65536); file.flush()")
    assert cad.refused(cad.host(arguments='"{output}", "{file}"')).code == "ISCB-HOST-LIST-OUTPUT"
    cad.does("while True: print('x' * 65536)")
    assert cad.refused().code == "ISCB-HOST-LIST-OUTPUT"


def test_an_output_that_is_no_file_is_none(cad: Cad) -> None:
    cad.does("os.mkfifo(sys.argv[1])")
    assert cad.ask(cad.host(arguments='"{output}", "{file}"')).files == ()


def test_one_that_fails_says_why(cad: Cad) -> None:
    cad.does("print('part 5 is broken\\x1b[31m', file=sys.stderr); sys.exit(4)")
    error = cad.refused()
    assert error.code == "ISCB-HOST-LIST-FAILED"
    assert "part 5 is broken" in error.params["detail"]
    assert error.params["detail"].isprintable()


def test_one_that_can_t_be_started(cad: Cad) -> None:
    cad.program.write_bytes(b"no program")
    assert cad.refused().code == "ISCB-HOST-LIST-FAILED"


def test_one_that_is_not_here(cad: Cad) -> None:
    assert cad.refused().code == "ISCB-HOST-NO-PROGRAM"
    assert cad.list.ask(cad.host(), str(cad.main), cad.roots, STOP, lenient=True) == Told(())


def test_it_is_asked_again_only_when_a_file_has_changed(cad: Cad) -> None:
    count = cad.folder / "count"
    part = cad.main.parent / "p.prt"
    part.write_bytes(b"x")
    os.utime(part, (1, 1))
    os.utime(cad.main.parent, (1, 1))
    cad.does(f"open({str(count)!r}, 'a').write('x'); print('p.prt')")
    assert cad.ask() == cad.ask()
    assert count.read_text() == "x"
    part.write_bytes(b"other")
    os.utime(part, (2, 2))
    cad.ask()
    assert count.read_text() == "xx"
    cad.ask(cad.host(seconds=7))
    assert count.read_text() == "xxx"


def test_a_file_that_comes_beside_the_others_is_asked_for(cad: Cad) -> None:
    """A row of pictures grows, and nothing that was there before is written to."""
    row = cad.main.parent / "row"
    row.mkdir()
    for name in ("1.png", "2.png"):
        (row / name).write_bytes(b"x")
        os.utime(row / name, (1, 1))
    for folder in (row, cad.main.parent):
        os.utime(folder, (1, 1))
    cad.does("print('\\n'.join('row/' + name for name in os.listdir(os.path.dirname(sys.argv[1]) + '/row')))")
    assert len(cad.ask().files) == 2
    (row / "3.png").write_bytes(b"x")
    assert len(cad.ask().files) == 3


def test_what_was_written_a_moment_ago_is_asked_again(cad: Cad) -> None:
    count = cad.folder / "count"
    cad.does(f"open({str(count)!r}, 'a').write('x')")
    cad.main.write_bytes(b"now")
    os.utime(cad.main)
    cad.ask()
    cad.ask()
    assert count.read_text() == "xx"


def test_names_that_look_like_options_or_commands_are_names(cad: Cad) -> None:
    for name in ("-o x.oasm", "$(touch hacked).oasm", "a;b|c&d.oasm", '"q" {output}.oasm'):
        cad.main = cad.main.parent / name
        cad.main.write_bytes(b"x")
        cad.does(f"print(sys.argv[1] == {str(cad.main)!r})")
        assert [Path(path).name for path in cad.ask().files] == ["True"]


def test_the_scratch_folder_is_gone_after_a_failure(cad: Cad, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(program_list.tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    cad.does("open('left', 'w'); sys.exit(1)")
    cad.refused()
    assert list((tmp_path / "tmp").iterdir()) == []


def has_ended(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"  # its parent, which is not us, has not asked for it yet
