"""Baselines: what the same work costs with nothing around it.

As a program it is a process of its own: `bare.py echo ADDRESS` or `bare.py relay ADDRESS DATABASE SOURCE...`.
"""

from __future__ import annotations

import socket
import sqlite3
import sys


class BareLog:
    """A durable commit of one row, and nothing else."""

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        # As the journal does: no commit of a short run pays for folding the log.
        self._db.execute("PRAGMA wal_autocheckpoint = 0")
        self._db.execute("CREATE TABLE IF NOT EXISTS rows (seq INTEGER PRIMARY KEY, at REAL, text TEXT)")

    def commit(self, text: str) -> None:
        """One row, on the disk when this returns."""
        self._db.execute("INSERT INTO rows (at, text) VALUES (?, ?)", (0.0, text))

    def close(self) -> None:
        self._db.close()


def echo(address: str) -> None:
    """Give one client back what it sends, until it goes."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(address)
        server.listen()
        peer, _ = server.accept()
        while data := peer.recv(65536):
            peer.sendall(data)


def relay(address: str, database: str, source: list[str]) -> None:
    """Lines of a native child, one commit for what came, on to one client: QProcess and QLocalServer, nothing else."""
    from PySide6.QtCore import QCoreApplication, QProcess
    from PySide6.QtNetwork import QLocalServer

    app = QCoreApplication([])
    log = BareLog(database)
    server = QLocalServer()
    process = QProcess()
    clients = []

    def on_client() -> None:
        client = server.nextPendingConnection()
        client.disconnected.connect(app.quit)
        clients.append(client)
        process.start(source[0], source[1:])

    def on_output() -> None:
        data = bytes(process.readAllStandardOutput().data())
        log.commit(data.decode())
        clients[0].write(data)
        clients[0].flush()

    server.newConnection.connect(on_client)
    process.readyReadStandardOutput.connect(on_output)
    if not server.listen(address):
        raise SystemExit(f"can't listen: {server.errorString()}")
    app.exec()
    process.kill()
    process.waitForFinished()


if __name__ == "__main__":
    if sys.argv[1] == "echo":
        echo(sys.argv[2])
    else:
        relay(sys.argv[2], sys.argv[3], sys.argv[4:])
