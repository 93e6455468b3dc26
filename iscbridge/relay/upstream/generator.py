"""Makes licences: in the built-in signed form, or by the vendor's own program. `docs/relay.md` has both for vendors.

The program gets one JSON object on its standard input and writes the licence, and nothing else, to its standard output.
It has a bounded time and a bounded output, an empty folder of its own, none of the relay's environment, and no shell.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING

from iscbridge.core.errors import RelayError
from iscbridge.licensefile.payload import shown_time
from iscbridge.licensefile.signer import sign
from iscbridge.relay.config import Product
from iscbridge.relay.secrets import Secrets
from iscbridge.relay.signer import load_signing_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LARGEST = 64 * 1024
"""Bytes of a licence."""
TEST_S = 86_400
"""A licence that was applied for with `testFlag` is no real one: it ends after a day."""
_PIPES_S, _LOOK_S = 2.0, 0.1
_WORDS = 300
"""Characters of what a program says on its standard error that reach the log."""
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT")
"""Names of the environment that a program needs to run at all."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Application:
    """What a licence is made for. Times are seconds since the epoch; all of it goes to a vendor's program as JSON."""

    id: str
    """The same for every repetition."""
    instance: str
    order: str
    order_line: str
    store_product: str
    product: str
    features: tuple[str, ...]
    fingerprint: str
    """As the store gave it: MAC, disk, board and processor, joined with `|`."""
    event: str
    issued: int
    effective: int | None
    expires: int | None
    test: bool


class Generator:
    """Makes the licences of every product."""

    def __init__(self, secrets: Secrets, environment: Mapping[str, str] = os.environ) -> None:
        self._secrets = secrets
        self._environment = environment
        self._closed = threading.Event()

    def close(self) -> None:
        """End a program that runs. May be called from any thread."""
        self._closed.set()

    def make(self, product: Product, application: Application) -> bytes:
        """The licence. Blocking, for as long as the product's settings say.

        Raises:
            RelayError: ISCB-RELAY-GENERATOR: the program failed; ISCB-RELAY-SECRET: there is no good key.
            LicenseError: ISCB-LIC-FILE-FORMAT: what is applied for can be said in no licence.
        """
        if product.generator:
            return self._by_program(product, application)
        return self._signed(application)

    def _signed(self, application: Application) -> bytes:
        """The built-in form. Ed25519 draws no random number: repeated, it is the same to the letter."""
        begin = application.issued if application.effective is None else application.effective
        members: dict[str, object] = {
            "product": application.product,
            "id": application.id,
            "issued": shown_time(begin),
            "device": application.fingerprint,
            "features": list(application.features),
        }
        end = application.expires
        if application.test:
            members["test"] = True
            end = begin + TEST_S if end is None else min(end, begin + TEST_S)
        if end is not None:
            members["expires"] = shown_time(end)
        return sign(members, self._key()).encode("ascii")

    def _key(self) -> Ed25519PrivateKey:
        return load_signing_key("license_key", self._secrets.get("license_key").encode())

    def _by_program(self, product: Product, application: Application) -> bytes:
        document = json.dumps({"form": 1, **asdict(application)}, ensure_ascii=True).encode("ascii")
        environment = {name: value for name in _KEPT if (value := self._environment.get(name)) is not None}
        with tempfile.TemporaryDirectory(prefix="iscbridge-license-", ignore_cleanup_errors=True) as folder:
            content, words, code = _run(
                product.generator, document, environment, folder, product.generator_s, self._closed
            )
        if code is None:
            raise _failed(f"the program took longer than {product.generator_s} s, or wrote more than {LARGEST} bytes")
        if code != 0:
            _log.warning("the program that makes licences ended with %d: %s", code, _shown(words))
            raise _failed(f"the program ended with {code}")
        content = content.strip(b" \t\r\n")
        if not content:
            raise _failed("the program wrote no licence")
        return content


def _run(
    command: tuple[str, ...],
    document: bytes,
    environment: dict[str, str],
    folder: str,
    seconds: float,
    closed: threading.Event,
) -> tuple[bytes, bytes, int | None]:
    """Output, words and exit code of a program; no code if it was ended because of its time or its output."""
    try:
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=folder,
            start_new_session=True, creationflags=_NO_WINDOW,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        raise _failed(f"the program can't be started ({type(error).__name__})") from error
    assert child.stdin is not None and child.stdout is not None and child.stderr is not None  # noqa: PT018, S101  pipes
    full = threading.Event()
    said, words = bytearray(), bytearray()
    threads = [
        threading.Thread(target=_read, args=(child.stdout, said, full), daemon=True),
        threading.Thread(target=_read, args=(child.stderr, words, threading.Event()), daemon=True),
        threading.Thread(target=_write, args=(child.stdin, document), daemon=True),
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    code: int | None = None
    while code is None and not full.is_set() and not closed.is_set() and time.monotonic() < end:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = child.wait(_LOOK_S)
    _end(child)  # its own children as well: they would hold the pipes
    child.wait()
    for thread in threads:
        thread.join(_PIPES_S)
    return bytes(said), bytes(words), None if full.is_set() else code


def _read(pipe: IO[bytes], into: bytearray, full: threading.Event) -> None:
    """Read to the end, or until it is too much."""
    with contextlib.suppress(OSError, ValueError), pipe:
        while chunk := pipe.read1(65536):  # type: ignore[attr-defined]  # a pipe of Popen is buffered
            into += chunk
            if len(into) > LARGEST:
                full.set()
                return


def _write(pipe: IO[bytes], document: bytes) -> None:
    with contextlib.suppress(OSError, ValueError), pipe:  # a program may end without reading it
        pipe.write(document)


def _end(child: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        child.kill()
        return
    with contextlib.suppress(OSError):
        os.killpg(child.pid, signal.SIGKILL)


def _shown(words: bytes) -> str:
    text = words[: 4 * _WORDS].decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_WORDS]


def _failed(detail: str) -> RelayError:
    return RelayError("ISCB-RELAY-GENERATOR", detail=detail)


if sys.platform == "win32":
    _NO_WINDOW = subprocess.CREATE_NO_WINDOW
else:
    _NO_WINDOW = 0
