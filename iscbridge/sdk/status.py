"""Status numbers of the C ABI, and what they mean to a person. Imported by both sides of the SDK process."""

from __future__ import annotations

from enum import IntEnum

from iscbridge.core.jobs import ErrorInfo


class Status(IntEnum):
    """`isc_status` of the C header, by the same names; a test holds the two together.

    The parent of the SDK process reads these numbers without loading cffi.
    """

    OK = 0
    ERR_ARGUMENT = -1
    ERR_ABI = -2
    ERR_LOAD = -3
    ERR_CLOSED = -4
    ERR_TIMEOUT = -5
    ERR_ENCODING = -6
    ERR_UNSUPPORTED = -7
    ERR_MEMORY = -8
    ERR_QUEUE_FULL = -9
    ERR_INTERNAL = -10


def call_error(function: str, path: str, status: int, vendor: int, text: str) -> ErrorInfo:
    """The error of a call that failed.

    `function` is the guide's name, `status` an `isc_status`, `vendor` the SDK's own number, `text` what it said.
    """
    if status == Status.ERR_ENCODING:
        return ErrorInfo("ISCB-FILE-PATH-NOT-EXPRESSIBLE", {"path": path})
    if status == Status.ERR_UNSUPPORTED:
        return ErrorInfo("ISCB-SDK-UNSUPPORTED", {"function": function})
    if function == "Init":
        detail = f"result {vendor}" if status == Status.OK else f"{text} ({status})"
        return ErrorInfo("ISCB-SDK-INIT", {"detail": detail})
    # A call that the SDK itself took and refused has its number; else the shim's status says why it got no further.
    number = vendor if status == Status.OK else status
    return ErrorInfo("ISCB-SDK-CALL-REFUSED", {"status": str(number), "function": function, "detail": text})
