"""Frames of the local protocol: one JSON-RPC 2.0 message a line, UTF-8, LF.

Whatever comes in, in whatever pieces, ends as a `Call`, a `Bad` with a defined answer, or nothing. Nothing
here raises for input, and memory is bounded by the limit of a frame.
"""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass, field

import msgspec

from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc import limits
from iscbridge.ipc.messages import REQUESTS
from iscbridge.ipc.wire import RpcError, Wire, without_surrogates

Id = int | str

#: Beyond this a JSON number is not exact in every language.
_LARGEST_ID = 2**53 - 1
_BLANK = b" \t\r"
#: An escape that names half of a surrogate pair: JSON allows it, UTF-8 can't hold it.
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Call:
    """A request, or (without an id) a notification, which a client has no business to send."""

    method: str
    params: msgspec.Raw = field(repr=False)
    id: Id | None


@dataclass(frozen=True, slots=True)
class Bad:
    """A frame that can't be served, and its answer. `id` is None where it is not known."""

    error: ErrorInfo
    id: Id | None = None


@dataclass(slots=True)
class FrameReader:
    """Cuts a stream of bytes into frames. Feed it blocks, then `pop` until it gives None."""

    limit: int = limits.MAX_FRAME
    _ready: deque[bytes | None] = field(default_factory=deque, repr=False)
    _parts: list[bytes] = field(default_factory=list, repr=False)
    _size: int = 0
    _skipping: bool = False

    @property
    def unfinished(self) -> int:
        """Bytes kept of a frame whose end has not come."""
        return self._size

    @property
    def in_frame(self) -> bool:
        """Whether a frame has begun and not ended (one that is too large included)."""
        return self._size > 0 or self._skipping

    @property
    def has_ready(self) -> bool:
        """Whether `pop` has something."""
        return bool(self._ready)

    def feed(self, block: bytes) -> None:
        """Take the next bytes of the stream; the caller bounds the block."""
        head, *rest = block.split(b"\n")
        self._add(head)
        if not rest:
            return
        last = rest.pop()
        self._end()
        for line in rest:
            if line.strip(_BLANK):
                self._ready.append(line if len(line) <= self.limit else None)
        self._add(last)

    def pop(self) -> bytes | Bad | None:
        """The next frame; Bad once for each that is too large; None if more bytes are needed."""
        if not self._ready:
            return None
        frame = self._ready.popleft()
        return frame if frame is not None else self._too_large()

    def _add(self, piece: bytes) -> None:
        if not piece or self._skipping:
            return
        if self._size == 0:
            piece = piece.lstrip(_BLANK)
            if not piece:
                return
        self._size += len(piece)
        if self._size > self.limit:
            # Said at once, not at its end, which may never come; the rest is thrown away as it arrives.
            self._ready.append(None)
            self._parts.clear()
            self._size = 0
            self._skipping = True
        else:
            self._parts.append(piece)

    def _end(self) -> None:
        if self._parts:
            self._ready.append(self._parts[0] if len(self._parts) == 1 else b"".join(self._parts))
            self._parts.clear()
        self._size = 0
        self._skipping = False

    def _too_large(self) -> Bad:
        return Bad(ErrorInfo("ISCB-PROTO-FRAME-TOO-LARGE", {"limit": str(self.limit)}))


class _Envelope(msgspec.Struct):
    jsonrpc: str
    method: str
    id: int | str | msgspec.UnsetType = msgspec.UNSET
    params: msgspec.Raw = msgspec.Raw(b"{}")


class _OnlyId(msgspec.Struct):
    id: int | str | None = None


_envelope = msgspec.json.Decoder(_Envelope)
_only_id = msgspec.json.Decoder(_OnlyId)


def read_call(frame: bytes) -> Call | Bad:
    """One frame as a call, or what to answer instead."""
    try:
        frame.decode("utf-8")
    except UnicodeDecodeError:
        return Bad(ErrorInfo("ISCB-PROTO-BAD-UTF8"))
    try:
        envelope = _envelope.decode(frame)
    except msgspec.ValidationError as error:
        what = "batches are not supported" if frame.lstrip()[:1] == b"[" else str(error)
        return _bad_request(what, _id_of(frame))
    except (msgspec.DecodeError, RecursionError) as error:
        return unreadable(frame, error, None)
    call_id = None if isinstance(envelope.id, msgspec.UnsetType) else envelope.id
    if not _id_is_fit(call_id):
        return _bad_request("the id is too long or too large", None)
    if envelope.jsonrpc != "2.0":
        return _bad_request('"jsonrpc" must be "2.0"', call_id)
    if len(envelope.method) > limits.MAX_REQUEST_ID:
        return _bad_request("the method's name is too long", call_id)
    return Call(envelope.method, envelope.params, call_id)


def unreadable(raw: bytes | msgspec.Raw, error: Exception, call_id: Id | None) -> Bad:
    """The answer to JSON that msgspec can't take: malformed, nested too deeply, or text that UTF-8 can't hold."""
    if isinstance(error, RecursionError):
        return Bad(ErrorInfo("ISCB-PROTO-BAD-JSON", {"detail": "nested too deeply"}), call_id)
    found = _with_surrogates(bytes(raw))
    if found is not None:
        return Bad(found.error, found.id if call_id is None else call_id)
    return Bad(ErrorInfo("ISCB-PROTO-BAD-JSON", {"detail": str(error)}), call_id)


def _with_surrogates(raw: bytes) -> Bad | None:
    """The answer to what is good JSON but for half surrogate pairs: it names the path that they stand in.

    Hosts that read a file name in the wrong encoding send such text (Python: `surrogateescape`).
    """
    if not _SURROGATE_ESCAPE.search(raw):
        return None
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    call_id = value.get("id")
    is_id = isinstance(call_id, int | str) and not isinstance(call_id, bool) and _id_is_fit(call_id)
    return Bad(_surrogate_error(value), call_id if is_id and call_id == without_surrogates(call_id) else None)


def _surrogate_error(value: dict[str, object]) -> ErrorInfo:
    message = REQUESTS.get(str(value.get("method")))
    if message is not None and message.secret_form:
        return ErrorInfo("ISCB-REQ-PARAMS", {"method": message.name, "detail": message.secret_form})
    params = value.get("params", value)
    path = params.get("path") if isinstance(params, dict) else None
    return ErrorInfo(
        "ISCB-REQ-PATH-ENCODING", {"path": without_surrogates(path)[:200] if isinstance(path, str) else "?"}
    )


def _id_is_fit(call_id: Id | None) -> bool:
    if isinstance(call_id, str):
        return len(call_id) <= limits.MAX_REQUEST_ID
    return call_id is None or abs(call_id) <= _LARGEST_ID


def _bad_request(detail: str, call_id: Id | None) -> Bad:
    return Bad(ErrorInfo("ISCB-PROTO-BAD-REQUEST", {"detail": detail}), call_id)


def _id_of(frame: bytes) -> Id | None:
    """The id of a request that is wrong elsewhere, so that the client knows which it was."""
    try:
        call_id = _only_id.decode(frame).id
    except (msgspec.DecodeError, RecursionError):
        return None
    return call_id if _id_is_fit(call_id) else None


class _Answer(Wire, frozen=True):
    jsonrpc: str
    id: Id
    result: msgspec.Struct | msgspec.Raw


class _ErrorAnswer(Wire, frozen=True):
    jsonrpc: str
    id: Id | None
    error: RpcError


class _Notification(Wire, frozen=True):
    jsonrpc: str
    method: str
    params: msgspec.Struct


_encoder = msgspec.json.Encoder()


def answer_frame(call_id: Id, result: msgspec.Struct | msgspec.Raw) -> bytes:
    """A successful answer; its result may be encoded already (`encoded`)."""
    return _encode(_Answer("2.0", call_id, result))


def error_frame(call_id: Id | None, error: RpcError) -> bytes:
    """An error answer."""
    return _encode(_ErrorAnswer("2.0", call_id, error))


def notification_frame(topic: str, params: msgspec.Struct) -> bytes:
    """A notification."""
    return _encode(_Notification("2.0", topic, params))


def encoded(result: msgspec.Struct) -> msgspec.Raw:
    """A result as it stands in an answer, to be sent several times."""
    return msgspec.Raw(_json(result))


def _encode(message: Wire) -> bytes:
    return _json(message) + b"\n"


def _json(message: msgspec.Struct) -> bytes:
    try:
        return _encoder.encode(message)
    except UnicodeEncodeError:
        # A path that the system gave us (never one that a client sent) with bytes that are no text.
        return _encoder.encode(without_surrogates(msgspec.to_builtins(message)))
