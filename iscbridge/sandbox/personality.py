"""What the sandbox desk is like. One trait for each thing that the guide leaves open about the real one.

The declaration below is the only one: checks, the command line's list and the tests come from it. Values live
in `personality.json` (only those that differ from the default) and can be set while the desk runs.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from iscbridge.core.errors import SandboxError
from iscbridge.sandbox.durable import write_file

_log = logging.getLogger(__name__)

Value = str | int

#: What the developer guide of the real SDK leaves open; the numbers are those of the project's list of unknowns.
UNKNOWNS: dict[int, str] = {
    1: "argument types and encodings of the SDK",
    5: "what happens when ISCDesk is missing, not logged in, or closed in the middle of a session; heartbeat period",
    6: "names and JSON of the heartbeat, client-closed and upload-start events; JSON of EVENT_UPLOAD_END",
    7: "SelectSaveAsPath: what the user picks, whether the result names the new path, what a cancel gives",
    8: "result or event of GetSolution",
    15: "where a licence file is put, and how a failure looks",
    16: "failed-state JSON of any event; error codes; time limits; two calls at once",
    17: "use of comeBackParams",
    19: "meaning of check-out and check-in; how a file is known; who checks in after a save",
    20: "changes between releases and between copies of the guide",
}


@dataclass(frozen=True, slots=True)
class Trait:
    """One trait. `choices` empty: a whole number from `least` on, or free text if the default is text."""

    key: str
    default: Value
    unknown: int
    """Key of `UNKNOWNS`."""
    meaning: str
    choices: tuple[str, ...] = ()
    least: int = 0

    def check(self, value: object) -> Value:
        """The value in the trait's own type; numbers may come as text.

        Raises:
            SandboxError: ISCB-SANDBOX-PERSONALITY (params key, value, allowed).
        """
        if isinstance(self.default, int):
            number = _whole_number(value)
            if number is not None and number >= self.least:
                return number
        elif isinstance(value, str) and (not self.choices or value in self.choices):
            return value
        raise SandboxError("ISCB-SANDBOX-PERSONALITY", key=self.key, value=_shown(value), allowed=self.allowed)

    @property
    def allowed(self) -> str:
        """The values it takes, for people."""
        if isinstance(self.default, int):
            return f"a whole number from {self.least} on"
        return " | ".join(self.choices) or "text"


TRAITS: tuple[Trait, ...] = (
    Trait(
        "identity",
        "path",
        19,
        "Which cloud file a saved path belongs to: the one last opened from or saved to this very path, "
        "or the one that has the same name.",
        ("path", "name"),
    ),
    Trait(
        "save_call",
        "returns",
        16,
        "Whether Save and SelectSaveAsPath return at once, after the result event at the end of the upload, "
        "or at the end of the upload just before the result event.",
        ("returns", "blocks", "blocks_before_result"),
    ),
    Trait(
        "open_call",
        "returns",
        16,
        "Whether OpenCloudFile returns at once or after its result event.",
        ("returns", "blocks"),
    ),
    Trait(
        "bad_path",
        "event",
        16,
        "How a save is refused that breaks a rule known at once (no such file, wrong kind, no file named like the "
        "assembly folder): by a failed event, or by the call's own status.",
        ("event", "status"),
    ),
    Trait(
        "picker_cancel",
        "nothing",
        7,
        "What a cancelled dialog (open, save-as) gives: nothing, a failed result, or a failed result `late_ms` later.",
        ("nothing", "failed", "late"),
    ),
    Trait("late_ms", 2000, 7, "Delay of the late answer to a cancelled dialog, in milliseconds."),
    Trait(
        "late_result",
        "none",
        5,
        "Results of a session that was abandoned: lost, sent to any open session at once, or sent to the next "
        "session after its Init, before its first other call is carried out, or `late_result_ms` after its Init.",
        ("none", "open", "connect", "call", "delay"),
    ),
    Trait("late_result_max", 1, 5, "How many such results are kept; older ones are lost.", least=1),
    Trait("late_result_ms", 500, 5, "Delay of `late_result=delay`, in milliseconds."),
    Trait(
        "abandoned",
        "continues",
        5,
        "Whether an upload or an open dialog goes on after its session ended.",
        ("continues", "dropped"),
    ),
    Trait(
        "sessions",
        "any",
        16,
        "How many sessions are allowed at once; a second one is refused at its greeting.",
        ("any", "one"),
    ),
    Trait(
        "results",
        "once",
        16,
        "How results of save, save-as and open are sent: once; twice; first the right one and then its opposite; "
        "as broken JSON; as broken UTF-8; with other capitals; never; or `results_delay_ms` late.",
        ("once", "doubled", "conflict", "broken_json", "broken_utf8", "capitals", "never", "delayed"),
    ),
    Trait("results_times", 0, 16, "For how many results `results` holds before it is `once` again; 0: for all."),
    Trait("results_delay_ms", 1000, 16, "Delay of `results=delayed`, in milliseconds."),
    Trait("fail_next", 0, 16, "How many of the next saves fail although nothing is wrong; counts down."),
    Trait(
        "drop",
        "never",
        5,
        "When the connection is cut without a goodbye: at a call, in the middle of an upload, or when the version is "
        "stored and its result not yet sent.",
        ("never", "call", "upload", "result"),
    ),
    Trait("drop_times", 1, 5, "For how many times `drop` holds before it is `never` again; 0: always."),
    Trait(
        "crash",
        "never",
        5,
        "When the desk dies: in the middle of an upload, when all bytes are stored but not the version, or when the "
        "version is stored and its result not yet sent.",
        ("never", "upload", "before_commit", "after_commit"),
    ),
    Trait("crash_times", 1, 5, "For how many times `crash` holds before it is `never` again; 0: always."),
    Trait(
        "hang",
        "no",
        5,
        "Whether the desk answers: it does; it greets but carries out no call; or it reads nothing at all.",
        ("no", "calls", "all"),
    ),
    Trait("login", "in", 5, "Whether somebody is logged in at the desk.", ("in", "out")),
    Trait(
        "logged_out",
        "refuse",
        5,
        "What a desk does while nobody is logged in: refuse new sessions and close the open ones, fail each call by "
        "its status, or take calls and send failed results.",
        ("refuse", "call", "event"),
    ),
    Trait("upload_speed", 0, 16, "Bytes a second that an upload reads at most; 0: no limit."),
    Trait(
        "hold",
        "none",
        16,
        "Where uploads stop until they are released: before the first byte, half-way, when all bytes are stored but "
        "not the version, or when the version is stored and its result not yet sent.",
        ("none", "start", "middle", "commit", "result"),
    ),
    Trait(
        "upload_events",
        "none",
        6,
        "Which upload events are sent: none, EVENT_UPLOAD_END, or that and one at the start (the name of the latter "
        "and the JSON of both are inventions of the sandbox).",
        ("none", "end", "start_end"),
    ),
    Trait(
        "heartbeat_ms",
        0,
        6,
        "Period of heartbeat events in milliseconds (name and JSON are inventions of the sandbox); 0: none.",
    ),
    Trait(
        "client_closed",
        "event",
        6,
        "Whether an event says that the client closes, before it says goodbye (name and JSON are inventions of the "
        "sandbox).",
        ("event", "absent"),
    ),
    Trait(
        "available_json",
        "quoted",
        20,
        'Whether `available` of EVENT_UPGRADENOTICE is "true" or true; copies of the guide differ.',
        ("quoted", "unquoted"),
    ),
    Trait(
        "update",
        "none",
        20,
        "What CheckNewVersions finds: no upgrade; one that the engineer accepts at the desk's prompt, or declines; a "
        "forced one; one as in the guide's older text (EVENT_UPDATE directly, no EVENT_UPGRADENOTICE); or nothing is "
        "ever answered.",
        ("none", "offered", "declined", "forced", "old", "silent"),
    ),
    Trait(
        "license",
        "success",
        15,
        "What a licence request gives: `license_content`, a failed event (its shape is an invention of the sandbox), "
        "or nothing; or one that the stand-in of a vendor has signed for the device information that came: a good "
        "one, one with a wrong signature, for another product, for another machine, or one that ended yesterday.",
        ("success", "failed", "never", "signed", "broken", "wrong_product", "wrong_device", "expired"),
    ),
    Trait(
        "license_content",
        "0078369f54-a3ce-4dc7-8a62-904555416f9000",
        15,
        "The licence that `license=success` delivers.",
    ),
    Trait(
        "license_product",
        "sandbox-product",
        15,
        "The product that a signed licence is for: nothing in a request says it.",
    ),
    Trait("license_days", 365, 15, "Days from now until a signed licence ends; 0: it never does."),
    Trait(
        "license_sent",
        "once",
        16,
        "How EVENT_LICENSE_VERIFY is sent: once, twice, or `license_late_ms` late.",
        ("once", "doubled", "late"),
    ),
    Trait("license_late_ms", 2000, 16, "Delay of `license_sent=late`, in milliseconds."),
    Trait(
        "trial_event",
        "none",
        15,
        "Whether EVENT_LICENSE_VERIFY follows TrialExpirationAndGetLicense.",
        ("none", "license"),
    ),
    Trait(
        "open_path",
        "printed",
        1,
        "Backslashes in `mainFile`: doubled in the value itself, as the guide prints it, or plain.",
        ("printed", "plain"),
    ),
    Trait(
        "open_download",
        "works",
        16,
        "Whether a picked file arrives: it does; a failed event comes (a `mainFile` that is empty, an invention of "
        "the sandbox); or nothing.",
        ("works", "failed", "nothing"),
    ),
    Trait(
        "after_save",
        "keep",
        19,
        "Whether a checked-out file stays checked out after a save.",
        ("keep", "checkin"),
    ),
    Trait(
        "save_as_result",
        "plain",
        7,
        "Whether the result of SelectSaveAsPath is as printed or also names the new cloud path (`savePath`, an "
        "invention of the sandbox).",
        ("plain", "path"),
    ),
    Trait(
        "come_back", "empty", 17, "Whether comeBackParams is empty, as in every printed sample.", ("empty", "filled")
    ),
    Trait("solution", "works", 8, "Whether the call GetSolution reports success.", ("works", "fails")),
)

_BY_KEY: dict[str, Trait] = {trait.key: trait for trait in TRAITS}

#: Traits that are used up: trait -> trait that counts how often it still holds.
_COUNTED: dict[str, str] = {"results": "results_times", "drop": "drop_times", "crash": "crash_times"}


def trait(key: str) -> Trait:
    """The declaration of one trait.

    Raises:
        SandboxError: ISCB-SANDBOX-PERSONALITY: there is no such trait.
    """
    found = _BY_KEY.get(key)
    if found is None:
        raise SandboxError("ISCB-SANDBOX-PERSONALITY", key=key, value="", allowed=", ".join(sorted(_BY_KEY)))
    return found


class Personality:
    """The values of all traits, kept in a file. Every method may be called on any thread."""

    def __init__(self, path: Path) -> None:
        """Read the file; one that is missing or can't be understood means defaults."""
        self._path = path
        self._lock = threading.Lock()
        self._changed: list[Callable[[], None]] = []
        self._values: dict[str, Value] = {t.key: t.default for t in TRAITS}
        self._values.update(_read(path))

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call `callback` after each change, on the thread that made it. Register before threads start."""
        self._changed.append(callback)

    def text(self, key: str) -> str:
        """Value of a trait with choices or text."""
        return str(self._values[key])

    def number(self, key: str) -> int:
        """Value of a trait that is a number."""
        return int(self._values[key])

    def all(self) -> dict[str, Value]:
        """Every trait and its value."""
        with self._lock:
            return dict(self._values)

    def different(self) -> dict[str, Value]:
        """Those traits that differ from their default."""
        return {key: value for key, value in self.all().items() if value != _BY_KEY[key].default}

    def set(self, changes: Mapping[str, object], *, reset: bool = False) -> None:
        """Change traits, all or none; `reset` puts every other one back to its default first.

        Raises:
            SandboxError: ISCB-SANDBOX-PERSONALITY: no such trait, or a value that it does not take.
            OSError: the file can't be written; nothing is changed then.
        """
        checked = {key: trait(key).check(value) for key, value in changes.items()}
        with self._lock:
            values = {t.key: t.default for t in TRAITS} if reset else dict(self._values)
            values.update(checked)
            self._store(values)
        self._tell()

    def take(self, key: str, value: str | None = None) -> str:
        """The value of a trait that is used up, counting this use (only if it is `value`, where one is given).

        The count is on disk before this returns, so that a desk that crashes by it does not do so for ever.
        """
        with self._lock:
            current = self.text(key)
            declared = _BY_KEY[key].default
            if current == declared or (value is not None and current != value):
                return current
            times = self.number(_COUNTED[key])
            if times == 0:
                return current
            values = dict(self._values)
            if times > 1:
                values[_COUNTED[key]] = times - 1
            else:
                values[key] = declared
                values[_COUNTED[key]] = _BY_KEY[_COUNTED[key]].default
            self._store(values)
        self._tell()
        return current

    def take_failure(self) -> bool:
        """Whether the save at hand is one of those that `fail_next` lets fail; counts it."""
        with self._lock:
            left = self.number("fail_next")
            if left == 0:
                return False
            self._store({**self._values, "fail_next": left - 1})
        self._tell()
        return True

    def _store(self, values: dict[str, Value]) -> None:
        different = {key: value for key, value in values.items() if value != _BY_KEY[key].default}
        write_file(self._path, json.dumps(different, ensure_ascii=False, indent=1).encode())
        self._values = values

    def _tell(self) -> None:
        for callback in self._changed:
            callback()


def _read(path: Path) -> dict[str, Value]:
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        _log.warning("%s can't be read, defaults hold: %s", path, error)
        return {}
    values: dict[str, Value] = {}
    for key, value in found.items() if isinstance(found, dict) else ():
        try:
            values[key] = trait(key).check(value)
        except SandboxError as error:
            _log.warning("%s: ignored: %s", path, error)
    return values


def _whole_number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit() and len(value) < 16:
        return int(value)
    return None


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text[:80]
