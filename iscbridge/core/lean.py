"""`dataclass` of the standard library, for a third less memory and time: several hundred classes load at every start.

The standard one compiles `__repr__`, `__eq__`, `__hash__`, `__setattr__` and `__delattr__` anew for each class, and of a
frozen one with slots the class before the slots stays in memory for good, held by its `__setattr__`. Here all classes
share one of each. Everything else, `__init__` above all, is the standard one's.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass  # type checkers know that one, and it is the same to them
else:

    def dataclass(
        cls: type | None = None, /, *, frozen: bool = False, slots: bool = False, eq: bool = True
    ) -> type | Callable[[type], type]:
        """As `dataclasses.dataclass` with these arguments."""
        if cls is not None:
            return _make(cls, frozen=frozen, slots=slots, eq=eq)
        return lambda later: _make(later, frozen=frozen, slots=slots, eq=eq)


def _make(cls: type, *, frozen: bool, slots: bool, eq: bool) -> type:
    own = set(vars(cls))
    # What `eq` alone leaves behind counts as not defined.
    hashes = "__hash__" in own and not (vars(cls)["__hash__"] is None and "__eq__" in own)
    if not cls.__doc__:
        cls.__doc__ = cls.__name__  # else a signature is made for it
    made: Any = dataclasses.dataclass(frozen=frozen, slots=slots, repr=False, eq=False)(cls)
    if "__repr__" not in own:
        made.__repr__ = _repr
    if frozen:
        made.__setattr__ = _no_assignment
        made.__delattr__ = _no_deletion
    if eq:
        fields = dataclasses.fields(made)
        compared = [item.name for item in fields if item.compare]
        hashed = [item.name for item in fields if (item.compare if item.hash is None else item.hash)]
        made.__compared__ = _values(compared)
        made.__hashed__ = made.__compared__ if hashed == compared else _values(hashed)
        if "__eq__" not in own:
            made.__eq__ = _eq
        if not hashes:
            made.__hash__ = _hash if frozen else None
    return made  # type: ignore[no-any-return]  # it is the class, or the same with slots


def _values(names: list[str]) -> Callable[[Any], object]:
    """What gives the values of these fields of an object, as something that compares and hashes like their tuple."""
    if not names:
        return _nothing
    if len(names) == 1:
        get = attrgetter(names[0])
        return lambda item: (get(item),)
    return attrgetter(*names)


def _nothing(_item: object) -> object:
    return ()


@recursive_repr("...")
def _repr(self: Any) -> str:
    shown = (f"{item.name}={getattr(self, item.name)!r}" for item in dataclasses.fields(self) if item.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: Any) -> object:
    if other.__class__ is not self.__class__:
        return NotImplemented
    get = self.__class__.__compared__
    return get(self) == get(other)


def _hash(self: Any) -> int:
    return hash(self.__class__.__hashed__(self))


def _no_assignment(self: Any, name: str, value: object) -> None:
    if _holds(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def _no_deletion(self: Any, name: str) -> None:
    if _holds(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
    object.__delattr__(self, name)


def _holds(item: Any, name: str) -> bool:
    """Whether it may not change: any name of a data class itself, the fields in what is derived from one."""
    cls = type(item)
    return "__dataclass_params__" in vars(cls) or name in cls.__dataclass_fields__
