"""From a message id and its parameters to a sentence in the reader's language.

The rest of the bridge passes ids and parameters; the side that shows something to a person renders it. Nothing
here raises for a parameter that is missing or an id that came from a newer bridge: a person who has a problem
must not get a second one.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from iscbridge.core.jobs import ErrorInfo

Language = Literal["en", "zh"]

#: Prefixes of `text` ids that name an entry of another table than `MESSAGES`.
_TABLES = {"state.": "STATES", "wait.": "WAIT_REASONS", "kind.": "KINDS"}
_PRIMARY_LANGUAGE_MASK = 0x3FF  # of a Windows LANGID
_LANG_CHINESE = 0x04


class RenderedError(NamedTuple):
    """An error as a person reads it."""

    title: str
    message: str
    """What happened and what it means for the work."""
    remedy: str
    """What to do next."""


class _Params(dict[str, str]):
    """Parameters for `str.format_map`: one that is missing says so in words, a job's state is named as on a list."""

    def __init__(self, params: Mapping[str, object], texts: ModuleType) -> None:
        super().__init__({key: str(value) for key, value in params.items()})
        self._messages: dict[str, str] = texts.MESSAGES
        if "state" in self:
            self["state"] = texts.STATES.get(self["state"], self["state"])

    def __missing__(self, key: str) -> str:
        return self._messages.get(f"parameter.missing.{key}", self._messages["parameter.missing"])


def render(info: ErrorInfo, language: Language) -> RenderedError:
    """The texts of an error. A code that is not known here (a newer bridge sent it) still names itself."""
    texts = _texts(language)
    entry = texts.TEXTS.get(info.code)
    if entry is None:
        details = ", ".join(f"{key}={value}" for key, value in info.params.items())
        return RenderedError(info.code, details or info.code, "")
    return RenderedError(*(_fill(part, info.params, texts) for part in entry))


def text(message_id: str, language: Language, **params: object) -> str:
    """One sentence or name.

    Args:
        message_id: a key of `MESSAGES` or `NOTES`, or `state.`, `wait.`, `kind.` and the value of a `JobState`,
            `WaitReason` or `JobKind`. An unknown id is given back as it is.
        language: of the reader.
        params: fill the placeholders.
    """
    texts = _texts(language)
    template = texts.NOTES.get(message_id) or texts.MESSAGES.get(message_id)
    return _fill(template, params, texts) if template else _name_of(message_id, texts)


def choose_language(setting: str = "", environ: Mapping[str, str] | None = None) -> Language:
    """The reader's language: the setting (`en`, `zh`), else ISCBRIDGE_LANGUAGE, else the system's, else English."""
    env = os.environ if environ is None else environ
    for wish in (setting, env.get("ISCBRIDGE_LANGUAGE", "")):
        language = _language_of(wish)
        if language:
            return language
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if env.get(name):
            return _language_of(env[name]) or "en"
    return "zh" if _windows_is_chinese() else "en"


def _name_of(message_id: str, texts: ModuleType) -> str:
    for prefix, table in _TABLES.items():
        if message_id.startswith(prefix):
            value = message_id[len(prefix) :]
            name: str = getattr(texts, table).get(value, value)
            return name
    return message_id


def _fill(template: str, params: Mapping[str, object], texts: ModuleType) -> str:
    return template.format_map(_Params(params, texts)) if "{" in template else template


def _texts(language: Language) -> ModuleType:
    # Only the language that is needed is loaded: the command line starts fast.
    if language == "zh":
        from iscbridge.texts import zh

        return zh
    from iscbridge.texts import en

    return en


def _language_of(name: str) -> Language | None:
    prefix = name.strip().lower()[:2]
    if prefix == "zh":
        return "zh"
    return "en" if prefix == "en" else None


def _windows_is_chinese() -> bool:
    # Windows sets none of the variables; GetUserDefaultUILanguage is what its own windows follow.
    if sys.platform == "win32":
        import ctypes

        identifier: int = ctypes.windll.kernel32.GetUserDefaultUILanguage()
        return identifier & _PRIMARY_LANGUAGE_MASK == _LANG_CHINESE
    return False
