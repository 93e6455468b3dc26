"""Whether this installation has the sandbox: the setup leaves it out unless it is chosen."""

from __future__ import annotations

from importlib.util import find_spec

from iscbridge.core.errors import SandboxError


def is_sandbox_there() -> bool:
    """Whether the stand-ins are installed."""
    return find_spec("iscbridge.sandbox.control") is not None


def check_sandbox() -> None:
    """Nothing, if they are.

    Raises:
        SandboxError: ISCB-SANDBOX-LEFT-OUT.
    """
    if not is_sandbox_there():
        raise SandboxError("ISCB-SANDBOX-LEFT-OUT")
