"""Where a person types a licence code. It is handed over once and forgotten: the field, its undo and this module."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from iscbridge.ipc.limits import MAX_LICENSE_CODE
from iscbridge.ipc.messages import is_license_code
from iscbridge.tray.words import Words


class CodeField(QWidget):
    """A line that shows dots, a switch that shows what was typed, and the button that hands it over."""

    given = Signal(str)
    """A code that may be one; the field is empty again by then."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._refused = False
        self._product = ""
        self.label = QLabel(self)
        self.line = QLineEdit(self)
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        # one more than a code has, and blanks around it: what is too long is said, and never cut off unseen
        self.line.setMaxLength(4 * MAX_LICENSE_CODE)
        self.line.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhHiddenText
        )
        self.label.setBuddy(self.line)
        self.show_code = QCheckBox(self)
        self.button = QPushButton(self)
        self.button.setAutoDefault(False)
        self.complaint = QLabel(self)
        self.complaint.setWordWrap(True)
        self.complaint.hide()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.label, 0, 0, 1, 2)
        layout.addWidget(self.line, 1, 0)
        layout.addWidget(self.button, 1, 1)
        layout.addWidget(self.show_code, 2, 0, 1, 2)
        layout.addWidget(self.complaint, 3, 0, 1, 2)
        layout.setColumnStretch(0, 1)
        self.setFocusProxy(self.line)
        self.show_code.toggled.connect(self._on_show)
        self.line.textChanged.connect(self._on_typed)
        self.line.returnPressed.connect(self._on_give)
        self.button.clicked.connect(self._on_give)
        self._on_typed()

    def set_product(self, product: str) -> None:
        """Of which product the code is."""
        self._product = product
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language that holds now."""
        words = self._words
        self.label.setText(words("license.page.code.label", product=self._product))
        self.line.setAccessibleName(words("license.page.code.label", product=self._product))
        self.line.setAccessibleDescription(words("license.page.code.help"))
        self.line.setToolTip(words("license.page.code.help"))
        self.show_code.setText(words("license.page.code.show"))
        self.button.setText(words("license.page.activate"))
        self.complaint.setText(words("license.page.code.form", most=MAX_LICENSE_CODE) if self._refused else "")

    def wipe(self) -> None:
        """Forget what was typed. `setText` and not `clear`: the latter can be undone."""
        self.line.setText("")
        self.show_code.setChecked(False)

    @Slot(bool)
    def _on_show(self, shown: bool) -> None:
        self.line.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)

    @Slot()
    def _on_typed(self) -> None:
        typed = bool(self.line.text().strip())
        self.button.setEnabled(typed)
        if typed:
            self._complain(refused=False)

    @Slot()
    def _on_give(self) -> None:
        code = self.line.text().strip()
        if not code:
            return
        if not is_license_code(code):
            self._complain(refused=True)
            self.line.selectAll()
            self.line.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.wipe()
        self.given.emit(code)

    def _complain(self, *, refused: bool) -> None:
        self._refused = refused
        self.complaint.setVisible(refused)
        self.complaint.setText(self._words("license.page.code.form", most=MAX_LICENSE_CODE) if refused else "")
