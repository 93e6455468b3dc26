"""A process that crashes leaves nothing behind, and still does its work. Real processes, which really crash."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from iscbridge.platform import hardening

SECRET = "PLAN-9-FROM-OUTER-SPACE"

#: Gives up the rights of root, if it has them. Python and its modules may lie where only root reaches them: what is
#: needed is imported before.
NO_ROOT = """
import ctypes, os
def no_root():
    if os.geteuid() == 0:
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
"""

#: Begins again without any right of root's (PR_CAPBSET_DROP), if it had them: this process and the programs that it
#: runs then see of each other what programs of one user see.
NO_RIGHTS = """
import ctypes, os, sys
if "again" not in sys.argv:
    for capability in range(64):
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
    os.execv(sys.executable, [*sys.orig_argv, "again"])
"""


def python(code: str, folder: Path, *, core: bool) -> tuple[int, str]:
    """Run code in a process of its own; its exit status as wait(2) gives it, and what it printed."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    allow = f"resource.setrlimit(resource.RLIMIT_CORE, ({hard if core else 0}, {hard}))"
    folder.chmod(0o777)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", f"import resource\n{allow}\n{code}"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status = os.waitpid(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return status, said


def test_a_crash_leaves_no_core_file(tmp_path: Path) -> None:
    code = f"""
from iscbridge.platform.hardening import no_core_dumps
no_core_dumps()
secret = {SECRET!r}
import os
os.abort()
"""
    status, _ = python(code, tmp_path, core=True)
    assert os.WTERMSIG(status) == signal.SIGABRT
    assert not os.WCOREDUMP(status)
    assert os.listdir(tmp_path) == []


def test_the_limit_is_for_good_and_for_children(tmp_path: Path) -> None:
    code = """
import resource, subprocess, sys
from iscbridge.platform.hardening import no_core_dumps
no_core_dumps()
no_core_dumps()
print(resource.getrlimit(resource.RLIMIT_CORE), flush=True)
subprocess.run([sys.executable, "-c", "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"], check=True)
"""
    status, said = python(code, tmp_path, core=True)
    assert (status, said) == (0, "(0, 0)\n(0, 0)\n")


@pytest.mark.parametrize(
    "error", [OSError("no such call"), ValueError("not allowed to raise maximum limit"), AttributeError("prctl")]
)
def test_it_never_raises(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(hardening, "_no_core_dumps", fail)
    hardening.no_core_dumps()


def test_the_process_still_does_its_work(tmp_path: Path) -> None:
    """What the bridge needs of /proc, pipes, sockets and children, without the rights of root."""
    code = (
        NO_ROOT
        + """
import socket, subprocess, sys
from pathlib import Path
from iscbridge.ipc.peer import peer_process
from iscbridge.platform.hardening import no_core_dumps
from iscbridge.platform.locks import ProfileLock, holder
from iscbridge.platform.volumes import volume_key
with ProfileLock("first"):
    pass  # loads what it needs
no_root()
before = volume_key(".")
no_core_dumps()
assert volume_key(".") == before
done = subprocess.run(["/bin/echo", "child"], capture_output=True, close_fds=True, check=True)
assert done.stdout == b"child\\n"
with ProfileLock("lock"):
    assert holder("lock") == os.getpid()
one, two = socket.socketpair()
assert peer_process(one.fileno()) in (os.getpid(), None)
assert os.readlink("/proc/self/exe") if sys.platform == "linux" else True
print("done")
"""
    )
    status, said = python(code, tmp_path, core=False)
    assert (status, said) == (0, "done\n")


def test_no_other_program_of_the_user_reads_its_memory(tmp_path: Path) -> None:
    code = (
        NO_RIGHTS
        + """
import subprocess, sys
from iscbridge.platform.hardening import no_core_dumps
def seen():
    look = (
        "import sys\\n"
        "for name in sys.argv[2:]:\\n"
        "    try:\\n"
        "        open(f'/proc/{sys.argv[1]}/{name}', 'rb').read(1)\\n"
        "    except OSError: continue\\n"
        "    print(name)"
    )
    names = ["maps", "environ", "stat", "status", "cmdline"]
    return subprocess.run([sys.executable, "-c", look, str(os.getpid()), *names], capture_output=True, text=True).stdout.split()
print(*seen())
no_core_dumps()
print(*seen())
"""
    )
    status, said = python(code, tmp_path, core=False)
    assert (status, said) == (0, "maps environ stat status cmdline\nstat status cmdline\n")
