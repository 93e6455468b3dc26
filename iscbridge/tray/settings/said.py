"""Errors of the bridge in the language that the windows speak now, whatever they spoke when it was asked."""

from __future__ import annotations

from iscbridge.core.errors import CODES
from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.wire import ErrorObject
from iscbridge.texts.render import RenderedError, render
from iscbridge.tray.words import Words


def said(error: ErrorObject, words: Words) -> RenderedError:
    """Title, message and remedy. Of a newer bridge's code: in its own words."""
    if error.code in CODES:
        return render(ErrorInfo(error.code, error.params), words.language)
    return RenderedError(error.title, error.message, error.remedy)


def whole(error: ErrorObject, words: Words) -> str:
    """All of it, as one text."""
    text = said(error, words)
    return f"{text.title}\n{joined(words, text.message, text.remedy)}"


def joined(words: Words, *sentences: str) -> str:
    """Sentences one after the other, as the language sets them; empty ones count for nothing."""
    return ("" if words.language == "zh" else " ").join(sentence for sentence in sentences if sentence)
