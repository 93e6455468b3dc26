"""Makes licences: in the built-in signed form, or by the vendor's own program. `docs/relay.md` has both for vendors.

The program gets one JSON object on its standard input and writes the licence, and nothing else, to its standard output.
It has a bounded time and a bounded output, an empty folder of its own, none of the relay's environment, and no shell.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from iscbridge.core.errors import RelayError
from iscbridge.licensefile.payload import shown_time
from iscbridge.licensefile.signer import sign
from iscbridge.platform.programs import End, Ran, run_program
from iscbridge.relay.config import Product
from iscbridge.relay.secrets import Secrets
from iscbridge.relay.signer import load_signing_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LARGEST = 64 * 1024
"""Bytes of a licence."""
TEST_S = 86_400
"""A licence that was applied for with `testFlag` is no real one: it ends after a day."""
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
            ran = run_program(product.generator, folder, product.generator_s, self._closed, most=LARGEST,
                              most_messages=4 * _WORDS, given=document, environment=environment)  # fmt: skip
        _check_end(ran, product.generator_s)
        content = ran.out.strip(b" \t\r\n")
        if not content:
            raise _failed("the program wrote no licence")
        return content


def _check_end(ran: Ran, seconds: float) -> None:
    """Log what a program said that failed; the reason for people."""
    match ran.end:
        case End.NOT_STARTED:
            raise _failed(f"the program can't be started ({_shown(ran.messages)})")
        case End.LATE:
            raise _failed(f"the program took longer than {seconds} s")
        case End.TOO_MUCH:
            raise _failed(f"the program wrote more than {LARGEST} bytes")
        case End.STOPPED:
            raise _failed("the relay ends, and the program with it")
        case End.ENDED if ran.code != 0:
            _log.warning("the program that makes licences ended with %d: %s", ran.code, _shown(ran.messages))
            raise _failed(f"the program ended with {ran.code}")


def _shown(words: bytes) -> str:
    text = words[: 4 * _WORDS].decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_WORDS]


def _failed(detail: str) -> RelayError:
    return RelayError("ISCB-RELAY-GENERATOR", detail=detail)
