"""Client of ISCBridge's local protocol in one file: copy it into a CAD add-on as it is.

Standard library only, Python 3.8 or newer, Windows and POSIX; nothing of the package is imported. The protocol is
specified in `docs/protocol.md`.

    client = Client("MyCAD", hostVersion="4.2", product="mycad")
    client.connect()
    job = client.save("/home/ann/bracket.FCStd")             # returns as soon as the job is in the journal
    job = client.wait(job["job"], timeout=600)               # or: poll(), or listen() for callbacks

Every method may be called from every thread, and none waits longer than its time-out. Notifications come in one of
two ways: `poll` from a timer of the host (no threads), or `listen`, which calls back from a thread of its own.

The server's owner is checked before anything is sent: a program of another user that sits at the bridge's
address gets nothing.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable
    from threading import Thread
    from typing import Any

    Json = dict[str, Any]
    Notified = Callable[[str, Json], None]
    Lost = Callable[["BridgeError"], None]
    Connected = Callable[[Json], None]
    Answered = Callable[["Json | None", "BridgeError | None"], None]

PROTOCOL = 1
FINAL_STATES = frozenset(("done", "failed", "refused", "cancelled", "replaced", "unknown"))

_BLOCK = 65536
_MAX_FRAME = 8 * 1024 * 1024
_MAX_ANSWER = 32 * 1024 * 1024  # the bridge itself never holds more for a client
_MAX_WAITING = 100_000
_RETRY_FIRST_S = 0.5
_RETRY_LONGEST_S = 30.0
_NEEDS_FOREGROUND = frozenset(("cloud.open", "cloud.saveAs", "tray.show"))


class BridgeError(Exception):
    """What went wrong: `code` for programs (docs/protocol.md lists them); `title`, `message`, `remedy` for people."""

    def __init__(self, code: str, message: str, **more: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.title: str = more.get("title") or message
        self.remedy: str = more.get("remedy") or ""
        self.retry: str = more.get("retry") or "no"
        self.params: dict[str, str] = more.get("params") or {}


def _error_of(told: Any) -> BridgeError:
    """The error of an answer, also of one that a later version has written."""
    data = told.get("data") if isinstance(told, dict) else None
    more = {str(key): value for key, value in data.items()} if isinstance(data, dict) else {}
    code, message = more.pop("code", None), more.pop("message", None)
    if not isinstance(code, str) or not isinstance(message, str):
        return BridgeError("ISCB-BRIDGE-INTERNAL", "ISCBridge refused the request without saying why.")
    return BridgeError(code, message, **more)


class NotRunningError(BridgeError):
    """No bridge answers at the address."""

    def __init__(self, address: str) -> None:
        super().__init__(
            "ISCB-BRIDGE-NOT-RUNNING",
            f"Nothing answers at {address}. Nothing was sent.",
            title="ISCBridge is not running",
            remedy="Start ISCBridge, then try again.",
            retry="afterFix",
        )


class ForeignOwnerError(BridgeError):
    """The program at the address belongs to another user; nothing was sent."""

    def __init__(self, address: str) -> None:
        text = f"The program behind {address} does not run as you, so nothing was sent to it."
        super().__init__(
            "ISCB-BRIDGE-FOREIGN-OWNER",
            text,
            title="The address belongs to somebody else",
            remedy="Tell your administrator: another user may be posing as ISCBridge.",
            params={"path": address},
        )


class TimedOutError(BridgeError):
    """No answer within this call's time-out. What was asked may still happen."""

    def __init__(self, seconds: float) -> None:
        text = f"{seconds:g}"
        super().__init__(
            "ISCB-BRIDGE-TIMEOUT",
            f"ISCBridge did not answer within {text} s. What was asked may still happen.",
            title="No answer in the given time",
            remedy="Try again.",
            retry="same",
            params={"seconds": text},
        )


class ConnectionLostError(BridgeError):
    """The connection ended or was never made. An accepted job goes on; connect again and ask for it."""

    def __init__(self, why: str = "The connection to ISCBridge ended.") -> None:
        super().__init__(
            "ISCB-PROTO-CLOSED",
            why,
            title="The connection to ISCBridge ended",
            remedy="Connect again; look at the jobs before you repeat a request.",
            retry="same",
        )


# Where the bridge listens. The same rule as `iscbridge.platform.folders.Home`; a test compares the two.


def find_address(home: str = "") -> str:
    """The bridge's address: of the profile `home`, else of `ISCBRIDGE_HOME`, else of this user."""
    root = os.path.abspath(home or os.environ.get("ISCBRIDGE_HOME") or _default_home())
    if sys.platform == "win32":
        return rf"\\.\pipe\iscbridge-bridge-{_user_sid(None)}-{_session_id()}-{_profile_key(root)}"
    path = os.path.join(root, "run", "bridge.sock")
    if len(os.fsencode(path)) <= 100:  # what AF_UNIX allows, less a margin
        return path
    uid = os.getuid()
    try:
        own = os.lstat(f"/run/user/{uid}").st_uid == uid
    except OSError:
        own = False
    folder = f"/run/user/{uid}/iscbridge-" if own else f"/tmp/iscbridge-{uid}-"  # noqa: S108 - the owner is checked
    return os.path.join(folder + _profile_key(root), "bridge.sock")


def _profile_key(root: str) -> str:
    import hashlib

    return hashlib.sha256(os.fsencode(os.path.normcase(os.path.realpath(root)))).hexdigest()[:16]


def _default_home() -> str:
    if sys.platform == "win32":
        return os.path.join(_local_app_data(), "ISCBridge")
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Application Support/ISCBridge")
    data = os.environ.get("XDG_DATA_HOME", "").strip() or os.path.expanduser("~/.local/share")
    return os.path.join(data, "iscbridge")


# How the bytes travel. Each transport: `send` whole or raise, `receive` -> bytes, b"" at the end, None on time-out;
# one thread may send while another receives; `stop` makes both return at once; then `free`.

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _GENERIC_READ_WRITE = 0xC0000000
    _OPEN_EXISTING = 3
    _OVERLAPPED_FLAG = 0x40000000
    #: The server may see who we are and may not act in our name (SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION).
    _IDENTIFY_ONLY = 0x00110000
    _INVALID_HANDLE = ctypes.c_void_p(-1).value
    _ERROR_FILE_NOT_FOUND, _ERROR_ACCESS_DENIED, _ERROR_PIPE_BUSY, _ERROR_IO_PENDING = 2, 5, 231, 997
    _WAIT_OBJECT_0, _INFINITE = 0, 0xFFFFFFFF
    _QUERY_LIMITED_INFORMATION, _TOKEN_QUERY, _TOKEN_USER = 0x1000, 0x0008, 1

    class _Overlapped(ctypes.Structure):
        _fields_ = (
            ("Internal", ctypes.c_void_p),
            ("InternalHigh", ctypes.c_void_p),
            ("Offset", wintypes.DWORD),
            ("OffsetHigh", wintypes.DWORD),
            ("hEvent", wintypes.HANDLE),
        )

    def _declare() -> tuple[Any, Any, Any]:
        k, a, u = (ctypes.WinDLL(n, use_last_error=True) for n in ("kernel32", "advapi32", "user32"))
        handle, dword, flag, void = wintypes.HANDLE, wintypes.DWORD, wintypes.BOOL, ctypes.c_void_p
        to_dword, to_handle, text = ctypes.POINTER(dword), ctypes.POINTER(handle), wintypes.LPCWSTR
        io = ctypes.POINTER(_Overlapped)
        for function, result, arguments in (
            (k.CreateFileW, handle, (text, dword, dword, void, dword, dword, handle)),
            (k.WaitNamedPipeW, flag, (text, dword)),
            (k.CreateEventW, handle, (void, flag, flag, text)),
            (k.SetEvent, flag, (handle,)),
            (k.ReadFile, flag, (handle, void, dword, to_dword, io)),
            (k.WriteFile, flag, (handle, void, dword, to_dword, io)),
            (k.CancelIoEx, flag, (handle, io)),
            (k.GetOverlappedResult, flag, (handle, io, to_dword, flag)),
            (k.WaitForMultipleObjects, dword, (dword, to_handle, flag, dword)),
            (k.CloseHandle, flag, (handle,)),
            (k.LocalFree, void, (void,)),
            (k.GetCurrentProcess, handle, ()),
            (k.OpenProcess, handle, (dword, flag, dword)),
            (k.ProcessIdToSessionId, flag, (dword, to_dword)),
            (k.GetNamedPipeServerProcessId, flag, (handle, to_dword)),
            (a.OpenProcessToken, flag, (handle, dword, to_handle)),
            (a.GetTokenInformation, flag, (handle, ctypes.c_int, void, dword, to_dword)),
            (a.ConvertSidToStringSidW, flag, (void, ctypes.POINTER(void))),
            (u.AllowSetForegroundWindow, flag, (dword,)),
        ):
            function.restype, function.argtypes = result, arguments
        return k, a, u

    _k, _a, _u = _declare()

    def _windows_error() -> OSError:
        return ctypes.WinError(ctypes.get_last_error())

    def _local_app_data() -> str:
        path = ctypes.create_unicode_buffer(32768)
        if ctypes.windll.shell32.SHGetFolderPathW(None, 0x001C, None, 0, path) == 0:  # CSIDL_LOCAL_APPDATA
            return path.value
        return os.environ["LOCALAPPDATA"]

    def _session_id() -> int:
        session = wintypes.DWORD()
        if not _k.ProcessIdToSessionId(os.getpid(), ctypes.byref(session)):
            raise _windows_error()
        return session.value

    def _user_sid(pid: int | None) -> str:
        """Who runs a process (None: this one), as text; OSError if Windows does not tell."""
        process = _k.GetCurrentProcess() if pid is None else _k.OpenProcess(_QUERY_LIMITED_INFORMATION, False, pid)
        if not process:
            raise _windows_error()
        token, size, text = wintypes.HANDLE(), wintypes.DWORD(), ctypes.c_void_p()
        try:
            if not _a.OpenProcessToken(process, _TOKEN_QUERY, ctypes.byref(token)):
                raise _windows_error()
            _a.GetTokenInformation(token, _TOKEN_USER, None, 0, ctypes.byref(size))
            user = ctypes.create_string_buffer(size.value)
            if not _a.GetTokenInformation(token, _TOKEN_USER, user, size, ctypes.byref(size)):
                raise _windows_error()
            # TOKEN_USER begins with the pointer to the SID
            if not _a.ConvertSidToStringSidW(ctypes.c_void_p.from_buffer(user), ctypes.byref(text)) or not text.value:
                raise _windows_error()
            return ctypes.wstring_at(text.value)
        finally:
            _k.LocalFree(text)
            if token.value:
                _k.CloseHandle(token)
            if pid is not None:
                _k.CloseHandle(process)

    class Transport:
        """A named pipe with overlapped reads and writes, so that neither waits for the other."""

        def __init__(self, address: str, timeout: float) -> None:
            self._handle = self._open(address, time.monotonic() + timeout)
            self._events = [_k.CreateEventW(None, True, False, None) for _ in range(3)]  # read, write, stop
            self._freed = False
            pid = wintypes.DWORD()
            try:
                if not _k.GetNamedPipeServerProcessId(self._handle, ctypes.byref(pid)):
                    raise ForeignOwnerError(address)
                if _user_sid(pid.value) != _user_sid(None):
                    raise ForeignOwnerError(address)
            except OSError:
                self.free()
                raise ForeignOwnerError(address) from None
            except ForeignOwnerError:
                self.free()
                raise
            self.server_pid: int | None = pid.value

        @staticmethod
        def _open(address: str, deadline: float) -> Any:
            flags = _OVERLAPPED_FLAG | _IDENTIFY_ONLY
            while True:
                handle = _k.CreateFileW(address, _GENERIC_READ_WRITE, 0, None, _OPEN_EXISTING, flags, None)
                if handle != _INVALID_HANDLE:
                    return handle
                error = ctypes.get_last_error()
                if error == _ERROR_ACCESS_DENIED:
                    raise ForeignOwnerError(address)
                left = deadline - time.monotonic()
                if error != _ERROR_PIPE_BUSY or left <= 0:
                    raise NotRunningError(address)
                _k.WaitNamedPipeW(address, max(1, int(left * 1000)))

        def allow_foreground(self) -> None:
            """Let the bridge's windows come to the front; only the program in front may pass this right on."""
            _u.AllowSetForegroundWindow(self.server_pid)

        def fileno(self) -> int:
            """Windows: a pipe can't be watched with select."""
            raise OSError("a named pipe can't be watched with select; use poll() in a timer, or listen()")

        def send(self, data: bytes, timeout: float) -> None:
            """Write all of it, or raise OSError."""
            deadline = time.monotonic() + timeout
            while data:
                if self._freed:
                    raise OSError("the pipe was closed")
                done = self._transfer(_k.WriteFile, data, len(data), 1, deadline)
                if done is None:
                    raise TimeoutError("the bridge does not read")
                if done == 0:
                    raise OSError("the pipe ended")
                data = data[done:]

        def receive(self, timeout: float | None) -> bytes | None:
            """What has come; b"" at the end; None after the time-out."""
            buffer = ctypes.create_string_buffer(_BLOCK)
            deadline = None if timeout is None else time.monotonic() + timeout
            done = self._transfer(_k.ReadFile, buffer, _BLOCK, 0, deadline)
            return None if done is None else buffer.raw[:done]

        def _transfer(self, function: Any, data: Any, size: int, which: int, deadline: float | None) -> int | None:
            """Bytes moved; 0 when the pipe is at its end; None after the time-out."""
            io, moved = _Overlapped(hEvent=self._events[which]), wintypes.DWORD()
            if function(self._handle, data, size, None, ctypes.byref(io)) == 0:
                if ctypes.get_last_error() != _ERROR_IO_PENDING:
                    return 0
                pair = (wintypes.HANDLE * 2)(self._events[which], self._events[2])
                left = _INFINITE if deadline is None else max(0, int((deadline - time.monotonic()) * 1000 + 0.999))
                if _k.WaitForMultipleObjects(2, pair, False, left) != _WAIT_OBJECT_0:
                    _k.CancelIoEx(self._handle, ctypes.byref(io))
                    # It may have been done just before: then these bytes count. `io` lives until this returns.
                    if _k.GetOverlappedResult(self._handle, ctypes.byref(io), ctypes.byref(moved), True):
                        return moved.value
                    return None if left != _INFINITE else 0
            if not _k.GetOverlappedResult(self._handle, ctypes.byref(io), ctypes.byref(moved), True):
                return 0
            return moved.value

        def stop(self) -> None:
            _k.SetEvent(self._events[2])

        def free(self) -> None:
            self._freed = True
            for handle in (self._handle, *self._events):
                _k.CloseHandle(handle)

else:

    class Transport:
        """An AF_UNIX socket that never blocks by itself; waiting is done with poll(2)."""

        def __init__(self, address: str, timeout: float) -> None:
            # The C core of `socket`: loading the whole module takes half as long as Python's own start.
            import _socket as socket
            import select

            try:
                owner = os.lstat(address).st_uid
            except OSError:
                raise NotRunningError(address) from None
            if owner != os.getuid():
                raise ForeignOwnerError(address)
            self._poll = select.poll
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.setblocking(False)
            try:
                self._connect(address, time.monotonic() + timeout)
                self.server_pid: int | None = self._check_peer(address)
            except BaseException:
                self._socket.close()
                raise

        def _connect(self, address: str, deadline: float) -> None:
            while True:
                try:
                    self._socket.connect(address)
                except BlockingIOError:  # the queue of the server is full, unix(7): EAGAIN
                    if time.monotonic() >= deadline:
                        raise NotRunningError(address) from None
                    time.sleep(0.01)
                except OSError:
                    raise NotRunningError(address) from None
                else:
                    return

        def _check_peer(self, address: str) -> int | None:
            import _socket as socket

            option = getattr(socket, "SO_PEERCRED", None)  # Linux; elsewhere the owner of the socket file has to do
            if option is None:
                return None
            credentials = self._socket.getsockopt(socket.SOL_SOCKET, option, 12)  # struct ucred: pid, uid, gid
            if int.from_bytes(credentials[4:8], sys.byteorder) != os.getuid():
                raise ForeignOwnerError(address)
            return int.from_bytes(credentials[:4], sys.byteorder)

        def allow_foreground(self) -> None:
            """Only Windows knows such a right."""

        def fileno(self) -> int:
            """For select, or a QSocketNotifier."""
            return self._socket.fileno()

        def send(self, data: bytes, timeout: float) -> None:
            """Write all of it, or raise OSError."""
            deadline = time.monotonic() + timeout
            view = memoryview(data)
            while view:
                try:
                    view = view[self._socket.send(view) :]
                except BlockingIOError:
                    if not self._wait(4, deadline):  # POLLOUT
                        raise TimeoutError("the bridge does not read") from None

        def receive(self, timeout: float | None) -> bytes | None:
            """What has come; b"" at the end; None after the time-out."""
            deadline = None if timeout is None else time.monotonic() + timeout
            while True:
                try:
                    return self._socket.recv(_BLOCK)
                except BlockingIOError:
                    if not self._wait(1, deadline):  # POLLIN
                        return None
                except OSError:
                    return b""

        def _wait(self, what: int, deadline: float | None) -> bool:
            waiter = self._poll()
            waiter.register(self._socket, what)
            left = None if deadline is None else max(0.0, (deadline - time.monotonic()) * 1000)
            return bool(waiter.poll(left))

        def stop(self) -> None:
            import _socket as socket

            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # the other side was faster

        def free(self) -> None:
            self._socket.close()


class _Pending:
    """A request whose answer has not come."""

    __slots__ = ("answered", "done", "error", "result")

    def __init__(self, answered: Answered | None) -> None:
        self.answered = answered
        self.done = False
        self.result: Json | None = None
        self.error: BridgeError | None = None


class Client:
    """One connection to the bridge, which can be made again when it is lost.

    Args:
        host: name of the CAD application, shown to people.
        instance: names this running host; drawn if empty. Request ids are unique within it.
        address: where the bridge listens; found by `find_address` if empty.
        timeout: seconds that a call may wait if it is given no other time-out.
        greeting: more members of `bridge.hello`: hostVersion, product, language, all, events.
    """

    def __init__(
        self, host: str, instance: str = "", address: str = "", timeout: float = 10.0, **greeting: Any
    ) -> None:
        import collections
        import threading

        self.instance = instance or os.urandom(16).hex()
        self.timeout = timeout
        self.hello: Json = {}
        """What the bridge said of itself; empty before the first `connect`."""
        self.lost_notifications = 0
        """Notifications dropped because nobody took them (`poll`) for very long."""
        self._greeting = {"protocol": PROTOCOL, "host": host, "instance": self.instance, **greeting}
        self._address = address
        self._transport: Transport | None = None
        self._state = threading.Condition()
        self._sending = threading.Lock()
        self._connecting = threading.RLock()
        self._reading = False
        self._leaving = 0  # threads that are about to end what waits for a lost connection
        self._partial: list[bytes] = []
        self._partial_size = 0
        self._pending: dict[int, _Pending] = {}
        self._events: deque[tuple[Any, ...]] = collections.deque()
        self._last_id = 0
        self._closed = False
        self._ending = False
        self._thread: Thread | None = None
        self._retry_at = 0.0
        self._retry_delay = 0.0

    # Connection

    @property
    def connected(self) -> bool:
        """Whether there is a connection, as far as is known."""
        return self._transport is not None

    @property
    def server_pid(self) -> int | None:
        """Process id of the bridge, as the operating system says; None if there is no connection."""
        transport = self._transport
        return transport.server_pid if transport else None

    def fileno(self) -> int:
        """POSIX: the descriptor to watch (QSocketNotifier); call `poll` when it is readable."""
        transport = self._transport
        if transport is None:
            raise ConnectionLostError("There is no connection to ISCBridge.")
        return transport.fileno()

    def connect(self, timeout: float | None = None) -> Json:
        """Connect and say hello; does nothing if there is a connection. Returns what the bridge says of itself.

        Raises:
            NotRunningError, ForeignOwnerError, TimedOutError, ConnectionLostError, BridgeError: ISCB-PROTO-VERSION.
        """
        wait = self.timeout if timeout is None else timeout
        return self._connect(time.monotonic() + wait, wait)

    def reconnect(self) -> bool:
        """Make a lost connection again, from a timer: tries with growing pauses. Returns whether there is one."""
        if self._transport is None and time.monotonic() >= self._retry_at:
            try:
                self.connect(min(self.timeout, 1.0))
            except BridgeError:
                self._retry_delay = min(max(self._retry_delay * 2, _RETRY_FIRST_S), _RETRY_LONGEST_S)
                self._retry_at = time.monotonic() + self._retry_delay
            else:
                self._retry_delay = 0.0
        return self._transport is not None

    def close(self) -> None:
        """Disconnect; requests under way end with ConnectionLostError, and the thread of `listen` ends.

        A callback under way is waited for as long as `timeout` says; it is the last one.
        """
        with self._state:
            self._closed = True
            self._state.notify_all()
        self._disconnect()
        import threading

        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(self.timeout)
        self._thread = None

    # Requests

    def request(self, method: str, params: Json | None = None, timeout: float | None = None) -> Json:
        """Ask and wait for the answer.

        Raises:
            TimedOutError: what was asked may still happen. ConnectionLostError. BridgeError: what the bridge said.
        """
        wait = self.timeout if timeout is None else timeout
        return self._request(method, params, time.monotonic() + wait, wait)

    def send(self, method: str, params: Json | None = None, answered: Answered | None = None) -> None:
        """Ask and do not wait: `answered(result, error)` is called by `poll`, or by the thread of `listen`."""
        self._begin(method, params, answered or _ignore, time.monotonic() + self.timeout, self.timeout)

    def save(self, path: str, timeout: float | None = None, **options: Any) -> Json:
        """Save a file or an assembly to the cloud; returns the job as soon as the bridge has it in its journal.

        Args:
            path: absolute.
            timeout: for the answer, in seconds.
            options: more members of `cloud.save`: assembly, files, manifest, force, product, requestId. A request id
                is drawn if none is given; if the connection is lost before the answer, the same is asked once more.
        """
        return self._insist("cloud.save", {"path": path, **options}, timeout)

    def save_as(self, path: str, timeout: float | None = None, **options: Any) -> Json:
        """Save under another name: ISCDesk asks the person where. Otherwise as `save`."""
        return self._insist("cloud.saveAs", {"path": path, **options}, timeout)

    def open(self, timeout: float | None = None, **options: Any) -> Json:
        """Let the person pick a cloud file in ISCDesk; `file.opened` and the job tell where it was put."""
        return self._insist("cloud.open", options, timeout)

    def wait(self, job: str, timeout: float) -> Json:
        """Wait until a job is in one of FINAL_STATES. For scripts: other notifications stay for `poll`.

        Raises:
            TimedOutError: the job goes on. ConnectionLostError: connect again, and wait again.
        """
        deadline = time.monotonic() + timeout
        pause = 0.05
        while True:
            state = self._request("job.get", {"job": job}, deadline, timeout)
            if state.get("state") in FINAL_STATES:
                return state
            self._pump(_left(deadline, pause))
            pause = min(pause * 1.5, 1.0)

    # Notifications

    def poll(self, timeout: float | None = 0.0) -> list[tuple[str, Json]]:
        """Notifications that have come since the last call, oldest first: (topic, params). Waits at most `timeout`.

        None waits without end. Callbacks of `send` are called from here.

        Raises:
            ConnectionLostError: the connection ended and everything that came before was given out.
        """
        if not self._events:
            self._pump(timeout)
        found: list[tuple[str, Json]] = []
        while True:
            try:
                event = self._events.popleft()
            except IndexError:
                break
            if callable(event[0]):
                event[0](*event[1:])
            else:
                found.append((event[0], event[1]))
        if not found and self._transport is None:
            raise ConnectionLostError
        return found

    def listen(self, notified: Notified, lost: Lost | None = None, connected: Connected | None = None) -> None:
        """Call `notified(topic, params)` for every notification, from a thread of this client, until `close`.

        Args:
            notified: must hand over to the host's own thread before it touches the host's objects.
            lost: called when the connection ended.
            connected: if given, a lost connection is made again, and this is called with the bridge's hello:
                ask for the jobs that matter then, since what changed meanwhile was not told.
        """
        import threading

        if self._thread is not None:
            raise RuntimeError("listen was called before")
        self._thread = threading.Thread(target=self._listen, args=(notified, lost, connected), daemon=True)
        self._thread.start()

    # Inside

    def _connect(self, deadline: float, wait: float) -> Json:
        import threading

        if not self._connecting.acquire(timeout=_left(deadline)):
            raise TimedOutError(wait)
        try:
            if self._transport is None:
                try:
                    transport = Transport(self._address or find_address(), _left(deadline))
                except OSError as error:  # the system gives no means at the moment
                    raise ConnectionLostError(f"No connection to ISCBridge can be made: {error}") from None
                with self._state:
                    while self._leaving:  # who found the last connection lost is not through with it yet
                        self._state.wait()
                    gone = self._closed and self._thread is threading.current_thread()
                    if not gone:
                        self._transport = transport
                        self._partial, self._partial_size = [], 0
                        self._closed = self._ending = False
                if gone:  # `close` was called while the thread of `listen` was on its way back
                    transport.free()
                    raise ConnectionLostError
                try:
                    self.hello = self._request("bridge.hello", self._greeting, deadline, wait)
                except BridgeError:
                    self._disconnect(transport)
                    raise
            return self.hello
        finally:
            self._connecting.release()

    def _request(self, method: str, params: Json | None, deadline: float, wait: float) -> Json:
        """Ask and wait until the deadline; `wait` is what the caller was told to wait in all."""
        call_id, pending = self._begin(method, params, None, deadline, wait)
        while True:
            with self._state:
                while self._reading and not pending.done:
                    if not self._state.wait(_left(deadline)):
                        break
                if pending.done:
                    break
                if time.monotonic() >= deadline:
                    self._pending.pop(call_id, None)
                    raise TimedOutError(wait)
                self._reading = True
                transport = self._transport
            self._read(transport, _left(deadline))
        if pending.error is not None:
            raise pending.error
        return pending.result or {}

    def _insist(self, method: str, params: Json, timeout: float | None) -> Json:
        params.setdefault("requestId", os.urandom(16).hex())
        wait = self.timeout if timeout is None else timeout
        deadline = time.monotonic() + wait
        try:
            return self._request(method, params, deadline, wait)
        except ConnectionLostError:
            if time.monotonic() >= deadline:
                raise
            self._connect(deadline, wait)
            return self._request(method, params, deadline, wait)

    def _begin(
        self, method: str, params: Json | None, answered: Answered | None, deadline: float, wait: float
    ) -> tuple[int, _Pending]:
        pending = _Pending(answered)
        with self._state:
            transport = self._transport
            if transport is None:
                raise ConnectionLostError("There is no connection to ISCBridge.")
            self._last_id += 1
            call_id = self._last_id
            self._pending[call_id] = pending
        frame = _encode({"jsonrpc": "2.0", "id": call_id, "method": method, "params": params or {}}) + b"\n"
        try:
            if len(frame) > _MAX_FRAME:
                raise BridgeError("ISCB-PROTO-FRAME-TOO-LARGE", "The request is too large.")
            if method in _NEEDS_FOREGROUND:
                transport.allow_foreground()
            if not self._sending.acquire(timeout=_left(deadline)):
                raise TimedOutError(wait)
            try:
                transport.send(frame, _left(deadline))
            finally:
                self._sending.release()
        except BridgeError:
            self._pending.pop(call_id, None)
            raise
        except OSError as error:
            # Part of a frame may be out: nothing can follow on this connection.
            self._pending.pop(call_id, None)
            self._disconnect(transport)
            raise ConnectionLostError(f"The connection to ISCBridge ended: {error}") from None
        return call_id, pending

    def _pump(self, timeout: float | None) -> None:
        """Read what comes within the time-out, or wait for the thread that reads."""
        with self._state:
            if self._reading:
                self._state.wait(timeout)
                return
            self._reading = True
            transport = self._transport
        self._read(transport, timeout)

    def _read(self, transport: Transport | None, timeout: float | None) -> None:
        """One read by the thread that has set `_reading`; clears it and wakes the others."""
        block: bytes | None = b""
        try:
            block = transport.receive(timeout) if transport is not None else b""
            if block:
                self._take(block)
        except ValueError:
            block = b""  # not this protocol: nothing that follows can be understood either
        finally:
            with self._state:
                self._reading = False
                self._state.notify_all()
        if transport is not None and (block == b"" or self._ending):
            self._disconnect(transport)

    def _take(self, block: bytes) -> None:
        head, newline, rest = block.partition(b"\n")
        self._partial.append(head)
        self._partial_size += len(head)
        while newline:
            line = b"".join(self._partial)
            if line.strip():
                self._take_message(_decode(line))
            head, newline, rest = rest.partition(b"\n")
            self._partial = [head]
            self._partial_size = len(head)
        if self._partial_size > _MAX_ANSWER:
            raise ValueError("a line without end")

    def _take_message(self, message: Json) -> None:
        method, params, call_id = message.get("method"), message.get("params"), message.get("id")
        if isinstance(method, str):
            self._queue((method, params if isinstance(params, dict) else {}))
            # Nothing comes after it. To hang up first tells the bridge that all was read (Windows drops the rest).
            self._ending = self._ending or method == "bridge.closing"
            return
        with self._state:
            pending = self._pending.pop(call_id, None) if isinstance(call_id, int) else None
        if pending is None:
            return  # the answer to a request that timed out, or to a frame the bridge could not read
        result = message.get("result")
        pending.result = result if isinstance(result, dict) else None
        if "error" in message:
            pending.error = _error_of(message["error"])
        pending.done = True
        if pending.answered is not None:
            self._queue((pending.answered, pending.result, pending.error))

    def _queue(self, event: tuple[Any, ...]) -> None:
        if len(self._events) >= _MAX_WAITING:
            self._events.popleft()
            self.lost_notifications += 1
        self._events.append(event)

    def _disconnect(self, lost: Transport | None = None) -> None:
        """Drop the connection and end what waits for it. The transport is freed when nobody uses it any more.

        `lost`: only if it is this one; another thread may have been faster, and have made a new one.
        """
        with self._state:
            transport = self._transport
            if transport is None or (lost is not None and transport is not lost):
                return
            self._transport = None
            self._leaving += 1
            try:
                transport.stop()
                while self._reading:
                    self._state.wait()
            finally:
                self._leaving -= 1
            abandoned, self._pending = self._pending, {}
            for pending in abandoned.values():
                pending.error = ConnectionLostError()
                pending.done = True
                if pending.answered is not None:
                    self._queue((pending.answered, None, pending.error))
            self._state.notify_all()
        with self._sending:
            transport.free()

    def _listen(self, notified: Notified, lost: Lost | None, connected: Connected | None) -> None:
        while self._is_listening():
            try:
                events = self.poll(None)
            except ConnectionLostError as error:
                if lost is not None and not self._closed:
                    lost(error)
                if connected is None or not self._come_back():
                    return
                connected(self.hello)
                continue
            for topic, params in events:
                if self._is_listening():
                    notified(topic, params)

    def _is_listening(self) -> bool:
        """Whether this is the thread of `listen`: `close` lets go of one whose callback does not return."""
        import threading

        return not self._closed and self._thread is threading.current_thread()

    def _come_back(self) -> bool:
        while not self._closed:
            if self.reconnect():
                return True
            with self._state:
                if not self._closed:
                    self._state.wait(max(0.0, self._retry_at - time.monotonic()))
        return False


def _left(deadline: float, most: float | None = None) -> float:
    """Seconds until then, at least none and at most `most`."""
    left = max(0.0, deadline - time.monotonic())
    return left if most is None else min(left, most)


def _ignore(result: Json | None, error: BridgeError | None) -> None:
    """For requests whose answer nobody wants."""


def _encode(message: Json) -> bytes:
    import json

    try:
        return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:  # a file name that is no text: the bridge says so in words
        return json.dumps(message, separators=(",", ":")).encode("ascii")


def _decode(line: bytes) -> Json:
    import json

    try:
        message: Json = json.loads(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(message, dict):
        raise ValueError("not an object")  # noqa: TRY004  as of whatever else is no message
    return message
