"""Finds what in a module holds on one operating system only and does not stand behind a question for the system.

A question is `if sys.platform ...` (or `os.name`): everything in its branches, and what follows one whose body
returns, is taken as meant. What mypy says under `--platform win32` is not repeated here for its own sake; names that
are reached by `getattr`, texts and calls are what it can't see.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: Modules that Windows lacks.
MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty", "readline", "crypt"}

#: Calls and constants that Windows lacks, or has under the same name and another meaning.
ATTRIBUTES = {
    "os": {
        "O_CLOEXEC", "O_DIRECTORY", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK", "chown", "fchmod", "fork", "forkpty",
        "getegid", "geteuid", "getgid", "getlogin", "getpgid", "getppid", "getuid", "kill", "killpg", "lchown", "mkfifo",
        "mknod", "nice", "openpty", "pread", "pwrite", "readv", "rename", "renames", "set_blocking", "setsid", "statvfs",
        "sync", "uname", "wait", "waitpid", "WEXITSTATUS", "WIFEXITED",
    },
    "signal": {
        "SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP", "SIGUSR1", "SIGUSR2",
        "alarm", "pause", "pthread_kill", "setitimer",
    },
    "socket": {"AF_UNIX", "SO_PEERCRED"},
    "time": {"tzset"},
}  # fmt: skip

#: Beginnings of texts that name a place only POSIX has. A slash alone is no such text: URLs and our own paths in the
#: cloud have them.
PLACES = ("/tmp", "/var/", "/etc/", "/usr/", "/bin/", "/proc/", "/dev/", "/run/", "/home/", "~/")

#: Text files are in UTF-8 only where that is said; Windows has another encoding for those that don't say.
_TEXT_CALLS = {"open": 3, "fdopen": 3, "read_text": 0, "write_text": 1, "TextIOWrapper": 1}
BUILT_IN = "builtins"
_PROGRAM_CALLS = {"run", "Popen", "check_output", "check_call", "getoutput"}


@dataclass(frozen=True)
class Finding:
    """One assumption."""

    line: int
    what: str


def findings(source: str) -> list[Finding]:
    """All assumptions of one module, from top to bottom."""
    return list(_block(ast.parse(source).body))


def _block(statements: Sequence[ast.stmt]) -> Iterator[Finding]:
    for statement in statements:
        if isinstance(statement, ast.If) and _asks_for_the_system(statement.test):
            if not statement.orelse and isinstance(statement.body[-1], (ast.Return, ast.Raise)):
                return  # what follows is the other system's
            continue
        yield from _one(statement)


def _one(statement: ast.stmt) -> Iterator[Finding]:
    """What stands in a statement, with the blocks in it taken one by one."""
    blocks = [name for name in ("body", "orelse", "finalbody") if isinstance(getattr(statement, name, None), list)]
    for name, value in ast.iter_fields(statement):
        if name in blocks:
            yield from _block(value)
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.ExceptHandler | ast.match_case):
                yield from _block(part.body)
            elif isinstance(part, ast.AST):
                yield from _expression(part)
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        yield from _import(statement)


def _import(statement: ast.Import | ast.ImportFrom) -> Iterator[Finding]:
    if isinstance(statement, ast.Import):
        names = [alias.name.split(".")[0] for alias in statement.names]
    else:
        names = [(statement.module or "").split(".")[0]] if not statement.level else []
        for alias in statement.names:
            if alias.name in ATTRIBUTES.get(statement.module or "", ()):
                yield Finding(statement.lineno, f"{statement.module}.{alias.name}")
    for name in names:
        if name in MODULES:
            yield Finding(statement.lineno, f"import {name}")


def _expression(node: ast.AST) -> Iterator[Finding]:
    if isinstance(node, ast.IfExp) and _asks_for_the_system(node.test):
        return
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        if node.attr in ATTRIBUTES.get(node.value.id, ()):
            yield Finding(node.lineno, f"{node.value.id}.{node.attr}")
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if node.value.startswith(PLACES):
            yield Finding(node.lineno, f"the place {node.value.split()[0]}")
    elif (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and _is_slash(node.right, node.left)) or (
        isinstance(node, ast.JoinedStr) and _joins_a_path(node)
    ):
        yield Finding(node.lineno, "a path joined by a slash")
    elif isinstance(node, ast.Call):
        yield from _call(node)
    for child in ast.iter_child_nodes(node):
        yield from _expression(child)


def _call(node: ast.Call) -> Iterator[Finding]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    module = _module(node.func)
    if name in _PROGRAM_CALLS and module == "subprocess":
        if ("text" in keywords or "universal_newlines" in keywords) and "encoding" not in keywords:
            yield Finding(node.lineno, "a program's output read in the system's own encoding")
    elif name in _TEXT_CALLS and (name != "open" or module in {BUILT_IN, "io"}) and "encoding" not in keywords:
        if len(node.args) <= _TEXT_CALLS[name] and not _is_binary(name, node, keywords):
            yield Finding(node.lineno, f"{name} in the system's own encoding")
    elif name == "open" and module not in {BUILT_IN, "io", "os"}:
        if _opens_a_text(node, keywords):
            yield Finding(node.lineno, "open in the system's own encoding")
    elif name == "Path" and node.args and getattr(node.args[0], "value", None) == "/":
        yield Finding(node.lineno, "the root folder")


def _module(function: ast.expr) -> str | None:
    """The name before the last dot; None if it is no plain name."""
    if isinstance(function, ast.Attribute):
        return function.value.id if isinstance(function.value, ast.Name) else None
    return BUILT_IN


def _is_binary(name: str, node: ast.Call, keywords: dict[str | None, ast.expr]) -> bool:
    if name not in {"open", "fdopen"}:
        return False
    mode = keywords.get("mode", node.args[1] if len(node.args) > 1 else None)
    return isinstance(mode, ast.Constant) and "b" in str(mode.value)


def _opens_a_text(node: ast.Call, keywords: dict[str | None, ast.expr]) -> bool:
    """`path.open("w")`: known by its mode, since other things can be opened, too."""
    mode = keywords.get("mode", node.args[0] if node.args else None)
    if not isinstance(mode, ast.Constant) or not isinstance(mode.value, str):
        return False
    return set(mode.value) <= set("rwax+t") and bool(mode.value) and "encoding" not in keywords


def _is_slash(right: ast.expr, left: ast.expr) -> bool:
    ends = [side.value for side in (right, left) if isinstance(side, ast.Constant) and isinstance(side.value, str)]
    return "/" in ends


def _joins_a_path(text: ast.JoinedStr) -> bool:
    """`f"{folder}/..."`: by the slash behind something that is called a folder or path."""
    pairs = zip(text.values, text.values[1:], strict=False)
    return any(
        isinstance(after, ast.Constant)
        and str(after.value).startswith("/")
        and isinstance(before, ast.FormattedValue)
        and any(word in ast.unparse(before.value).lower() for word in ("folder", "path", "root", "dir"))
        for before, after in pairs
    )


def _asks_for_the_system(test: ast.expr) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in {("sys", "platform"), ("os", "name")}
        for node in ast.walk(test)
    )
