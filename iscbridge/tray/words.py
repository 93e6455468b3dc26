"""The language of the windows, and every text that they show."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from iscbridge.texts.render import Language, text


class Words(QObject):
    """Texts by id in the language of the windows. One for the application, on the GUI thread."""

    changed = Signal()
    """The language is another one: every window sets its texts again."""

    def __init__(self, language: Language = "en", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._language: Language = language

    @property
    def language(self) -> Language:
        """`en` or `zh`."""
        return self._language

    def set_language(self, language: Language) -> None:
        """Speak another language from now on."""
        if language != self._language:
            self._language = language
            self.changed.emit()

    def __call__(self, message_id: str, **params: object) -> str:
        """The text of an id of `iscbridge.texts`, with its placeholders filled."""
        return text(message_id, self._language, **params)
