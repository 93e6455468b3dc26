"""HTTP answers of the sandbox store: the documented shapes, and those that a client must survive."""

from __future__ import annotations

import json
import secrets
from email.utils import format_datetime

from starlette.responses import Response

from iscbridge.sandbox.store.clock import utc

_JSON = "application/json;charset=UTF-8"
_HTML = "text/html; charset=utf-8"

#: Gateway code: (HTTP status, what it says), reference section 4.6. Where the page does not show the status, the
#: customary one stands here. `iam_503` has no code there, and gets none here.
GATEWAY: dict[str, tuple[int, str]] = {
    "APIGW.0101": (404, "The API does not exist or has not been published in the environment"),
    "APIGW.0103": (404, "The backend does not exist"),
    "APIGW.0104": (400, "The plug-ins do not exist"),
    "APIGW.0105": (400, "The backend configurations do not exist"),
    "APIGW.0106": (400, "Orchestration error"),
    "APIGW.0201": (400, "Bad request"),
    "APIGW.0301": (401, "Incorrect IAM authentication information"),
    "APIGW.0303": (401, "Incorrect app authentication information"),
    "APIGW.0308": (429, "The throttling threshold has been reached"),
    "APIGW.0310": (403, "The project is unavailable"),
    "APIGW.0705": (500, "Backend signature calculation failed"),
    "APIGW.0801": (503, "The service is unavailable"),
    "iam_503": (503, "IAM service temporarily unavailable"),
}


def json_answer(status: int, body: object) -> Response:
    """A JSON body as the samples show it."""
    return Response(json.dumps(body, ensure_ascii=False).encode(), status, media_type=_JSON)


def gateway_answer(code: str, detail: str = "", *, status: int | None = None, prefix: str = "APIGW") -> Response:
    """An error of the gateway: `{"error_msg", "error_code", "request_id"}`."""
    usual, words = GATEWAY[code]
    body = {"error_msg": f"{words}: {detail}" if detail else words, "request_id": secrets.token_hex(16)}
    if code != "iam_503":
        body["error_code"] = code.replace("APIGW", prefix)
    return json_answer(status or usual, body)


def stamped(answer: Response, now: float) -> Response:
    """The answer with the headers that every one has; `Date` is the store's clock."""
    answer.headers["Date"] = http_date(now)
    answer.headers["Server"] = "iscbridge-sandbox"
    return answer


def http_date(now: float) -> str:
    """As in `Mon, 12 Nov 2007 15:55:01 GMT` (reference section 4.1)."""
    return format_datetime(utc(now).replace(microsecond=0), usegmt=True)


def odd_answer(name: str) -> Response:
    """What comes instead of a documented answer. `name`: a value of the trait `answer` but `documented`."""
    return _ODD[name]()


def _page(title: str, text: str) -> bytes:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>\n".encode()


def _business(status: int, words: str) -> Response:
    return json_answer(status, {"error_code": "92020001", "error_msg": words})


_ODD = {
    "500": lambda: Response(b"Internal Server Error", 500, media_type="text/plain"),
    "502": lambda: Response(_page("502 Bad Gateway", "proxy"), 502, media_type=_HTML),
    "503": lambda: Response(b"", 503, headers={"Retry-After": "1"}),
    "portal": lambda: Response(_page("Welcome", "Please log in to use this network."), 200, media_type=_HTML),
    "redirect": lambda: Response(b"", 302, headers={"Location": "/login"}),
    "garbage": lambda: Response(b'\xff\xfe\x00{\x80\x81"error_code":' + bytes(range(128, 256)), 200, media_type=_JSON),
    "empty": lambda: Response(b"", 200, media_type=_JSON),
    "cut": lambda: Response(b'{"error_code":"92020000","error_msg":"succ', 200, media_type=_JSON),
    "not_object": lambda: json_answer(200, ["92020000", "success", None]),
    "internal": lambda: _business(200, "internal error"),
    "internal_500": lambda: _business(500, "internal error"),
    "unauthorized_403": lambda: _business(403, "Unauthorized"),
    "unauthorized_401": lambda: _business(401, "Unauthorized"),
}
