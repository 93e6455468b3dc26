"""The tray application: one GUI process per profile, and the icon before everything else.

What loads long comes after the icon: the windows when they are first opened, the bridge on its own thread.

Where the desktop has no panel for icons, the activity window opens at the start and carries the menu: it is the
application then. To close it asks whether ISCBridge is to go on: if so the window stays in the task bar, where it can
be found again, for what goes on unseen can't be ended either.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication, QEvent, QLibraryInfo, QLocale, QObject, QTimer, QTranslator, Slot
from PySide6.QtWidgets import QApplication

from iscbridge.platform.app_id import name_process
from iscbridge.platform.elevation import refuse_elevated
from iscbridge.platform.folders import Home
from iscbridge.platform.hardening import no_core_dumps
from iscbridge.platform.locks import ProfileLock
from iscbridge.service.process.profile import lock_profile, start_logging
from iscbridge.service.process.signals import SignalWatch
from iscbridge.texts.render import Language
from iscbridge.tray.icon import TrayIcon
from iscbridge.tray.single import holder_of_tray, show_running, tray_lock
from iscbridge.tray.words import Words

if TYPE_CHECKING:
    from iscbridge.service.bridge import BridgeConfig
    from iscbridge.tray.shell import Shell

log = logging.getLogger(__name__)

#: A panel takes some milliseconds to show an icon; those that never tell where it is are not waited for.
_LOOK_MS = 10
_MOST_LOOKS = 30


class TrayOptions(NamedTuple):
    """What the command line says about the tray and its bridge."""

    window: str = ""
    """Shown at the start, or by the tray that runs already."""
    quiet: bool = False
    """Started by the system and not by a person: no window, unless something has to be decided."""
    library: str | None = None
    sdk: str | None = None
    timings: tuple[tuple[str, float], ...] = ()
    verbose: bool = False


def run_tray(home: Home, language: Language, options: TrayOptions) -> int:
    """Run the tray until it is quit, or ask the one that runs to show its window. Returns 0.

    Raises:
        BridgeError: the profile can't be used; a tray runs that can't be asked, as in another session of this user; or
            this process has an administrator's rights (ISCB-BRIDGE-ELEVATED).
    """
    if holder_of_tray(home) is None:  # to show the windows of one that runs needs no rights
        refuse_elevated()
    home.ensure()
    while True:
        lock = tray_lock(home)
        try:
            lock.acquire()
        except _second():
            pass
        else:
            with lock:
                refuse_elevated()
                return _run(home, language, options)
        if options.quiet:
            return 0  # nobody asked for a window
        try:
            show_running(home, options.window or "activity")
        except BlockingIOError:
            continue  # that one has just ended
        return 0


def _run(home: Home, language: Language, options: TrayOptions) -> int:
    profile = _profile(home)
    application = make_application(language)
    words = Words(language, application)
    icon = TrayIcon(application)
    icon.start()
    later = _Later(home, words, icon, options, profile)
    code = application.exec()
    clean = later.finish()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    log.info("closed")
    logging.shutdown()
    if not clean or threading.active_count() > 1:
        # A thread hangs in a share that does not answer: what was accepted is in the journal, do not wait for it. Or it
        # looks for a picture: one that tells of it while the interpreter ends would take the process down.
        os._exit(code)
    return code


class _Later(QObject):
    """Loads the rest of the application once the icon can be seen, or can't be expected to be."""

    def __init__(
        self, home: Home, words: Words, icon: TrayIcon, options: TrayOptions, profile: ProfileLock | None
    ) -> None:
        super().__init__()
        self._make = (home, words, icon, options, profile)
        self._icon = icon
        self._shell: Shell | None = None
        self._looks = _MOST_LOOKS
        self._signals = SignalWatch(self.close, self)  # until the shell has its own, and after that has gone
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(_LOOK_MS)

    @Slot()
    def _look(self) -> None:
        self._looks -= 1
        if self._looks and not self._icon.settled:
            return
        self._timer.stop()
        no_core_dumps()  # licence codes pass through this process's memory from now on
        home, _, _, options, profile = self._make
        # A headless bridge writes the other one.
        start_logging(home, "tray.log" if profile is None else "bridge.log", verbose=options.verbose)
        from iscbridge.tray.shell import Shell

        self._shell = Shell(*self._make)
        self._shell.start()

    def close(self, reason: str) -> None:
        """Somebody wants the process to end that has not quite begun."""
        if self._shell is not None:
            self._shell.close(reason)
            return
        self._timer.stop()
        QCoreApplication.quit()

    def finish(self) -> bool:
        """After the event loop: end what is left. Gives whether all threads have ended."""
        clean = True
        if self._shell is not None:
            clean = self._shell.finish()
            self._shell.deleteLater()
        self._icon.hide()
        return clean


def _profile(home: Home) -> ProfileLock | None:
    try:
        return lock_profile(home)
    except _second():
        return None  # a headless bridge has it


def _second() -> type[Exception]:
    """The error of a lock that somebody else holds; named when it is there, for the icon would wait for its module."""
    from iscbridge.core.errors import BridgeRunError

    return BridgeRunError


def make_application(language: Language) -> QApplication:
    """Qt's application object, named as desktops want it, its own buttons in the reader's language."""
    name_process()
    QApplication.setApplicationName("ISCBridge")
    QApplication.setApplicationDisplayName("ISCBridge")
    QApplication.setDesktopFileName("iscbridge")
    QApplication.setQuitOnLastWindowClosed(False)
    application = QApplication(sys.argv[:1])
    speak(application, language)
    return application


def speak(application: QApplication, language: Language) -> None:
    """Qt's own words (buttons of dialogs, context menus of fields) in a language; again after it changed."""
    before: QTranslator | None = application.findChild(QTranslator, "qtbase")
    if before is not None:
        application.removeTranslator(before)
        before.setParent(None)
    locale = QLocale(QLocale.Language.Chinese) if language == "zh" else QLocale(QLocale.Language.English)
    QLocale.setDefault(locale)
    translator = QTranslator(application)
    translator.setObjectName("qtbase")
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if language == "zh" and translator.load("qtbase_zh_CN", folder):
        application.installTranslator(translator)


def configure(home: Home, options: TrayOptions) -> Callable[[], BridgeConfig]:
    """What makes the bridge's configuration, on the bridge's thread: it loads half of the program."""

    def make() -> BridgeConfig:
        from iscbridge.service.process.setup import ServeOptions, bridge_config

        return bridge_config(home, ServeOptions(options.library, options.sdk, options.timings, options.verbose))

    return make
