"""One product's licence: how it stands, its time line, what is allowed, and what a person can do about it."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication, QHideEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from iscbridge.core.licensing.refusals import TAKEN
from iscbridge.core.web_pages import LONGEST_SIGN_IN_URL, is_web_page
from iscbridge.ipc.license_wire import LicenseObject
from iscbridge.ipc.messages import LicenseSigninResult, LicenseSignoutResult
from iscbridge.ipc.wire import ErrorObject
from iscbridge.platform.sandbox_clock import read_shift
from iscbridge.tray.room import Room
from iscbridge.tray.settings import license_words as lw
from iscbridge.tray.settings.asking import Asking
from iscbridge.tray.settings.code_field import CodeField
from iscbridge.tray.settings.flow import FlowLayout
from iscbridge.tray.settings.said import said
from iscbridge.tray.settings.time_line import Point, TimeLine

_RENEW, _TAKE_OFF, _RELEASE, _TAKE_OVER = "renew", "take-off", "release", "take-over"
#: Questions that stand before a deed of the bridge: method, and what is said while it is under way.
_DEEDS = {
    _TAKE_OFF: ("license.deactivateLocal", "license.page.wait.off"),
    _RELEASE: ("license.release", "license.page.wait.release"),
    _TAKE_OVER: ("license.transfer", "license.page.wait.transfer"),
}


#: What is asked before, and the answer that does it.
_QUESTIONS = {
    _TAKE_OFF: ("license.page.off.ask", "license.page.off.yes"),
    _RELEASE: ("license.page.release.ask", "license.page.release.yes"),
    _TAKE_OVER: ("license.page.transfer.ask", "license.page.transfer.yes"),
}


def open_in_browser(url: str) -> bool:
    """Open a web page where the person reads web pages; whether the system took it."""
    return QDesktopServices.openUrl(QUrl(url))


class LicenseCard(QGroupBox):
    """The card of one product."""

    wants_view = Signal(object)
    """A part of the card that has something to say to the person who is at work here."""
    wants_fingerprint = Signal(str)
    """A person asks what this computer is known by; the product."""

    def __init__(
        self,
        room: Room,
        licence: LicenseObject,
        parent: QWidget | None = None,
        *,
        browse: Callable[[str], bool] = open_in_browser,
    ) -> None:
        super().__init__(parent)
        self._room = room
        self._licence = licence
        self._browse = browse
        self._waiting = ""
        self._error: ErrorObject | None = None
        self._said = ""
        self._url = ""
        """A page for the browser that could not be opened."""
        self._type_anew = False
        self._typed_code = ""
        """A relay's code while its activation is under way: if every seat is taken it need not be typed again."""
        self._refused_code = ""
        self._rows: list[tuple[str, str]] = []
        self._build()
        self.retranslate()

    def _build(self) -> None:
        self.state_label = _text(self, bold=True)
        self.explanation = _text(self)
        self.outcome = _text(self)
        self.time_line = TimeLine(self)
        self.grace = _text(self)
        self.facts = QFrame(self)
        self._facts_layout = QFormLayout(self.facts)
        self._facts_layout.setContentsMargins(0, 0, 0, 0)
        self._facts_layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.allowed_title = _text(self, bold=True)
        self.allowed = _text(self)
        self.warnings = _text(self)
        self.person = _text(self)
        self.code = CodeField(self._room.words, self)
        self._build_progress()
        self.asking = Asking(self)
        layout = QVBoxLayout(self)
        parts: list[QWidget] = [self.state_label, self.explanation, self.person, self.time_line, self.grace, self.facts]
        parts += [self.allowed_title, self.allowed, self.warnings, self.code, self.progress, self.outcome, self.asking]
        for part in parts:
            layout.addWidget(part)
        layout.addLayout(self._build_buttons())
        self.code.given.connect(self._on_code)
        self.asking.answered.connect(self._on_answer)

    def _build_progress(self) -> None:
        self.progress = QFrame(self)
        self.progress_label = _text(self.progress)
        self.bar = QProgressBar(self.progress)
        self.bar.setRange(0, 0)  # nobody knows how long the store takes
        self.bar.setTextVisible(False)
        self.leave = QPushButton(self.progress)
        self.leave.setAutoDefault(False)
        row = QHBoxLayout()
        row.addWidget(self.bar, 1)
        row.addWidget(self.leave)
        layout = QVBoxLayout(self.progress)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.progress_label)
        layout.addLayout(row)
        self.progress.hide()
        self.leave.clicked.connect(self._on_leave)

    def _build_buttons(self) -> FlowLayout:
        row = FlowLayout()
        deeds = (
            self._on_sign_in,
            self._on_sign_out,
            self._on_refresh,
            self._on_renew,
            self._on_other_code,
            self._on_fingerprint,
            self._on_copy,
            self._on_release,
            self._on_take_over,
            self._on_take_off,
        )
        made = [QPushButton(self) for _ in deeds]
        self.sign_in, self.sign_out, self.refresh, self.renew, self.other_code = made[:5]
        self.fingerprint, self.copy, self.release, self.take_over, self.take_off = made[5:]
        for button, deed in zip(made, deeds, strict=True):
            button.setAutoDefault(False)
            button.clicked.connect(deed)
            row.addWidget(button)
        return row

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Nobody looks on: a code that could be tried again is forgotten."""
        if not event.spontaneous():
            self._refused_code = ""
        super().hideEvent(event)

    # what is shown

    @property
    def licence(self) -> LicenseObject:
        """The licence that is shown."""
        return self._licence

    def show_licence(self, licence: LicenseObject) -> None:
        """The licence has changed, or was told anew."""
        if licence != self._licence:
            if licence.state != self._licence.state and not self._waiting:
                self._type_anew = False
            if self._url and not lw.awaits_browser(licence):
                self._said = self._url = ""  # the page leads nowhere any more
            self._licence = licence
        self.retranslate()

    def now(self) -> float:
        """The time that the licence goes by: in the sandbox a clock that can be moved."""
        return time.time() + (read_shift(self._room.home) if self._licence.cloud == "sandbox" else 0.0)

    def ask_for_code(self) -> None:
        """Bring the keyboard to the code field."""
        self._type_anew = True
        self.retranslate()
        self.code.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def retranslate(self) -> None:
        """Set every text in the language that holds now."""
        words, licence = self._room.words, self._licence
        self.setTitle(words("license.page.title", product=licence.product, cloud=lw.cloud(words, licence)))
        self.setAccessibleName(self.title())
        self.state_label.setText(words("license.page.state", state=lw.state(words, licence)))
        _say(self.explanation, "\n".join(lw.explanation(licence)))
        self._show_times()
        self.allowed_title.setText(words("license.page.may"))
        self.allowed.setText("\n".join(lw.allowed(words, licence)))
        said = [
            words("license.page.warning", title=w.title, message=w.message, remedy=w.remedy)
            for w in licence.warnings or ()
        ]
        _say(self.warnings, "\n".join(said))
        _say(self.person, lw.person(words, licence))
        self.code.set_product(licence.product)
        self._show_buttons()
        self._show_outcome()
        self._show_question()

    def _show_times(self) -> None:
        words, now = self._room.words, self.now()
        marks = lw.marks(self._licence, now)
        points = [
            Point(
                mark.name,
                words(lw.MARKS[mark.name]),
                lw.shown_day(mark.at),
                "" if mark.name == "today" else lw.far(words, mark.at - now),
            )
            for mark in marks
        ]
        in_words = lw.marks_in_words(words, marks, now)
        self.time_line.set_points(points, in_words, words("license.page.times", product=self._licence.product))
        _say(self.grace, lw.grace(words, self._licence, now))
        rows = list(lw.facts(words, self._licence))
        if rows == self._rows:
            return
        self._rows = rows
        while self._facts_layout.rowCount():
            self._facts_layout.removeRow(0)
        for name, value in rows:
            label, shown = _text(self.facts), _text(self.facts)
            label.setText(words("license.page.name", name=name))
            label.setWordWrap(False)
            shown.setText(value)
            self._facts_layout.addRow(label, shown)
        self.facts.setVisible(bool(rows))

    def _show_buttons(self) -> None:
        words, licence = self._room.words, self._licence
        busy = bool(self._waiting)
        needs_code = licence.state in ("not_activated", "released", "refused") and not licence.checking
        can_type = lw.takes_code(licence)
        bind_again = licence.state == "machine_changed" and bool(licence.code)
        self.code.setVisible(can_type and not busy and (needs_code or self._type_anew))
        self.other_code.setVisible(can_type and not busy and not (needs_code or self._type_anew))
        self.other_code.setText(words("license.page.bind" if bind_again else "license.page.other"))
        self.sign_in.setText(words("license.page.signin"))
        self.sign_in.setVisible(lw.can_sign_in(licence))
        self.sign_in.setEnabled(not busy)
        awaited = lw.awaits_browser(licence)
        self.sign_out.setText(words("license.page.signin.stop" if awaited else "license.page.signout"))
        self.sign_out.setVisible(lw.can_sign_out(licence))
        self.sign_out.setEnabled(not busy)
        self.refresh.setText(words("license.page.refresh"))
        self.refresh.setVisible(licence.managed and licence.authority != "desk" and bool(licence.code))
        self.refresh.setEnabled(not busy)
        self.renew.setText(words("license.page.renew"))
        self.renew.setVisible(bool(lw.renew_url(licence)))
        self.fingerprint.setText(words("license.page.fingerprint"))
        self.copy.setText(words("license.page.copy"))
        self.take_off.setText(words("license.page.off"))
        self.take_off.setVisible(lw.has_something(licence))
        self.take_off.setEnabled(not busy)
        self.release.setText(words("license.page.release"))
        self.release.setVisible(lw.has_seat(licence))
        self.release.setEnabled(not busy)
        self.take_over.setText(words("license.page.transfer"))
        self.take_over.setVisible(self._can_take_over())
        self.take_over.setEnabled(not busy)
        self.progress.setVisible(busy)
        self.bar.setAccessibleName(words("license.page.wait.bar"))
        self.leave.setText(words("license.page.wait.leave"))
        if busy:
            self.progress_label.setText(words(self._waiting, product=licence.product))

    def _show_outcome(self) -> None:
        words = self._room.words
        if self._error is not None:
            shown = said(self._error, words)
            _say(self.outcome, words("license.page.failed", code=self._error.code, **shown._asdict()))
        else:
            found = words(self._said, product=self._licence.product, url=self._url) if self._said else ""
            _say(self.outcome, found)

    # what a person does

    @Slot(str)
    def _on_code(self, code: str) -> None:
        self._typed_code = code if self._licence.authority == "relay" else ""
        self._ask("license.activate", "license.page.wait.activate", {"code": code})

    @Slot()
    def _on_sign_in(self) -> None:
        self._ask("license.signin", "license.page.wait.signin", {})

    @Slot()
    def _on_sign_out(self) -> None:
        self._ask("license.signout", "license.page.wait.signout", {})

    @Slot()
    def _on_refresh(self) -> None:
        self._ask("license.refresh", "license.page.wait.refresh", {})

    @Slot()
    def _on_other_code(self) -> None:
        if self._licence.state == "machine_changed" and self._licence.code:
            self._ask("license.activate", "license.page.wait.activate", {})
        else:
            self.ask_for_code()

    @Slot()
    def _on_renew(self) -> None:
        self._question(_RENEW)

    @Slot()
    def _on_take_off(self) -> None:
        self._question(_TAKE_OFF)

    @Slot()
    def _on_release(self) -> None:
        self._question(_RELEASE)

    @Slot()
    def _on_take_over(self) -> None:
        self._question(_TAKE_OVER)

    def _can_take_over(self) -> bool:
        """Whether there is a code whose seats are all taken: the kept one, or one that was typed just now."""
        return bool(self._refused_code) or lw.lost_seat(self._licence)

    def _question(self, key: str) -> None:
        self.asking.ask(key, *self._asked_words(key))
        self.wants_view.emit(self.asking)

    def _asked_words(self, key: str) -> tuple[str, str, str]:
        words = self._room.words
        if key == _RENEW:
            sentence = words("license.page.renew.ask", url=lw.renew_url(self._licence))
            return sentence, words("license.page.renew.yes"), words("license.page.no")
        sentence, yes = _QUESTIONS[key]
        if key == _TAKE_OFF and lw.has_seat(self._licence):
            sentence = "license.page.off.ask.seat"
        return words(sentence, product=self._licence.product), words(yes), words("license.page.no")

    def _show_question(self) -> None:
        key, licence = self.asking.key, self._licence
        stale = (
            (key == _RENEW and not lw.renew_url(licence))
            or (key == _RELEASE and not lw.has_seat(licence))
            or (key == _TAKE_OVER and not self._can_take_over())
        )
        if stale:
            self.asking.withdraw()
        elif self.asking.key:
            self.asking.say(*self._asked_words(self.asking.key))

    @Slot(str)
    def _on_answer(self, key: str) -> None:
        if key in _DEEDS:
            code, self._refused_code = self._refused_code, ""
            self._ask(*_DEEDS[key], {"code": code} if key == _TAKE_OVER and code else {})
            return
        url = lw.renew_url(self._licence)
        if url and not self._browse(url):
            self._say("license.page.renew.unopened")

    @Slot()
    def _on_fingerprint(self) -> None:
        self.wants_fingerprint.emit(self._licence.product)

    @Slot()
    def _on_copy(self) -> None:
        clipboard = QGuiApplication.clipboard()
        clipboard.setText(lw.summary(self._room.words, self._licence, self.now()))
        self._say("license.page.copied")

    @Slot()
    def _on_leave(self) -> None:
        """The bridge goes on; what comes of it shows when it comes."""
        self._waiting = ""
        self._say("license.page.wait.left")

    # what the bridge says

    def _ask(self, method: str, waiting: str, params: dict[str, object]) -> None:
        self._waiting, self._error, self._said, self._url = waiting, None, "", ""
        if method != "license.activate":
            self._typed_code = ""
        self._refused_code = ""
        reply = self._room.link.ask(method, {"product": self._licence.product, **params}, parent=self)
        good = {
            "license.deactivateLocal": self._on_taken_off,
            "license.release": self._on_given_back,
            "license.signin": self._on_page,
            "license.signout": self._on_signed_out,
        }.get(method, self._on_licence)
        reply.done.connect(good)
        reply.failed.connect(self._on_failed)
        self.retranslate()
        self.leave.setFocus(Qt.FocusReason.OtherFocusReason)
        self.wants_view.emit(self.progress)

    @Slot(object)
    def _on_licence(self, licence: LicenseObject) -> None:
        self._came(licence, "license.page.good" if licence.allowed.new_save else "")

    @Slot(object)
    def _on_taken_off(self, licence: LicenseObject) -> None:
        self._came(licence, "license.page.off.done")

    @Slot(object)
    def _on_given_back(self, licence: LicenseObject) -> None:
        self._came(licence, "license.page.release.done")

    @Slot(object)
    def _on_page(self, begun: LicenseSigninResult) -> None:
        """The relay waits for a browser: this computer's."""
        self._waiting = ""
        self._browse_for_person(begun.url, "", "license.page.signin.unopened")

    @Slot(object)
    def _on_signed_out(self, done: LicenseSignoutResult) -> None:
        stopped = lw.awaits_browser(self._licence)
        self._came(done.license, "license.page.signin.stopped" if stopped else "license.page.signout.done")
        if done.url is not None:
            self._browse_for_person(done.url, self._said, "license.page.signout.unopened")

    def _browse_for_person(self, url: str, good: str, unopened: str) -> None:
        opened = is_web_page(url, LONGEST_SIGN_IN_URL) and self._browse(url)
        self._url = "" if opened else url
        self._say(good if opened else unopened)

    def _came(self, licence: LicenseObject, said: str) -> None:
        self._waiting, self._error, self._said = "", None, said
        self._type_anew = False
        self._typed_code = ""
        self._licence = licence
        self.retranslate()
        self.wants_view.emit(self.outcome)

    @Slot(object)
    def _on_failed(self, error: ErrorObject) -> None:
        self._waiting, self._error, self._said = "", error, ""
        self._refused_code = self._typed_code if error.code in TAKEN else ""
        self._typed_code = ""
        self.retranslate()
        if self.code.isVisibleTo(self):
            self.code.setFocus(Qt.FocusReason.OtherFocusReason)
        self.wants_view.emit(self.outcome)

    def _say(self, message_id: str) -> None:
        self._error, self._said = None, message_id
        self.retranslate()
        self.wants_view.emit(self.outcome)


def _text(parent: QWidget, *, bold: bool = False) -> QLabel:
    """A label for words that others wrote: never read as markup, selectable, wrapped."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if bold:
        font = label.font()
        font.setBold(True)
        label.setFont(font)
    return label


def _say(label: QLabel, words: str) -> None:
    label.setText(words)
    label.setVisible(bool(words))
