"""`license.check` against one bare round trip: a host may ask as often as it likes, and never waits for a network.

Everything is real: an installed bridge with a vendor's policy file, and a host that is a plain socket. The baseline is
the same host sending the same bytes to an echo server, a process of its own.
"""

from __future__ import annotations

import os
import socket
import sys
import time

from figures import Figure, percentile
from host import Host
from place import HERE, Place, place, undisturbed, until

LIMIT = 2.0
PRODUCT = "demo"
_WARM_UP = 200


def run(quick: bool) -> list[Figure]:
    """Rounds of one question and one baseline each, the order changing from round to round."""
    rounds = 200 if quick else 5000
    with undisturbed() as priority, place() as here:
        products = here.home.root / "products"
        products.mkdir(parents=True)
        (products / "demo.toml").write_text(f'[product]\nname = "{PRODUCT}"\n', encoding="utf-8")
        # A machine for benchmarks has no keyring that somebody has unlocked.
        here.serve(ISCBRIDGE_SECRETS_STORE="file")
        host = Host(here.home.bridge_address())
        state = host.ask("license.check", {"product": PRODUCT})
        if not state["managed"]:
            raise RuntimeError("the bridge did not take the policy file")
        until(lambda: not host.ask("license.check", {"product": PRODUCT})["checking"], "the licence to be at rest")
        bare = _bare(here)
        ours: list[float] = []
        baseline: list[float] = []
        for number in range(rounds + _WARM_UP):
            frame = host.frame("license.check", {"product": PRODUCT})
            turns = [(ours, host.socket), (baseline, bare)]
            for samples, way in turns if number % 2 else reversed(turns):
                samples.append(_round_trip(way, frame))
        bare.close()
        host.close()
    top, bottom = (percentile(samples[_WARM_UP:], 0.5) for samples in (ours, baseline))
    note = (
        f"{top * 1e6:.0f} us against {bottom * 1e6:.0f} us of an echo, {rounds} of each in turns; "
        f"license.check, state {state['state']}, {priority}"
    )
    return [Figure("license-check.p50", top / bottom, "x", LIMIT, note)]


def _round_trip(way: socket.socket, frame: bytes) -> float:
    """The same for both: what a host has to do at least."""
    began = time.perf_counter()
    way.sendall(frame)
    got = b""
    while not got.endswith(b"\n"):
        got += way.recv(65536)
    took = time.perf_counter() - began
    if b'"error":{"code":-' in got or b'"demo"' not in got:
        raise RuntimeError(f"not an answer: {got[:300]!r}")
    return took


def _bare(here: Place) -> socket.socket:
    address = str(here.folder / "echo.sock")
    here.start([sys.executable, "-I", HERE / "bare.py", "echo", address])
    until(lambda: os.path.exists(address), "the echo server")
    bare = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    until(lambda: bare.connect_ex(address) == 0, "the echo server to listen")
    return bare
