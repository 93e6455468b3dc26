"""A client written from docs/protocol.md alone: the standard library's socket and json, no code of ours.

It proves that the page is enough. As a program it prints one JSON object per line:

    independent_client.py ADDRESS save PATH [--assembly]     the job, its changes, until it is final
    independent_client.py ADDRESS open                       the same, and `file.opened`
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import time

FINAL = {"done", "failed", "refused", "cancelled", "replaced", "unknown"}


class IndependentClient:
    """Section numbers in the comments are those of the page."""

    def __init__(self, address: str, host: str = "independent", timeout: float = 60.0) -> None:
        self.timeout = timeout
        self.instance = os.urandom(16).hex()  # 3
        self.notifications: list[dict] = []
        self._answers: dict[object, dict] = {}
        self._next = 0
        self._rest = b""
        self._line = self._connect(address)
        self.bridge = self.request("bridge.hello", {"protocol": 1, "host": host, "instance": self.instance})

    def _connect(self, address: str) -> socket.socket:
        if os.lstat(address).st_uid != os.getuid():  # 1: before anything is sent
            raise PermissionError(address)
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(self.timeout)
        deadline = time.monotonic() + self.timeout
        while True:
            try:
                line.connect(address)
                break
            except BlockingIOError:  # 1: the queue of the server is full
                if time.monotonic() > deadline:
                    line.close()
                    raise
                time.sleep(0.005)
        if hasattr(socket, "SO_PEERCRED"):
            _, uid, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            if uid != os.getuid():
                line.close()
                raise PermissionError(address)
        return line

    def send(self, method: str, params: dict) -> int:
        """2: one message a line."""
        self._next += 1
        message = {"jsonrpc": "2.0", "id": self._next, "method": method, "params": params}
        self._line.sendall(json.dumps(message, ensure_ascii=False).encode("utf-8") + b"\n")
        return self._next

    def _read(self) -> dict:
        while b"\n" not in self._rest:
            block = self._line.recv(65536)
            if not block:
                raise ConnectionError("the bridge hung up")
            self._rest += block
        text, _, self._rest = self._rest.partition(b"\n")
        message = json.loads(text)
        if "method" in message:
            self.notifications.append(message)
        else:
            self._answers[message["id"]] = message
        return message

    def request(self, method: str, params: dict | None = None) -> dict:
        """The result; RuntimeError with the code of the error."""
        call_id = self.send(method, params or {})
        while call_id not in self._answers:
            self._read()
        answer = self._answers.pop(call_id)
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["code"])
        return answer["result"]

    def save(self, path: str, **options: object) -> dict:
        return self.request("cloud.save", {"path": path, "requestId": os.urandom(8).hex(), **options})

    def open(self) -> dict:
        return self.request("cloud.open", {"requestId": os.urandom(8).hex()})

    def follow(self, job: str) -> list[dict]:
        """What was told of a job, oldest first, until it is final."""
        seen: list[dict] = []
        while True:
            while self.notifications:
                params = self.notifications.pop(0)
                if params["method"] == "job.changed" and params["params"]["job"] == job:
                    seen.append(params["params"])
                    if params["params"]["state"] in FINAL:
                        return seen
            self._read()

    def next(self, method: str) -> dict:
        """The next notification of that name."""
        while True:
            for number, message in enumerate(self.notifications):
                if message["method"] == method:
                    return self.notifications.pop(number)["params"]
            self._read()

    def close(self) -> None:
        self._line.close()


def main(arguments: list[str]) -> int:
    address, what, *rest = arguments
    client = IndependentClient(address)
    if what == "save":
        job = client.save(rest[0], **({"assembly": True} if "--assembly" in rest else {}))
    else:
        job = client.open()
    print(json.dumps(job))
    last = job
    for change in client.follow(job["job"]):
        print(json.dumps(change))
        last = change
    if what == "open" and last["state"] == "done":
        print(json.dumps(client.next("file.opened")))
    client.close()
    return 0 if last["state"] == "done" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
