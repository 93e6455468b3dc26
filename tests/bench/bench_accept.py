"""`cloud.save` from the request to `accepted`, against one bare durable commit and one bare round trip.

Everything is real: an installed bridge, the sandbox's SDK and desk, a host that is a plain socket. Each save has a
small file of its own, and is followed to its end before the next round; its capture begins at the moment of the answer.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time

from bare import BareLog
from figures import Figure, compared
from host import Host, result_of
from place import HERE, Place, place, undisturbed, until

LIMITS = (2.0, 3.0)
_WARM_UP = 20
#: The pause after a result is no part of what is measured; the usual one would make a run take minutes.
_TIMING = "--timing=settle_s=0.01"


def run(quick: bool) -> list[Figure]:
    """Rounds of one save and one baseline each, the order changing from round to round."""
    rounds = 30 if quick else 800
    with undisturbed() as priority, place() as here:
        here.desk()
        here.serve(_TIMING)
        bare = _Bare(here)
        host = Host(here.home.bridge_address())
        paths = [here.work / f"part-{number}.FCStd" for number in range(rounds + _WARM_UP)]
        for number, path in enumerate(paths):
            path.write_bytes(os.urandom(2048) + bytes([number % 256]))
        ours, baseline = [], []
        for number, path in enumerate(paths):
            frame = host.frame("cloud.save", {"path": str(path)})
            if number % 2:
                baseline.append(bare.once(frame))
                ours.append(_save(host, frame))
            else:
                ours.append(_save(host, frame))
                baseline.append(bare.once(frame))
        bare.close()
        host.close()
    return compared("accept", ours[_WARM_UP:], baseline[_WARM_UP:], LIMITS, f"cloud.save to accepted, {priority}")


def _save(host: Host, frame: bytes) -> float:
    began = time.perf_counter()
    host.send(frame)
    line = host.line()
    took = time.perf_counter() - began
    job = result_of(json.loads(line))
    if job["state"] != "accepted":
        raise RuntimeError(f"the answer was {job['state']}")
    end = host.until_final(job["job"])
    if end["state"] != "done":
        raise RuntimeError(f"a save ended as {end['state']}: {end.get('error')}")
    return took


class _Bare:
    """The baseline: commit, then the round trip to an echo server in a process of its own."""

    def __init__(self, here: Place) -> None:
        address = str(here.folder / "echo.sock")
        here.start([sys.executable, "-I", HERE / "bare.py", "echo", address])
        until(lambda: os.path.exists(address), "the echo server")
        self._log = BareLog(str(here.folder / "bare.sqlite3"))
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        until(lambda: self._socket.connect_ex(address) == 0, "the echo server to listen")

    def once(self, frame: bytes) -> float:
        text = frame.decode()
        began = time.perf_counter()
        self._log.commit(text)
        self._socket.sendall(frame)
        got = b""
        while not got.endswith(b"\n"):
            got += self._socket.recv(65536)
        return time.perf_counter() - began

    def close(self) -> None:
        self._socket.close()
        self._log.close()
