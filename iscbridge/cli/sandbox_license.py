"""`iscbridge sandbox license ...` and `iscbridge sandbox time`: steering the stand-in of the store.

Its codes are made up and open nothing, so they are shown whole. Loaded with the grammar: imports are late.
"""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any

from iscbridge.cli import exit_codes

if TYPE_CHECKING:
    from iscbridge.cli.output import Output
    from iscbridge.platform.folders import Home

_SHIFT = re.compile(r"([+-])(\d{1,9}(?:\.\d{1,3})?)([smhdw])")
_UNITS_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_PLAIN = {
    "expire": "let its time end now",
    "freeze": "freeze it, as after the grace period of an expired one",
    "unfreeze": "end the freeze",
    "release": "release it: refunded, or retention is over",
    "collect": "collect it, as the user does at the store's page",
}


# -- grammar


def add_store_grammar(actions: Any) -> None:
    """The commands of the store below `iscbridge sandbox`."""
    moved = actions.add_parser("time", help="move the time of licences: +10d, -2d, +3h ...; reset; show")
    moved.add_argument("shift", nargs="?", default="show", type=_shift, metavar="[+|-]N{s,m,h,d,w} | reset | show")
    # "-2d" is a value here, as "-2" is; argparse has no public word for that.
    moved._negative_number_matcher = re.compile(r"-\d")  # noqa: SLF001  see above
    licenses = actions.add_parser("license", help="licence codes of the sandbox store, and how it misbehaves")
    kinds = licenses.add_subparsers(dest="license_action", required=True, metavar="ACTION")
    new = kinds.add_parser("new", help="buy a code")
    new.add_argument("--days", type=int, default=365, metavar="N", help="validity from activation on (default: 365)")
    new.add_argument("--uncollected", action="store_true", help="the user has not collected it yet")
    new.add_argument("--code", metavar="CODE", help="this very code")
    listing = kinds.add_parser("list", help="all codes")
    coded = {name: kinds.add_parser(name, help=words) for name, words in _PLAIN.items()}
    coded["show"] = kinds.add_parser("show", help="one code, with its use by day")
    coded["renew"] = kinds.add_parser("renew", help="make it valid longer; a number below 0 takes a renewal back")
    coded["renew"].add_argument("--days", type=int, required=True, metavar="N")
    for parser in coded.values():
        parser.add_argument("code", metavar="CODE")
    misbehave = kinds.add_parser("misbehave", help="change how the store behaves; without a name: what there is")
    misbehave.add_argument("settings", nargs="*", metavar="NAME[=VALUE]")
    behave = kinds.add_parser("behave", help="everything as documented again, and the access key unlocked")
    for parser in (moved, new, listing, misbehave, behave, *coded.values()):
        parser.add_argument("--json", action="store_true")


def _shift(text: str) -> str | float:
    if text in ("show", "reset"):
        return text
    parts = _SHIFT.fullmatch(text)
    if parts is None:
        raise argparse.ArgumentTypeError("give +10d, -2d, +3h, +90m, +5s, +1w, reset or show")
    return float(parts[1] + parts[2]) * _UNITS_S[parts[3]]


# -- time


def run_time(shift: str | float, home: Home, output: Output) -> int:
    """Move the sandbox's time, or say it."""
    import time

    from iscbridge.core.errors import SandboxError
    from iscbridge.platform.sandbox_clock import read_shift, write_shift
    from iscbridge.sandbox.store.clock import utc

    if shift != "show":
        wanted = 0.0 if isinstance(shift, str) else read_shift(home) + shift
        try:
            write_shift(home, wanted)
        except ValueError as error:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="more than 100 years") from error
    moved = read_shift(home)
    shown = utc(time.time() + moved).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if output.as_json:
        output.record({"shift_s": moved, "time": shown})
    else:
        output.sentence("sandbox-time", time=shown, shift=_in_words(moved))
    return exit_codes.DONE


def _in_words(seconds: float) -> str:
    left = round(abs(seconds))
    parts = []
    for unit in ("d", "h", "m", "s"):
        count, left = divmod(left, int(_UNITS_S[unit]))
        if count:
            parts.append(f"{count}{unit}")
    return ("-" if seconds < 0 else "+") + ("".join(parts) or "0s")


# -- the store as part of the sandbox


def start_store(home: Home) -> dict[str, Any]:
    """Start the store if its packages are installed; what `sandbox start` says of it.

    Raises:
        SandboxError: ISCB-SANDBOX-START.
    """
    from iscbridge.sandbox.store import control
    from iscbridge.sandbox.store.extra import missing_packages

    if missing := missing_packages():
        return {"running": False, "missing": list(missing)}
    ready = control.start(home)
    return {"running": True, "pid": ready["pid"], "bases": ready["bases"]}


def say_store(store: dict[str, Any], output: Output) -> None:
    """A sentence for people on what `start_store` or `store_status` found."""
    if store["running"]:
        output.sentence("store-started", pid=store["pid"], bases=", ".join(store["bases"]))
    elif "missing" in store:
        output.sentence("store-left-out", packages=", ".join(store["missing"]))
    else:
        output.sentence("store-not-running")


def stop_store(home: Home) -> None:
    """Stop the store if it runs."""
    from iscbridge.sandbox.store import control

    control.stop(home)


def store_status(home: Home) -> dict[str, Any]:
    """What `sandbox status` says of the store; raises SandboxError ISCB-SANDBOX-NO-ANSWER."""
    from iscbridge.core.errors import SandboxError
    from iscbridge.sandbox.store import control

    try:
        return {"running": True, "bases": control.ready(home)["bases"], **control.request(home, {"request": "state"})}
    except SandboxError as error:
        if error.code != "ISCB-SANDBOX-NOT-RUNNING":
            raise
        return {"running": False}


# -- codes


def run_license(options: argparse.Namespace, home: Home, output: Output) -> int:
    """Run one action on the store's codes or its behaviour; raises SandboxError."""
    from iscbridge.sandbox.store.control import request

    action = options.license_action
    if action == "misbehave":
        return _misbehave(options.settings, home, output)
    if action == "behave":
        request(home, {"request": "behave"})
        return _say(output, {"behaviour": {}}, "store-behaves")
    if action == "list":
        found = request(home, {"request": "list"})["licenses"]
        for license_ in found:
            _tell(license_, output)
        if not found:
            output.sentence("store-no-codes")
        return exit_codes.DONE
    message: dict[str, object] = {"request": action}
    if action == "new":
        message |= {"days": options.days, "collected": not options.uncollected, "code": options.code or ""}
    else:
        message["code"] = options.code
    if action == "renew":
        message["days"] = options.days
    answer = request(home, message)
    _tell(answer["license"], output, answer.get("usage"))
    return exit_codes.DONE


def _tell(license_: dict[str, Any], output: Output, usage: dict[str, Any] | None = None) -> None:
    if output.as_json:
        output.record(license_ if usage is None else {**license_, "usage": usage})
        return
    flags = " ".join(flag for flag in ("activated", "detected") if license_[flag]) or "-"
    print(f"{license_['code']}  {license_['state']}  {flags}  {license_['expireTime'] or '-'}")
    for day, use in (usage or {}).items():
        print(f"  {day}: {use['active']}  {' '.join(use['clients'])}")


def _misbehave(settings: list[str], home: Home, output: Output) -> int:
    from iscbridge.sandbox.store.behaviour import trait
    from iscbridge.sandbox.store.control import request

    if not settings:
        return _traits(request(home, {"request": "traits"})["traits"], output)
    changes: dict[str, object] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        choices = trait(name).choices
        if not equals and not choices:
            output.complain(output.text("usage-misbehave", name=name))
            return exit_codes.USAGE
        # A name alone means its first other choice: `drop` cuts before the call, `throttle` throttles.
        changes[name] = value if equals else next(c for c in choices if c != trait(name).default)
    behaviour = request(home, {"request": "misbehave", "set": changes})["behaviour"]
    shown = ", ".join(f"{name}={value}" for name, value in behaviour.items())
    return _say(output, {"behaviour": behaviour}, "store-misbehaves" if shown else "store-behaves", behaviour=shown)


def _traits(traits: list[dict[str, Any]], output: Output) -> int:
    for found in traits:
        if output.as_json:
            output.record(found)
        else:
            print(f"{found['key']} = {found['value']}    ({found['allowed']})")
            print(f"    {found['meaning']} [{found['unknown']}]")
    return exit_codes.DONE


def _say(output: Output, record: dict[str, Any], message_id: str, **params: object) -> int:
    if output.as_json:
        output.record(record)
    else:
        output.sentence(message_id, **params)
    return exit_codes.DONE
