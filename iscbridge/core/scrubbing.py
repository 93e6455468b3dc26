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
    r"pass(?:word|wd|phrase)|pwd|(?<!\.platform\.)secret(?!s\.store\b)|token|api[_-]?key|access[_-]?key|"
    r"private[_-]?key|credentials?|(?:licen[cs]e|activation|verify)[_-]?(?:code|key)|licen[cs]e[_-]?content|"
    r"fingerprint|serial(?:[_-]?number)?|machine[_-]?id|\b[as]k(?=[\"\x27_:=])"
)
#: Names of members whose value is hidden whole.
_SECRET_NAME = re.compile(rf"(?:{_NAME})[\w.-]{{0,40}}\Z", re.IGNORECASE)
_BEHIND_NAME = rf"(?i)((?:{_NAME})[\w.-]{{0,40}}[\"']?\s*[:=]\s*)"
#: Parts, in small letters, of which a line must have one for a form to be looked for (a log has a million lines); the
#: form, and what stays of it.
_FORMS: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    # what follows such a name up to the line's end: schemes and cookies have blanks in them
    (
        ("authorization", "cookie", "token"),
        re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]{1,30}token)(\"?\s*[:=]\s*)[^\r\n]+"),
        r"\1\2",
    ),
    (
        # of each name above what all its spellings have
        (
            *(
                "pass",
                "pwd",
                "secret",
                "token",
                "apikey",
                "api_key",
                "api-key",
                "accesskey",
                "access_key",
                "access-key",
            ),
            *("privatekey", "private_key", "private-key", "credential", "licen", "activation", "verify", "fingerprint"),
            *("serial", "machine", *(f"{name}{after}" for name in ("ak", "sk") for after in "\"'_:=")),
        ),
        re.compile(rf"{_BEHIND_NAME}(?:(\")(?:[^\"\\\n]|\\.)*\"|(')(?:[^'\\\n]|\\.)*'|(?![\"'*])[^\s,;&}})\]]+)"),
        "",
    ),
    (("://",), re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,20}://)[^\s/@\"']{1,300}@"), r"\1@"),
    (("eyj",), re.compile(r"\beyJ[\w-]{4,}(?:\.[\w-]+){1,2}"), ""),
    (
        (":", "-"),
        re.compile(r"(?<![0-9A-Fa-f:-])[0-9A-Fa-f]{2}[:-](?:[0-9A-Fa-f]{2}[:-]){4}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:-])"),
        "",
    ),
)
_PEM = re.compile(r"-----BEGIN [A-Z ]{1,40}-----.*?(?:-----END [A-Z ]{1,40}-----|\Z)", re.DOTALL)
#: Long runs of letters and digits: keys, hashes, codes, identifiers of machines.
_RUN = re.compile(r"(?<![A-Za-z0-9_+=-])[A-Za-z0-9_+=-]{16,}")
_TIME = re.compile(r"\d{8}T\d{6}Z?")
_LONG = 32


class Scrubber:
    """Hides secrets in texts and JSON values."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {form for secret in secrets if len(secret) >= SHORTEST for form in spellings(secret)}
        found = sorted((form for form in known if len(form) >= SHORTEST), key=len, reverse=True)
        self._known = [(form, form.lower(), re.compile(re.escape(form), re.IGNORECASE)) for form in found]

    def __repr__(self) -> str:
        return "Scrubber()"

    def known(self, text: str) -> str:
        """The text without the secrets that are known."""
        small = text.lower()
        for form, small_form, pattern in self._known:
            # To look first costs a hundredth of the pattern, which gives up at every character anew.
            if small_form in small or form in text:
                text = pattern.sub(HIDDEN, text)
        return text

    def text(self, text: str) -> str:
        """The text without secrets, known or looking like one."""
        text = self.known(text)
        if "-----BEGIN " in text:
            text = _PEM.sub(HIDDEN, text)
        return "".join(map(_hide_forms, text.splitlines(keepends=True)))

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


def _hide_forms(line: str) -> str:
    small = line.lower()
    for parts, pattern, kept in _FORMS:
        if any(part in small for part in parts):
            line = pattern.sub(_hidden(kept) if kept else _hide_value, line)
    return _RUN.sub(_hide_run, line)


def _hidden(kept: str) -> str:
    """The replacement of a form: what stays of it, with the mark where the secret was."""
    return f"{kept[:-1]}{HIDDEN}@" if kept.endswith("@") else f"{kept}{HIDDEN}"


def _hide_value(match: re.Match[str]) -> str:
    """The name in front of a value stays, and so do the value's quotes."""
    if not match.re.groups:
        return HIDDEN
    quote_mark = match[2] or match[3] or ""
    return f"{match[1]}{quote_mark}{HIDDEN}{quote_mark}"


def _hide_run(match: re.Match[str]) -> str:
    run = match[0]
    if not any(map(str.isdigit, run)) or not any(map(str.isalpha, run)) or _TIME.search(run):
        return run
    if len(run) >= _LONG or run.upper() == run:
        return HIDDEN
    return run
