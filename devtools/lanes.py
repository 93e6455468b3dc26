"""The lanes: every part of the tests, with what it needs of the machine."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, NamedTuple

from devtools.base import BUILD, CORE_VENV, ROOT, VENV, WINDOWS, LeftOut, Trouble, run, silent, tool
from devtools.environments import setup, setup_core
from devtools.system import DESKTOP, FREECAD, HOSTS, POSTGRESQL, WINE, Need, demand

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

#: Test folders with lanes of their own; lane unit runs all others.
CORE_FOLDERS = ("tests/core", "tests/texts")
E2E_FOLDERS = ("tests/e2e", "tests/faults")
QT_FOLDERS = ("tests/qt", "tests/tray")
RELAY_FOLDERS = ("tests/relay", "tests/lease", "tests/relay_pg")
TRAY_FOLDER = "tests/tray_host"
FREECAD_FOLDER = "tests/freecad"
HOSTS_FOLDER = "tests/other_hosts"
WINDOWS_FOLDER = "tests/windows"
OWN_LANES = (
    *CORE_FOLDERS, *E2E_FOLDERS, *QT_FOLDERS, *RELAY_FOLDERS, TRAY_FOLDER, FREECAD_FOLDER, HOSTS_FOLDER, WINDOWS_FOLDER,
)  # fmt: skip
SIDE_BY_SIDE = ROOT / "tests" / "side_by_side.py"
BENCH = ROOT / "tests" / "bench" / "run.py"


class Lane(NamedTuple):
    """One part of the tests, with what it needs of the machine."""

    name: str
    about: str
    run: Callable[[], bool]
    long: int = 1  # about how many minutes: the longest begin first, what may fill the gaps of wide ones last
    width: int = 1  # processors that it keeps busy
    needs: Sequence[Need] = ()


def pytest(arguments: Sequence[str | Path], venv: Path = VENV, env: Mapping[str, str] | None = None) -> bool:
    """Run pytest in a virtual environment."""
    settings = {"QT_QPA_PLATFORM": "offscreen", **(env or {})}
    return run([tool("python", venv), "-m", "pytest", "-q", "--durations=8", *arguments], settings) == 0


def present(folders: Sequence[str]) -> list[str]:
    """Those of the folders that are there."""
    return [folder for folder in folders if (ROOT / folder).is_dir()]


def lint() -> bool:
    """All checks that read the code without running it. Goes on after a finding, to show all of them."""
    setup()
    checks = ["ruff check .", "ruff format --check .", "mypy", "mypy --platform win32"]
    checks += ["lint-imports --no-cache", "deptry .", "codespell"]
    return all([run([tool(name), *words]) == 0 for name, *words in map(str.split, checks)])  # noqa: C419  each runs


def core() -> bool:
    """The core's tests where there is no Qt, so that none can creep in."""
    setup_core()
    absent = "import importlib.util, sys; sys.exit(importlib.util.find_spec('PySide6') is not None)"
    if silent([tool("python", CORE_VENV), "-c", absent]):
        raise Trouble(f"{CORE_VENV.name} has Qt in it; remove that folder and run this again")
    # The project file also configures plugins that this environment does without.
    ignore = ["-W", "ignore:Unknown config option:pytest.PytestConfigWarning", "-o", "strict_config=false"]
    return pytest([*present(CORE_FOLDERS), *ignore], CORE_VENV, {"PYTHONPATH": str(ROOT)})


def unit() -> bool:
    """Every test folder without a lane of its own."""
    setup()
    return pytest(["tests", *(f"--ignore={folder}" for folder in present(OWN_LANES))])


def relay() -> bool:
    """The vendor's licence relay: its service on SQLite and PostgreSQL, its calls to the store and from it."""
    if platform.system() == "Linux":
        demand(POSTGRESQL)
    setup()
    return pytest(present(RELAY_FOLDERS))


def native() -> bool:
    """The C++ tests: as shipped, and with the sanitizers."""
    setup()
    trees = {"native": "", "native-asan": "address,undefined", "native-tsan": "thread"}
    if WINDOWS:
        trees = {"native": ""}  # the sanitizers of MSVC are others; Linux has run them
    return all([native_tree(name, sanitize) for name, sanitize in trees.items()])  # noqa: C419  a list: each runs


def native_tree(name: str, sanitize: str) -> bool:
    """Configure, build and test one build tree."""
    folder = BUILD / name
    cmake = tool("cmake")
    generator = [] if WINDOWS else ["-G", "Ninja"]
    configure: list[str | Path] = [cmake, "-S", ROOT, "-B", folder, *generator, f"-DISCBRIDGE_SANITIZE={sanitize}"]
    if run(configure) or run([cmake, "--build", folder]):
        return False
    ctest: list[str | Path] = [tool("ctest"), "--test-dir", folder, "--output-on-failure", "--no-tests=error"]
    if sanitize == "thread" and silent(["setarch", platform.machine(), "-R", "true"]) == 0:
        # GCC 12's ThreadSanitizer does not know the address layout of newer kernels with full randomisation.
        ctest = ["setarch", platform.machine(), "-R", *ctest]
    return run(ctest) == 0


def e2e() -> bool:
    """Real processes: bridge, SDK process, sandbox, command line; and the faults."""
    setup()
    return run([tool("python"), SIDE_BY_SIDE, *present(E2E_FOLDERS)], {"QT_QPA_PLATFORM": "offscreen"}) == 0


def qt() -> bool:
    """The windows by themselves, on a platform without a screen."""
    setup()
    return pytest(present(QT_FOLDERS))


def tray() -> bool:
    """The tray program under a real panel; every window's picture lies in build/screenshots afterwards."""
    return on_desktop(TRAY_FOLDER, DESKTOP)


def freecad() -> bool:
    """FreeCAD itself with the add-in: its buttons are clicked."""
    return on_desktop(FREECAD_FOLDER, FREECAD)


def hosts() -> bool:
    """CAD programs that have no add-in, by their descriptions; and the client library from C#."""
    return on_desktop(HOSTS_FOLDER, HOSTS)


def on_desktop(folder: str, needs: Sequence[Need]) -> bool:
    """Tests with a desktop without a screen."""
    if platform.system() != "Linux":
        raise LeftOut("its desktop without a screen is an X server on Linux")
    demand(needs)
    setup()
    return pytest(present([folder]))


def windows() -> bool:
    """The DLLs cross-built and used by a Windows Python under Wine."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise LeftOut("it cross-builds on Linux and runs x86_64 programs under Wine")
    demand(WINE)
    setup()
    return run([tool("python"), ROOT / WINDOWS_FOLDER / "lane.py"]) == 0


LANES = (
    Lane("lint", "ruff, mypy strict (Linux and Windows), import layers, dependencies, spelling", lint),
    Lane("core", "the decisions and the texts, in an environment without Qt", core, 2),
    Lane("unit", "every other part by itself", unit, 9),
    Lane("native", "the C and C++ parts: plain, Address/UndefinedBehaviorSanitizer, ThreadSanitizer", native),
    Lane("e2e", "whole processes together, with faults", e2e, 11, 2),
    Lane("qt", "the windows by themselves: models, widgets, texts, keyboard", qt, 2),
    Lane("relay", "the vendor's licence relay: devices, the store's calls, replicas on a real PostgreSQL", relay, 6,
         needs=POSTGRESQL),
    Lane("tray", "the tray program under a real panel, clicked and photographed", tray, 3, needs=DESKTOP),
    Lane("freecad", "the add-in in the real FreeCAD: saved, opened, the bridge killed meanwhile", freecad, 7,
         needs=FREECAD),
    Lane("hosts", "KiCad, OpenSCAD, SolveSpace, Blender and C#: real programs without an add-in", hosts, 3,
         needs=HOSTS),
    Lane("windows", "the Windows libraries under Wine", windows, 12, needs=WINE),
)  # fmt: skip
