"""How a promise is said to be broken."""

from __future__ import annotations


class BrokenPromiseError(AssertionError):
    """`promise` is the short name, such as `P2`."""

    def __init__(self, promise: str, story: str) -> None:
        super().__init__(f"{promise}: {story}")
        self.promise = promise
