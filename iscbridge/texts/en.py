"""Everything the bridge says to people, in English. `zh.py` holds the same ids; a test compares the two.

A text says what happened, what it means for the work, and what to do. `{name}` is a parameter of the error.
"""

from __future__ import annotations

from iscbridge.texts import (
    en_activity,
    en_bundle,
    en_hosts,
    en_jobs,
    en_license,
    en_notices,
    en_relay,
    en_settings,
    en_tray,
    en_workfiles,
)

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {
    # what was asked
    "ISCB-REQ-PARAMS": (
        "The request could not be understood",
        "Something in the request is missing or of the wrong kind: {detail}. Nothing was changed.",
        "This is a fault in the program that asked. Please tell its maker, and name this code.",
    ),
    "ISCB-REQ-PATH-EMPTY": (
        "No file was named",
        "The request names no file or folder. Nothing was changed.",
        "Save the document to a file on this computer first, then save it to the cloud.",
    ),
    "ISCB-REQ-PATH-RELATIVE": (
        "The path is not complete",
        "“{path}” does not say on which drive and in which folder the file is.",
        "Give the whole path, beginning with the drive or the root folder.",
    ),
    "ISCB-REQ-PATH-ENCODING": (
        "The path holds characters that can't be read",
        "The path is not valid text: {path}. Nothing was changed.",
        "Rename the file or folder to a name made of ordinary characters, then save again.",
    ),
    "ISCB-REQ-PATH-TOO-LONG": (
        "The path is too long",
        "“{path}” is longer than this system allows.",
        "Move the file to a folder with a shorter path, then save again.",
    ),
    "ISCB-REQ-PATH-DEVICE": (
        "This is not a file",
        "“{path}” names a device of the computer and not a file.",
        "Choose an ordinary file or folder.",
    ),
    "ISCB-REQ-ID-REUSED": (
        "The request id was used before",
        "A different request with the id “{requestId}” was made within the last seven days. Nothing was changed.",
        "This is a fault in the program that asked: it must use a new id for each new request.",
    ),
    "ISCB-REQ-NO-SUCH-JOB": (
        "There is no such job",
        "ISCBridge knows no job “{job}”. It may be so old that it has left the history.",
        "List the jobs and choose one from the list.",
    ),
    "ISCB-REQ-WRONG-STATE": (
        "The job is past this step",
        "This can't be done with the job as it stands (“{state}”). Nothing was changed.",
        "Look at the job again: it has moved on in the meantime.",
    ),
    "ISCB-REQ-MANIFEST": (
        "The list of files can't be used",
        "The manifest “{path}” can't be read or is not a list of file paths: {detail}.",
        "Export the list again from the CAD application. If that does not help, tell the maker of the add-in.",
    ),
    "ISCB-REQ-TOO-MANY": (
        "Too many open requests",
        "The program has asked for more at once than ISCBridge takes. What was accepted before goes on.",
        "Wait a moment, then try again.",
    ),
    # files
    "ISCB-FILE-MISSING": (
        "The file is not there",
        "“{path}” was not found. If an earlier state was captured, ISCBridge still holds it.",
        "Put the file back or save it again in CAD, then try again.",
    ),
    "ISCB-FILE-IS-FOLDER": (
        "This is a folder",
        "“{path}” is a folder, and a single file was asked for.",
        "Choose the file itself, or save it as an assembly.",
    ),
    "ISCB-FILE-NOT-REGULAR": (
        "This is not an ordinary file",
        "“{path}” is something other than a file or a folder, and can't be saved to the cloud.",
        "Choose an ordinary file.",
    ),
    "ISCB-FILE-LOOP": (
        "The links lead in a circle",
        "“{path}” points back to itself through links, so no file can be reached.",
        "Remove the link that leads back, then save again.",
    ),
    "ISCB-FILE-LOCKED": (
        "Another program holds the file",
        "“{path}” is locked by another program at the moment.",
        "Close the program that holds it, or wait until it has finished. Then try again.",
    ),
    "ISCB-FILE-DENIED": (
        "You may not read this file",
        "The system does not let you read “{path}”.",
        "Ask for the right to read it, or copy it to a folder of your own. Then try again.",
    ),
    "ISCB-FILE-UNREADABLE": (
        "The file can't be read",
        "Reading “{path}” failed: {detail}.",
        "Check the drive or the network connection, then try again.",
    ),
    "ISCB-FILE-RESTLESS": (
        "The file keeps changing",
        "“{path}” changed again each time it was read, so no consistent copy could be made.",
        "Wait until the program that writes it has finished, then try again.",
    ),
    "ISCB-FILE-TORN": (
        "The file changed while it was being sent",
        (
            "“{path}” changed while ISCDesk was sending it, so the cloud may hold a mixture of old and new content. "
            "ISCBridge keeps a copy of what you saved."
        ),
        "Look at the file in the cloud, then save it again.",
    ),
    "ISCB-FILE-SHARE-SLOW": (
        "The network folder does not answer",
        "The drive or share that holds “{path}” did not answer in time.",
        "Check the network connection. ISCBridge tries again; you can go on working.",
    ),
    "ISCB-FILE-PATH-NOT-EXPRESSIBLE": (
        "The cloud software can't take this path",
        "“{path}” holds characters that the installed SDK can't express. Nothing was sent.",
        "Rename the file or folder with characters of this system's language, then save again.",
    ),
    # assemblies
    "ISCB-ASM-MISSING-PARTS": (
        "Parts of the assembly are missing",
        "The assembly “{path}” refers to files that were not found: {names}. Nothing was sent.",
        "Put the files back or repair the links in CAD, save the assembly, then try again.",
    ),
    "ISCB-ASM-NAME-COLLISION": (
        "Two files of the assembly have the same name",
        (
            "In the cloud all files of an assembly lie in one folder, where capital and small letters count as the same. "
            "These would overwrite each other: {names}. Nothing was sent."
        ),
        "Rename one of each pair in CAD, then save again.",
    ),
    "ISCB-ASM-OUTSIDE": (
        "A part lies outside the assembly's folder",
        (
            "This assembly came from the cloud and goes back from its own folder, but it now uses files elsewhere: {names}. "
            "Nothing was sent."
        ),
        "Copy these files into the assembly's folder and link to the copies, then save again.",
    ),
    "ISCB-ASM-NO-MAIN": (
        "The folder has no main file",
        "The assembly folder “{path}” must hold a file with the folder's own name, and it holds none.",
        "Give the folder and the assembly file the same name, then save again.",
    ),
    "ISCB-ASM-FORMAT": (
        "The assembly file can't be read",
        "“{path}” is damaged or not in the expected format: {detail}. Nothing was sent.",
        "Open it in CAD and save it again. If CAD can't open it either, go back to an earlier version.",
    ),
    "ISCB-ASM-TOO-LARGE": (
        "The assembly has too many files",
        "“{path}” refers to more files than ISCBridge takes ({limit}). Nothing was sent.",
        "Split the assembly into sub-assemblies.",
    ),
    # cloud
    "ISCB-CLOUD-FAILED": (
        "The cloud did not accept it",
        "The cloud reported a failure. Your file on this computer is as it was, and ISCBridge keeps a copy of what was sent.",
        "Look in ISCDesk for the reason (space, rights, connection), then try again.",
    ),
    "ISCB-CLOUD-OPENED-READ-ONLY": (
        "The file was opened for reading only",
        (
            "It was opened from the cloud without checking it out, so the cloud will not take a new version of it. "
            "ISCBridge keeps a copy of what you saved."
        ),
        "Check it out in ISCDesk and open it again, or use Save as. If you know that it is checked out, try anyway.",
    ),
    "ISCB-CLOUD-NO-RESULT": (
        "It is not known whether this arrived",
        "It was handed to ISCDesk, but no certain answer came back. It may be in the cloud or not. ISCBridge keeps a copy.",
        "Look in the cloud. If the newest version is there, close this job; if not, send it again.",
    ),
    "ISCB-CLOUD-RESULT-CONFLICT": (
        "The cloud gave two different answers",
        "The cloud reported success and failure for the same hand-over. ISCBridge keeps a copy of what was sent.",
        "Look in the cloud. If the newest version is there, close this job; if not, send it again.",
    ),
    "ISCB-CLOUD-CANCELLED-LATE": (
        "Cancelled after it had been handed over",
        "It was already with ISCDesk and can't be called back. It may still arrive in the cloud.",
        "Look in the cloud: if the newest version is there, close this job; if not, send it again.",
    ),
    "ISCB-CLOUD-BAD-RESULT": (
        "The cloud's answer can't be read",
        "An answer came, but it does not say plainly whether it worked. ISCBridge keeps a copy and the answer as it came.",
        "Look in the cloud. If the newest version is there, close this job; if not, send it again.",
    ),
    # SDK
    "ISCB-SDK-NOT-CONFIGURED": (
        "The cloud software is not set up",
        "ISCBridge does not know where IscdeskSdk is. What you save is captured and goes out once it is set up.",
        "Install ISCDesk and the SDK library, or ask your administrator.",
    ),
    "ISCB-SDK-LOAD": (
        "The SDK library can't be loaded",
        "“{path}” could not be loaded: {detail}. What you save is captured and goes out once this is mended.",
        "Install ISCDesk and its SDK again, or run “iscbridge doctor” for details.",
    ),
    "ISCB-SDK-ABI": (
        "The SDK library does not fit this ISCBridge",
        "“{path}” was built for another version: expected {expected}, found {found}.",
        "Install the library that belongs to this version of ISCBridge.",
    ),
    "ISCB-SDK-INIT": (
        "ISCDesk does not answer",
        "ISCDesk refused the connection or is not running: {detail}. What you save is captured and goes out once it answers.",
        "Start ISCDesk and log in. ISCBridge tries again by itself.",
    ),
    "ISCB-SDK-NOT-CONNECTED": (
        "Not connected to ISCDesk",
        "There is no connection to ISCDesk at the moment, and this request can't wait for one. Nothing was sent.",
        "ISCBridge connects by itself as soon as ISCDesk answers. Try again in a moment.",
    ),
    "ISCB-SDK-CALL-REFUSED": (
        "ISCDesk refused the call",
        "ISCDesk refused the call at once: {detail}. Nothing was sent.",
        "Check in ISCDesk that you are logged in and may write to this place, then try again.",
    ),
    "ISCB-SDK-CRASHED": (
        "The SDK process stopped unexpectedly",
        "The process that talks to ISCDesk ended by itself ({detail}). ISCBridge starts a new one; captured work is safe.",
        "Nothing to do. If it happens often, run “iscbridge doctor” and tell your administrator.",
    ),
    "ISCB-SDK-HUNG": (
        "The SDK process did not answer",
        "The process that talks to ISCDesk stood still and was ended. ISCBridge starts a new one; captured work is safe.",
        "Nothing to do. If it happens often, run “iscbridge doctor” and tell your administrator.",
    ),
    "ISCB-SDK-GAVE-UP": (
        "The SDK process keeps failing",
        "It failed several times in a short while, so ISCBridge stopped trying. Captured work waits and is safe.",
        "Start ISCDesk again, then choose Reconnect, or try a job again.",
    ),
    "ISCB-SDK-DESK-CLOSED": (
        "ISCDesk was closed",
        "ISCDesk closed the connection. Captured work waits and is safe.",
        "Start ISCDesk and log in. ISCBridge goes on by itself.",
    ),
    "ISCB-SDK-NO-ANSWER": (
        "ISCDesk has not answered",
        "ISCDesk was asked and did not answer within {seconds} s. It may still act on it.",
        "Look at ISCDesk: a dialog may be waiting for you there. Then try again.",
    ),
    "ISCB-SDK-UNSUPPORTED": (
        "The installed SDK can't do this",
        "The SDK has no function “{function}”.",
        "Update ISCDesk and its SDK, if a newer version offers it.",
    ),
    # journal
    "ISCB-JOURNAL-DISK-FULL": (
        "The disk is full",
        "There is no room left to keep your work safe, so the request was not accepted. Your own file is as it was.",
        "Make room on the drive that holds {folder}, then save again.",
    ),
    "ISCB-JOURNAL-IO": (
        "ISCBridge can't write its journal",
        "Writing failed: {detail}. The request was not accepted; your own file is as it was.",
        "Check the drive that holds {folder}, then save again.",
    ),
    "ISCB-JOURNAL-DAMAGED": (
        "The journal was damaged",
        "The list of jobs could not be read. It was set aside as “{path}”, and ISCBridge began a new one.",
        "Check in the cloud what was saved last. Keep the file that was set aside: support may recover jobs from it. While it lies there no captured work is deleted.",
    ),
    "ISCB-JOURNAL-NEWER": (
        "The journal belongs to a newer ISCBridge",
        "The journal has version {found}; this ISCBridge knows up to version {expected}. It was left untouched.",
        "Install the newer ISCBridge again.",
    ),
    "ISCB-JOURNAL-SNAPSHOT-LOST": (
        "A captured copy is missing",
        "The copy that ISCBridge kept of “{path}” is gone or damaged.",
        "Save the file again in CAD. If nobody cleaned up the folder by hand, check the drive.",
    ),
    # bridge
    "ISCB-BRIDGE-NOT-RUNNING": (
        "ISCBridge is not running",
        "No ISCBridge answers for this user. Nothing was sent.",
        "Start ISCBridge from the Start menu, or with “iscbridge tray”. Then try again.",
    ),
    "ISCB-BRIDGE-SECOND": (
        "ISCBridge is already running",
        "Another ISCBridge (process {pid}) uses this profile. This one ends, and the other goes on.",
        "Use the one that runs.",
    ),
    "ISCB-BRIDGE-CLOSING": (
        "ISCBridge is closing",
        "It takes no new work at the moment. What was accepted before stays in the journal and goes on at the next start.",
        "Start ISCBridge again, then repeat the request.",
    ),
    "ISCB-BRIDGE-TIMEOUT": (
        "No answer in the given time",
        "The time of {seconds} s that this command was given has passed. The job itself goes on.",
        "Look at it later with “iscbridge jobs”.",
    ),
    "ISCB-BRIDGE-FOREIGN-OWNER": (
        "The address belongs to somebody else",
        "The program behind “{path}” does not run as you, so nothing was sent to it.",
        "Tell your administrator: another user may be posing as ISCBridge.",
    ),
    "ISCB-BRIDGE-INTERNAL": (
        "A fault in ISCBridge",
        "Something happened that should not: {detail}. Captured work is safe in the journal.",
        "Try again. If it happens again, please report it with the log.",
    ),
    # protocol
    "ISCB-PROTO-HELLO-FIRST": (
        "The greeting is missing",
        "The program did not introduce itself before its first request.",
        "This is a fault in the program that asked. It must send bridge.hello first.",
    ),
    "ISCB-PROTO-VERSION": (
        "The program speaks another protocol version",
        "The program speaks version {found}; this ISCBridge speaks version {expected}.",
        "Update ISCBridge or the add-in, whichever is older.",
    ),
    "ISCB-PROTO-FRAME-TOO-LARGE": (
        "The message is too large",
        "One message may have at most {limit} bytes.",
        "This is a fault in the program that asked. It must send long lists of files as a manifest.",
    ),
    "ISCB-PROTO-BAD-UTF8": (
        "The message is not valid text",
        "The message is not in UTF-8.",
        "This is a fault in the program that asked. Please tell its maker.",
    ),
    "ISCB-PROTO-BAD-JSON": (
        "The message is not valid JSON",
        "The message can't be read: {detail}.",
        "This is a fault in the program that asked. Please tell its maker.",
    ),
    "ISCB-PROTO-BAD-REQUEST": (
        "The message is not a request",
        "The message is JSON, but not a request of this protocol: {detail}.",
        "This is a fault in the program that asked. Please tell its maker.",
    ),
    "ISCB-PROTO-UNKNOWN-METHOD": (
        "Unknown method",
        "This ISCBridge knows no method “{method}”.",
        "Update ISCBridge, or ask the maker of the program which version it needs.",
    ),
    "ISCB-PROTO-FLOOD": (
        "Too many messages",
        "The program sent more at once than it may. Accepted jobs go on.",
        "This is a fault in the program that asked. Wait a moment, then try again; connect again if the connection ended.",
    ),
    "ISCB-PROTO-CLOSED": (
        "The connection to ISCBridge ended",
        "ISCBridge closed the connection or ended. Accepted jobs are in its journal and go on.",
        "Connect again; look at the jobs before you repeat a request.",
    ),
    # sandbox
    "ISCB-SANDBOX-NOT-RUNNING": (
        "The sandbox is not running",
        "The stand-in for ISCDesk or the store does not answer.",
        "Start it with “iscbridge sandbox start”.",
    ),
    "ISCB-SANDBOX-NO-SUCH-FILE": (
        "Not in the sandbox cloud",
        "The sandbox cloud holds no “{path}”.",
        "See what it holds with “iscbridge sandbox ls”.",
    ),
    "ISCB-SANDBOX-PERSONALITY": (
        "Unknown behaviour of the sandbox",
        "The sandbox can't be set to {key} = “{value}”. Possible: {allowed}.",
        "Choose one of these, or see all with “iscbridge sandbox personality” (desk) or “iscbridge sandbox license misbehave” (store).",
    ),
    "ISCB-SANDBOX-START": (
        "The sandbox did not start",
        "The stand-in for ISCDesk or the store ended or did not answer while it was being started.",
        "See “{log}” for the reason.",
    ),
    "ISCB-SANDBOX-NO-ANSWER": (
        "The sandbox does not answer",
        "The stand-in for ISCDesk or the store (process {pid}) runs but does not answer in time.",
        "Try again; if that does not help, end the process.",
    ),
    "ISCB-SANDBOX-EXTRA": (
        "The sandbox store lacks packages",
        "The stand-in for the store needs Python packages that are not installed: {packages}. Nothing else does.",
        "Install them with “pip install iscbridge[sandbox]”.",
    ),
    "ISCB-SANDBOX-REQUEST": (
        "The sandbox can't do that",
        "The stand-in for ISCDesk or the store did not accept the request: {reason}.",
        "Correct the request.",
    ),
    **en_activity.TEXTS,
    **en_bundle.TEXTS,
    **en_hosts.TEXTS,
    **en_relay.TEXTS,
    **en_jobs.TEXTS,
    **en_license.TEXTS,
    **en_notices.TEXTS,
    **en_settings.TEXTS,
    **en_tray.TEXTS,
    **en_workfiles.TEXTS,
}

#: `JobState`: its name on a list.
STATES: dict[str, str] = {
    "accepted": "accepted",
    "captured": "captured",
    "waiting": "waiting",
    "submitted": "with ISCDesk",
    "done": "done",
    "failed": "failed",
    "refused": "refused",
    "cancelled": "cancelled",
    "replaced": "replaced by a newer save",
    "unknown": "not certain",
}

#: `WaitReason`: why a job waits.
WAIT_REASONS: dict[str, str] = {
    "turn": "another job is on its way",
    "sdkStarting": "the connection to ISCDesk is being made",
    "sdkGaveUp": "ISCDesk can't be reached; reconnect to try again",
    "dialog": "waiting for the dialog in ISCDesk",
    "sameFile": "an earlier save of this file is on its way",
    "paused": "ISCBridge is paused; resume to go on",
    "license": "the licence is being checked",
    "otherCloud": "meant for another cloud than the one ISCBridge runs with now",
    "fileRestless": "the file keeps changing; waiting until it is quiet",
    "closing": "ISCBridge closes for an upgrade; this goes out at the next start",
    "preparing": "the files are being compared with the captured copy",
}

#: `Job.notes`: what happened on the way.
NOTES: dict[str, str] = {
    "note.torn": "The file changed during the upload; the newer content was queued again.",
    "note.newer": "The file had changed before its turn came; the newer content was captured.",
    "note.repeated": "The first hand-over got no answer; ISCBridge repeated it once.",
    "note.confirming": "Handed over once more, to be certain that the answer belongs to this file.",
    "note.doubled": "The cloud answered twice.",
    "note.badResult": "An answer of the cloud could not be read.",
    "note.shareSlow": "The drive or share answers slowly.",
    "note.pickerCancelled": "The dialog in ISCDesk was closed without a choice.",
    "note.noResultDocumented": "ISCDesk took the call; the SDK reports no result for it.",
    "note.dismissed": "Somebody looked at it and closed it.",
    "note.recovered": "Taken up again after a restart of ISCBridge.",
}

#: `JobKind`: its name.
KINDS: dict[str, str] = {
    "save": "Save",
    "saveAs": "Save as",
    "open": "Open",
    "solve": "Solve",
}

#: Sentences of the command line, `doctor` and the demo.
MESSAGES: dict[str, str] = {
    "setting.secrets.store": "Where licence codes and keys are kept: the keyring of the desktop, or a file of the profile that only you may read. “auto” takes the keyring and, on Windows, a file protected by your log-on where there is none.",
    "setting.network.proxy": "The proxy for the way to the store. “auto” takes what the environment or the operating system says, “none” goes directly.",
    "setting.general.language": "The language of the windows and the command line. “auto” takes that of the system. A CAD application chooses the language of its own texts itself.",
    "setting.files.snapshot_days": "For how many days the copy of a file stays on this computer after its save was done, cancelled or replaced by a newer one.",
    "setting.files.failed_snapshot_days": "For how many days the copy of a file stays on this computer after its save failed or was refused. Where the outcome is uncertain it stays until somebody decides.",
    "setting.advanced.sdk_library": "The vendor's build of the SDK shim that a bridge loads if the command line names none. Empty: the sandbox.",
    "setting.advanced.sdk": "The vendor's SDK library, if the shim does not find it by itself. Empty: where the shim looks.",
    "setting.advanced.log_level": "How much the log tells: “info” what happened; “debug” also which settings hold and what the vendor's SDK prints, for a fault report.",
    "parameter.missing": "(not known)",
    "parameter.missing.detail": "no details are known",
    **en_activity.MESSAGES,
    **en_bundle.MESSAGES,
    **en_hosts.MESSAGES,
    **en_relay.MESSAGES,
    **en_jobs.MESSAGES,
    **en_license.MESSAGES,
    **en_notices.MESSAGES,
    **en_settings.MESSAGES,
    **en_tray.MESSAGES,
    **en_workfiles.MESSAGES,
}
