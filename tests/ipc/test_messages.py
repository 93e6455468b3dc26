from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from iscbridge.core.errors import CODES, RequestError
from iscbridge.core.jobs import CapturedFile, ErrorInfo, Job, JobKind, JobState, Origin, Snapshot, WaitReason
from iscbridge.ipc import limits, messages
from iscbridge.ipc.manifest import read_manifest
from iscbridge.ipc.messages import REQUESTS, decode_params
from iscbridge.ipc.wire import error_number, job_to_wire, time_to_wire

INSTANCE = "0123456789abcdef"


def decode(method: str, **params: Any) -> Any:
    return decode_params(REQUESTS[method], json.dumps(params).encode())


def refusal(method: str, **params: Any) -> str:
    with pytest.raises(RequestError) as caught:
        decode(method, **params)
    return caught.value.code


def test_names_are_unique_and_since_the_first_version() -> None:
    names = [message.name for message in messages.MESSAGES]
    assert len(names) == len(set(names)) == len(REQUESTS) + len(messages.TOPICS)
    assert {message.since for message in messages.MESSAGES} == {1}


def test_wire_names_are_camel_case() -> None:
    params = decode("cloud.save", path="/a", requestId="r", assembly=True, files=["/a", "/b"])
    assert (params.request_id, params.files) == ("r", ["/a", "/b"])
    assert refusal("cloud.save", path="/a", request_id="r") == "ISCB-REQ-PARAMS"


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("cloud.save", {}),
        ("cloud.save", {"path": 1}),
        ("cloud.save", {"path": "/a", "asembly": True}),
        ("cloud.save", {"path": "/a", "assembly": "true"}),
        ("cloud.save", {"path": "/a", "assembly": 1}),
        ("cloud.save", {"path": "/a", "requestId": ""}),
        ("cloud.save", {"path": "/a", "requestId": "r" * 129}),
        ("cloud.save", {"path": "/a", "product": "p" * 257}),
        ("cloud.save", {"path": "/a", "assembly": True, "files": []}),
        ("cloud.save", {"path": "/a", "files": ["/a"]}),
        ("cloud.save", {"path": "/a", "manifest": "/m"}),
        ("cloud.save", {"path": "/a", "assembly": True, "files": ["/a"], "manifest": "/m"}),
        ("job.list", {"limit": 0}),
        ("job.list", {"limit": 501}),
        ("job.list", {"states": ["gone"]}),
        ("job.list", {"text": "t" * 257}),
        ("job.get", {"job": ""}),
        ("job.get", {"job": "j" * 65}),
        ("job.resolve", {"job": "j", "answer": "maybe"}),
        ("bridge.hello", {"protocol": 1, "host": "", "instance": INSTANCE}),
        ("bridge.hello", {"protocol": 0, "host": "h", "instance": INSTANCE}),
        ("bridge.hello", {"protocol": 1, "host": "h", "instance": "short"}),
        ("bridge.hello", {"protocol": 1, "host": "h", "instance": "with space"}),
        ("bridge.hello", {"protocol": 1, "host": "h", "instance": "i" * 65}),
        ("bridge.hello", {"protocol": 1, "host": "h", "instance": INSTANCE, "language": "fr"}),
        ("bridge.status", {"verbose": True}),
        ("license.request", {"product": "", "form": "file"}),
        ("license.request", {"product": "p", "form": "file", "deviceInfo": "d" * 5121}),
    ],
)
def test_wrong_parameters_are_named(method: str, params: dict[str, Any]) -> None:
    with pytest.raises(RequestError) as caught:
        decode(method, **params)
    assert caught.value.code == "ISCB-REQ-PARAMS"
    assert caught.value.params["method"] == method
    assert caught.value.params["detail"]


@pytest.mark.parametrize("method", ["cloud.save", "cloud.saveAs", "cloud.solve", "file.status"])
def test_paths_are_checked(method: str) -> None:
    assert refusal(method, path="") == "ISCB-REQ-PATH-EMPTY"
    assert refusal(method, path="a.txt") == "ISCB-REQ-PATH-RELATIVE"


def test_paths_in_lists_are_checked() -> None:
    assert refusal("cloud.save", path="/a", assembly=True, files=["/a", "b"]) == "ISCB-REQ-PATH-RELATIVE"
    assert refusal("cloud.save", path="/a", assembly=True, manifest="m") == "ISCB-REQ-PATH-RELATIVE"


def test_ten_thousand_files_fit_into_a_frame() -> None:
    files = [f"/home/ann/projects/plant/parts/part-number-{number:06d}.FCStd" for number in range(10_000)]
    params = decode("cloud.save", path=files[0], assembly=True, files=files)
    assert len(params.files) == 10_000
    assert len(json.dumps({"files": files})) < limits.MAX_FRAME


def test_more_files_than_the_limit_are_refused() -> None:
    files = ["/a"] * (limits.MAX_FILES + 1)
    assert refusal("cloud.save", path="/a", assembly=True, files=files) == "ISCB-REQ-PARAMS"


def test_every_code_has_a_number_of_json_rpc() -> None:
    assert all(-32799 < error_number(code) <= -32000 for code in CODES)


def test_times_have_milliseconds() -> None:
    assert time_to_wire(0.0) == "1970-01-01T00:00:00.000Z"
    assert time_to_wire(1_795_338_902.1149) == "2026-11-22T09:15:02.114Z"


JOB = Job(
    id="j1",
    kind=JobKind.SAVE_AS,
    state=JobState.WAITING,
    path="/a",
    created=1.0,
    updated=2.5,
    cloud="sandbox",
    origin=Origin("instance-1", "FreeCAD", "", "r1"),
    reason=WaitReason.SDK_GAVE_UP,
)


def test_a_job_without_details_is_short() -> None:
    wire = msgspec.to_builtins(job_to_wire(JOB, "en"))
    assert wire == {
        "job": "j1",
        "kind": "saveAs",
        "state": "waiting",
        "reason": "sdkGaveUp",
        "path": "/a",
        "assembly": False,
        "cloud": "sandbox",
        "created": "1970-01-01T00:00:01.000Z",
        "updated": "1970-01-01T00:00:02.500Z",
        "notes": [],
        "requestId": "r1",
        "host": "FreeCAD",
    }


def test_a_job_tells_its_error_in_the_language_and_its_size() -> None:
    file = CapturedFile("a", "/a", 7, 0, "", "", "")
    job = replace(
        JOB,
        state=JobState.FAILED,
        reason=None,
        error=ErrorInfo("ISCB-FILE-MISSING", {"path": "/a"}),
        snapshot=Snapshot("i", (file, file)),
        notes=("note.torn",),
        attempts=2,
    )
    english, chinese = (msgspec.to_builtins(job_to_wire(job, language)) for language in ("en", "zh"))
    assert (english["files"], english["size"], english["attempts"], english["notes"]) == (2, 14, 2, ["note.torn"])
    assert english["error"]["code"] == chinese["error"]["code"] == "ISCB-FILE-MISSING"
    assert english["error"]["retry"] == "afterFix"
    assert english["error"]["title"] != chinese["error"]["title"]
    assert "/a" in chinese["error"]["message"]


@pytest.mark.parametrize(
    ("topic", "params", "wire"),
    [
        (
            "file.opened",
            {"job": "j", "path": "/a", "openType": "OpenOnly", "workState": "CHECKIN", "assembly": "true"},
            {
                "job": "j",
                "path": "/a",
                "assembly": True,
                "openType": "OpenOnly",
                "workState": "CHECKIN",
                "readOnly": True,
            },
        ),
    ],
)
def test_announcements_of_the_engine(topic: str, params: dict[str, str], wire: dict[str, Any]) -> None:
    struct = messages.announcement(topic, params)
    assert isinstance(struct, messages.TOPICS[topic].params)
    assert msgspec.to_builtins(struct) == wire


def test_only_announcements_can_be_announced() -> None:
    for topic in ("job.changed", "upgrade.announced"):  # the latter has texts in each client's language
        with pytest.raises(ValueError, match=topic):
            messages.announcement(topic, {})


def test_a_manifest_is_read(tmp_path: Path) -> None:
    manifest = tmp_path / "m.json"
    manifest.write_text(json.dumps({"files": ["/a/零件.FCStd", "/b"]}), encoding="utf-8")
    assert read_manifest(str(manifest)) == ("/a/零件.FCStd", "/b")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "ISCB-REQ-MANIFEST"),
        (b"", "ISCB-REQ-MANIFEST"),
        (b"[]", "ISCB-REQ-MANIFEST"),
        (b'{"files":[]}', "ISCB-REQ-MANIFEST"),
        (b'{"files":[1]}', "ISCB-REQ-MANIFEST"),
        (b'{"files":["/a"],"more":1}', "ISCB-REQ-MANIFEST"),
        (b'{"files":["/\xff"]}', "ISCB-REQ-MANIFEST"),
        (b'{"files":' + b"[" * 10_000, "ISCB-REQ-MANIFEST"),
        (b'{"files":["a"]}', "ISCB-REQ-PATH-RELATIVE"),
    ],
)
def test_a_bad_manifest_is_refused(tmp_path: Path, content: bytes | None, code: str) -> None:
    manifest = tmp_path / "m.json"
    if content is not None:
        manifest.write_bytes(content)
    with pytest.raises(RequestError) as caught:
        read_manifest(str(manifest))
    assert caught.value.code == code
