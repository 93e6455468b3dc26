"""What each documented result code of the store means: one table, as data.

Source: reference, section 1.4 (licence codes, with the older table), 4.6 (gateway), 6.1 and 6.2 (orders,
events). Compared is the code, never the text: samples spell `Success` in more than one way. The HTTP status matters
only where the table names one, because the same code has come with different ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from iscbridge.core.licensing.model import AnswerKind

SUCCESS = "92020000"
MARKET_SUCCESS = "CBC.0000"
"""Of the interfaces of orders, events and metered use; a sample says MKT.0000 (section 6.1)."""

#: The forms of all documented codes. Anything else could be an echo of what was sent, and is not shown.
_SHOWABLE = re.compile(r"[0-9]{1,8}|[A-Z]{2,8}\.[0-9]{1,6}")
_OLD_GATEWAYS = "APIG."
_OLD_MARKET = "MKT."


@dataclass(frozen=True, slots=True)
class StoreCode:
    """One row: a code, and what follows from it."""

    code: str
    http: int | None
    """The row holds for this HTTP status only; None: for every other one."""
    kind: AnswerKind
    error: str | None
    """Error code of the bridge; None for success."""


def _rows() -> tuple[StoreCode, ...]:
    failed = AnswerKind.FAILED
    return (
        # licence interfaces
        StoreCode(SUCCESS, None, AnswerKind.DONE, None),
        StoreCode("92020001", None, failed, "ISCB-STORE-INTERNAL"),
        StoreCode("92020001", 401, failed, "ISCB-STORE-ACCOUNT"),  # "Unauthorized" in the older table; 401 by analogy
        StoreCode("92020001", 403, failed, "ISCB-STORE-ACCOUNT"),
        StoreCode("92020002", None, failed, "ISCB-STORE-PARAM"),
        StoreCode("92020003", None, AnswerKind.ILLEGAL_STATE, "ISCB-STORE-ILLEGAL-STATE"),
        StoreCode("92020004", None, AnswerKind.NOT_RECEIVED, "ISCB-STORE-NOT-RECEIVED"),
        StoreCode("92020005", None, AnswerKind.NO_SUCH_CODE, "ISCB-STORE-NO-SUCH-CODE"),
        StoreCode("92020011", None, AnswerKind.NOT_ACTIVATED, "ISCB-STORE-NOT-ACTIVATED"),
        StoreCode("92020020", None, AnswerKind.NO_SUCH_CODE, "ISCB-STORE-ILLEGAL-CODE"),
        StoreCode("95000001", None, failed, "ISCB-STORE-PARAM"),
        StoreCode("95000002", None, failed, "ISCB-STORE-REQUEST"),
        StoreCode("95000003", None, failed, "ISCB-STORE-REQUEST"),
        StoreCode("95000004", None, failed, "ISCB-STORE-REQUEST"),
        # gateway
        StoreCode("APIGW.0101", None, failed, "ISCB-STORE-NO-SUCH-API"),
        StoreCode("APIGW.0103", None, failed, "ISCB-STORE-GATEWAY"),
        StoreCode("APIGW.0104", None, failed, "ISCB-STORE-GATEWAY"),
        StoreCode("APIGW.0105", None, failed, "ISCB-STORE-GATEWAY"),
        StoreCode("APIGW.0106", None, failed, "ISCB-STORE-GATEWAY"),
        StoreCode("APIGW.0201", None, failed, "ISCB-STORE-REQUEST"),  # 400, and 413 for a body above 12 MB
        StoreCode("APIGW.0301", None, failed, "ISCB-STORE-AUTH"),
        StoreCode("APIGW.0303", None, failed, "ISCB-STORE-AUTH"),
        StoreCode("APIGW.0308", None, failed, "ISCB-STORE-THROTTLED"),
        StoreCode("APIGW.0310", None, failed, "ISCB-STORE-ACCOUNT"),
        StoreCode("APIGW.0705", None, failed, "ISCB-STORE-GATEWAY"),
        StoreCode("APIGW.0801", None, failed, "ISCB-STORE-GATEWAY"),  # its text is cut off on the page
        # marketplace: orders, metered use
        StoreCode(MARKET_SUCCESS, None, AnswerKind.DONE, None),
        StoreCode("CBC.0999", None, failed, "ISCB-STORE-INTERNAL"),
        StoreCode("CBC.0100", None, failed, "ISCB-STORE-REFUSED"),
        StoreCode("CBC.0101", None, failed, "ISCB-STORE-REFUSED"),
        StoreCode("CBC.0199", None, failed, "ISCB-STORE-REFUSED"),
        StoreCode("CBC.0150", None, failed, "ISCB-STORE-ACCOUNT"),
        StoreCode("CBC.0151", None, failed, "ISCB-STORE-ACCOUNT"),
        StoreCode("CBC.0154", None, failed, "ISCB-STORE-ACCOUNT"),
        StoreCode("CBC.9001", None, failed, "ISCB-STORE-REFUSED"),
        StoreCode("CBC.9002", None, failed, "ISCB-STORE-REFUSED"),
        StoreCode("CBC.9003", None, failed, "ISCB-STORE-REFUSED"),
        StoreCode("CBC.9004", None, failed, "ISCB-STORE-REFUSED"),
        # marketplace: licences that are uploaded
        StoreCode("91381033", None, failed, "ISCB-STORE-REFUSED"),
        StoreCode("91381034", None, failed, "ISCB-STORE-REFUSED"),
        StoreCode("91381035", None, failed, "ISCB-STORE-REFUSED"),
        StoreCode("91381036", None, failed, "ISCB-STORE-INTERNAL"),
        StoreCode("91381037", None, failed, "ISCB-STORE-REFUSED"),
        StoreCode("91381038", None, failed, "ISCB-STORE-REFUSED"),
        StoreCode("91380150", None, failed, "ISCB-STORE-ACCOUNT"),
        StoreCode("CBC.0250", None, failed, "ISCB-STORE-THROTTLED"),  # "Access frequency overlimit", HTTP 406
    )


TABLE = _rows()

_BY_CODE = {(row.code, row.http): row for row in TABLE}

#: Errors of a reply that carries no code of the store, by its HTTP status.
_BY_STATUS = {401: "ISCB-STORE-AUTH", 429: "ISCB-STORE-THROTTLED"}


def look_up(code: str, http: int) -> StoreCode | None:
    """The row for a code that came with an HTTP status; None if the code is not documented."""
    code = normalized(code)
    if code.startswith(_OLD_MARKET):
        code = "CBC." + code[len(_OLD_MARKET) :]
    return _BY_CODE.get((code, http)) or _BY_CODE.get((code, None))


def error_of_status(http: int) -> str:
    """The error for a reply without a readable code, as a page of a gateway (503 is also IAM's own)."""
    if http >= 500:
        return "ISCB-STORE-UNAVAILABLE"
    return _BY_STATUS.get(http, "ISCB-STORE-UNREADABLE" if http < 300 else "ISCB-STORE-UNEXPECTED")


def normalized(code: str) -> str:
    """Without the difference between two generations of gateways."""
    code = code.strip()
    return "APIGW." + code[len(_OLD_GATEWAYS) :] if code.startswith(_OLD_GATEWAYS) else code


def showable(code: str) -> str:
    """The code if it has the form of one, else a mark that there was something else."""
    code = normalized(code)
    return code if _SHOWABLE.fullmatch(code) else "?"
