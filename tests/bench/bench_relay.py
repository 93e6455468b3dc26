"""A device's check at the relay against a bare endpoint, on SQLite and PostgreSQL; and with a thousandfold of devices.

Real processes on loopback without TLS, which both would pay alike. Every check is of another device, last seen the day
before, as in a vendor's daily work.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from bare_relay import TABLE
from figures import CannotMeasure, Figure, compared, percentile
from place import HERE, ROOT, Place, place, program, undisturbed, until
from relay_filled import FINGERPRINT, PRODUCT, Asker, filled
from sqlalchemy import text

from iscbridge.lease import wire
from iscbridge.lease.requests import sign_request
from iscbridge.platform.private import write_private
from iscbridge.relay.database.connect import Database
from iscbridge.relay.install import Wanted, install

sys.path.insert(0, str(ROOT / "tests"))
from support.relay_pg import PASSWORD, postgres_server

FEW, MANY = 1_000, 1_000_000
LIMIT, LIMIT_P99, LIMIT_FLAT = 2.0, 3.0, 1.3
_WARM_UP = 100
_LIMITS = "\n[limits]\ndevice_per_minute = 1000000\n"
_BODY = msgspec.json.encode(wire.Check(product=PRODUCT, fingerprint=FINGERPRINT))


def run_sqlite(quick: bool) -> list[Figure]:
    """On SQLite: with few devices and with many, in turns with the endpoint beside the few."""
    with place() as here:
        return _measured(here, "sqlite", [f"sqlite:///{here.folder / name}.db" for name in ("few", "many")], "", quick)


def run_postgresql(quick: bool) -> list[Figure]:
    """The same on PostgreSQL."""
    with place() as here, _postgresql() as urls:
        return _measured(here, "postgresql", urls, PASSWORD, quick)


@contextlib.contextmanager
def _postgresql() -> Iterator[list[str]]:
    if not any(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        raise CannotMeasure("PostgreSQL is needed (Debian: postgresql)")
    with postgres_server(durable=True) as server, server.database() as few, server.database() as many:
        yield [server.url(few), server.url(many)]


def _measured(here: Place, name: str, urls: list[str], password: str, quick: bool) -> list[Figure]:
    rounds, many = (200, 5_000) if quick else (2_000, MANY)
    few_folder, lots_folder = (here.folder / f"{name}-{which}" for which in ("few", "many"))
    few = _installed(few_folder, urls[0], password, FEW, min(FEW, rounds + _WARM_UP))
    lots = _installed(lots_folder, urls[1], password, many, rounds + _WARM_UP)
    with undisturbed() as priority:
        ways = [_relay(here, few_folder), _bare(here, name, urls[0], password), _relay(here, lots_folder)]
        samples: list[list[float]] = [[], [], []]
        for number in range(rounds + _WARM_UP):
            small = _frame(few[number % len(few)])
            frames = [small, small, _frame(lots[number % len(lots)])]
            for turn in range(3):
                which = (number + turn) % 3
                samples[which].append(_round_trip(ways[which], frames[which]))
        for way in ways:
            way.close()
    here.close()
    ours, baseline, crowded = (found[_WARM_UP:] for found in samples)
    flat = percentile(crowded, 0.5) / percentile(ours, 0.5)
    note = f"{percentile(crowded, 0.5) * 1000:.2f} ms with {many:,} devices against {FEW:,}, {rounds} of each in turns"
    what = f"of a Starlette endpoint with one indexed read, one write, one signature; {priority}"
    return [
        *compared(f"relay.{name}", ours, baseline, (LIMIT, LIMIT_P99), what),
        Figure(f"relay.{name}.flat", flat, "x", LIMIT_FLAT, f"{note}; {priority}"),
    ]


def _installed(folder: Path, url: str, password: str, devices: int, askers: int) -> list[Asker]:
    """A relay's folder, its database filled; the devices that can ask."""
    install(folder, Wanted("localhost", PRODUCT, listen="127.0.0.1:0", database=url))
    with (folder / "relay.toml").open("a", encoding="utf-8") as file:
        file.write(_LIMITS)
    if password:
        write_private(os.fspath(folder / "secrets" / "database_password"), password.encode())
    return filled(folder, devices, askers, time.time())


def _relay(here: Place, folder: Path) -> socket.socket:
    ready = folder / "ready.json"
    command = [program("iscbridge"), "relay", "serve", "--folder", folder, "--ready-file", ready]
    return _connected(here, here.start(command), ready, lambda: int(json.loads(ready.read_bytes())["port"]))


def _bare(here: Place, name: str, url: str, password: str) -> socket.socket:
    """The endpoint, whose table lies beside the relay's."""
    database = Database(url, password)
    database.run(lambda connection: connection.execute(text(TABLE)))
    database.close()
    ready = here.folder / f"{name}-bare.port"
    command = [sys.executable, HERE / "bare_relay.py", url, ready]
    process = here.start(command, ISCBRIDGE_RELAY_DATABASE_PASSWORD=password)
    return _connected(here, process, ready, lambda: int(ready.read_text()))


def _connected(here: Place, process: subprocess.Popen[bytes], ready: Path, port: Callable[[], int]) -> socket.socket:
    until(lambda: ready.exists() or process.poll() is not None, "a server to listen")
    if process.poll() is not None:
        raise RuntimeError(f"a server ended: {here.said()}")
    way = socket.create_connection(("127.0.0.1", port()))
    way.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return way


def _frame(asker: Asker) -> bytes:
    """One check, signed now."""
    headers = {
        "host": "localhost", "content-type": "application/json", "content-length": str(len(_BODY)),
        **sign_request(asker.key, wire.CHECK, _BODY, "localhost", time.time()),
    }  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {wire.CHECK} HTTP/1.1\r\n{head}\r\n".encode() + _BODY


def _round_trip(way: socket.socket, frame: bytes) -> float:
    """Send one request and read its whole answer; the seconds it took."""
    began = time.perf_counter()
    way.sendall(frame)
    got = way.recv(65536)
    while not _is_whole(got):
        more = way.recv(65536)
        if not more:
            raise RuntimeError(f"the connection ended: {got[:300]!r}")
        got += more
    took = time.perf_counter() - began
    if not got.startswith(b"HTTP/1.1 200") or b'"lease":"' not in got:
        raise RuntimeError(f"not a lease: {got[:600]!r}")
    return took


def _is_whole(got: bytes) -> bool:
    head, found, body = got.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
    return bool(found) and length is not None and len(body) >= int(length[1])
