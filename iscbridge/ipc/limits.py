"""Limits of the local protocol. `docs/protocol.md` states each of them; a test holds the two against each other."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB

#: Protocol versions this server speaks. A new optional message or member keeps the number; a changed meaning raises it.
PROTOCOL_MIN = 1
PROTOCOL = 1

#: Longest frame in bytes, without its line feed.
MAX_FRAME = 8 * MIB
#: Longest frame of a client that has not said hello.
MAX_FRAME_BEFORE_HELLO = 64 * KIB
#: Files in a list inside a frame or in a manifest.
MAX_FILES = 100_000
#: Longest manifest file in bytes.
MAX_MANIFEST = 64 * MIB
#: Characters of a request id, of a string id of JSON-RPC, and of a method name.
MAX_REQUEST_ID = 128
#: Characters of a short free text (host name, version, search text).
MAX_TEXT = 256
#: Characters of the device information for a licence request (the guide allows 5K bytes).
MAX_DEVICE_INFO = 5 * KIB
#: Characters of a licence code (the store's interface has 64 for `license_code`).
MAX_LICENSE_CODE = 64
#: The longest pause that ends by itself: 31 days.
MAX_PAUSE_MINUTES = 31 * 24 * 60
#: Jobs in one page of `job.list`.
MAX_PAGE = 500


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may cost the server. Times are seconds, sizes bytes."""

    frame: int = MAX_FRAME
    frame_before_hello: int = MAX_FRAME_BEFORE_HELLO
    clients: int = 512
    clients_per_process: int = 64
    pending: int = 256
    """Requests of one client that have no answer yet."""
    bad_frames: int = 20
    """Frames of one connection that could not be understood, before it is closed."""
    hello_within: float = 10.0
    frame_within: float = 30.0
    """From the first byte of a frame to its line feed."""
    close_within: float = 2.0
    """How long a connection that is being closed may take to read its last frame."""
    outgoing: int = 32 * MIB
    """Bytes that a client has not read, before it is disconnected."""
    outgoing_pause: int = 1 * MIB
    """Bytes that a client has not read, before no more of its requests are taken."""
    outgoing_all: int = 128 * MIB
    """The same for all clients together."""
    incoming_all: int = 64 * MIB
    """Bytes of unfinished frames of all clients together."""
    read_block: int = 64 * KIB
    read_buffer: int = 256 * KIB
    bite_frames: int = 16
    """Frames taken from one client before the others get their turn."""
    bite_time: float = 0.004
    turn_time: float = 0.008
    """Time given to the clients that are queueing, per turn of the event loop."""
    watch_every: float = 5.0
    """How often it is checked that the server still listens (Qt stops listening when accept fails)."""
