"""`iscbridge license ...`: where the licences stand, activating one, and what belongs to it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from iscbridge.cli import exit_codes
from iscbridge.cli.license_show import Licence, refusal, show
from iscbridge.cli.link import connect
from iscbridge.core.errors import CODES, BridgeError, LicenseError, Retry
from iscbridge.core.licensing.refusals import is_refusal
from iscbridge.ipc import client as ipc
from iscbridge.texts.render import render

if TYPE_CHECKING:
    import argparse

    from iscbridge.cli.output import Output
    from iscbridge.platform.folders import Home

#: An activation and a check wait for the store, its second domain and one retry.
_STORE_S = 180.0
_YES = frozenset({"y", "yes", "是"})


def run_license(options: argparse.Namespace, home: Home, output: Output) -> int:
    """Run one action; returns the exit code."""
    from iscbridge.platform.hardening import no_core_dumps

    no_core_dumps()  # codes and keys are typed into this process
    try:
        if options.action == "fingerprint":
            from iscbridge.cli import license_fingerprint

            return license_fingerprint.run(options, output)
        if options.action in ("keys", "proxy-login"):
            from iscbridge.cli import license_keys

            return license_keys.run(options, home, output)
        return _with_bridge(options, home, output)
    except BridgeError as error:
        shown = render(error.info, output.language)
        refusal(output, error.code, *shown, product=getattr(options, "product", None))
        return _exit_code(error.code)


def _with_bridge(options: argparse.Namespace, home: Home, output: Output) -> int:
    product: str | None = options.product
    try:
        client = connect(home, output, start=options.start, follow_all=options.action == "sign-in")
    except ipc.NotRunningError as error:
        refusal(output, error.code, "", output.text("not-running"), "", product=product)
        return exit_codes.NOT_RUNNING
    try:
        return _act(options, client, output)
    except ipc.ConnectionLostError as error:
        refusal(output, error.code, "", output.text("license-lost-bridge"), "", product=product)
        return exit_codes.NOT_RUNNING
    except ipc.TimedOutError as error:
        refusal(output, error.code, "", output.text("license-goes-on", seconds=int(_STORE_S)), "", product=product)
        return exit_codes.FAILED
    except ipc.BridgeError as error:
        refusal(output, error.code, error.title, error.message, error.remedy, product=product)
        return _exit_code(error.code)
    finally:
        client.close()


def _exit_code(code: str) -> int:
    """Refused: the licence's own rules or its vendor stand against it, and not a network, a disk or a server's mood."""
    if code.startswith("ISCB-REQ-"):
        return exit_codes.USAGE
    is_rule = code.startswith("ISCB-LIC-") and CODES.get(code) is not Retry.SAME
    return exit_codes.REFUSED if is_rule or is_refusal(code) else exit_codes.FAILED


def _act(options: argparse.Namespace, client: ipc.Client, output: Output) -> int:
    action = options.action
    chosen = _chosen(options.product, client)
    if action == "status":
        return _show(output, chosen, exit_codes.DONE)
    if not chosen:
        output.sentence("license-none")
        return exit_codes.DONE if action == "check" else exit_codes.FAILED
    if len(chosen) > 1:
        names = ", ".join(licence["product"] for licence in chosen)
        output.complain(output.text("license-which", products=names))
        return exit_codes.USAGE
    product: str = chosen[0]["product"]
    if action == "check":
        return _usable(output, client.request("license.check", {"product": product}))
    if not chosen[0]["managed"]:
        # Said before a person types a code in vain.
        raise LicenseError("ISCB-LIC-NO-POLICY", product=product)
    if action in ("activate", "transfer"):
        return _activate(options, client, output, product)
    if action in ("sign-in", "sign-out"):
        from iscbridge.cli import license_signin

        sign = license_signin.sign_in if action == "sign-in" else license_signin.sign_out
        return sign(options, client, output, product)
    if action == "refresh":
        return _usable(output, client.request("license.refresh", {"product": product}, _STORE_S))
    if not (options.yes or _confirmed(output, chosen[0], action)):
        return exit_codes.USAGE
    method = "license.release" if action == "release" else "license.deactivateLocal"
    return _show(output, [client.request(method, {"product": product}, _STORE_S)], exit_codes.DONE)


def _chosen(product: str | None, client: ipc.Client) -> list[Licence]:
    """The licence that was named, or all that are managed."""
    found: list[Licence] = client.request("license.status", {"product": product} if product else {})["licenses"]
    return found


def _activate(options: argparse.Namespace, client: ipc.Client, output: Output, product: str) -> int:
    from iscbridge.cli.license_input import NotACodeError, read_code

    params: dict[str, Any] = {"product": product}
    if not options.again:
        try:
            params["code"] = read_code(options, output, product)
        except NotACodeError as error:
            output.complain(output.text(error.message_id))
            return exit_codes.USAGE
    return _usable(output, client.request(f"license.{options.action}", params, _STORE_S))


def _confirmed(output: Output, licence: Licence, action: str) -> bool:
    release = action == "release"
    has_seat = licence.get("authority") == "relay" and licence["state"] != "not_activated"
    take_off = "license-take-off-seat" if has_seat else "license-take-off"
    if not sys.stdin.isatty():
        output.complain(output.text("license-say-yes-release" if release else "license-say-yes"))
        return False
    question = "license-give-back" if release else take_off
    sys.stderr.write(output.text(question, product=licence["product"]) + " ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() in _YES:
        return True
    output.complain(output.text("license-left"))
    return False


def _usable(output: Output, licence: Licence) -> int:
    return _show(output, [licence], exit_codes.DONE if licence["allowed"]["newSave"] else exit_codes.REFUSED)


def _show(output: Output, licences: list[Licence], code: int) -> int:
    show(output, licences)
    return code
