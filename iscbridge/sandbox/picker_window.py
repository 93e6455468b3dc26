"""The window of the sandbox desk's dialogs. The only module of the sandbox that loads widgets."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QApplication,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from iscbridge.sandbox.cloud import CloudStore
from iscbridge.sandbox.pickers import Answer, Dialog, WindowFactory
from iscbridge.sandbox.places import Places

_ANSWER = Callable[[Answer], None]


def has_display() -> bool:
    """Whether a window can be shown. Qt ends the process if it is asked for one where there is none."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def window_application(places: Places) -> tuple[QCoreApplication, WindowFactory]:
    """A Qt application that can show windows, and the factory of dialog windows."""
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)

    def make(dialog: Dialog, answer: _ANSWER) -> PickerWindow:
        with CloudStore(places) as store:
            window = PickerWindow(dialog, store, answer)
        window.show()
        window.raise_()
        window.activateWindow()
        return window

    return application, make


class PickerWindow(QWidget):
    """Open: a list of cloud files; save-as: a name and a folder. Closing it cancels."""

    def __init__(self, dialog: Dialog, store: CloudStore, answer: _ANSWER) -> None:
        super().__init__()
        self._answer: _ANSWER | None = answer
        self._files = QTreeWidget()
        self._name = QLineEdit(os.path.basename(os.path.normpath(dialog.path)) if dialog.path else "")
        self._folder = QLineEdit("/")
        opens = dialog.kind == "open"
        self.setWindowTitle("Sandbox cloud: open" if opens else "Sandbox cloud: save as")
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel("This is the sandbox of ISCBridge, not ISCDesk."))
        layout.addWidget(self._list(store))
        if opens:
            self._buttons(layout, {"Open": self._open, "Open and check out": self._open_checked_out})
            self._files.itemDoubleClicked.connect(self._open)
        else:
            form = QFormLayout()
            form.addRow("&Name", self._name)
            form.addRow("&Folder", self._folder)
            layout.addLayout(form)
            self._files.itemClicked.connect(self._take_folder)
            self._buttons(layout, {"Save": self._save})
        self.resize(640, 420)

    def dismiss(self) -> None:
        """Go away without an answer."""
        self._answer = None
        self.close()
        self.deleteLater()

    def _list(self, store: CloudStore) -> QTreeWidget:
        self._files.setHeaderLabels(["File", "Version", "Size", "State"])
        self._files.setRootIsDecorated(False)
        for item in store.items():
            latest = item.latest
            row = QTreeWidgetItem([item.path, str(latest.number), f"{latest.size:,}", item.state])
            row.setTextAlignment(2, Qt.AlignmentFlag.AlignRight)
            self._files.addTopLevelItem(row)
        self._files.setCurrentItem(self._files.topLevelItem(0))
        self._files.resizeColumnToContents(0)
        return self._files

    def _buttons(self, layout: QVBoxLayout, actions: dict[str, Callable[[], None]]) -> None:
        row = QHBoxLayout()
        row.addStretch()
        for text, action in actions.items():
            button = QPushButton(text)
            button.clicked.connect(action)
            row.addWidget(button)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.close)
        row.addWidget(cancel)
        layout.addLayout(row)

    def _open(self) -> None:
        self._pick(checkout=False)

    def _open_checked_out(self) -> None:
        self._pick(checkout=True)

    def _pick(self, *, checkout: bool) -> None:
        row = self._files.currentItem()
        if row is not None:
            self._give(Answer("open", path=row.text(0), checkout=checkout))

    def _take_folder(self, row: QTreeWidgetItem) -> None:
        self._folder.setText(row.text(0).rpartition("/")[0] or "/")

    def _save(self) -> None:
        self._give(Answer("save", name=self._name.text().strip(), folder=self._folder.text().strip() or "/"))

    def _give(self, answer: Answer) -> None:
        give, self._answer = self._answer, None
        if give is not None:
            give(answer)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Closing the window cancels, unless an answer was given."""
        self._give(Answer("cancel"))
        super().closeEvent(event)
