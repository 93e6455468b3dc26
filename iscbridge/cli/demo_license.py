"""The demonstration's licence: activation, daily check, a network that is gone, recovery, expiry and renewal.

Time is moved by the sandbox's clock, so that weeks pass in seconds.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from iscbridge.cli.demo_texts import tell
from iscbridge.core.errors import SandboxError
from iscbridge.ipc.client import BridgeError
from iscbridge.platform.sandbox_clock import read_shift, write_shift
from iscbridge.sandbox.store import control as store
from iscbridge.texts.render import text

if TYPE_CHECKING:
    from iscbridge.cli.demo import Demo

PRODUCT = "Demo CAD"
_RENEW_URL = "https://store.example/renew"
_POLICY = f"""\
[product]
name = "{PRODUCT}"
grace_days = 14
renew_url = "{_RENEW_URL}"
"""
#: A demonstration asks for no keyring; its codes are made up.
_SETTINGS = '[secrets]\nstore = "file"\n'
_DAY_S = 86_400.0
_PATIENCE_S = 60.0
_PAUSE_S = 0.05


def prepare(demo: Demo) -> bool:
    """Start the sandbox store and license the demonstration's product. False: the extra `sandbox` is not installed."""
    try:
        store.start(demo.home)
    except SandboxError as error:
        if error.code != "ISCB-SANDBOX-EXTRA":
            raise
        demo.say("license-left-out")
        return False
    demo.home.products.mkdir(exist_ok=True)
    (demo.home.products / "demo.toml").write_text(_POLICY, encoding="utf-8")
    demo.home.config.write_text(_SETTINGS, encoding="utf-8")
    demo.say("store-up")
    return True


def activate(demo: Demo) -> None:
    """Buy a test code and activate it."""
    code = str(store.request(demo.home, {"request": "new", "days": 300})["license"]["code"])
    demo.say("license-bought", masked=_masked(code))
    demo.ask("license.activate", product=PRODUCT, code=code)
    found = _wait(demo, "active")
    told = store.request(demo.home, {"request": "show", "code": code})["license"]
    demo.license_code = code
    _row(demo, "row-license-activated", found, bool(told["activated"]))


def through_the_weeks(demo: Demo) -> None:
    """A day later, offline, back again, expired, renewed."""
    _next_day(demo)
    _offline(demo)
    _expire_and_renew(demo)


def stop(demo: Demo) -> None:
    """Stop the store."""
    store.stop(demo.home)


def _next_day(demo: Demo) -> None:
    before = _check(demo)["checked"]
    _days_pass(demo, 1)
    deadline = time.monotonic() + _PATIENCE_S
    while (found := _check(demo))["checked"] == before and time.monotonic() < deadline:
        time.sleep(_PAUSE_S)
    _row(demo, "row-license-daily", found, found["checked"] != before and found["state"] == "active")


def _offline(demo: Demo) -> None:
    store.stop(demo.home)
    demo.say("license-offline")
    _days_pass(demo, 11)
    found = _wait(demo, "offline_grace")
    job = demo.finish(demo.ask("cloud.save", path=str(demo.work / demo.samples.part)))
    _row(demo, "row-license-grace", found, found["allowed"]["newSave"] and job["state"] == "done")
    _days_pass(demo, 5)
    found = _wait(demo, "grace_over")
    store.start(demo.home)
    demo.say("license-online")
    found = demo.ask("license.refresh", product=PRODUCT)
    _row(demo, "row-license-recovered", found, found["state"] == "active")


def _expire_and_renew(demo: Demo) -> None:
    code = demo.license_code
    store.request(demo.home, {"request": "expire", "code": code})
    _days_pass(demo, 1)
    found = _wait(demo, "expired")
    _row(demo, "row-license-expired", found, _save_is_refused(demo))
    store.request(demo.home, {"request": "renew", "code": code, "days": 365})
    demo.say("license-renewed")
    demo.ask("license.refresh", product=PRODUCT)
    job = demo.finish(demo.ask("cloud.save", path=str(demo.work / demo.samples.part)))
    _row(demo, "row-license-renewed", _check(demo), job["state"] == "done")


def _save_is_refused(demo: Demo) -> bool:
    """Whether a new save is refused for the licence, at once or after its bytes were captured."""
    try:
        job = demo.finish(demo.ask("cloud.save", path=str(demo.work / demo.samples.part)))
    except BridgeError as error:
        demo.say("license-refused", message=error)
        return error.code == "ISCB-LIC-EXPIRED"
    why = job.get("error") or {"code": "", "title": ""}
    demo.say("license-refused", message=f"{why['title']} ({why['code']})")
    return bool(job["state"] == "refused" and why["code"] == "ISCB-LIC-EXPIRED")


def _days_pass(demo: Demo, days: int) -> None:
    write_shift(demo.home, read_shift(demo.home) + days * _DAY_S)
    demo.say("license-days", days=days)


def _check(demo: Demo) -> dict[str, Any]:
    return demo.ask("license.check", product=PRODUCT)


def _wait(demo: Demo, state: str) -> dict[str, Any]:
    """Use the product until its licence is in a state and no check is under way, or the patience ends."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        found = _check(demo)
        if (found["state"] == state and not found["checking"]) or time.monotonic() > deadline:
            break
        time.sleep(_PAUSE_S)
    words = text(f"license.state.{found['state']}", demo.language)
    demo.say("license-state", state=words)
    if found.get("notice"):
        demo.say("license-notice", notice=found["notice"])
    if found["state"] != state:
        raise demo.failed(tell("license-not-so", demo.language, wanted=text(f"license.state.{state}", demo.language)))
    return found


def _row(demo: Demo, message_id: str, found: dict[str, Any], good: bool) -> None:
    demo.add_row(message_id, text(f"license.state.{found['state']}", demo.language), found.get("code", ""), good)


def _masked(code: str) -> str:
    from iscbridge.core.licensing.masking import mask

    return mask(code)
