"""Saves that ISCBridge has not taken yet, kept on the disk: they outlive this FreeCAD.

Each running FreeCAD has a list of its own, named by its instance, and a lock beside it that ends with the process. A
list whose lock is free was left behind: the next FreeCAD asks for it under the old instance and the old request ids,
so what ISCBridge had taken after all is not done twice.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys

import FreeCAD as App

FORM = 1
_LARGEST = 4 * 1024 * 1024
_INSTANCE = re.compile(r"[0-9a-f]{32}")


class Memory:
    """The list of one instance. Nothing is written as long as there is nothing to remember.

    Args:
        instance: of an earlier FreeCAD; empty: of this one.
    """

    def __init__(self, instance=""):
        self.instance = instance or os.urandom(16).hex()
        self._path = os.path.join(_folder(), self.instance + ".json")
        self._lock = None
        self._written = False

    def take(self):
        """Take the lock; whether nobody else has it."""
        if self._lock is None:
            self._lock = _locked(self._path + ".lock")
        return self._lock is not None

    def keep(self, orders):
        """These are not answered yet. Flushed to the system, not to the disk: FreeCAD would wait for that.

        Returns:
            Whether the next FreeCAD will find them. If not, they are asked for as long as this one runs.
        """
        if not orders:
            if self._written or self._lock is not None:
                _remove(self._path)
            return True
        try:
            os.makedirs(_folder(), mode=0o700, exist_ok=True)
            locked = self.take()
            fresh = self._path + ".new"
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
                json.dump({"form": FORM, "orders": orders}, file)
            os.replace(fresh, self._path)
        except OSError:
            return False
        self._written = True
        return locked

    def read(self):
        """The orders of the list, as (method, params, name); what can't be read is none."""
        try:
            with open(self._path, "rb") as file:
                found = json.loads(file.read(_LARGEST))
            known = found["orders"] if found["form"] == FORM else []
            return [(str(one["method"]), dict(one["params"]), str(one["name"])) for one in known]
        except (OSError, ValueError, KeyError, TypeError):
            return []

    def end(self):
        """Give the lock back; take it away if nothing is left to remember."""
        if self._lock is None:
            return
        left = os.path.exists(self._path)
        os.close(self._lock)
        self._lock = None
        if not left:
            _remove(self._path + ".lock")


def left_behind():
    """Lists of FreeCADs that have ended, locked for this one."""
    try:
        names = sorted(os.listdir(_folder()))
    except OSError:
        return []
    lists = [
        Memory(stem) for stem, suffix in map(os.path.splitext, names) if suffix == ".json" and _INSTANCE.fullmatch(stem)
    ]
    return [one for one in lists if one.take()]


def _folder():
    return os.path.join(App.getUserAppDataDir(), "ISCBridge")


def _locked(path):
    """A descriptor that holds the lock as long as the process lives; None: somebody else has it."""
    held = None
    try:
        held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(held, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if held is not None:
            os.close(held)
        return None
    return held


def _remove(path):
    with contextlib.suppress(OSError):  # somebody looks at it, or it is gone
        os.remove(path)
