"""The lean data classes against those of the standard library: whatever one can see of them is the same."""

from __future__ import annotations

import copy
import dataclasses
import gc
import pickle
import weakref
from dataclasses import FrozenInstanceError, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.lean import dataclass

NAMES = ("alpha", "beta", "gamma")


def _own_repr(_self: object) -> str:
    return "own"


def _own_eq(self: object, other: object) -> bool:
    return self is other


def _own_hash(_self: object) -> int:
    return 7


@st.composite
def pairs(draw: st.DrawFn) -> tuple[type, type]:
    """The same class made both ways: with any of the options, fields and own methods that a class may have."""
    options = draw(st.fixed_dictionaries({"frozen": st.booleans(), "slots": st.booleans(), "eq": st.booleans()}))
    names = NAMES[: draw(st.integers(0, len(NAMES)))]
    flags = {
        name: draw(st.tuples(st.booleans(), st.booleans(), st.sampled_from([None, True, False]))) for name in names
    }
    own = draw(st.sets(st.sampled_from(["__repr__", "__eq__", "__hash__"])))

    def make(decorator: Any) -> type:
        body: dict[str, Any] = {"__annotations__": dict.fromkeys(names, "int"), "__doc__": "D", "__module__": __name__}
        for name, (compared, shown, hashed) in flags.items():
            body[name] = field(default=0, compare=compared, repr=shown, hash=hashed)
        methods = {"__repr__": _own_repr, "__eq__": _own_eq, "__hash__": _own_hash}
        body |= {name: method for name, method in methods.items() if name in own}
        return decorator(**options)(type("Thing", (), body))

    return make(dataclass), make(dataclasses.dataclass)


VALUES = st.lists(st.integers(0, 2), min_size=3, max_size=3)


def outcome(call: Any) -> Any:
    try:
        return call()
    except (AttributeError, TypeError, ValueError) as error:
        return type(error), str(error)


def views(cls: type, first: list[int], second: list[int]) -> list[Any]:
    """What can be seen of two objects of a class."""
    count = len(dataclasses.fields(cls))
    one, other = cls(*first[:count]), cls(*second[:count])
    return [
        repr(one),
        one == other,
        one != other,
        one == one,  # noqa: PLR0124 - two ways lead there
        one == 3,
        outcome(lambda: hash(one) if cls.__hash__ is not object.__hash__ else "by identity"),
        # The standard one stumbles over a name that is no field, where there are slots.
        outcome(lambda: setattr(one, "alpha", 5)) if count else None,
        outcome(lambda: setattr(one, "nowhere", 5)) if not hasattr(cls, "__slots__") else None,
        outcome(lambda: delattr(one, "alpha")) if count else None,
        dataclasses.asdict(other),
        cls.__match_args__,
        cls.__doc__,
        [(item.name, item.compare, item.repr, item.hash) for item in dataclasses.fields(cls)],
        outcome(lambda: dataclasses.asdict(dataclasses.replace(other, **dict.fromkeys(cls.__match_args__, 9)))),
        dataclasses.asdict(copy.copy(other)),
    ]


@given(both=pairs(), first=VALUES, second=VALUES)
def test_what_can_be_seen_is_the_same(both: tuple[type, type], first: list[int], second: list[int]) -> None:
    lean, standard = both
    assert views(lean, first, second) == views(standard, first, second)


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0


@dataclass(frozen=True, slots=True)
class Solid(Point):
    z: int = 0


@dataclass
class Node:
    next: Any = None


class Loose(Point):
    pass


def test_what_is_derived_compares_all_its_fields() -> None:
    assert Solid(1, 2, 3) != Solid(1, 2, 4)
    assert Solid(1, 2) != Point(1, 2)
    assert repr(Solid(1, 2, 3)) == "Solid(x=1, y=2, z=3)"
    assert hash(Solid(1, 2, 3)) == hash((1, 2, 3))


def test_a_plain_class_that_is_derived_may_have_more() -> None:
    loose = Loose(1)
    loose.more = 2
    assert loose.more == 2
    del loose.more
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        loose.x = 2
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del loose.x


def test_an_object_that_holds_itself_can_be_shown() -> None:
    node = Node()
    node.next = node
    assert repr(node) == "Node(next=...)"


def test_it_can_be_pickled_and_matched() -> None:
    point = pickle.loads(pickle.dumps(Point(1, 2)))
    match point:
        case Point(x, y=2):
            assert x == 1
        case _:
            pytest.fail(f"{point} does not match")


def test_the_class_before_the_slots_is_not_kept() -> None:
    class Before:
        x: int

    before = weakref.ref(Before)
    after = dataclass(frozen=True, slots=True)(Before)
    del Before
    gc.collect()
    assert after(1).x == 1
    assert before() is None
