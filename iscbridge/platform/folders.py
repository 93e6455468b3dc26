"""Where everything of one profile lies, and the addresses that belong to it.

Clients load this module on every start, so it imports next to nothing: `pathlib`, `hashlib`, `ctypes` and
`platformdirs` come in only when they are needed.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing would cost a client half of its start-up time
if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Environment variable that moves the whole profile.
HOME_VARIABLE = "ISCBRIDGE_HOME"

#: `sun_path` holds 108 bytes on Linux and 104 on macOS, with the closing NUL; Qt listens at a temporary
#: name of about the same length first. The rest is margin.
_LONGEST_SOCKET_PATH = 100


class Home:
    """One profile: the folder that holds the journal, snapshots, settings and sockets of one bridge.

    Immutable; two homes are equal if they name the same absolute path. Nothing but `ensure` touches the disk.
    """

    __slots__ = ("_root",)
    _root: str

    def __init__(self, root: str | os.PathLike[str]) -> None:
        object.__setattr__(self, "_root", os.path.abspath(os.fspath(root)))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Home does not change: {name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Home) and other._root == self._root

    def __hash__(self) -> int:
        return hash(self._root)

    def __repr__(self) -> str:
        return f"Home({self._root!r})"

    @classmethod
    def from_environment(cls) -> Home:
        """The home that `ISCBRIDGE_HOME` names, else the user's data folder (Windows: local, not roaming)."""
        named = os.environ.get(HOME_VARIABLE)
        return cls(named) if named else cls(_default_root())

    @property
    def root(self) -> Path:
        """The folder of the profile, absolute."""
        from pathlib import Path

        return Path(self._root)

    @property
    def journal(self) -> Path:
        """The journal's database file."""
        return self.root / "journal.sqlite3"

    @property
    def snapshots(self) -> Path:
        """The snapshot store."""
        return self.root / "snapshots"

    @property
    def staging(self) -> Path:
        """Assembly folders that are laid out for a hand-over."""
        return self.root / "staging"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.root / "config.toml"

    @property
    def start(self) -> Path:
        """How a bridge of this profile is started again, for hosts that find none."""
        return self.root / "start.json"

    @property
    def products(self) -> Path:
        """The user's own policy files of licensed products."""
        return self.root / "products"

    @property
    def licenses(self) -> Path:
        """What is known of each product's licence."""
        return self.root / "licenses"

    @property
    def lock(self) -> Path:
        """The file whose exclusive lock says that a bridge runs on this profile."""
        return self.root / "lock"

    @property
    def run(self) -> Path:
        """Sockets, where the path is short enough for them."""
        return self.root / "run"

    @property
    def sandbox(self) -> Path:
        """Everything of the sandbox desk and cloud."""
        return self.root / "sandbox"

    def bridge_address(self) -> str:
        """Address of the bridge: an absolute socket path, or on Windows a full pipe name."""
        return self._address("bridge", os.path.join(self._root, "run"))

    def desk_address(self) -> str:
        """Address of the sandbox desk, in the same form."""
        return self._address("desk", os.path.join(self._root, "sandbox"))

    def ensure(self) -> None:
        """Make the folders of the profile, readable for the owner only.

        Raises:
            OSError: a folder can't be made, or a folder for sockets belongs to somebody else.
        """
        folders = [self._root, os.path.join(self._root, "run"), os.path.join(self._root, "sandbox")]
        for folder in folders:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        if sys.platform != "win32":
            os.chmod(self._root, 0o700)
            for address in (self.bridge_address(), self.desk_address()):
                parent = os.path.dirname(address)
                if parent not in folders:
                    _make_private(parent)

    @property
    def key(self) -> str:
        """Short name of this profile, the same for every spelling of its path. Looks at the disk for links."""
        return self._key()

    def _key(self) -> str:
        import hashlib

        path = os.path.normcase(os.path.realpath(self._root))
        return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]

    def _address(self, name: str, folder: str) -> str:
        return _local_address(name, folder, self._key)


def _default_root() -> str:
    if sys.platform == "linux":
        # As platformdirs does it; written out because loading platformdirs costs a client half its start-up time.
        data = os.environ.get("XDG_DATA_HOME", "").strip() or os.path.expanduser("~/.local/share")
        return os.path.join(data, "iscbridge")
    import platformdirs

    return platformdirs.user_data_dir("ISCBridge", appauthor=False, roaming=False)


if sys.platform == "win32":

    def _local_address(name: str, folder: str, key: Callable[[], str]) -> str:
        from iscbridge.platform.winuser import session_id, user_sid

        del folder
        return rf"\\.\pipe\iscbridge-{name}-{user_sid()}-{session_id()}-{key()}"

else:

    def _local_address(name: str, folder: str, key: Callable[[], str]) -> str:
        path = os.path.join(folder, f"{name}.sock")
        if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
            return path
        return os.path.join(_short_folder(key()), f"{name}.sock")

    def _short_folder(key: str) -> str:
        """A folder whose path is short. Not by XDG_RUNTIME_DIR or TMPDIR: client and server may have different ones."""
        uid = os.getuid()
        runtime = f"/run/user/{uid}"
        try:
            if os.lstat(runtime).st_uid == uid:
                return f"{runtime}/iscbridge-{key}"
        except OSError:
            pass
        return f"/tmp/iscbridge-{uid}-{key}"  # noqa: S108  others write there too: `_make_private` checks the owner

    def _make_private(folder: str) -> None:
        """Make a folder of our own; one that somebody else put there is refused."""
        import stat

        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:
            found = os.lstat(folder)
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
                raise PermissionError(f"{folder} belongs to somebody else") from None
            os.chmod(folder, 0o700)
