"""Twenty bad clients of the local protocol, until standard input ends."""

from __future__ import annotations

import contextlib
import random
import socket
import sys
import threading
import time

HELLO = (
    b'{"jsonrpc":"2.0","id":0,"method":"bridge.hello",'
    b'"params":{"protocol":1,"host":"bad","instance":"instance-bad","all":true}}\n'
)
STATUS = b'{"jsonrpc":"2.0","id":%d,"method":"bridge.status"}\n'
NEVER = b'{"jsonrpc":"2.0","id":%d,"method":"cloud.save","params":{"path":"/never"}}\n'

ended = threading.Event()


def flood(line: socket.socket) -> None:
    line.sendall(HELLO)
    line.sendall(b"".join(STATUS % number for number in range(1, 5_000)))


def pile_up(line: socket.socket) -> None:
    line.sendall(HELLO)
    line.sendall(b"".join(NEVER % number for number in range(1, 2_000)))


def never_read(line: socket.socket) -> None:
    line.sendall(HELLO)
    ended.wait(1.0)


def huge(line: socket.socket) -> None:
    line.sendall(HELLO)
    for _ in range(200):
        line.sendall(b"x" * 65_536)


def nested(line: socket.socket) -> None:
    line.sendall(HELLO + b"[" * 500_000 + b"\n")


def noise(line: socket.socket) -> None:
    dice = random.Random()
    for _ in range(50):
        line.sendall(dice.randbytes(dice.randrange(1, 2_000)))


def dribble(line: socket.socket) -> None:
    line.sendall(HELLO)
    while not ended.wait(0.01):
        line.sendall(b"{")


def silence(line: socket.socket) -> None:
    ended.wait(1.0)


def blank(line: socket.socket) -> None:
    line.sendall(b"\n" * 500_000)


def half(line: socket.socket) -> None:
    line.sendall(HELLO + STATUS[:20])


WAYS = (flood, pile_up, never_read, huge, nested, noise, dribble, silence, blank, half)


def misbehave(way: int) -> None:
    while not ended.is_set():
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1.0)
            line.connect(sys.argv[1])
            WAYS[way % len(WAYS)](line)
        time.sleep(0.01)


threads = [threading.Thread(target=misbehave, args=(number,)) for number in range(20)]
for thread in threads:
    thread.start()
print("going", flush=True)
sys.stdin.read()
ended.set()
for thread in threads:
    thread.join()
