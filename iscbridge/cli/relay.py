"""`iscbridge relay ...`: the vendor's relay. Nothing of it is loaded before it is asked for, and never Qt."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from iscbridge.cli import exit_codes
from iscbridge.core.errors import RelayError
from iscbridge.core.paths import printable
from iscbridge.platform.faults import detail

if TYPE_CHECKING:
    import argparse

    from iscbridge.cli.output import Output

#: Packages that only the relay needs (extra `relay` in pyproject.toml).
_PACKAGES = ("alembic", "anyio", "prometheus_client", "psycopg", "sqlalchemy", "starlette", "uvicorn")


def run_relay(options: argparse.Namespace, output: Output) -> int:
    """Run one action; returns the exit code.

    Raises:
        BridgeError: with a code of the family ISCB-RELAY.
    """
    check_extra()
    folder = Path(options.folder or os.environ.get("ISCBRIDGE_RELAY_FOLDER") or ".").absolute()
    if options.action == "serve":
        return _serve(folder, options)
    try:
        return _done(folder, options, output)
    except BrokenPipeError:  # whoever reads our output has gone
        raise
    except OSError as error:
        where = printable(os.fsdecode(error.filename or folder))
        raise RelayError("ISCB-RELAY-FILE", path=where, detail=detail(error)) from error


def _done(folder: Path, options: argparse.Namespace, output: Output) -> int:
    if options.action == "init":
        return _init(folder, options, output)
    if options.action == "admin":
        from iscbridge.cli.relay_admin import run_admin

        return run_admin(folder, options, output)
    return _archive(folder, options, output)


def check_extra() -> None:
    """Nothing, if the relay can run.

    Raises:
        RelayError: ISCB-RELAY-EXTRA.
    """
    if missing := [name for name in _PACKAGES if find_spec(name) is None]:
        raise RelayError("ISCB-RELAY-EXTRA", packages=", ".join(missing))


def _init(folder: Path, options: argparse.Namespace, output: Output) -> int:
    from iscbridge.relay.install import SECRETS, TO_BE_FILLED, Wanted, install, policy_lines

    wanted = Wanted(
        host_name=options.host,
        product=options.product,
        store_products=tuple(options.store_product),
        seats=options.seats,
        listen=options.listen,
        metrics=options.metrics,
        certificate=options.certificate and os.path.abspath(options.certificate),
        certificate_key=options.certificate_key and os.path.abspath(options.certificate_key),
        behind_proxy=tuple(options.behind_proxy),
        database=options.database,
    )
    install(folder, wanted)
    address = f"https://{options.host}" + ("" if options.port == 443 else f":{options.port}")
    policy = policy_lines(folder / SECRETS, options.product, address)
    if output.as_json:
        output.record({"folder": str(folder), "policy": policy, "missing": list(TO_BE_FILLED)})
        return exit_codes.DONE
    output.sentence("relay-made", folder=folder)
    print(policy)
    output.sentence("relay-secrets", folder=folder / SECRETS, names=", ".join(TO_BE_FILLED))
    return exit_codes.DONE


def _serve(folder: Path, options: argparse.Namespace) -> int:
    from iscbridge.relay.serve import Options, serve

    ready = Path(options.ready_file).absolute() if options.ready_file else None
    with _alone(folder) if options.sandbox_time else contextlib.nullcontext():
        serve(Options(folder, options.replica, ready, options.drain, _clock(options.sandbox_time)))
    return exit_codes.DONE


def _alone(folder: Path) -> contextlib.AbstractContextManager[object]:
    """The sandbox has one relay, and it is found by its lock."""
    from iscbridge.cli.sandbox_relay import LOCK
    from iscbridge.platform.locks import ProfileLock

    return ProfileLock(folder / LOCK)


def _clock(sandbox: str | None) -> Callable[[], float]:
    """This machine's; for a relay of the sandbox as far moved as the sandbox's."""
    if not sandbox:
        return time.time
    from iscbridge.platform.folders import Home
    from iscbridge.platform.sandbox_clock import read_shift

    home = Home(sandbox)
    return lambda: time.time() + read_shift(home)


def _archive(folder: Path, options: argparse.Namespace, output: Output) -> int:
    from iscbridge.relay import backup

    file = Path(options.file).absolute()
    if options.action == "backup":
        told = backup.back_up(folder, file)
        output.sentence("relay-backed-up", file=file)
        if not told.database:
            output.sentence("relay-no-database")
    else:
        told = backup.restore(file, folder)
        output.sentence("relay-restored", folder=folder)
    if output.as_json:
        output.record({"file": str(file), "folder": str(folder), "members": told.members, "database": told.database})
    return exit_codes.DONE
