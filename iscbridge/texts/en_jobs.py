"""Texts of what can be asked about jobs, and pausing, in English."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {
    "ISCB-BRIDGE-ELEVATED": (
        "ISCBridge does not run with an administrator's rights",
        "This program was started with an administrator's rights, and everything that ISCBridge opens or starts would have them, too. ISCBridge was not started; nothing was sent and nothing is lost.",
        "Start ISCBridge from the Start menu or a usual window. Once it runs, commands reach it from here, too.",
    ),
    "ISCB-FILE-TARGET": (
        "The copy could not be written",
        "The files could not be written to “{path}”: {detail}. What had been written there was removed again; the captured copy in ISCBridge is as it was.",
        "Choose another folder, one that you may write to and that has room, and try again.",
    ),
    "ISCB-REQ-NO-COPY": (
        "There is no captured copy",
        "ISCBridge keeps no copy of files for this job: it ended before anything was captured, or it is one that captures nothing (“{job}”). Nothing was changed.",
        "If the file is still where it was, save it to the cloud again.",
    ),
    "ISCB-BRIDGE-NO-TRAY": (
        "ISCBridge runs without windows",
        "ISCBridge runs in the background without its tray, so there is no window to show. Your work is not affected.",
        "Start “iscbridge tray”, or use the commands of “iscbridge --help”.",
    ),
}

#: Sentences by id.
MESSAGES: dict[str, str] = {}
