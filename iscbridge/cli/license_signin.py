"""`iscbridge license sign-in` and `sign-out`: the browser is opened here, never by the bridge."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from iscbridge.cli import exit_codes
from iscbridge.cli.license_show import Licence, refusal, show
from iscbridge.platform.browser import open_page

if TYPE_CHECKING:
    import argparse

    from iscbridge.cli.output import Output
    from iscbridge.ipc.client import Client

#: The relay is asked before the answer comes.
_ANSWER_S = 100.0
#: Beyond the time that the bridge waits for the browser: it may be asking the relay who it was.
_MORE_S = 100.0


def sign_in(options: argparse.Namespace, client: Client, output: Output, product: str) -> int:
    """Send the person's browser on its way, and wait until it is back."""
    begun = client.request("license.signin", {"product": product}, _ANSWER_S)
    if output.as_json:
        output.record({"product": product, "url": begun["url"], "until": begun["until"]})
    opened = not options.no_browser and open_page(begun["url"])
    if not output.as_json:
        output.sentence("license-signin-opened" if opened else "license-signin-open", url=begun["url"])
    wait_s = datetime.fromisoformat(begun["until"]).timestamp() - time.time() + _MORE_S
    found = _settled(client, product, wait_s)
    error = found.get("signIn", {}).get("error")
    if error is not None:
        refusal(output, error["code"], error["title"], error["message"], error["remedy"], product=product)
        return exit_codes.FAILED
    show(output, [found])
    return exit_codes.DONE if found["allowed"]["newSave"] else exit_codes.REFUSED


def sign_out(options: argparse.Namespace, client: Client, output: Output, product: str) -> int:
    """Sign the person out, here, at the relay and in the browser."""
    done = client.request("license.signout", {"product": product}, _ANSWER_S)
    url = done.get("url", "")
    if url and not options.no_browser and not open_page(url) and not output.as_json:
        output.sentence("license-signout-open", url=url)
    show(output, [done["license"]])
    return exit_codes.DONE


def _settled(client: Client, product: str, wait_s: float) -> Licence:
    """The licence as soon as no browser is awaited any more, and nothing is being asked.

    Raises:
        ConnectionLostError: the bridge is gone.
        TimedOutError: the bridge says nothing.
    """
    from iscbridge.ipc.client import TimedOutError

    deadline = time.monotonic() + wait_s
    found = _now(client, product)
    while found.get("signIn", {}).get("waiting") or found["checking"]:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimedOutError(wait_s)
        told = [params for topic, params in client.poll(left) if _is_about(topic, params, product)]
        found = told[-1] if told else found
    return found


def _now(client: Client, product: str) -> Licence:
    found: Licence = client.request("license.status", {"product": product})["licenses"][0]
    return found


def _is_about(topic: str, params: dict[str, Any], product: str) -> bool:
    return topic == "license.changed" and params["product"] == product
