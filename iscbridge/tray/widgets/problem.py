"""A dialog for one error: what happened, what it means for the work, what to do next."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.wire import ErrorObject
from iscbridge.texts.render import render
from iscbridge.tray.words import Words


def problem_dialog(words: Words, error: ErrorInfo | ErrorObject, parent: QWidget | None = None) -> QMessageBox:
    """The dialog, not shown yet: `open()` it. It is gone when it is closed; the caller keeps it until then."""
    shown = render(error, words.language) if isinstance(error, ErrorInfo) else error
    dialog = QMessageBox(QMessageBox.Icon.Warning, "ISCBridge", shown.title, parent=parent)
    dialog.setTextFormat(Qt.TextFormat.PlainText)
    dialog.setInformativeText("\n\n".join(part for part in (shown.message, shown.remedy, error.code) if part))
    dialog.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    dialog.addButton(words("tray.close"), QMessageBox.ButtonRole.RejectRole)
    return dialog
