"""How many connections a listener takes, in all and of one address.

Counted where they are accepted: one that never finishes its TLS handshake never reaches the application, and holds a
socket all the same.
"""

from __future__ import annotations

import socket
import sys
from collections import Counter
from collections.abc import Collection

_SPARE = 256
"""Files that a process needs besides: the database's, the log's, those of questions to the store."""


class Room:
    """Belongs to one event loop."""

    def __init__(self, most: int, most_each: int, proxies: Collection[str] = ()) -> None:
        """`most_each`: of one address; proxies of ours may have all."""
        self._most, self._each, self._proxies = most, most_each, frozenset(proxies)
        self._of: Counter[str] = Counter()
        self.taken = 0
        self.turned_away = 0

    def enter(self, address: str) -> bool:
        """Whether one more connection of this address may stay."""
        each = self._most if address in self._proxies else self._each
        if self.taken >= self._most or self._of[address] >= each:
            self.turned_away += 1
            return False
        self.taken += 1
        self._of[address] += 1
        return True

    def leave(self, address: str) -> None:
        """One is gone."""
        self.taken -= 1
        self._of[address] -= 1
        if not self._of[address]:
            del self._of[address]


class Listener(socket.socket):
    """A listening socket that closes at once what there is no room for."""

    room: Room | None = None

    def accept(self) -> tuple[socket.socket, object]:
        """As `socket.accept`; what is given back leaves its room when it is closed."""
        while True:
            found, address = super().accept()
            if self.room is None:
                return found, address
            host = str(address[0])
            if self.room.enter(host):
                return _Guest(found, self.room, host), address
            found.close()


class _Guest(socket.socket):
    """One connection."""

    def __init__(self, accepted: socket.socket, room: Room, address: str) -> None:
        super().__init__(accepted.family, accepted.type, accepted.proto, fileno=accepted.detach())
        self._room: Room | None = room
        self._address = address

    def close(self) -> None:
        """Close it, and leave the room once."""
        super().close()
        room, self._room = self._room, None
        if room is not None:
            room.leave(self._address)


def room_for(most: int) -> int:
    """How many connections this process has files for, `most` at most. Its own limit is raised as far as it may be."""
    if sys.platform == "win32":
        return most
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + _SPARE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return most if soft == resource.RLIM_INFINITY else max(1, min(most, soft - _SPARE))
