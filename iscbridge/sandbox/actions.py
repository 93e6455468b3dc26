"""What each of the SDK's functions does at the desk."""

from __future__ import annotations

import json
import logging
import os
import sqlite3

from PySide6.QtCore import QObject

from iscbridge.core.errors import SandboxError
from iscbridge.sandbox import events
from iscbridge.sandbox.cloud import CloudStore, cloud_path
from iscbridge.sandbox.downloads import Download, Downloader
from iscbridge.sandbox.licenses import Licenses
from iscbridge.sandbox.personality import Personality
from iscbridge.sandbox.pickers import Answer, Dialog, Pickers
from iscbridge.sandbox.places import Places
from iscbridge.sandbox.results import Results
from iscbridge.sandbox.session import BAD_CALL, BUSY, FAILED, NOT_LOGGED_IN, OK, DeskSession
from iscbridge.sandbox.sessions import Sessions
from iscbridge.sandbox.uploads import RuleBrokenError, Upload, Uploader, check_rules

_log = logging.getLogger(__name__)

#: Functions by the guide's names, and how many arguments each has.
FUNCTIONS: dict[str, int] = {
    "Init": 0,
    "ShutOut": 0,
    "GetLicenseFileRequest": 2,
    "GetLicenseStringRequest": 1,
    "LicenseVerifyNotify": 2,
    "TrialExpirationAndGetLicense": 3,
    "CheckNewVersions": 0,
    "UpgradeNotify": 1,
    "OpenCloudFile": 0,
    "Save": 2,
    "SelectSaveAsPath": 2,
    "GetSolution": 1,
}

_ARGUMENT_LIMIT = 1024 * 1024
_UPLOADS_LIMIT = 1000
_NOTE_LIMIT = 16 * 1024


class Actions(QObject):
    """Carries out the calls of all sessions."""

    def __init__(
        self,
        places: Places,
        store: CloudStore,
        *,
        personality: Personality,
        sessions: Sessions,
        pickers: Pickers,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._personality = personality
        self._sessions = sessions
        self._pickers = pickers
        self.uploader = Uploader(places, personality, self)
        self.downloader = Downloader(places, self)
        self.results = Results(sessions, personality, self)
        self.licenses = Licenses(places, personality, sessions, self)
        self._blocked: dict[tuple[int, str], str] = {}
        sessions.called.connect(self._called)
        sessions.ended.connect(self._session_ended)
        pickers.answered.connect(self._answered)
        self.uploader.started.connect(self._upload_started)
        self.uploader.half_way.connect(self._upload_half_way)
        self.uploader.ended.connect(self._upload_ended)
        self.downloader.ended.connect(self._delivered)

    def start(self) -> None:
        self.uploader.start()
        self.downloader.start()

    def stop(self) -> None:
        """Give up what is under way and wait for the workers."""
        self.uploader.stop()
        self.downloader.stop()

    def announce_update(self, *, forced: bool) -> None:
        """Send EVENT_UPDATE to every session, unasked."""
        for session in self._sessions.open():
            session.send(events.update(forced))

    # -- calls

    def _called(self, session: DeskSession, seq: str, function: str, arguments: list[str]) -> None:
        if FUNCTIONS.get(function) != len(arguments) or any(len(text) > _ARGUMENT_LIMIT for text in arguments):
            session.send_return(seq, BAD_CALL)
            return
        self._note(function, arguments)
        if function == "Init":
            session.send_return(seq, OK)
            self.results.initialised(session)
            return
        if function == "ShutOut":
            session.send_return(seq, OK)
            return
        self.results.about_to_call(session)
        if self._personality.take("drop", "call") == "call":
            session.cut()
        elif self._logged_out_at(session, seq, function):
            return
        elif function in {"Save", "SelectSaveAsPath"}:
            self._save(session, seq, function, *arguments)
        elif function == "OpenCloudFile":
            self._return_or_block(session, seq, "open_call")
            self._pickers.show(session.number, seq, "open")
        elif function == "GetSolution":
            session.send_return(seq, OK if self._personality.text("solution") == "works" else FAILED)
        else:
            session.send_return(seq, OK)
            self._after_return(session, function, arguments)

    def _note(self, function: str, arguments: list[str]) -> None:
        if function not in {"Init", "ShutOut", "Save", "SelectSaveAsPath", "OpenCloudFile"}:
            try:
                self._store.note_call(function, json.dumps([a[:_NOTE_LIMIT] for a in arguments], ensure_ascii=False))
            except sqlite3.Error:
                _log.exception("%s is not noted", function)

    def _logged_out_at(self, session: DeskSession, seq: str, function: str) -> bool:
        """Whether nobody is logged in; the call is answered then."""
        if self._personality.text("login") == "in":
            return False
        if self._personality.text("logged_out") != "event":
            session.send_return(seq, NOT_LOGGED_IN)
            return True
        session.send_return(seq, OK)
        if function in {"Save", "SelectSaveAsPath"}:
            self.results.send(session.number, events.save_result(False))
        elif function == "OpenCloudFile":
            self.results.send(session.number, events.open_failed())
        elif function.startswith("GetLicense"):
            session.send(events.license_failed("file" if "File" in function else "string"))
        return True

    def _after_return(self, session: DeskSession, function: str, arguments: list[str]) -> None:
        """Events that follow licence and upgrade calls (the other calls of that kind are only noted)."""
        if function == "GetLicenseFileRequest":
            self.licenses.deliver(session, "file", arguments[1], arguments[0])
        elif function == "GetLicenseStringRequest":
            self.licenses.deliver(session, "string", arguments[0])
        elif function == "TrialExpirationAndGetLicense" and self._personality.text("trial_event") == "license":
            kind = "string" if arguments[0].endswith("STRING") else "file"
            self.licenses.deliver(session, kind, arguments[1], arguments[2])
        elif function == "CheckNewVersions":
            self._send_versions(session)

    def _send_versions(self, session: DeskSession) -> None:
        mode = self._personality.text("update")
        if mode in {"none", "declined", "offered", "forced"}:
            quoted = self._personality.text("available_json") == "quoted"
            session.send(events.upgrade_notice(mode != "none", quoted=quoted))
        if mode in {"offered", "forced", "old"}:  # the engineer says yes to the desk's prompt
            session.send(events.update(mode == "forced"))

    # -- save and save-as

    def _save(self, session: DeskSession, seq: str, function: str, path: str, assembly_text: str) -> None:
        assembly = assembly_text == "true"
        if assembly_text not in {"true", "false"}:
            session.send_return(seq, BAD_CALL)
            return
        if len(self.uploader.pending()) >= _UPLOADS_LIMIT:
            session.send_return(seq, BUSY)
            return
        if self._personality.text("bad_path") == "status":
            try:
                check_rules(path, assembly=assembly)
            except RuleBrokenError as error:
                _log.info("%s of %s refused: %s", function, path, error)
                session.send_return(seq, FAILED)
                return
        self._return_or_block(session, seq, "save_call")
        if function == "Save":
            self.uploader.add(session.number, seq, function, path, assembly=assembly)
        else:
            self._pickers.show(session.number, seq, "saveAs", path, assembly=assembly)

    def _upload_started(self, upload: Upload) -> None:
        session = self._sessions.find(upload.session)
        if session is not None and self._personality.text("upload_events") == "start_end":
            session.send(events.upload_start())

    def _upload_half_way(self, upload: Upload) -> None:
        session = self._sessions.find(upload.session)
        if session is not None:
            session.cut()

    def _upload_ended(self, upload: Upload) -> None:
        if upload.cancelled.is_set() and not upload.success:
            return
        if not upload.success:
            _log.info("upload of %s failed: %s", upload.path, upload.why)
        session = self._sessions.find(upload.session)
        if session is not None:
            if self._personality.take("drop", "result") == "result":
                session.cut()
            elif self._personality.text("upload_events") != "none" and upload.success:
                session.send(events.upload_end())
        names_path = upload.function == "SelectSaveAsPath" and self._personality.text("save_as_result") == "path"
        result = events.save_result(upload.success, upload.cloud_path if names_path else None)
        self._finish(upload.session, upload.seq, result)

    def _return_or_block(self, session: DeskSession, seq: str, trait: str) -> None:
        mode = self._personality.text(trait)
        if mode == "returns":
            session.send_return(seq, OK)
        else:
            self._blocked[session.number, seq] = mode

    def _finish(self, number: int, seq: str, result: events.Event | None) -> None:
        """Send the result, if there is one, and let the call return, if it still blocks; in the order decided then."""
        mode = self._blocked.pop((number, seq), "returns")
        session = self._sessions.find(number)
        if session is not None and mode == "blocks_before_result":
            session.send_return(seq, OK)
        if result is not None:
            self.results.send(number, result)
        if session is not None and mode == "blocks":
            session.send_return(seq, OK)

    # -- dialogs

    def _answered(self, dialog: Dialog, answer: Answer) -> None:
        if answer.action == "open":
            self.downloader.add(Download(dialog.session, dialog.seq, answer.path, answer.checkout, answer.version))
            return
        if answer.action == "save":
            try:
                target = cloud_path(f"{answer.folder}/{_save_name(dialog, answer.name)}")
            except SandboxError as error:
                _log.warning("save-as: %s", error)
            else:
                self.uploader.add(
                    dialog.session,
                    dialog.seq,
                    "SelectSaveAsPath",
                    dialog.path,
                    assembly=dialog.assembly,
                    target=target,
                )
                return
        self._cancelled(dialog)

    def _cancelled(self, dialog: Dialog) -> None:
        mode = self._personality.text("picker_cancel")
        event = events.open_failed() if dialog.kind == "open" else events.save_result(False)
        now = event if mode == "failed" else None
        self._finish(dialog.session, dialog.seq, now)
        if mode == "late":
            self.results.after(self._personality.number("late_ms"), lambda: self.results.send(dialog.session, event))

    def _delivered(self, download: Download) -> None:
        mode = self._personality.text("open_download")
        event: events.Event | None
        if mode == "nothing":
            event = None
        elif mode == "failed" or not download.local:
            event = events.open_failed()
        else:
            path = download.local
            if self._personality.text("open_path") == "printed":
                path = path.replace("\\", "\\\\")
            event = events.open_file(path, download.open_type, download.work_state, assembly=download.assembly)
        self._finish(download.session, download.seq, event)

    def _session_ended(self, session: DeskSession) -> None:
        for key in [key for key in self._blocked if key[0] == session.number]:
            del self._blocked[key]
        if self._personality.text("abandoned") == "dropped":
            self.uploader.drop_session(session.number)
            self._pickers.drop_session(session.number)


def _save_name(dialog: Dialog, name: str) -> str:
    own = os.path.basename(os.path.normpath(dialog.path))
    if not dialog.assembly:
        return name or own
    name = name or own
    return name if name.lower().endswith(".zip") else f"{name}.zip"
