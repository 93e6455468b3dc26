"""What a program can find out about the Windows that it runs on. Nothing is judged here, and nothing names a person.

Every probe gives None where Windows does not say. On other systems there is none: `PROBES` is empty.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

Value = bool | int | str | None

if sys.platform == "win32":
    import ctypes
    import os
    import secrets
    import tempfile
    import winreg
    from ctypes import wintypes

    from iscbridge.platform.winuser import this_process, token_parts

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _user32 = ctypes.WinDLL("user32", use_last_error=True)

    _TOKEN_ELEVATION = 20
    _SM_CMONITORS = 80
    _SM_REMOTESESSION = 0x1000
    _MDT_EFFECTIVE_DPI = 0
    _WTS_ACTIVE, _WTS_DISCONNECTED = 0, 4

    def build() -> Value:
        """Major version and build, such as `10.0.22631`."""
        found = sys.getwindowsversion()
        return f"{found.major}.{found.minor}.{found.build}"

    def is_wine() -> Value:
        """Whether this is no Windows at all."""
        return hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")

    def is_elevated() -> Value:
        """Whether this process has an administrator's rights."""
        [found] = token_parts(this_process(), _TOKEN_ELEVATION)
        return bool(wintypes.DWORD.from_buffer(found).value)

    def keeps_machine_folder() -> Value:
        """Whether the folder for all users is an administrator's; None if there is none."""
        from iscbridge.platform.machine import doubt, machine_folder

        folder = machine_folder()
        return doubt(folder) is None if os.path.lexists(folder) else None

    def asks_for_rights() -> Value:
        """Whether User Account Control is on."""
        return _machine_flag(r"SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System", "EnableLUA")

    def allows_long_paths() -> Value:
        """Whether programs that say so may use paths beyond 260 characters. ISCBridge does not need it."""
        return _machine_flag(r"SYSTEM\CurrentControlSet\Control\FileSystem", "LongPathsEnabled")

    def is_remote() -> Value:
        """Whether the screen is that of another computer (RDP)."""
        return bool(_user32.GetSystemMetrics(_SM_REMOTESESSION))

    def sessions() -> Value:
        """How many people are logged on to this computer, or were and left their programs running."""
        wtsapi = ctypes.WinDLL("wtsapi32", use_last_error=True)
        found, count = ctypes.POINTER(_SessionInfo)(), wintypes.DWORD()
        if not wtsapi.WTSEnumerateSessionsW(None, 0, 1, ctypes.byref(found), ctypes.byref(count)):
            return None
        people = sum(_is_somebodys(found[at].number, found[at].state) for at in range(count.value))
        wtsapi.WTSFreeMemory.argtypes = (ctypes.c_void_p,)
        wtsapi.WTSFreeMemory(found)
        return people

    class _SessionInfo(ctypes.Structure):
        # as wtsapi32.h has WTS_SESSION_INFOW
        _fields_ = (("number", wintypes.DWORD), ("station", ctypes.c_void_p), ("state", ctypes.c_int))

    def _is_somebodys(number: int, state: int) -> bool:
        """Session 0 is the services'; one that listens or waits for a log-on is nobody's yet."""
        return number != 0 and state in (_WTS_ACTIVE, _WTS_DISCONNECTED)

    def screens() -> Value:
        """How many screens there are."""
        return int(_user32.GetSystemMetrics(_SM_CMONITORS))

    def scales() -> Value:
        """Dots per inch of each screen, sorted: `96 144`."""
        shcore = ctypes.WinDLL("shcore")
        found: list[int] = []
        kind = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HANDLE, wintypes.HDC, ctypes.c_void_p, wintypes.LPARAM)

        def see(monitor: int, _dc: int, _area: int, _data: int) -> bool:
            across, down = wintypes.UINT(), wintypes.UINT()
            if shcore.GetDpiForMonitor(
                wintypes.HANDLE(monitor), _MDT_EFFECTIVE_DPI, ctypes.byref(across), ctypes.byref(down)
            ) == 0:  # fmt: skip
                found.append(across.value)
            return True

        _user32.EnumDisplayMonitors(None, None, kind(see), 0)
        return " ".join(str(one) for one in sorted(found)) or None

    def has_task_bar() -> Value:
        """Whether a task bar is there for the icon."""
        return bool(_user32.FindWindowW("Shell_TrayWnd", None))

    def keeps_files_private() -> Value:
        """Whether a file that is made as ISCBridge makes its own can be read by its owner alone."""
        from iscbridge.core.errors import BridgeError
        from iscbridge.platform.owner_only import read_owner_only
        from iscbridge.platform.private import write_private

        with tempfile.TemporaryDirectory(prefix="iscbridge-doctor-") as folder:
            path = os.path.join(folder, "probe")
            write_private(path, b"probe")
            try:
                return read_owner_only(path, 16) == b"probe"
            except BridgeError:
                return False

    def protects_data() -> Value:
        """Whether DPAPI gives back what it protected, and refuses what was changed."""
        from iscbridge.platform.secrets_dpapi import protect, unprotect

        entropy = secrets.token_bytes(16)
        sealed = protect(b"probe", entropy)
        if unprotect(sealed, entropy) != b"probe":
            return False
        changed = bytearray(sealed)
        changed[-1] ^= 1
        try:
            unprotect(bytes(changed), entropy)
        except OSError:
            return True
        return False

    def keeps_secrets() -> Value:
        """Whether Credential Manager keeps an entry and forgets it again."""
        from iscbridge.platform.secrets_keyring import KeyringStore, find_backend

        backend = find_backend()
        if backend is None:
            return None
        store = KeyringStore(backend, "doctor")
        name, value = f"probe-{secrets.token_hex(8)}", secrets.token_hex(8)
        store.set(name, value)
        try:
            kept = store.get(name) == value
        finally:
            store.delete(name)
        return kept and store.get(name) is None

    def file_system(folder: str) -> Value:
        """Of the volume that this folder lies on: `NTFS`, `ReFS` ..."""
        root = os.path.splitdrive(os.path.abspath(folder))[0] + "\\"
        name = ctypes.create_unicode_buffer(64)
        if not _kernel32.GetVolumeInformationW(root, None, 0, None, None, None, name, len(name)):
            return None
        return name.value

    def is_marked_as_downloaded(program: str) -> Value:
        """Whether Windows still knows that this file came from the network: then SmartScreen asks about it."""
        try:
            with open(f"{program}:Zone.Identifier", "rb") as stream:
                return b"ZoneId=" in stream.read(4096)
        except OSError:
            return False

    def _machine_flag(path: str, name: str) -> Value:
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
                return bool(winreg.QueryValueEx(key, name)[0])
        except OSError:
            return None

    PROBES: Mapping[str, Callable[[], Value]] = {
        "build": build,
        "wine": is_wine,
        "elevated": is_elevated,
        "uac": asks_for_rights,
        "remote": is_remote,
        "sessions": sessions,
        "screens": screens,
        "scales": scales,
        "taskbar": has_task_bar,
        "machine": keeps_machine_folder,
        "private": keeps_files_private,
        "dpapi": protects_data,
        "credentials": keeps_secrets,
        "longpaths": allows_long_paths,
        "downloaded": lambda: is_marked_as_downloaded(sys.executable),
    }

else:
    PROBES: Mapping[str, Callable[[], Value]] = {}

    def file_system(folder: str) -> Value:
        """Of the volume that this folder lies on; asked on Windows only."""
        del folder
        return None
