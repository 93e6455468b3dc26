"""Any licence record, and a secret store that fails at a chosen moment."""

from __future__ import annotations

import os
import string
import types
from collections.abc import Callable
from enum import StrEnum
from typing import Any, get_args, get_type_hints

from hypothesis import strategies as st

from iscbridge.core.errors import SecretError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import LicenseRecord
from iscbridge.platform.secrets import SecretStore

#: All of Unicode, with halves of surrogate pairs.
any_text = st.text(st.characters(), max_size=30)

_KINDS: dict[Any, st.SearchStrategy[Any]] = {
    str: any_text,
    int: st.integers(),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    types.NoneType: st.none(),
    ErrorInfo: st.builds(ErrorInfo, any_text, st.dictionaries(any_text, any_text, max_size=3)),
}


def _strategy(hint: Any) -> st.SearchStrategy[Any]:
    if get_args(hint):
        return st.one_of(*map(_strategy, get_args(hint)))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(hint)
    return _KINDS[hint]


#: Any record at all, of whatever fields records have.
any_record = st.builds(LicenseRecord, **{name: _strategy(hint) for name, hint in get_type_hints(LicenseRecord).items()})

products = st.sampled_from(["FlowCAD", "flowcad", "流体 CAD", "a/b\\c:d", "CON", "x" * 300, string.punctuation])


class Killed(BaseException):
    """The process ends here."""


class Steps:
    """Counts the steps that leave a trace, and ends the process before or after one of them."""

    def __init__(self) -> None:
        self.taken = 0
        self.end_at: int | None = None
        self.done_first = False

    def arm(self, end_at: int | None, *, done_first: bool) -> None:
        """End at this step from now on (0 is the next): before it is done, or when it is done and nothing after it."""
        self.taken, self.end_at, self.done_first = 0, end_at, done_first

    def take(self, step: Callable[..., Any], *arguments: Any) -> Any:
        """Do one step, or end."""
        number, self.taken = self.taken, self.taken + 1
        if number == self.end_at and not self.done_first:
            raise Killed
        result = step(*arguments)
        if number == self.end_at:
            if isinstance(result, int):
                os.close(result)  # a step that opens a file gives its descriptor: the system closes what a process held
            raise Killed
        return result


class StepSecrets:
    """A secret store whose writings are steps, and that can be shut."""

    kind = "keyring"

    def __init__(self, store: SecretStore, steps: Steps | None = None) -> None:
        self._store = store
        self._steps = steps or Steps()
        self.shut_for: set[str] = set()
        """`get`, `set`, `delete`: what it refuses now."""

    def get(self, name: str) -> str | None:
        self._look("get")
        return self._store.get(name)

    def set(self, name: str, value: str) -> None:
        self._look("set")
        self._steps.take(self._store.set, name, value)

    def delete(self, name: str) -> None:
        self._look("delete")
        self._steps.take(self._store.delete, name)

    def _look(self, what: str) -> None:
        if what in self.shut_for:
            raise SecretError("ISCB-SECRET-LOCKED", detail="test")
