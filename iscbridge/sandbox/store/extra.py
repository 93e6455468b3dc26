"""Whether the packages of the extra `sandbox` are there. Cheap to import: they are looked for, not loaded."""

from __future__ import annotations

from importlib.util import find_spec

from iscbridge.core.errors import SandboxError

#: Packages that only the sandbox store needs (extra `sandbox` in pyproject.toml).
PACKAGES = ("starlette", "trustme", "uvicorn")


def missing_packages() -> tuple[str, ...]:
    """Those that are not installed."""
    return tuple(name for name in PACKAGES if find_spec(name) is None)


def check_extra() -> None:
    """Nothing, if the sandbox store can run.

    Raises:
        SandboxError: ISCB-SANDBOX-EXTRA.
    """
    if missing := missing_packages():
        raise SandboxError("ISCB-SANDBOX-EXTRA", packages=", ".join(missing))
