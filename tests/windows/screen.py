"""A screen of the lane's own: an X server without a monitor, whose number it chooses itself. Standard library only."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from typing import Self

#: The server writes its number within a moment; this is for one that never will.
_START_S = 30.0


class ScreenError(Exception):
    """There is no X server, or it does not start."""


class Screen:
    """Xvfb, from `with` to its end. `display` is what programs get as DISPLAY."""

    def __init__(self, size: str = "1600x1100x24") -> None:
        program = shutil.which("Xvfb")
        if program is None:
            raise ScreenError("Xvfb is not installed")
        reads, writes = os.pipe()
        try:
            self._server = subprocess.Popen(
                [program, "-displayfd", str(writes), "-screen", "0", size, "-nolisten", "tcp", "-noreset"],
                pass_fds=(writes,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            os.close(writes)
            number = self._read(reads)
        finally:
            os.close(reads)
        self.display = f":{number}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server. May be called twice."""
        self._server.terminate()
        self._server.wait(_START_S)

    def _read(self, pipe: int) -> str:
        said = b""
        while not said.endswith(b"\n"):
            ready, _, _ = select.select([pipe], [], [], _START_S)
            more = os.read(pipe, 64) if ready else b""
            if not more:
                self.stop()
                raise ScreenError("Xvfb did not start")
            said += more
        return said.decode("ascii").strip()
