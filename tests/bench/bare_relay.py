"""The least that any licence server has to do: `bare_relay.py DATABASE PORT_FILE`, a process of its own.

A Starlette endpoint on uvicorn that reads one row by an index, writes one row and makes one Ed25519 signature, in one
durable transaction on the very database of the relay beside it, by the driver itself.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import sys
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import psycopg
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.engine import make_url
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TABLE = "CREATE TABLE bare (id VARCHAR(36) PRIMARY KEY, device VARCHAR(64) NOT NULL)"
_READ = "SELECT public_key FROM devices WHERE product = {0} AND device = {0}"
_WRITE = "INSERT INTO bare (id, device) VALUES ({0}, {0})"
_TEXT = b"x" * 500  # as long as a lease
_local = threading.local()


def on_sqlite(path: str) -> Callable[[str], None]:
    """One transaction on SQLite, with the relay's settings of it."""
    read, write = _READ.format("?"), _WRITE.format("?")

    def transaction(device: str) -> None:
        connection = getattr(_local, "connection", None)
        if connection is None:
            connection = _local.connection = sqlite3.connect(path, isolation_level=None)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
                connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute(read, ("AcmeCAD", device)).fetchone() is None:
            raise RuntimeError("no such device")
        connection.execute(write, (str(uuid.uuid4()), device))
        connection.execute("COMMIT")

    return transaction


def on_postgresql(url: str, password: str) -> Callable[[str], None]:
    """One transaction on PostgreSQL."""
    read, write = _READ.format("%s"), _WRITE.format("%s")
    words = make_url(url).set(password=password or None).render_as_string(hide_password=False)

    def transaction(device: str) -> None:
        connection = getattr(_local, "connection", None)
        if connection is None:
            connection = _local.connection = psycopg.connect(words)
        with connection.transaction():
            if connection.execute(read, ("AcmeCAD", device)).fetchone() is None:
                raise RuntimeError("no such device")
            connection.execute(write, (str(uuid.uuid4()), device))

    return transaction


def serve(database: str, port_file: Path) -> None:
    """Answer until the end."""
    password = os.environ.get("ISCBRIDGE_RELAY_DATABASE_PASSWORD", "")
    transaction = (
        on_sqlite(database.removeprefix("sqlite:///"))
        if database.startswith("sqlite")
        else on_postgresql(database, password)
    )
    key = Ed25519PrivateKey.generate()

    def answer(device: str) -> bytes:
        transaction(device)
        return b'{"lease":"' + _TEXT + key.sign(_TEXT).hex().encode() + b'"}'

    async def check(request: Request) -> Response:
        await request.body()
        told = await run_in_threadpool(answer, request.headers["x-isc-device"])
        return Response(told, 200, media_type="application/json")

    # asyncio sends at once only on sockets that are TCP by name.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        half = port_file.with_suffix(".half")
        half.write_text(str(listener.getsockname()[1]))
        half.replace(port_file)
        app = Starlette(routes=[Route("/v1/licenses/check", check, methods=["POST"])])
        config = uvicorn.Config(app, http="h11", ws="none", lifespan="off", log_level="critical", access_log=False)
        uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
