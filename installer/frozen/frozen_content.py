"""What goes into the frozen folder. Read by the spec (in the frozen Python's own interpreter) and by the checks.

`content.toml` has the decisions; `allowed/<system>.txt` names every file that may be there, and no other.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

HERE = Path(__file__).resolve().parent

#: Folder beside the programs that holds everything else.
INTERNAL = "_internal"

_QT = tuple(
    f"{INTERNAL}/{start}" for start in ("PySide6/", "shiboken6/", "libQt6", "libicu", "libpyside6", "libshiboken6")
)

#: What lies there every machine has, in the version that it needs. (Under Wine it would be Wine's own.)
_SYSTEM_FOLDERS = ("c:/windows/", "/lib/", "/usr/lib/")


@dataclass(frozen=True)
class Content:
    """The decisions of content.toml, for one system."""

    loaded_by_name: Sequence[str]
    left_out: Sequence[str]
    sandbox_packages: Sequence[str]
    core_of_sandbox: Sequence[str]
    allowed: Sequence[str]

    def wants(self, target: str, source: str) -> bool:
        """Whether a file that PyInstaller found is taken along.

        Of Qt only what is named; and never a library out of the system's own folder, which every machine has.
        """
        if source.replace("\\", "/").lower().startswith(_SYSTEM_FOLDERS):
            return False
        name = f"{INTERNAL}/{target}".replace("\\", "/")
        return not is_of_qt(name) or any(matches(name, line) for line in self.allowed)


def read(folder: Path = HERE, system: str = "") -> Content:
    """The decisions for a system: `windows` or `linux`, else the one that this runs on."""
    system = system or ("windows" if sys.platform == "win32" else "linux")
    with (folder / "content.toml").open("rb") as file:
        found = tomllib.load(file)
    here = found[system]
    lines = (folder / "allowed" / f"{system}.txt").read_text(encoding="utf-8").splitlines()
    return Content(
        loaded_by_name=[*found["loaded-by-name"], *here["loaded-by-name"]],
        left_out=[*found["left-out"], *here["left-out"]],
        sandbox_packages=found["sandbox"]["packages"],
        core_of_sandbox=found["sandbox"]["core"],
        allowed=[line for line in lines if line and not line.startswith("#")],
    )


def is_of_qt(path: str) -> bool:
    """Whether a file of the folder is a part of Qt or of its bindings."""
    return path.startswith(_QT)


def matches(path: str, line: str) -> bool:
    """Whether a line of the allow-list names this file. A star stands for any part of one name, ** at its end for all below."""
    wanted, there = line.split("/"), path.split("/")
    if wanted[-1] == "**":
        wanted.pop()
        if len(there) <= len(wanted):
            return False
        there = there[: len(wanted)]
    return len(wanted) == len(there) and all(map(fnmatchcase, there, wanted))


def own_modules() -> list[str]:
    """Every module of ours, since windows, texts and commands are loaded by their names.

    Not what only builds the wheel, and not the vendor's relay.
    """
    import iscbridge

    root = Path(str(iscbridge.__file__)).parent
    found = []
    for path in sorted(root.rglob("*.py")):
        if path.is_relative_to(root / "relay"):
            continue
        parts = ["iscbridge", *path.relative_to(root).with_suffix("").parts]
        if parts[-1] == "__init__":
            parts.pop()
        found.append(".".join(parts))
    return [name for name in found if name not in ("iscbridge.sdk.build_cffi", "iscbridge.sdk.header")]


def data_files() -> list[tuple[str, str]]:
    """Our own files that are no modules: native libraries, the CADs' descriptions, the client that add-ins copy."""
    import iscbridge

    root = Path(str(iscbridge.__file__)).parent
    return [
        (str(root / "native_lib"), "iscbridge/native_lib"),
        (str(root / "ipc" / "client.py"), "iscbridge/ipc"),
        (str(root.parent / "iscbridge_resources"), "iscbridge_resources"),
    ]


def metadata(modules: Iterable[str]) -> list[tuple[str, str, str]]:
    """Name and version of each package that is taken along, for the support bundle and the bill of materials.

    And by what entry points it is found. As entries of PyInstaller: where to, where from, what it is.
    """
    from importlib.metadata import distribution, packages_distributions

    by_module = packages_distributions()
    tops = {name.split(".")[0] for name in modules}
    found = []
    for name in sorted({dist for top in tops for dist in by_module.get(top, ())}):
        one = distribution(name)
        wanted = [file for file in one.files or () if file.name in ("METADATA", "entry_points.txt")]
        found += [(str(file), str(one.locate_file(file)), "DATA") for file in wanted if len(file.parts) == 2]
    return found


def collection_modes(content: Content) -> Mapping[str, str]:
    """The sandbox's modules lie as files of their own, so that an installation can go without them."""
    return dict.fromkeys(("iscbridge.sandbox", *content.sandbox_packages), "pyc")
