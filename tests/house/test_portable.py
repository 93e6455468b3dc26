"""Nothing outside a question for the system takes for granted what only POSIX has; and the search finds such things."""

from __future__ import annotations

import textwrap

import pytest

from support.checkout import ROOT
from support.portable import findings

#: What is meant as it stands: file, finding, why.
MEANT = {
    ("iscbridge/core/paths.py", "the place /dev/shm"): "paths of both systems are judged on either",
    ("iscbridge/core/paths.py", "a path joined by a slash"): "the same",
    (
        "iscbridge/device/records.py",
        "a path joined by a slash",
    ): "names the origin of what a Linux machine was read for",
    ("iscbridge/hosts/roots.py", "the place /usr/bin"): "places of CADs on Linux, in a table beside that of Windows",
    ("iscbridge/hosts/roots.py", "the place /usr/local"): "the same",
    ("iscbridge/hosts/roots.py", "the place /usr/lib"): "the same",
    ("iscbridge/hosts/roots.py", "the place /usr/share"): "the same",
    ("iscbridge/hosts/roots.py", "the place /var/lib/flatpak"): "the same",
    ("iscbridge/sandbox/actions.py", "a path joined by a slash"): "a path in the cloud",
    ("iscbridge/sandbox/cloud.py", "a path joined by a slash"): "a path in the cloud",
    ("iscbridge/store/signing.py", "a path joined by a slash"): "the path of a URL",
}


def all_findings() -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {}
    for path in sorted((ROOT / "iscbridge").rglob("*.py")):
        for one in findings(path.read_text(encoding="utf-8")):
            found.setdefault((path.relative_to(ROOT).as_posix(), one.what), []).append(one.line)
    return found


def test_nothing_takes_posix_for_granted():
    found = all_findings()
    assert {key: lines for key, lines in found.items() if key not in MEANT} == {}
    assert set(MEANT) <= set(found), "what is not there any more needs no exception"


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import fcntl", "import fcntl"),
        ("from pwd import getpwuid", "import pwd"),
        ("from os import fork", "os.fork"),
        ("def f(pid):\n    os.kill(pid, 9)", "os.kill"),
        ("x = signal.SIGKILL", "signal.SIGKILL"),
        ("with lock:\n    for a in b:\n        os.rename(a, b)", "os.rename"),
        ("try:\n    pass\nexcept OSError:\n    os.getuid()", "os.getuid"),
        ("x = '/tmp/ours'", "the place /tmp/ours"),
        ("x = folder + '/'", "a path joined by a slash"),
        ("x = f'{folder}/{name}'", "a path joined by a slash"),
        ("x = Path('/')", "the root folder"),
        ("open(path)", "open in the system's own encoding"),
        ("open(path, 'a')", "open in the system's own encoding"),
        ("path.open('w')", "open in the system's own encoding"),
        ("path.read_text()", "read_text in the system's own encoding"),
        ("path.write_text(words)", "write_text in the system's own encoding"),
        ("subprocess.run(words, text=True)", "a program's output read in the system's own encoding"),
        ("if sys.platform == 'win32':\n    pass\nos.getuid()", "os.getuid"),
        ("if ready:\n    os.getuid()", "os.getuid"),
    ],
)
def test_it_is_found(source, what):
    assert [one.what for one in findings(source)] == [what]


@pytest.mark.parametrize(
    "source",
    [
        "if sys.platform != 'win32':\n    import fcntl",
        "if sys.platform == 'win32':\n    pass\nelse:\n    os.getuid()",
        "def f():\n    if sys.platform == 'win32':\n        return 0\n    return os.getuid()",
        "x = os.getuid() if sys.platform == 'linux' else 0",
        "open(path, 'rb')",
        "open(path, encoding='utf-8')",
        "path.read_text('utf-8')",
        "path.write_text(words, encoding='utf-8')",
        "path.open('rb')",
        "store.open('main')",
        "subprocess.run(words, text=True, encoding='utf-8')",
        "x = 'https://store.example/renew'",
        "os.replace(a, b)",
    ],
)
def test_it_is_left_alone(source):
    assert findings(textwrap.dedent(source)) == []
