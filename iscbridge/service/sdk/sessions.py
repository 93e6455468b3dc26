"""The SDK processes of a bridge, at most one for each session: started, called, let go of, and what each said last."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from iscbridge.core import effects as e
from iscbridge.core import inputs as i
from iscbridge.core.jobs import ErrorInfo
from iscbridge.platform.foreground import allow_foreground
from iscbridge.service.clock import wall_clock
from iscbridge.service.sdk.launch import SdkLaunch
from iscbridge.service.sdk.session import SdkSession, SdkTimes

log = logging.getLogger(__name__)

_STOP_GRACE_MS = 3000
#: Calls at which ISCDesk shows a dialog of its own.
_WITH_DIALOG = ("OpenCloudFile", "SelectSaveAsPath")
_ABOUT_THE_DESK = ("ISCB-SDK-INIT", "ISCB-SDK-DESK-CLOSED")


class Sessions(QObject):
    """Carries out the engine's effects on SDK sessions."""

    occurred = Signal(object)
    """As that of `SdkSession`, of whichever session."""

    def __init__(self, launch: SdkLaunch, times: SdkTimes, parent: QObject) -> None:
        super().__init__(parent)
        self.errors: dict[i.Session, ErrorInfo] = {}
        """What stood against a session when it ended last, until it is ready again."""
        self._launch = launch
        self._times = times
        self._sessions: dict[i.Session, SdkSession] = {}
        self._ended: list[SdkSession] = []

    @property
    def running(self) -> bool:
        """Whether the end of any process is still to come."""
        return bool(self._sessions)

    def start(self, effect: e.StartSession) -> None:
        """Start the process of a session."""
        session = SdkSession(effect.session, effect.epoch, self._launch, wall_clock, self, times=self._times)
        session.occurred.connect(self._on_occurred)
        self._sessions[effect.session] = session
        session.start()

    def stop(self, effect: e.StopSession) -> None:
        """Shut a session down."""
        session = self._sessions.get(effect.session)
        if session is not None and session.epoch == effect.epoch:
            session.stop(_STOP_GRACE_MS)

    def call(self, effect: e.CallSdk) -> None:
        """Make a call in a session."""
        session = self._sessions.get(effect.session)
        if session is None or session.epoch != effect.epoch:
            return  # it has ended: SessionEnded is on its way to the engine
        if effect.function in _WITH_DIALOG:
            allow_foreground()  # the host has passed the right on to us; whoever shows ISCDesk's dialog needs it next
        if effect.path:
            session.call(effect.call, effect.function, effect.path, effect.assembly)
        else:
            session.call_args(effect.call, effect.function, _typed(effect.function, effect.args))

    def end_all(self) -> None:
        """End all processes at once; nothing is heard of them any more."""
        for session in self._sessions.values():
            session.stop(0)
        self._sessions.clear()

    @Slot(object)
    def _on_occurred(self, event: i.Input) -> None:
        if isinstance(event, i.SessionReady):
            self.errors.pop(event.session, None)
            self._desk_is_back()
        elif isinstance(event, i.SdkEvent) and event.operate == "ClientClosed":
            self.errors[event.session] = ErrorInfo("ISCB-SDK-DESK-CLOSED")
        elif isinstance(event, i.SessionEnded | i.SessionRefused):
            if event.error is not None:
                self.errors[event.session] = event.error
                log.warning("the %s session ended: %s", event.session.value, event.error.code)
            session = self._sessions.get(event.session)
            if session is not None and session.epoch == event.epoch:
                self._ended.append(self._sessions.pop(event.session))
                QTimer.singleShot(0, self, self._let_go)
        self.occurred.emit(event)

    @Slot()
    def _let_go(self) -> None:
        """Drop ended sessions, outside of their own slots.

        Not by deleteLater: if the interpreter collects its owner before that event is delivered, the object is
        destroyed twice (seen with PySide6 6.8.3).
        """
        for session in self._ended:
            session.setParent(None)
        self._ended.clear()

    def _desk_is_back(self) -> None:
        """One session shows that ISCDesk answers: what another, which does not run now, said of it is old news."""
        for session in i.Session:
            error = self.errors.get(session)
            if error is not None and session not in self._sessions and error.code in _ABOUT_THE_DESK:
                del self.errors[session]


def _typed(function: str, args: tuple[str, ...]) -> tuple[str | bool, ...]:
    """Arguments in the types of the guide's pages: the first one of these two calls is a boolean."""
    if function in ("LicenseVerifyNotify", "UpgradeNotify"):
        return (args[0] == "true", *args[1:])
    return args
