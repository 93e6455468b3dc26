"""What stands behind the icon: the link to the bridge, menu and windows, and the ways in which all of it ends."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from iscbridge.core.attention import attention, fit, lines
from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.messages import ClosingParams, TrayWantedParams
from iscbridge.platform.folders import Home
from iscbridge.platform.locks import ProfileLock
from iscbridge.service.process.signals import SignalWatch
from iscbridge.texts.render import render
from iscbridge.tray.app import TrayOptions, configure, speak
from iscbridge.tray.appearance import AppearanceKeeper
from iscbridge.tray.autostart import AutostartKeeper
from iscbridge.tray.collector import Collector
from iscbridge.tray.facts import FactsKeeper
from iscbridge.tray.icon import TrayIcon
from iscbridge.tray.keeper import CLOSE_MS, Keeper
from iscbridge.tray.link import Link, LinkState
from iscbridge.tray.menu import TrayMenu
from iscbridge.tray.notices import NoticeBoard
from iscbridge.tray.quitting import Quitting
from iscbridge.tray.restarting import Restarting
from iscbridge.tray.room import Room, TrayState
from iscbridge.tray.session_end import SessionEnd
from iscbridge.tray.waiting import Waiting
from iscbridge.tray.windows import Windows
from iscbridge.tray.without_panel import WithoutPanel
from iscbridge.tray.words import Words

log = logging.getLogger(__name__)

#: While another process has the profile: how often to look whether it still has it, with no link to it.
_TAKE_OVER_MS = 1000
#: The bridge's words for an end that is meant: `bridge.shutdown` (updates and `iscbridge stop`), and a forced upgrade of
#: ISCDesk, which waits for all that uses it to be closed.
_FINAL_REASONS = ("asked", "upgrade")


class Shell(QObject):
    """Made after the icon is there. `start()`; `finish()` after the event loop."""

    def __init__(
        self, home: Home, words: Words, icon: TrayIcon, options: TrayOptions, profile: ProfileLock | None
    ) -> None:
        super().__init__()
        self._options = options
        self._closing = False
        self._collector = Collector(self)
        self.words = words
        self.icon = icon
        self.keeper = Keeper(home, profile, configure(home, options), self)
        self.link = Link(home.bridge_address(), words, self)
        state = TrayState(home)
        self.room = Room(self.link, words, home, state, self.open_window)
        self.facts = FactsKeeper(self.link, state, self)
        self.windows = Windows(self.room, parent=self)
        self.quitting = Quitting(self.facts, words, self)
        self.menu = TrayMenu(self.facts, self.link, words, self)
        self.waiting = Waiting(self.facts, self.link, words, self)
        self.session_end = SessionEnd(self.keeper, self)
        self.notices = NoticeBoard(self.room, icon, self)
        self.autostart = AutostartKeeper(home, self.link, self)
        self.restarting = Restarting(self.keeper, self.link, self)
        self.appearance = AppearanceKeeper(home, self.link, words, self)
        self.without_panel = WithoutPanel(icon, self.windows, self.menu, words, self)
        self._take_over = QTimer(self)
        self._take_over.setInterval(_TAKE_OVER_MS)
        self._take_over.timeout.connect(self._try_to_take_over)
        self._connect()
        self._signals = SignalWatch(self.close, self)

    def _connect(self) -> None:
        self.keeper.failed.connect(self._on_failed)
        self.keeper.ended.connect(self._on_ended)
        self.link.state_changed.connect(self._on_link)
        self.link.told.connect(self._on_told)
        self.facts.changed.connect(self._show_state)
        self.words.changed.connect(self._on_language)
        self.menu.wanted.connect(self.open_window)
        self.menu.quit_wanted.connect(self._on_quit_wanted)
        self.menu.restart_wanted.connect(self._start_bridge)
        self.quitting.decided.connect(self._quit)
        self.notices.shown.connect(self.without_panel.show_notice)
        self.icon.clicked.connect(self._on_clicked)
        self.icon.set_menu(self.menu.menu)

    @Slot()
    def start(self) -> None:
        """Start the bridge, or connect to the one that runs."""
        self._start_bridge()
        if not self.keeper.own:
            self._take_over.start()
        self._show_state()
        if self._options.quiet:
            return  # nobody asked for a window
        self.without_panel.start()
        if self._options.window:
            self.open_window(self._options.window)
        elif self.room.state.get("first_run_done") is not True:
            self.open_window("first_run")

    @Slot()
    def _start_bridge(self) -> None:
        self.facts.set_failure(None)
        self.keeper.start()
        self.link.open()

    @Slot(str, object)
    def open_window(self, name: str, focus: Mapping[str, object] | None = None) -> None:
        """Open or raise a window."""
        if self._closing:
            return
        if name == "restart":  # no window, and asked for in the same way
            self.restarting.begin()
            return
        if name == "activity":
            self.facts.looked()
        self.windows.open(name, focus or {})

    # what is shown

    @Slot()
    def _show_state(self) -> None:
        facts = self.facts.facts
        sentences = [self.words(line.id, **line.params) for line in lines(facts)]
        if self._closing:
            sentences.insert(1, self.words("tray.tip.closing"))
        elif self.facts.failure is not None:
            sentences.insert(1, render(self.facts.failure, self.words.language).title)
        self.icon.show_state(attention(facts), fit(sentences))

    @Slot()
    def _on_language(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            speak(application, self.words.language)
        self._show_state()

    @Slot()
    def _on_clicked(self) -> None:
        self.open_window("activity")

    @Slot(str, object)
    def _on_told(self, topic: str, params: object) -> None:
        del topic
        if isinstance(params, TrayWantedParams):
            self.open_window(params.window or "activity", {"job": params.job} if params.job else {})
        elif self.restarting.under_way:
            return  # what this bridge says of its end was asked for here
        elif isinstance(params, ClosingParams) and params.reason in _FINAL_REASONS and not self.keeper.own:
            # Somebody replaces the program or wants it gone: this process is part of it.
            self._quit("the bridge was asked to close")

    # the bridge comes and goes

    @Slot(object)
    def _on_link(self, state: LinkState) -> None:
        if state is LinkState.CONNECTED:
            self._take_over.stop()
        elif not self.keeper.own:
            self._take_over.start()

    @Slot()
    def _try_to_take_over(self) -> None:
        if not self._closing and self.keeper.take_over():
            log.info("the headless bridge has ended: this process runs one now")
            self._take_over.stop()
            self.restarting.over()

    @Slot(object)
    def _on_failed(self, error: ErrorInfo) -> None:
        self.restarting.over()
        if self._closing:
            self._leave()
            return
        self.facts.set_failure(error)
        self.menu.show_failure(error)

    @Slot()
    def _on_ended(self) -> None:
        """The bridge of this process has closed. Unless the session was to end and did not, that is our end."""
        restart = self.restarting.under_way
        self.restarting.over()
        if self._closing or not (restart or self.session_end.expected):
            self._leave()
        elif restart:
            self._start_bridge()

    # the end

    @Slot()
    def _on_quit_wanted(self) -> None:
        if not self.keeper.own:
            self._quit("quit; the headless bridge goes on")  # and nothing that is under way is touched
        else:
            self.quitting.ask()

    @Slot(str)
    def _quit(self, reason: str) -> None:
        self.close(reason)

    def close(self, reason: str) -> None:
        """Close in good order and without a question: the bridge keeps what is under way."""
        if self._closing:
            return
        self._closing = True
        log.info("closing: %s", reason)
        self._take_over.stop()
        self.quitting.withdraw()
        self.waiting.withdraw()
        self.windows.close_all()
        self._show_state()
        if self.keeper.running:
            self.keeper.close(reason)
            QTimer.singleShot(CLOSE_MS, self, self._leave)
        else:
            self._leave()

    @Slot()
    def _leave(self) -> None:
        self._closing = True
        self.windows.close_all()  # Qt quits only if every window lets itself be closed, and the last one may ask
        self.link.close()
        QCoreApplication.quit()

    def finish(self) -> bool:
        """After the event loop. Gives whether everything has ended; if not, a thread hangs."""
        self._signals.close()
        self.link.close()
        self.windows.close_all()
        self.keeper.close("the end")
        # The collector is not stopped: other threads (of pictures, of errands) may still run.
        return self.keeper.wait(1000 if self._closing else CLOSE_MS)
