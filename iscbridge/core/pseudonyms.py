r"""Paths without their names: for a support bundle that is to tell nothing of what people call their work.

    /home/anna/Crane/arm.FCStd   ->   /n1/n2/n3/n4.FCStd
    C:\Work\arm.FCStd              ->   C:\n5\n4.FCStd

The same name always becomes the same pseudonym, and different names never the same one; the depth, the drive letter
and the file's ending stay, for these are what a support person needs. The table lives as long as the object, and
nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ENDING = re.compile(r"(?<=.)\.[A-Za-z][A-Za-z0-9]{0,7}\Z", re.DOTALL)
_DRIVE = re.compile(r"[A-Za-z]:\Z")
_SEPARATORS = re.compile(r"([/\\]+)")
#: A path in running text: between quotes, or from a root up to what can't belong to it any more. What follows a space
#: belongs to it as long as another separator comes, or an ending: rather a word too many than a name too few.
_PART = r"[^/\\\n\"'“”<>|:,;]"
_ROOT = r"(?:[A-Za-z]:(?:\\{1,2}|/)|\\\\{1,3}|/)"
_IN_TEXT = re.compile(
    rf"(?P<open>[\"'“])(?P<quoted>{_ROOT}[^\"'”\n]{{1,2000}})(?=[\"'”])"
    rf"|(?<![\w./\\:<])(?P<plain>{_ROOT}(?:{_PART}{{1,255}}(?:\\{{1,2}}|/))*"
    rf"(?:{_PART}{{0,200}}\.[A-Za-z][A-Za-z0-9]{{0,7}}\b|[^\s/\\\"'“”<>|:,;]*))"
)
#: Names that systems and this program give; they tell nothing of a person, and a log without them tells nothing at all.
_COMMON = frozenset(
    [
        "home",
        "users",
        "user",
        "documents",
        "desktop",
        "downloads",
        "appdata",
        "local",
        "roaming",
        "programdata",
        "program",
        "files",
        "windows",
        "system32",
        "tmp",
        "temp",
        "var",
        "usr",
        "etc",
        "opt",
        "mnt",
        "media",
        "run",
        "lib",
        "lib64",
        "bin",
        "share",
        "srv",
        "root",
        "proc",
        "dev",
        "iscbridge",
        "journal",
        "snapshots",
        "staging",
        "logs",
        "sandbox",
        "config",
        "bridge",
        "python",
        "python3",
        "site-packages",
        "src",
        "work",
        "data",
        "cloud",
        "save",
        "open",
        "files",
        "file",
        "part",
        "parts",
        "model",
        "models",
        "assembly",
        "new",
        "test",
    ]
)
_WORDS = re.compile(r"\w+")
_SHORTEST_WORD = 3


class PathText(str):
    """A text that is one path, wherever it stands in a document."""

    __slots__ = ()


class Pseudonyms:
    """Gives out pseudonyms. Not thread-safe."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._words: dict[str, str] = {}
        self._heads: set[str] = set()
        """The first word of each of them."""
        self._pattern: re.Pattern[str] | None = None

    def path(self, path: str) -> str:
        """The path with a pseudonym for each of its names."""
        parts = _SEPARATORS.split(path)
        return "".join(part if self._stays(at, part) else self.name(part) for at, part in enumerate(parts))

    def name(self, name: str) -> str:
        """The pseudonym of one name."""
        number = self._numbers.setdefault(name, len(self._numbers) + 1)
        ending = _ENDING.search(name)
        return f"n{number}{ending[0] if ending else ''}"

    def learn(self, paths: Iterable[str]) -> None:
        """Take note of paths whose names are to be hidden in running text, too."""
        for path in paths:
            for part in _SEPARATORS.split(path)[::2]:
                if part not in ("", ".", "..") and not _DRIVE.match(part):
                    self._learn_word(part)
        self._pattern = None

    def text(self, text: str) -> str:
        """Running text with pseudonyms in place of the paths in it, and of names that were learnt."""
        return "".join(map(self._line, text.splitlines(keepends=True)))

    def _line(self, line: str) -> str:
        if "/" in line or "\\" in line:
            line = _IN_TEXT.sub(self._shorten_match, line)
        # A look at its words first: most lines of a log have none of the names, and the pattern has them all.
        if self._heads.isdisjoint(_WORDS.findall(line.lower())):
            return line
        if self._words and self._pattern is None:
            found = sorted(map(re.escape, self._words), key=len, reverse=True)
            self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)", re.IGNORECASE)
        if self._pattern is None:
            return line
        return self._pattern.sub(lambda match: self.name(self._words.get(match[0].lower(), match[0])), line)

    def document(self, value: object) -> object:
        """A JSON value with pseudonyms: of each `PathText` as a path, of other texts as running text."""
        if isinstance(value, PathText):
            return self.path(value)
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.document(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.document(item) for item in value]
        return value

    def _learn_word(self, word: str) -> None:
        for one in {word, _ENDING.sub("", word)}:
            if len(one) >= _SHORTEST_WORD and one.lower() not in _COMMON and not one.isdigit():
                self._words.setdefault(one.lower(), one)
                self._heads.update(_WORDS.findall(one.lower())[:1])

    def _shorten_match(self, match: re.Match[str]) -> str:
        if match["quoted"] is not None:
            return match["open"] + self.path(match["quoted"])
        plain = match["plain"]
        return plain if len(plain) <= 1 else self.path(plain)

    @staticmethod
    def _stays(at: int, part: str) -> bool:
        return at % 2 == 1 or part in ("", ".", "..") or (at == 0 and _DRIVE.match(part) is not None)
