"""From an event raised in native code to the notification in a host's hands; and 100,000 of them at once.

Ours: an SDK raises `EVENT_UPDATE` on a thread of its own -> the real shim -> SDK process -> bridge, which commits it
to the journal -> `upgrade.announced` on the host's socket. The baseline: a native program writes a line -> a process
with QProcess and QLocalServer, which commits one row -> a socket. Both are told to raise by a pipe and give the time
of raising back by another, after the fact.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import struct
import sys
import time
from collections.abc import Callable

from bare import BareLog
from figures import Figure, compared
from host import Host
from place import HERE, ROOT, Place, compiled, place, undisturbed, until

LIMITS = (2.5, 4.0)
BURST = 100_000
_WARM_UP = 20
#: Long enough for every process to be asleep again, as it is when an event comes out of the blue.
_PAUSE_S = 0.003


class _Source:
    """A native source of events: tells it to raise, and hears when it did."""

    def __init__(self, folder: str, name: str) -> None:
        self._paths = [os.path.join(folder, f"{name}-{end}") for end in ("commands", "times")]
        for path in self._paths:
            os.mkfifo(path)
        self.env = {"BENCH_COMMANDS": self._paths[0], "BENCH_TIMES": self._paths[1]}
        self._commands = self._times = -1

    def open(self) -> None:
        """Waits until the source has opened its ends."""
        self._commands = os.open(self._paths[0], os.O_WRONLY)
        self._times = os.open(self._paths[1], os.O_RDONLY)

    def tell(self, count: int) -> None:
        os.write(self._commands, struct.pack("=Q", count))

    def raised_at(self) -> float:
        """When the (first) event was raised, on the clock of `time.monotonic`."""
        (nanoseconds,) = struct.unpack("=Q", os.read(self._times, 8))
        return float(nanoseconds) / 1e9

    def close(self) -> None:
        for descriptor in (self._commands, self._times):
            if descriptor >= 0:
                os.close(descriptor)


def run_event(quick: bool) -> list[Figure]:
    """Single events, ours and the baseline's in turns."""
    rounds = 30 if quick else 1500
    with undisturbed() as priority, place() as here:
        ours = _Source(str(here.folder), "ours")
        host = _host(here, ours)
        bare = _Source(str(here.folder), "bare")
        bare_socket = _bare_relay(here, bare)
        took: tuple[list[float], list[float]] = ([], [])
        ways: tuple[tuple[_Source, Callable[[], object]], ...] = (
            (ours, host.line),
            (bare, lambda: bare_socket.recv(65536)),
        )
        for number in range(rounds + _WARM_UP):
            for which in (0, 1) if number % 2 else (1, 0):
                source, receive = ways[which]
                time.sleep(_PAUSE_S)
                source.tell(1)
                receive()
                there = time.monotonic()
                took[which].append(there - source.raised_at())
        bare_socket.close()
        host.close()
        for source in (ours, bare):
            source.close()
    what = f"raised in native code to read by the host, {priority}"
    return compared("event", took[0][_WARM_UP:], took[1][_WARM_UP:], LIMITS, what)


def run_burst(quick: bool) -> list[Figure]:
    """All at once: is each there, once, in its order; and how many a second."""
    count = 2000 if quick else BURST
    with place() as here:
        source = _Source(str(here.folder), "ours")
        host = _host(here, source)
        source.tell(count)
        data = bytearray()
        while data.count(b"\n", max(0, len(data) - (1 << 19))) == 0 or _lines(data) < count:
            data += host.block()
        there = time.monotonic()
        seconds = there - source.raised_at()
        host.close()
        source.close()
        wrong = _wrong_in_hand(bytes(data), count) + _wrong_in_journal(str(here.home.journal), count)
    note = f"{count:,} events, each journaled before it was told"
    return [
        Figure("burst.wrong", wrong, "events", 0, "missing, doubled or out of order, at the host and in the journal"),
        Figure("burst.rate", count / seconds, "events/s", None, note),
    ]


def _lines(data: bytearray) -> int:
    return data.count(b"\n")


def expected(count: int) -> list[tuple[bool, bool]]:
    """What event `n` says: (is it a notice, its flag). The generator of `native/event_sdk.cpp`."""
    state, found = 1, []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        found.append((state >> 31 != 0, state >> 30 & 1 != 0))
    return found


def _wrong_in_hand(data: bytes, count: int) -> int:
    got = []
    for line in data.splitlines():
        params = json.loads(line)["params"]
        got.append((True, params["available"]) if "available" in params else (False, params["forced"]))
    return abs(len(got) - count) + sum(a != b for a, b in zip(got, expected(count), strict=False))


def _wrong_in_journal(path: str, count: int) -> int:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        rows = db.execute("SELECT raw FROM events ORDER BY seq").fetchall()
    finally:
        db.close()
    got = [int(json.loads(raw)["comeBackParams"]["n"]) for (raw,) in rows]
    return abs(len(got) - count) + sum(a != b for a, b in zip(got, range(1, count + 1), strict=False))


def _host(here: Place, source: _Source) -> Host:
    """A bridge over the benchmark's SDK, and a host connected to it."""
    includes = f"-I{ROOT / 'native' / 'sandbox' / 'include'}"
    sdk = compiled(here.folder, "event_sdk.cpp", "-shared", "-fPIC", includes)
    here.serve("--sdk", str(sdk), **source.env)
    host = Host(here.home.bridge_address())
    source.open()
    until(lambda: host.ask("bridge.status", {})["sessions"][0]["state"] == "ready", "the SDK session")
    return host


def _bare_relay(here: Place, source: _Source) -> socket.socket:
    program = compiled(here.folder, "bare_source.cpp")
    address = str(here.folder / "relay.sock")
    database = str(here.folder / "bare.sqlite3")
    BareLog(database).close()
    here.start([sys.executable, "-I", HERE / "bare.py", "relay", address, database, program], **source.env)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(60)
    until(lambda: connection.connect_ex(address) == 0, "the relay to listen")
    source.open()
    return connection
