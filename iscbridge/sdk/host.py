"""The SDK process: `python -m iscbridge.sdk.host --library PATH [--sdk PATH]`.

It loads the shim, and with it a foreign DLL, apart from everything that must not fall with it. It talks to its
parent in lines of JSON, commands on stdin and what happens on stdout:

    {"m":"call","call":7,"fn":"Save","args":["/a/b.FCStd",false]}     one call, by the guide's name
    {"m":"ping","n":1}
    {"m":"close","grace":5000}                                        the end of stdin means the same

    {"m":"loaded","abi":1,"cloud":"sandbox","dialect":"...","failureIsFinal":true,"functions":4094}
    {"m":"returned","call":7,"ok":true,"status":0,"vendor":0,"text":""}
    {"m":"event","seq":1,"type":3,"operate":"SaveResult","params":{"status":"success"},"raw":"..."}
    {"m":"lost"}   {"m":"pong","n":1}   {"m":"fatal","code":"ISCB-SDK-LOAD","params":{...}}

Threads: the main thread waits for events and writes them; one daemon thread reads stdin and queues calls, which
never block. Nothing else runs in this process, so that no busy thread delays an event.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence

from iscbridge.core.errors import SdkError
from iscbridge.platform.hardening import no_core_dumps
from iscbridge.sdk.binding import (
    HappenedInSdk,
    SdkCallError,
    SdkEventsLost,
    SdkHandle,
    SdkInfo,
    SdkLibrary,
    SdkRaised,
    SdkReturned,
)
from iscbridge.sdk.events import decode
from iscbridge.sdk.lines import LineSplitter
from iscbridge.sdk.status import Status

EXIT_OK = 0
EXIT_USAGE = 2
EXIT_LOAD = 3
"""The library could not be loaded; a `fatal` line said why."""
EXIT_FAILED = 4
"""The shim failed while events were awaited."""
EXIT_STUCK = 5
"""The SDK did not let go in time."""

_BATCH = 512
"""Events fetched at once: a burst then costs few system calls."""
_GRACE_MS = 5000
"""For ShutOut, if the parent is gone and can't say."""
_MARGIN_S = 2.0
"""How much longer than the grace the end may take before the process leaves without it."""
_SWITCH_INTERVAL_S = 0.0002
"""A reader that parses a long command must not keep an event waiting (Python's default is 5 ms)."""

_quoted = json.JSONEncoder(ensure_ascii=False).encode


class Output:
    """Writes lines to the parent; one line, or one batch of lines, is never mixed with another."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def send(self, lines: str) -> None:
        """Write whole lines.

        Raises:
            OSError: the parent is gone.
        """
        rest = memoryview(lines.encode())
        with self._lock:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]


class Calls:
    """Makes the calls that the parent asks for, and remembers which number the parent gave each."""

    def __init__(self, handle: SdkHandle, output: Output) -> None:
        self._handle = handle
        self._output = output
        self._lock = threading.Lock()
        self._numbers: dict[int, int] = {}

    def make(self, number: int, function: str, args: Sequence[object]) -> None:
        """Queue a call; one that can't even be queued is answered at once."""
        try:
            # Held until the number is stored: the return may be fetched before the call's own id is known here.
            with self._lock:
                self._numbers[_queue(self._handle, function, args)] = number
        except SdkCallError as error:
            self._output.send(_returned_line(number, False, error.status, 0, error.detail))
        except (TypeError, ValueError) as error:
            self._output.send(_returned_line(number, False, Status.ERR_ARGUMENT, 0, str(error)))

    def returned(self, happened: SdkReturned) -> str:
        """The line for a call that came back; none for a call that nobody here made."""
        with self._lock:
            number = self._numbers.pop(happened.call, None)
        if number is None:
            return ""
        text = "" if happened.status == Status.OK else self._handle.status_text(happened.status)
        return _returned_line(number, happened.ok, happened.status, happened.vendor_status, text)


def main(arguments: Sequence[str]) -> int:
    """Run until the parent says close, or is gone. Returns the exit code."""
    options = _options(arguments)
    if options is None:
        sys.stderr.write("usage: python -m iscbridge.sdk.host --library PATH [--sdk PATH]\n")
        return EXIT_USAGE
    commands, results = _take_over_standard_streams()
    output = Output(results)
    _prepare_process()
    try:
        handle, info = _load(*options)
    except SdkError as error:
        output.send(f'{{"m":"fatal","code":{_quoted(error.code)},"params":{_quoted(error.params)}}}\n')
        return EXIT_LOAD
    return _serve(handle, info, commands, output)


def _serve(handle: SdkHandle, info: SdkInfo, commands: int, output: Output) -> int:
    calls = Calls(handle, output)
    closed = threading.Event()
    reader = threading.Thread(target=_read_commands, args=(commands, handle, calls, output, closed), daemon=True)
    try:
        output.send(_loaded_line(info))
        reader.start()
        _pass_events_on(handle, calls, output)
    except SdkCallError as error:
        if error.status != Status.ERR_CLOSED:
            sys.stderr.write(f"waiting for events failed: {error}\n")
            _close(handle, _GRACE_MS)
            return EXIT_FAILED
        # The reader closes the handle, and limits the time that takes.
        closed.wait()
    except OSError as error:
        sys.stderr.write(f"the parent does not listen any more: {error}\n")
        _close(handle, _GRACE_MS)
    return EXIT_OK


def _pass_events_on(handle: SdkHandle, calls: Calls, output: Output) -> None:
    """Until the handle is closed."""
    while True:
        output.send("".join([_line(happened, calls) for happened in handle.wait_events(-1, _BATCH)]))


def _line(happened: HappenedInSdk, calls: Calls) -> str:
    match happened:
        case SdkRaised():
            return _event_line(happened)
        case SdkReturned():
            return calls.returned(happened)
        case SdkEventsLost():
            return '{"m":"lost"}\n'


def _event_line(event: SdkRaised) -> str:
    said = decode(event.text)
    # Put together by hand: a general encoder over the whole takes twice as long.
    params = ",".join([f"{_quoted(name)}:{_quoted(value)}" for name, value in said.params.items()])
    return (
        f'{{"m":"event","seq":{event.sequence},"type":{event.type},"operate":{_quoted(said.operate)},'
        f'"params":{{{params}}},"raw":{_quoted(said.raw)}}}\n'
    )


def _returned_line(call: int, ok: bool, status: int, vendor: int, text: str) -> str:
    flag = "true" if ok else "false"
    return f'{{"m":"returned","call":{call},"ok":{flag},"status":{int(status)},"vendor":{vendor},"text":{_quoted(text)}}}\n'


def _loaded_line(info: SdkInfo) -> str:
    loaded = {
        "m": "loaded",
        "abi": info.abi,
        "cloud": info.cloud,
        "dialect": info.dialect,
        "failureIsFinal": info.failure_is_final,
        "functions": info.functions,
    }
    return json.dumps(loaded, ensure_ascii=False) + "\n"


def _read_commands(commands: int, handle: SdkHandle, calls: Calls, output: Output, closed: threading.Event) -> None:
    """Body of the reader thread: obey until `close` or the end of stdin, then close the handle."""
    grace = _GRACE_MS
    try:
        grace = _obey(commands, calls, output)
    except OSError as error:
        sys.stderr.write(f"no more commands: {error}\n")
    finally:
        _close(handle, grace)
        closed.set()


def _obey(commands: int, calls: Calls, output: Output) -> int:
    """Carry out commands; returns the grace that `close` gives, in milliseconds."""
    splitter = LineSplitter()
    while data := os.read(commands, 65536):
        for line in splitter.feed(data):
            try:
                command = json.loads(line)
                kind = command["m"]
                if kind == "call":
                    calls.make(int(command["call"]), command["fn"], command["args"])
                elif kind == "ping":
                    output.send(f'{{"m":"pong","n":{int(command["n"])}}}\n')
                elif kind == "close":
                    return max(0, int(command["grace"]))
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                # Our own parent writes these lines; one that can't be read is a bug to be seen, not to die of.
                sys.stderr.write(f"command not understood: {error!r}\n")
    return _GRACE_MS


def _close(handle: SdkHandle, grace_ms: int) -> None:
    """ShutOut and free; if that takes longer than it may, leave without it."""
    watch = threading.Timer(grace_ms / 1000 + _MARGIN_S, os._exit, (EXIT_STUCK,))
    watch.daemon = True
    watch.start()
    if not handle.close(grace_ms):
        sys.stderr.write("the SDK did not let go in time\n")
    watch.cancel()


def _queue(handle: SdkHandle, function: str, args: Sequence[object]) -> int:
    """Queue a call by the guide's name; the arguments are those that the guide's page prints.

    Raises:
        ValueError: no such function, or arguments that do not fit it.
        SdkCallError: the shim did not take it.
    """
    shape, call = _FUNCTIONS.get(function, (None, None))
    if shape is None or call is None:
        raise ValueError(f"no function {function}")
    if len(args) != len(shape) or not all(type(a) is kind for a, kind in zip(args, shape, strict=True)):
        raise ValueError(f"{function} takes {[kind.__name__ for kind in shape]}")
    return call(handle, *args)


_FUNCTIONS: dict[str, tuple[tuple[type, ...], Callable[..., int]]] = {
    "Init": ((), SdkHandle.init),
    "GetLicenseFileRequest": ((str, str), SdkHandle.license_file_request),
    "GetLicenseStringRequest": ((str,), SdkHandle.license_string_request),
    "LicenseVerifyNotify": ((bool, str), SdkHandle.license_verify_notify),
    "TrialExpirationAndGetLicense": ((str, str, str), SdkHandle.trial_expired),
    "CheckNewVersions": ((), SdkHandle.check_new_versions),
    "UpgradeNotify": ((bool,), SdkHandle.upgrade_notify),
    "OpenCloudFile": ((), SdkHandle.open_cloud_file),
    "Save": ((str, bool), SdkHandle.save),
    "SelectSaveAsPath": ((str, bool), SdkHandle.select_save_as_path),
    "GetSolution": ((str,), SdkHandle.get_solution),
}
"""Types of the arguments, and the method. ShutOut is missing: it belongs to `close`."""


def _options(arguments: Sequence[str]) -> tuple[str, str | None] | None:
    """(library, sdk) from the command line. By hand: argparse alone would cost a tenth of the start."""
    values: dict[str, str] = {}
    rest = list(arguments)
    while len(rest) > 1 and rest[0] in ("--library", "--sdk"):
        values[rest[0]] = rest[1]
        del rest[:2]
    if rest or "--library" not in values:
        return None
    return values["--library"], values.get("--sdk")


def _load(library: str, sdk: str | None) -> tuple[SdkHandle, SdkInfo]:
    handle = SdkLibrary.load(library).open(sdk)
    return handle, handle.info()


def _take_over_standard_streams() -> tuple[int, int]:
    """Private descriptors for commands and results; what the DLL prints or reads can't get between them.

    Standard output goes to where standard error goes, standard input is empty. Programs that the DLL starts do not
    inherit the private ones, so this process's end is seen by the parent at once.
    """
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(0, os.O_BINARY)
        msvcrt.setmode(1, os.O_BINARY)
    commands, results = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if sys.platform == "win32":
        _point_windows_handles()
    return commands, results


def _point_windows_handles() -> None:
    """The process's own standard handles, which follow the descriptors 0 and 1 in console programs only.

    A DLL with a C library of its own asks at its start what kind of file they are, and that question waits as
    long as the reader thread waits for a command on the same pipe.
    """
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        set_handle = ctypes.windll.kernel32.SetStdHandle
        for which, descriptor in ((-10, 0), (-11, 1)):  # STD_INPUT_HANDLE, STD_OUTPUT_HANDLE
            set_handle(which, ctypes.c_void_p(msvcrt.get_osfhandle(descriptor)))


def _prepare_process() -> None:
    """A crash leaves a trace on stderr and shows no window; Ctrl-C in a terminal is the parent's business."""
    no_core_dumps()  # delivered licences pass through here
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.SetErrorMode(msvcrt.SEM_FAILCRITICALERRORS | msvcrt.SEM_NOGPFAULTERRORBOX)


def run(arguments: Sequence[str]) -> None:
    """`main`, then leave at once: no destructor of a foreign DLL and no waiting thread may hold the process up."""
    code = main(arguments)
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    run(sys.argv[1:])
