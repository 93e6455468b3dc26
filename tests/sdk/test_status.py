from __future__ import annotations

import pytest

from iscbridge.core.errors import CODES
from iscbridge.sdk.status import Status, call_error


@pytest.mark.parametrize(
    ("function", "status", "code"),
    [
        ("Save", Status.ERR_ENCODING, "ISCB-FILE-PATH-NOT-EXPRESSIBLE"),
        ("GetSolution", Status.ERR_UNSUPPORTED, "ISCB-SDK-UNSUPPORTED"),
        ("Init", Status.OK, "ISCB-SDK-INIT"),
        ("Init", Status.ERR_INTERNAL, "ISCB-SDK-INIT"),
        ("Save", Status.ERR_QUEUE_FULL, "ISCB-SDK-CALL-REFUSED"),
        ("Save", -99, "ISCB-SDK-CALL-REFUSED"),
    ],
)
def test_each_failure_has_its_code(function, status, code):
    error = call_error(function, "/a/b", status, 12, "why")
    assert error.code == code
    assert error.code in CODES


def test_the_number_shown_is_that_of_whoever_refused():
    assert call_error("Save", "", Status.OK, 12, "").params["status"] == "12"
    assert call_error("Save", "", Status.ERR_QUEUE_FULL, 12, "").params["status"] == "-9"
    assert call_error("Save", "/a/b", Status.ERR_ENCODING, 0, "").params == {"path": "/a/b"}
    assert call_error("Init", "", Status.OK, 3, "").params == {"detail": "result 3"}
    assert call_error("Init", "", Status.ERR_INTERNAL, 0, "why").params == {"detail": "why (-10)"}
