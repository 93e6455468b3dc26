"""Takes secrets out of what is shown to others: those that are known, and whatever looks like one.

The known ones are looked for in every spelling in which programs write them down. They are held in memory as long as
this object lives, and shown by nothing of it. What only looks like a secret is hidden by its form: rather a harmless
number too few in a support bundle than a key too many.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from iscbridge.core.pseudonyms import PathText

HIDDEN = "****"
#: Shorter ones would be found in every word.
SHORTEST = 4

#: `secrets.store` is a setting that tells where they are kept, `iscbridge.platform.secrets` names who writes the log line.
_NAME = (
    r"pass(?:word|wd|phrase)|pwd|(?<!\.platform\.)secret(?!s\.store\b)|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|"
    r"(?:licen[cs]e|activation|verify)[_-]?(?:code|key)|licen[cs]e[_-]?content|fingerprint|serial(?:[_-]?number)?|"
    r"machine[_-]?id|\bak|\bsk"
)
#: Names of members whose value is hidden whole.
_SECRET_NAME = re.compile(rf"(?:{_NAME})[\w.-]{{0,40}}\Z", re.IGNORECASE)
_FORMS = (
    # what follows such a name up to the line's end: schemes and cookies have blanks in them
    (
        re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]{1,30}token)(\"?\s*[:=]\s*)[^\r\n]+"),
        r"\1\2",
    ),
    (re.compile(rf"(?i)((?:{_NAME})[\w.-]{{0,40}}[\"']?\s*[:=]\s*)\"(?:[^\"\\\n]|\\.)*\""), r'\1"'),
    (re.compile(rf"(?i)((?:{_NAME})[\w.-]{{0,40}}[\"']?\s*[:=]\s*)'(?:[^'\\\n]|\\.)*'"), r"\1'"),
    (re.compile(rf"(?i)((?:{_NAME})[\w.-]{{0,40}}[\"']?\s*[:=]\s*)(?![\"'*])[^\s,;&}})\]]+"), r"\1"),
    (re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,20}://)[^\s/@\"']{1,300}@"), r"\1@"),
    (re.compile(r"-----BEGIN [A-Z ]{1,40}-----.*?(?:-----END [A-Z ]{1,40}-----|\Z)", re.DOTALL), ""),
    (re.compile(r"\beyJ[\w-]{4,}(?:\.[\w-]+){1,2}"), ""),
    (re.compile(r"(?i)(?<![0-9a-f:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![0-9a-f:-])"), ""),
)
#: Long runs of letters and digits: keys, hashes, codes, identifiers of machines.
_RUN = re.compile(r"[A-Za-z0-9_+=-]{16,}")
_TIME = re.compile(r"\d{8}T\d{6}Z?")
_LONG = 32


class Scrubber:
    """Hides secrets in texts and JSON values."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {form for secret in secrets if len(secret) >= SHORTEST for form in spellings(secret)}
        found = sorted((re.escape(form) for form in known if len(form) >= SHORTEST), key=len, reverse=True)
        self._known = re.compile("|".join(found), re.IGNORECASE) if found else None

    def __repr__(self) -> str:
        return "Scrubber()"

    def known(self, text: str) -> str:
        """The text without the secrets that are known."""
        return text if self._known is None else self._known.sub(HIDDEN, text)

    def text(self, text: str) -> str:
        """The text without secrets, known or looking like one."""
        text = self.known(text)
        for pattern, kept in _FORMS:
            text = pattern.sub(_hidden(kept), text)
        return _RUN.sub(_hide_run, text)

    def document(self, value: object) -> object:
        """A JSON value without secrets. Members whose name says that they are one are hidden whole."""
        if isinstance(value, PathText):
            return PathText(self.text(value))
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self._member(str(key), item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.document(item) for item in value]
        return value

    def _member(self, name: str, value: object) -> object:
        if isinstance(value, str) and value and _SECRET_NAME.search(name):
            return HIDDEN
        return self.document(value)


def spellings(secret: str) -> set[str]:
    """The ways in which programs write a text down."""
    raw = secret.encode("utf-8", "surrogatepass")
    forms = {secret, quote(secret, safe="", errors="replace"), quote_plus(secret, errors="replace"), raw.hex()}
    forms |= {json.dumps(secret, ensure_ascii=plain)[1:-1] for plain in (True, False)}
    forms |= {repr(secret)[1:-1], "\0".join(secret)}
    if len(raw) > SHORTEST:
        for ahead in range(3):
            # What of the coded text depends on this secret alone, wherever it stood in what was coded.
            coded = base64.b64encode(b"\0" * ahead + raw).decode()
            core = coded[(0, 2, 3)[ahead] : len(coded) - (0, 3, 2)[(len(raw) + ahead) % 3]].rstrip("=")
            forms |= {core, core.replace("+", "-").replace("/", "_")}
    return {form for form in forms if form}


def _hidden(kept: str) -> str:
    """The replacement of a form: what stays of it, with the mark where the secret was."""
    if kept.endswith(('"', "'")):
        return f"{kept}{HIDDEN}{kept[-1]}"
    return f"{kept[:-1]}{HIDDEN}@" if kept.endswith("@") else f"{kept}{HIDDEN}"


def _hide_run(match: re.Match[str]) -> str:
    run = match[0]
    if not any(map(str.isdigit, run)) or not any(map(str.isalpha, run)) or _TIME.search(run):
        return run
    if len(run) >= _LONG or run.upper() == run:
        return HIDDEN
    return run
