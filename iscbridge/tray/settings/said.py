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
    return f"{text.title}\n{text.message} {text.remedy}"
