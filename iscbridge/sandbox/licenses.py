"""Licences that the sandbox desk delivers, and the stand-in of a vendor who signs them.

How a real vendor makes licences, and what is in them, is the vendor's own business; the guide only prints an event with
a path or a text. Everything but the printed sample (`license=success`) is an assumption of the sandbox.

The vendor here writes the signed form from its description in `docs/licensing.md`, without the bridge's own code for
it: a vendor's licence server would be no part of the bridge either.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from iscbridge.platform.folders import Home
from iscbridge.platform.private import write_private
from iscbridge.platform.sandbox_clock import read_shift
from iscbridge.sandbox import events
from iscbridge.sandbox.durable import write_file
from iscbridge.sandbox.personality import Personality
from iscbridge.sandbox.places import Places
from iscbridge.sandbox.session import DeskSession
from iscbridge.sandbox.sessions import Sessions

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_log = logging.getLogger(__name__)

_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f]')
_DAY_S = 86_400
#: A machine that none of ours is: the address is of the range for local use.
OTHER_DEVICE = "02:00:00:5A:4D:42|SANDBOX-OTHER-DISK|SANDBOX-OTHER-BOARD|SANDBOXOTHERCPU"


class Vendor:
    """Signs licences with a key of its own, which is made when it is first needed and kept owner-only."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._home = Home(places.root.parent)
        self._key: Ed25519PrivateKey | None = None

    def public_key(self) -> str:
        """`verify_key` of a policy file: base64 of the 32 bytes.

        Raises:
            OSError, ValueError: the key can't be read or made.
        """
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        raw = self._private_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return base64.b64encode(raw).decode("ascii")

    def license(self, product: str, device: str, days: int, *, mode: str = "signed") -> str:
        """A licence as `mode` of trait `license` has it; `days` 0: it never ends; `device` empty: for any machine.

        Raises:
            OSError, ValueError: the key can't be read or made.
        """
        now = int(time.time() + read_shift(self._home))
        members: dict[str, str] = {"id": f"SANDBOX-{secrets.token_hex(4).upper()}", "product": product}
        if mode == "wrong_product":
            members["product"] = f"{product}-other"
        if mode == "wrong_device":
            members["device"] = OTHER_DEVICE
        elif device.strip("|, "):
            members["device"] = device
        if mode == "expired":
            members |= {"issued": _time(now - 2 * _DAY_S), "expires": _time(now - _DAY_S)}
        else:
            members["issued"] = _time(now)
            if days:
                members["expires"] = _time(now + days * _DAY_S)
        return self._signed(members, broken=mode == "broken")

    def _signed(self, members: dict[str, str], *, broken: bool) -> str:
        payload = json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        signed = f"ISCLIC1.{_base64url(payload.encode('utf-8', 'replace'))}"
        signature = bytearray(self._private_key().sign(signed.encode("ascii")))
        if broken:
            signature[0] ^= 1
        return f"{signed}.{_base64url(bytes(signature))}"

    def _private_key(self) -> Ed25519PrivateKey:
        if self._key is None:
            self._key = self._load()
        return self._key

    def _load(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        path = self._places.vendor_key
        try:
            return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
        except FileNotFoundError:
            key = Ed25519PrivateKey.generate()
            write_private(os.fspath(path), key.private_bytes_raw())
            return key


class Licenses(QObject):
    """Answers licence requests as the personality has it."""

    def __init__(
        self, places: Places, personality: Personality, sessions: Sessions, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._places = places
        self._personality = personality
        self._sessions = sessions
        self.vendor = Vendor(places)

    def deliver(self, session: DeskSession, kind: str, device: str, file_name: str = "") -> None:
        """Send EVENT_LICENSE_VERIFY for a request of this kind (`file` or `string`), or whatever comes instead."""
        if self._personality.text("license") == "never":
            return
        event = self._event(kind, device, file_name)
        match self._personality.text("license_sent"):
            case "doubled":
                session.send(event)
                session.send(event)
            case "late":
                self._send_later(session.number, event)
            case _:
                session.send(event)

    def _send_later(self, number: int, event: events.Event) -> None:
        def send() -> None:
            session = self._sessions.find(number)
            if session is not None:
                session.send(event)

        timer = QTimer(self, singleShot=True, interval=self._personality.number("license_late_ms"))
        timer.timeout.connect(send)
        timer.timeout.connect(timer.deleteLater)
        timer.start()

    def _event(self, kind: str, device: str, file_name: str) -> events.Event:
        if self._personality.text("license") == "failed":
            return events.license_failed(kind)
        try:
            content = self._content(device)
            return events.license_string(content) if kind == "string" else self._file(content, file_name)
        except (OSError, ValueError, OverflowError) as error:
            _log.warning("licence %r: %s", file_name[:80], error)
            return events.license_failed(kind)

    def _content(self, device: str) -> str:
        mode = self._personality.text("license")
        if mode == "success":
            return self._personality.text("license_content")
        product, days = self._personality.text("license_product"), self._personality.number("license_days")
        return self.vendor.license(product, device, days, mode=mode)

    def _file(self, content: str, file_name: str) -> events.Event:
        name = _UNSAFE.sub("_", os.path.basename(file_name.replace("\\", "/"))) or "license.lic"
        path = self._places.licenses / name
        self._places.licenses.mkdir(exist_ok=True)
        write_file(path, content.encode())
        return events.license_file(str(path))


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")
