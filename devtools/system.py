"""Parts of the system that must be there, and Debian's package manager."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from devtools.base import LeftOut, Trouble, must, run, say, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Need(NamedTuple):
    """A part of the system that must be there."""

    what: str
    package: str  # Debian's
    is_there: Callable[[], bool]


def program(*names: str) -> Callable[[], bool]:
    """Whether one of the programs is on PATH or is this file."""
    return lambda: any(shutil.which(name) or Path(name).is_file() for name in names)


def library(name: str) -> Callable[[], bool]:
    """Whether the loader finds a shared library."""

    def is_there() -> bool:
        with contextlib.suppress(OSError):
            return bool(ctypes.CDLL(name))
        return False

    return is_there


def loaded(table: str) -> tuple[Need, ...]:
    """Libraries that Qt loads, as `file=package` separated by blanks."""
    pairs = [entry.split("=") for entry in table.split()]
    return tuple(Need(f"{name} (Qt needs it)", package, library(name)) for name, package in pairs)


COMPILER = (Need("a C++ compiler", "g++", program("c++", "g++", "clang++")),)
# What QtCore, QtNetwork, QtGui, QtWidgets and the offscreen platform of the PySide6 wheels load and do not bring along.
QT = loaded("""
    libglib-2.0.so.0=libglib2.0-0 libgthread-2.0.so.0=libglib2.0-0 libgssapi_krb5.so.2=libgssapi-krb5-2
    libdbus-1.so.3=libdbus-1-3 libGL.so.1=libgl1 libEGL.so.1=libegl1 libX11.so.6=libx11-6
    libxkbcommon.so.0=libxkbcommon0 libfontconfig.so.1=libfontconfig1 libfreetype.so.6=libfreetype6
""")
# A desktop without a screen, and what Qt's xcb platform loads beyond QT.
DESKTOP = (
    *(Need(name, name.lower(), program(name)) for name in ("Xvfb", "openbox", "trayer", "xdotool")),
    Need("a Chinese font", "fonts-noto-cjk", lambda: any(Path("/usr/share/fonts").rglob("*CJK*"))),
    *loaded("""
        libxcb-cursor.so.0=libxcb-cursor0 libxcb-icccm.so.4=libxcb-icccm4 libxcb-image.so.0=libxcb-image0
        libxcb-keysyms.so.1=libxcb-keysyms1 libxcb-randr.so.0=libxcb-randr0 libxcb-render.so.0=libxcb-render0
        libxcb-render-util.so.0=libxcb-render-util0 libxcb-shape.so.0=libxcb-shape0 libxcb-shm.so.0=libxcb-shm0
        libxcb-sync.so.1=libxcb-sync1 libxcb-xfixes.so.0=libxcb-xfixes0 libxcb-xkb.so.1=libxcb-xkb1
        libxkbcommon-x11.so.0=libxkbcommon-x11-0 libX11-xcb.so.1=libx11-xcb1
    """),
)
FREECAD = (DESKTOP[0], Need("FreeCAD", "freecad-python3", program("freecad")))
# What the lane of the hosts without an add-in starts.
HOSTS = (
    DESKTOP[0],
    Need("KiCad", "kicad", program("kicad")),
    Need("OpenSCAD", "openscad", program("openscad")),
    Need("SolveSpace", "solvespace", program("solvespace-cli")),
    Need("Blender", "blender", program("blender")),
    Need("Mesa's software OpenGL", "libgl1-mesa-dri", lambda: any(Path("/usr/lib").glob("*/dri/swrast_dri.so"))),
    Need("a C# compiler", "mono-mcs", program("mcs")),
    Need("Mono", "mono-runtime", program("mono")),
    Need(
        "Mono's System.Core", "libmono-system-core4.0-cil", lambda: Path("/usr/lib/mono/4.5/System.Core.dll").exists()
    ),
    *COMPILER,
)
# The relay's database for many machines. Debian keeps its programs off PATH, in a folder of their version.
POSTGRESQL = (Need("PostgreSQL", "postgresql", lambda: any(Path("/usr/lib/postgresql").glob("*/bin/postgres"))),)
WINE = (
    Need("the MinGW-w64 compiler", "g++-mingw-w64-x86-64-posix", program("x86_64-w64-mingw32-g++-posix")),
    Need("the same for 32 bits", "g++-mingw-w64-i686-posix", program("i686-w64-mingw32-g++-posix")),
    Need("Wine", "wine64", program("wine64", "/usr/lib/wine/wine64")),
    *DESKTOP,
    Need("a font", "fonts-dejavu-core", lambda: any(Path("/usr/share/fonts").rglob("DejaVuSans.ttf"))),
    Need("NSIS", "nsis", program("makensis")),
    Need("wixl", "wixl", program("wixl")),
    Need("msiinfo", "msitools", program("msiinfo")),
    Need("osslsigncode", "osslsigncode", program("osslsigncode")),
    Need("openssl", "openssl", program("openssl")),
)


def provide(needs: Sequence[Need]) -> None:
    """Install what is missing of the system, or say what to type.

    Raises:
        Trouble: something is missing and may not or can't be installed.
    """
    missing = [need for need in needs if not need.is_there()]
    if not missing or platform.system() != "Linux":
        return
    packages = sorted({need.package for need in missing})
    typed = "sudo apt-get update && sudo apt-get install -y --no-install-recommends " + " ".join(packages)
    listed = ", ".join(need.what for need in missing)
    prefix = apt_prefix()
    if prefix is None:
        raise Trouble(f"missing: {listed}. On Debian or Ubuntu, type:\n    {typed}")
    say(f"missing: {listed}; installing {' '.join(packages)}")
    options = ("DPkg::Lock::Timeout=600", "Acquire::Retries=3", "Dpkg::Use-Pty=0")
    apt = [*prefix, "apt-get", "-qq", *(word for option in options for word in ("-o", option))]
    run([*apt, "update"])  # an old list may still do: what counts is whether the packages come
    must([*apt, "install", "-y", "--no-install-recommends", *packages], f"apt-get did not install {' '.join(packages)}")
    still = [need.what for need in missing if not need.is_there()]
    if still:
        raise Trouble(f"installed {' '.join(packages)}, yet this is still missing: {', '.join(still)}")


def apt_prefix() -> list[str] | None:
    """How apt-get may be called here without asking anybody, or None."""
    if sys.platform == "win32" or not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return ["env", "DEBIAN_FRONTEND=noninteractive"]
    if shutil.which("sudo") and silent(["sudo", "-n", "true"]) == 0:
        return ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    return None


def demand(needs: Sequence[Need]) -> None:
    """What a lane can't be run without."""
    try:
        provide(needs)
    except Trouble as trouble:
        raise LeftOut(str(trouble)) from trouble
