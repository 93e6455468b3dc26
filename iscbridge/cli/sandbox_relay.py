"""`iscbridge sandbox relay start|stop|status`: a vendor's relay in the sandbox, asked and called by the sandbox store.

    <profile>/sandbox/relay/        its folder, as `iscbridge relay init` makes one
    <profile>/sandbox/relay-ca.pem  what a bridge of the sandbox verifies it by
    <profile>/products/sandbox-relay.toml  the policy file that names it

It trusts the sandbox store, shares its clock, and is called by it as the real one would call. With `named` seats people
sign in at the store's made-up login page.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iscbridge.cli import exit_codes
from iscbridge.cli.sandbox_relay_grammar import PRODUCT
from iscbridge.core.errors import SandboxError
from iscbridge.platform.private import write_private
from iscbridge.platform.processes import DETACHED, end_process, wait_until

if TYPE_CHECKING:
    import argparse

    from iscbridge.cli.output import Output
    from iscbridge.platform.folders import Home

LOCK = "relay.lock"
POLICY = "sandbox-relay.toml"
_PLAN, _READY, _LOG, _CERTIFICATE, _KEY = "sandbox.json", "ready.json", "relay.log", "tls.pem", "tls.key"
_START_S, _STOP_S = 60.0, 40.0
_HOST = "localhost"
_APP = "sandbox-app"


def run_sandbox_relay(options: argparse.Namespace, home: Home, output: Output) -> int:
    """Run one action; returns the exit code.

    Raises:
        BridgeError: ISCB-SANDBOX-*, ISCB-RELAY-*.
    """
    if options.relay_action == "stop":
        stop(home)
        return _say(output, {"running": False}, "sandbox-relay-stopped")
    if options.relay_action == "start":
        told = start(home, options.product, options.seats)
        _say(output, told, "sandbox-relay-started", url=told["url"], pid=told["pid"])
        return _look_at_bridge(home, output, told["product"], begin=options.bridge)
    found = status(home)
    if found is None:
        _say(output, {"running": False}, "sandbox-relay-not-running")
        return exit_codes.NOT_RUNNING
    return _say(output, found, "sandbox-relay-started", url=found["url"], pid=found["pid"])


def _look_at_bridge(home: Home, output: Output, product: str, *, begin: bool) -> int:
    """Say so if a bridge runs that has not read the policy file: it reads them when it starts, and only then.

    `begin`: start one if none runs. Returns the exit code.
    """
    from iscbridge.cli.link import connect
    from iscbridge.ipc.client import BridgeError, NotRunningError

    try:
        with contextlib.closing(connect(home, output, start=begin)) as client:
            [found] = client.request("license.status", {"product": product})["licenses"]
    except NotRunningError:
        if begin:
            output.complain(output.text("not-running"))
        return exit_codes.NOT_RUNNING if begin else exit_codes.DONE
    except BridgeError as error:
        output.complain(f"{error.title} ({error.code})\n  {error.message}\n  {error.remedy}")
        return exit_codes.FAILED
    if found.get("authority") != "relay":
        output.complain(output.text("sandbox-relay-unread", product=product))
    return exit_codes.DONE


def folder_of(home: Home) -> Path:
    """Where the sandbox's relay keeps its things."""
    return home.sandbox / "relay"


def start(home: Home, product: str | None = None, seats: str | None = None) -> dict[str, Any]:
    """Start the relay of this profile's sandbox; one that runs is left as it is, unless another product is wanted.

    Raises:
        SandboxError: ISCB-SANDBOX-EXTRA, ISCB-SANDBOX-START.
        RelayError: ISCB-RELAY-SETTINGS: no product can have this name.
        OSError: its folder can't be written.
    """
    from iscbridge.cli.relay import check_extra
    from iscbridge.sandbox.store import control

    check_extra()
    ready = control.start(home)
    folder = folder_of(home)
    before = _kept(folder)
    plan = {**_planned(before, product, seats), "stores": ready["bases"], "login": ready["login"]}
    found = status(home)
    if found is not None and plan == before:
        return found
    stop(home)
    _prepare(home, folder, plan, Path(ready["ca"]))
    _spawn(home, folder)
    found = status(home)
    if found is None:
        raise SandboxError("ISCB-SANDBOX-START", log=str(folder / _LOG))
    return found


def stop(home: Home) -> bool:
    """Stop the relay in good order and wait until it is gone. False: it was not running.

    Raises:
        SandboxError: ISCB-SANDBOX-NO-ANSWER.
    """
    pid = _running(home)
    if pid is None:
        return False
    for at_once in (False, True):
        if _running(home) == pid:
            end_process(pid, at_once=at_once)
        if wait_until(lambda: _running(home) != pid, _STOP_S):
            return True
    raise SandboxError("ISCB-SANDBOX-NO-ANSWER", pid=str(pid))


def status(home: Home) -> dict[str, Any] | None:
    """Where the relay is; None if it does not run."""
    folder = folder_of(home)
    try:
        ready = json.loads((folder / _READY).read_bytes())
    except (OSError, ValueError):
        return None
    plan = _kept(folder)
    if plan is None or ready["pid"] != _running(home):
        return None
    return {"running": True, "pid": ready["pid"], "url": f"https://{_HOST}:{ready['port']}", "folder": str(folder),
            "product": plan["product"], "policy": str(home.products / POLICY)}  # fmt: skip


def _running(home: Home) -> int | None:
    from iscbridge.platform.locks import holder

    return holder(folder_of(home) / LOCK)


def _kept(folder: Path) -> dict[str, Any] | None:
    """What it was at the last start."""
    try:
        plan: dict[str, Any] = json.loads((folder / _PLAN).read_bytes())
    except (OSError, ValueError):
        return None
    return plan


def _planned(before: dict[str, Any] | None, product: str | None, seats: str | None) -> dict[str, Any]:
    """As before, with what is asked for now. Its port stays: policy files name it."""
    plan = before
    if plan is None:
        with socket.create_server(("127.0.0.1", 0)) as drawn:
            plan = {"port": drawn.getsockname()[1], "product": PRODUCT, "seats": "node", "stores": []}
    return {**plan, **({"product": product} if product else {}), **({"seats": seats} if seats else {})}


def _prepare(home: Home, folder: Path, plan: dict[str, Any], ca: Path) -> None:
    """Its folder and its policy file, as they have to be for the store that runs now."""
    from iscbridge.relay.config import Signin
    from iscbridge.relay.install import SECRETS, SETTINGS_FILE, SigninWanted, Wanted, install, policy_lines
    from iscbridge.sandbox.store.certificates import Certificates
    from iscbridge.sandbox.store.control import request
    from iscbridge.sandbox.store.places import StorePlaces

    places = StorePlaces.of(home)
    for name in (SETTINGS_FILE, _READY):
        (folder / name).unlink(missing_ok=True)
    url = f"https://{_HOST}:{plan['port']}"
    signin, people = None, {}
    if plan["seats"] == "named":
        people = request(home, {"request": "signin.app", "app": _APP, "back": f"{url}/signin/return"})
        signin = SigninWanted(_APP, people["login_url"], url, str(ca), people["tenant"], people["domain"])
    install(folder, Wanted(
        host_name=_HOST, product=plan["product"], seats=plan["seats"], listen=f"127.0.0.1:{plan['port']}",
        certificate=_CERTIFICATE, certificate_key=_KEY, store_addresses=tuple(plan["stores"]), store_ca=str(ca),
        signin=signin,
    ))  # fmt: skip
    request(home, {"request": "shop.merchant", "url": f"{url}/store/production"})
    keys = json.loads(places.credentials.read_bytes())
    chain, key = Certificates(places).issue()
    secrets = folder / SECRETS
    if people:
        told = f"{people['client_id']}\n{people['client_secret']}\n".encode()
        write_private(os.fspath(secrets / Signin(app_id=_APP).secret_of(people["tenant"])), told)
    for path, data in (
        (secrets / "store_ak", keys["ak"].encode()), (secrets / "store_sk", keys["sk"].encode()),
        (secrets / "access_key", keys["access_key"].encode()), (folder / _KEY, key), (folder / _CERTIFICATE, chain),
        (home.sandbox / "relay-ca.pem", ca.read_bytes()),
        (home.products / POLICY, policy_lines(secrets, plan["product"], url).encode()),
        (folder / _PLAN, json.dumps(plan).encode()),
    ):  # fmt: skip
        write_private(os.fspath(path), data)


def _spawn(home: Home, folder: Path) -> None:
    # A frozen product has no Python to run a module with.
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "iscbridge"]
    command = [*program, "relay", "serve", "--folder", str(folder), "--ready-file", str(folder / _READY),
               "--replica", "sandbox", "--sandbox-time", str(home.root)]  # fmt: skip
    null = subprocess.DEVNULL
    fd = os.open(folder / _LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "wb") as log:
        child = subprocess.Popen(
            command, stdin=null, stdout=null, stderr=log, start_new_session=True, creationflags=DETACHED
        )
    wait_until(lambda: child.poll() is not None or status(home) is not None, _START_S)
    if child.poll() is None and status(home) is None:
        child.kill()
        child.wait()
    if child.poll() is None:
        child.returncode = 0  # it lives on without us: no warning that nobody waited for it


def _say(output: Output, record: dict[str, Any], message_id: str, **params: object) -> int:
    if output.as_json:
        output.record(record)
    else:
        output.sentence(message_id, **params)
    return exit_codes.DONE
