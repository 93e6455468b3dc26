"""Events of the desk: names and information strings, letter for letter as the developer guide prints them.

Pages: OpenCloudFile, Save, GetLicenseFileRequest, GetLicenseStringRequest, CheckNewVersions. What the guide does
not print is an invention of the sandbox and is named so here: the failed variants, the heartbeat, the
client-closed event and the JSON of the upload events.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

EVENT_OPENCLOUDFILE_RESULT = "EVENT_OPENCLOUDFILE_RESULT"
EVENT_SAVE_RESULT = "EVENT_SAVE_RESULT"
EVENT_LICENSE_VERIFY = "EVENT_LICENSE_VERIFY"
EVENT_UPGRADENOTICE = "EVENT_UPGRADENOTICE"
EVENT_UPDATE = "EVENT_UPDATE"
EVENT_UPLOAD_END = "EVENT_UPLOAD_END"
EVENT_UPLOAD_START = "EVENT_UPLOAD_START"
"""Invention of the sandbox: the guide says that such an event exists, not its name."""
EVENT_HEARTBEAT = "EVENT_HEARTBEAT"
"""Invention of the sandbox, as the one above."""
EVENT_CLIENT_CLOSED = "EVENT_CLIENT_CLOSED"
"""Invention of the sandbox, as the one above."""

NAMES = (
    EVENT_OPENCLOUDFILE_RESULT,
    EVENT_SAVE_RESULT,
    EVENT_LICENSE_VERIFY,
    EVENT_UPGRADENOTICE,
    EVENT_UPDATE,
    EVENT_UPLOAD_END,
    EVENT_UPLOAD_START,
    EVENT_HEARTBEAT,
    EVENT_CLIENT_CLOSED,
)

Params = dict[str, str | bool]


@dataclass(frozen=True, slots=True)
class Event:
    """An event before it is written down: its name, and operate and params of its JSON."""

    name: str
    operate: str
    params: Params

    def info(self, *, come_back: bool = False) -> bytes:
        """The information string. `come_back`: with something in comeBackParams, which no printed sample has."""
        back = {"sandbox": "1"} if come_back else {}
        document = {"operate": self.operate, "params": self.params, "comeBackParams": back}
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogateescape")


def save_result(success: bool, path: str | None = None) -> Event:
    """Result of Save and SelectSaveAsPath (page Save). `savePath` is an invention of the sandbox."""
    params: Params = {"status": "success" if success else "failed"}
    if path is not None:
        params["savePath"] = path
    return Event(EVENT_SAVE_RESULT, "SaveResult", params)


def open_file(path: str, open_type: str, work_state: str, *, assembly: bool) -> Event:
    """Result of OpenCloudFile (page OpenCloudFile), keys in the printed order."""
    params: Params = {
        "mainFile": path,
        "openType": open_type,
        "workState": work_state,
        "assembly": "true" if assembly else "false",
    }
    return Event(EVENT_OPENCLOUDFILE_RESULT, "OpenFile", params)


def open_failed() -> Event:
    """Nothing was opened: the guide prints no such event; the sandbox sends one without a file."""
    return open_file("", "OpenOnly", "CHECKIN", assembly=False)


def license_file(path: str) -> Event:
    """Page GetLicenseFileRequest."""
    return Event(
        EVENT_LICENSE_VERIFY,
        "LicenseVerify",
        {"Status": "success", "LicenseFilePath": path, "LicenseType": "file"},
    )


def license_string(content: str) -> Event:
    """Page GetLicenseStringRequest."""
    return Event(
        EVENT_LICENSE_VERIFY,
        "LicenseVerify",
        {"Status": "success", "LicenseContent": content, "LicenseType": "string"},
    )


def license_failed(license_type: str) -> Event:
    """`failed` is a documented value of Status; that only LicenseType stands beside it is the sandbox's invention."""
    return Event(EVENT_LICENSE_VERIFY, "LicenseVerify", {"Status": "failed", "LicenseType": license_type})


def upgrade_notice(available: bool, *, quoted: bool) -> Event:
    """Page CheckNewVersions; one copy of the guide prints the boolean without quotes."""
    text = "true" if available else "false"
    return Event(EVENT_UPGRADENOTICE, "UpgradeNotice", {"available": text if quoted else available})


def update(forced: bool) -> Event:
    """Page CheckNewVersions: the user chose to upgrade, or has to."""
    return Event(EVENT_UPDATE, "Update", {"fromForceWin": "true" if forced else "false"})


def upload_start() -> Event:
    return Event(EVENT_UPLOAD_START, "UploadStart", {})


def upload_end() -> Event:
    return Event(EVENT_UPLOAD_END, "UploadEnd", {})


def heartbeat() -> Event:
    return Event(EVENT_HEARTBEAT, "HeartBeat", {})


def client_closed() -> Event:
    return Event(EVENT_CLIENT_CLOSED, "ClientClosed", {})


def opposite(event: Event) -> Event:
    """The result that contradicts this one (for a desk that contradicts itself)."""
    if event.name == EVENT_SAVE_RESULT:
        return save_result(event.params["status"] != "success")
    return open_failed()


def capitalised(event: Event) -> Event:
    """The same result with its status in other capitals."""
    status = event.params.get("status")
    if not isinstance(status, str):
        return event
    return Event(event.name, event.operate, {**event.params, "status": status.capitalize()})


def broken_json(info: bytes) -> bytes:
    """The information string cut off in the middle (never inside a character)."""
    return info[: len(info) // 2].decode("utf-8", "ignore").encode()


def broken_utf8(info: bytes) -> bytes:
    """The information string with bytes in it that are valid neither in UTF-8 nor in usual ANSI code pages."""
    return info.replace(b'"params":{', b'"params":{"note":"\xff\x81\x80\xff",', 1)
