"""Patterns of names in a folder: `*` for anything within one name, `?` for one sign; capital letters count as small."""

from __future__ import annotations

import re
from collections.abc import Iterable

from iscbridge.core.paths import name_key


class NamePatterns:
    """Some patterns. One without a `/` is of a name wherever it lies; one that ends in `/` is of folders."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.empty = True
        self._names: list[re.Pattern[str]] = []
        self._places: list[re.Pattern[str]] = []
        self._folder_names: list[re.Pattern[str]] = []
        self._folder_places: list[re.Pattern[str]] = []
        for pattern in patterns:
            self.empty = False
            bare = pattern.removesuffix("/")
            of_folders, of_places = bare != pattern, "/" in bare
            if of_folders:
                kept = self._folder_places if of_places else self._folder_names
            else:
                kept = self._places if of_places else self._names
            kept.append(_compiled(bare))

    def file(self, place: str) -> bool:
        """Whether a file at this place (`/` between parts) is meant."""
        return _hit(place, self._names, self._places)

    def folder(self, place: str) -> bool:
        """The same of a folder."""
        return _hit(place, self._folder_names, self._folder_places)


def _hit(place: str, names: list[re.Pattern[str]], places: list[re.Pattern[str]]) -> bool:
    key = name_key(place)
    name = key.rpartition("/")[2]
    return any(pattern.fullmatch(name) for pattern in names) or any(pattern.fullmatch(key) for pattern in places)


def _compiled(pattern: str) -> re.Pattern[str]:
    # at most two stars a part, neither of which passes a "/": the search stays short
    return re.compile(re.escape(name_key(pattern)).replace(r"\*", "[^/]*").replace(r"\?", "[^/]"), re.DOTALL)
