"""Reading the parameters of SDK events: texts, whose names the guide prints in more than one case."""

from __future__ import annotations

from collections.abc import Mapping


def param_of(params: Mapping[str, str], name: str) -> str:
    """A parameter by its name in any case (the guide prints `Status` and `status`); "" if absent.

    The first spelling counts: `iscbridge.sdk.events` made its value unbelievable if another one contradicts it.
    """
    wanted = name.lower()
    return next((value for key, value in params.items() if key.lower() == wanted), "")


def flag_of(params: Mapping[str, str], name: str) -> bool | None:
    """A boolean as the guide prints it (`"true"`, `"false"`); None if it is absent or something else."""
    return {"true": True, "false": False}.get(param_of(params, name).strip().lower())
