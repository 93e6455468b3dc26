"""Tooltips for texts that others wrote: names of files, paths, titles of CADs."""

from __future__ import annotations

#: Not `html.escape`: its table of entities is large, and the tray holds it as long as it runs.
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


def plain_tip(text: str) -> str:
    """The text as a tooltip that shows every character of it.

    Qt guesses whether a tooltip is HTML. A name that looks like it could show what it is not, or fetch a picture from
    a share, which sends this user's log-in there.
    """
    if "<" not in text and "&lt;" not in text:  # what Qt takes for HTML has one of these (Qt::mightBeRichText)
        return text
    return f"<p style='white-space: pre-wrap'>{text.translate(_ESCAPED)}</p>"
