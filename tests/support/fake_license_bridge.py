"""The protocol's real server with licences that obey the test, as a process of its own; logs all it can to a file.

`python fake_license_bridge.py HOME`. Products: `demo` and `other` are managed, `quiet` hangs up at an activation and
`broken` raises, everything else is unmanaged; `<HOME>/managed.json` may list others. Codes: GOOD is accepted, anything
else is refused.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Slot

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import Allowed, LicensePolicy, LicenseState, Notice, Verdict
from iscbridge.ipc import messages as m
from iscbridge.ipc.license_wire import LicenseFacts, license_to_wire
from iscbridge.ipc.server import BridgeIdentity, BridgeServer, Request
from iscbridge.ipc.wire import error_to_wire, time_to_wire
from iscbridge.platform.folders import Home

GOOD = "PLGOOD-44556677-xyz001"
MASKED = "PL****001"
RENEW = "https://vendor.example/renew"
T0 = 1_795_338_902.0
SLOW = ErrorInfo("ISCB-FILE-SHARE-SLOW", {"path": "/a"})
POLICY = ErrorInfo("ISCB-SET-POLICY", {"path": "/b.toml", "detail": "no TOML"})

_YES = Allowed(new_save=True, opened_save=True, open=True)
_NO = Allowed(new_save=False, opened_save=True, open=False)


class Brain(QObject):
    """A state for each product; no store behind it."""

    def __init__(self, server: BridgeServer, managed: list[str]) -> None:
        super().__init__()
        self.server = server
        self.states = dict.fromkeys(managed, LicenseState.NOT_ACTIVATED)
        self.log = logging.getLogger("fake")
        server.request.connect(self.on_request)
        server.known_license = self.known

    def known(self, product: str) -> tuple[Verdict | None, LicenseFacts] | None:
        """`other` is always known."""
        return self.licence(product) if product == "other" and product in self.states else None

    @Slot(object)
    def on_request(self, request: Request) -> None:
        self.log.debug("asked: %r", request)
        params = request.params
        product = getattr(params, "product", None)
        if request.method == "license.status":
            names = [product] if product else sorted(self.states)
            language = request.client.language
            found = [license_to_wire(*self.licence(name), language) for name in names]
            self.server.answer(request.token, m.LicenseStatusResult(found))
        elif request.method == "bridge.shutdown":
            self.server.answer_ok(request.token)
            self.server.close("asked")
            QTimer.singleShot(0, QCoreApplication.quit)
        elif request.method == "bridge.status":
            self.server.answer(request.token, self.status())
        elif request.method == "license.check":
            self.server.answer_license(request.token, *self.licence(product))
        elif product not in self.states:
            self.server.answer_error(request.token, ErrorInfo("ISCB-LIC-NO-POLICY", {"product": product}))
        elif request.method in ("license.activate", "license.transfer"):
            self.activate(request, params)
        elif request.method in ("license.deactivateLocal", "license.release"):
            self.move(request, product, LicenseState.NOT_ACTIVATED)
        elif request.method == "license.refresh":
            next_state = LicenseState.OFFLINE_GRACE if product == "other" else self.states[product]
            self.move(request, product, next_state)
        else:
            self.server.answer_ok(request.token)

    def activate(self, request: Request, params: m.LicenseActivateParams) -> None:
        if params.product == "broken":
            raise RuntimeError("a fault of the service")
        if params.product == "quiet":
            self.server.close("asked")
            QTimer.singleShot(0, QCoreApplication.quit)
            return
        good = params.code is None or params.code == GOOD
        self.move(request, params.product, LicenseState.ACTIVE if good else LicenseState.REFUSED)

    def move(self, request: Request, product: str, state: LicenseState) -> None:
        self.states[product] = state
        self.server.answer_license(request.token, *self.licence(product))
        self.server.license_changed(*self.licence(product))

    def licence(self, product: str) -> tuple[Verdict | None, LicenseFacts]:
        state = self.states.get(product)
        if state is None:
            return None, LicenseFacts(product, "sandbox")
        usable = state in (LicenseState.ACTIVE, LicenseState.OFFLINE_GRACE)
        verdict = Verdict(
            product,
            state,
            _YES if usable else _NO,
            opened_before=None if usable else T0,
            days_left=3 if state is LicenseState.OFFLINE_GRACE else None,
            error=None if usable else ErrorInfo("ISCB-CLOUD-FAILED"),
            notice=Notice("note.torn", {}) if state is LicenseState.OFFLINE_GRACE else None,
        )
        facts = LicenseFacts(
            product,
            "sandbox",
            policy=LicensePolicy(product, renew_url=RENEW),
            masked_code="" if state is LicenseState.NOT_ACTIVATED else MASKED,
            checked=T0 if usable else None,
            warnings=(SLOW,) if product == "other" else (),
        )
        return verdict, facts

    def status(self) -> m.StatusResult:
        return m.StatusResult(
            version="0",
            protocol=1,
            cloud="sandbox",
            pid=1,
            socket=self.server.address,
            home="/nowhere",
            started=time_to_wire(T0),
            closing=False,
            paused=False,
            hosts=[],
            tray=False,
            clients=self.server.client_count,
            jobs={},
            sessions=[],
            warnings=[error_to_wire(warning, "en") for warning in (SLOW, POLICY)],
        )


def main() -> int:
    home = Home(sys.argv[1])
    home.ensure()
    logging.basicConfig(level=logging.DEBUG, filename=home.root / "fake.log")
    app = QCoreApplication(sys.argv[:1])
    server = BridgeServer(BridgeIdentity("0", "sandbox"))
    chosen = home.root / "managed.json"
    managed = json.loads(chosen.read_text()) if chosen.exists() else ["broken", "demo", "other", "quiet"]
    brain = Brain(server, managed)
    server.listen(home.bridge_address(), lock_held=True)
    print("listening", flush=True)
    app.exec()
    return 0 if brain.states is not None else 1


def start_command(home: Path) -> list[str]:
    """How to start it."""
    return [sys.executable, str(Path(__file__)), str(home)]


if __name__ == "__main__":
    sys.exit(main())
