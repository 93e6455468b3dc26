"""docs/protocol.md against the declarations, both ways."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

from iscbridge.core.changes import PartState
from iscbridge.core.errors import CODES
from iscbridge.core.jobs import JobKind, JobState, WaitReason
from iscbridge.core.licensing.policy import TABLE
from iscbridge.core.workfile_model import FileState
from iscbridge.ipc import job_wire, limits, messages
from iscbridge.ipc.framing import Call, read_call
from iscbridge.ipc.license_wire import UNMANAGED, AllowedObject, LicenseObject, SigninObject
from iscbridge.ipc.limits import Limits
from iscbridge.ipc.messages import MESSAGES, REQUESTS, TOPICS
from iscbridge.ipc.wire import (
    ErrorObject,
    HostObject,
    JobObject,
    NetworkStepObject,
    OpenedObject,
    RpcError,
    SessionObject,
    UpgradeObject,
    error_number,
)
from iscbridge.ipc.workfile_wire import WorkfileObject
from iscbridge.texts.en import NOTES, TEXTS

TEXT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def sections(level: str) -> dict[str, str]:
    """Heading -> text up to the next heading of any level."""
    pieces = re.split(r"^(#{1,4}) (.+)$", TEXT, flags=re.MULTILINE)
    return {
        heading.strip("`"): body
        for marks, heading, body in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True)
        if marks == level
    }


MESSAGE_SECTIONS = {name: body for name, body in sections("###").items() if "." in name}
OBJECTS = {
    "Job object": JobObject,
    "Licence object": LicenseObject,
    "Allowed object": AllowedObject,
    "Sign-in object": SigninObject,
    "Error object": ErrorObject,
    "Opened object": OpenedObject,
    "Working file object": WorkfileObject,
    "Session object": SessionObject,
    "Host object": HostObject,
    "Upgrade object": UpgradeObject,
    "Step object": job_wire.StepObject,
    "Saved file object": job_wire.SavedFileObject,
    "Usual object": job_wire.UsualObject,
    "Part object": job_wire.PartObject,
    "Network step object": NetworkStepObject,
    "Hello limits": messages.HelloLimits,
}
TYPE_NAMES = {
    JobObject: "job object",
    LicenseObject: "licence object",
    AllowedObject: "allowed object",
    SigninObject: "sign-in object",
    ErrorObject: "error object",
    OpenedObject: "opened object",
    WorkfileObject: "working file object",
    SessionObject: "session object",
    HostObject: "host object",
    UpgradeObject: "upgrade object",
    job_wire.StepObject: "step object",
    job_wire.SavedFileObject: "saved file object",
    job_wire.UsualObject: "usual object",
    job_wire.PartObject: "part object",
    NetworkStepObject: "network step object",
    messages.HelloLimits: "hello limits",
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
}
#: Explained once, in section 6, and not in each message that carries one.
WHOLE_OBJECTS = {JobObject, LicenseObject}


def tables(body: str, first: str) -> Iterator[list[list[str]]]:
    """Tables whose first column is headed `first`: rows of cells, without the heading."""
    for table in re.findall(rf"^\| {first} \|.*\n\|[-|]+\|\n((?:\|.*\n)*)", body, flags=re.MULTILINE):
        yield [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in table.splitlines()]


def type_name(hint: Any) -> str:
    """How the page names a type."""
    args = [arg for arg in get_args(hint) if arg is not type(None)]
    if get_origin(hint) is list:
        return f"array of {type_name(args[0])}"
    if get_origin(hint) is dict:
        return f"object of {type_name(args[1])}"
    if get_origin(hint) is Literal:
        return "string"
    if type(hint).__name__ == "_AnnotatedAlias":
        pattern = getattr(hint.__metadata__[0], "pattern", None) or ""
        return "time" if "T" in pattern else type_name(hint.__origin__)
    if args:
        return type_name(args[0])
    return TYPE_NAMES.get(hint) or TYPE_NAMES[next(base for base in hint.__mro__ if base in TYPE_NAMES)]


def declared(struct: type[msgspec.Struct]) -> dict[str, tuple[str, str]]:
    """Wire name -> type and whether it is required, as declared."""
    hints = get_type_hints(struct, include_extras=True)
    return {
        field.encode_name: (type_name(hints[field.name]), "yes" if field.required else "no")
        for field in msgspec.structs.fields(struct)
    }


def documented(rows: list[list[str]]) -> dict[str, tuple[str, str]]:
    return {row[0].strip("`"): (row[1], row[2]) for row in rows}


def test_every_message_is_documented_and_nothing_else() -> None:
    assert set(MESSAGE_SECTIONS) == {message.name for message in MESSAGES}


@pytest.mark.parametrize("name", [message.name for message in MESSAGES])
def test_tables_of_messages(name: str) -> None:
    message = REQUESTS.get(name) or TOPICS[name]
    body = MESSAGE_SECTIONS[name]
    if message.params in WHOLE_OBJECTS:
        assert f"parameters are the {TYPE_NAMES[message.params]}" in body
    else:
        given = next(tables(body, "member"), [])
        assert documented(given) == declared(message.params)
    if message.result is not None:
        if message.result in WHOLE_OBJECTS:
            assert f"Result: the {TYPE_NAMES[message.result]}" in body
        elif message.result is messages.Ok:
            assert re.search(r"[Rr]esult: nothing", body)
        else:
            assert documented(next(tables(body, "result"))) == declared(message.result)


@pytest.mark.parametrize("name", OBJECTS)
def test_tables_of_objects(name: str) -> None:
    assert documented(next(tables(sections("###")[name], "member"))) == declared(OBJECTS[name])


def test_tables_of_words() -> None:
    job = sections("###")["Job object"]
    assert {row[0].strip("`"): row[1] for row in next(tables(job, "state"))} == {
        state.value: "yes" if state.is_final else "no" for state in JobState
    }
    assert {row[0].strip("`") for row in next(tables(job, "reason"))} == {reason.value for reason in WaitReason}
    assert {row[0].strip("`") for row in next(tables(job, "note"))} == set(NOTES)
    assert all(f"`{kind.value}`" in job for kind in JobKind)
    parts = next(tables(sections("###")["Part object"], "part"))
    assert {row[0].strip("`") for row in parts} == {state.value for state in PartState}
    working = next(tables(sections("###")["Working file object"], "state"))
    assert {row[0].strip("`") for row in working} == {state.value for state in FileState}
    licence = next(tables(sections("###")["Licence object"], "state"))
    may = {state.value: "yes" if row.new_save else "no" for state, row in TABLE.items()}
    assert {row[0].strip("`"): row[1] for row in licence} == {UNMANAGED: "yes", **may}


def test_the_table_of_codes() -> None:
    rows = next(tables(TEXT, "code"))
    found = {row[0]: (int(row[1]), row[2].strip("`"), row[3]) for row in rows}
    wanted = {code: (error_number(code), retry.value, TEXTS[code][0]) for code, retry in CODES.items()}
    missing = [f"| {code} | {n} | `{retry}` | {title} |" for code, (n, retry, title) in wanted.items()]
    assert found == wanted, "section 10 should read:\n" + "\n".join(missing)


def test_codes_in_the_text_exist() -> None:
    assert set(re.findall(r"ISCB-[A-Z]+-[A-Z0-9-]*[A-Z0-9]", TEXT)) <= set(CODES)


def test_the_table_of_limits() -> None:
    rows = next(tables(TEXT, "limit"))
    found = {row[0].strip("`"): float(row[1].split()[0]) for row in rows}
    inner = {"close_within", "read_block", "read_buffer", "bite_frames", "bite_time", "turn_time", "watch_every"}
    assert found == {f.name: float(getattr(Limits(), f.name)) for f in fields(Limits) if f.name not in inner}
    for number in (
        limits.MAX_FILES,
        limits.MAX_MANIFEST,
        limits.MAX_REQUEST_ID,
        limits.MAX_TEXT,
        limits.MAX_DEVICE_INFO,
        limits.MAX_LICENSE_CODE,
        limits.MAX_PAGE,
    ):
        assert re.search(rf"\b{number}\b", TEXT)


def conversations() -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    for heading, body in {**sections("#"), **sections("##"), **sections("###")}.items():
        for block in re.findall(r"```frames\n(.*?)```", body, flags=re.DOTALL):
            lines = [(line[0], json.loads(line[3:])) for line in block.splitlines()]
            assert all(re.match(r"[CS]: \{", line) for line in block.splitlines())
            yield heading, lines


CONVERSATIONS = list(conversations())


@pytest.mark.parametrize(("heading", "lines"), CONVERSATIONS, ids=[heading for heading, _ in CONVERSATIONS])
def test_examples_are_valid(heading: str, lines: list[tuple[str, dict[str, Any]]]) -> None:
    asked: dict[object, str] = {}
    for sender, frame in lines:
        if sender == "C":
            call = read_call(json.dumps(frame).encode())
            assert isinstance(call, Call), call
            assert call.id is not None
            asked[call.id] = call.method
            if not any("error" in other and other["id"] == call.id for _, other in lines):
                params = frame.get("params", {})
                given = msgspec.convert(params, REQUESTS[call.method].params)
                if not any("\\" in str(value) for value in params.values()):
                    messages.decode_params(REQUESTS[call.method], call.params)
                assert msgspec.to_builtins(given) == params
        else:
            _check_sent(frame, asked)
    assert not asked, "every request in an example has its answer"


def _check_sent(frame: dict[str, Any], asked: dict[object, str]) -> None:
    assert frame["jsonrpc"] == "2.0"
    if "method" in frame:
        assert "id" not in frame
        declared_type, value = TOPICS[frame["method"]].params, frame["params"]
    elif "error" in frame:
        asked.pop(frame["id"])
        declared_type, value = RpcError, frame["error"]
        assert value["code"] == error_number(value["data"]["code"])
        assert value["message"] == value["data"]["title"]
    else:
        result = REQUESTS[asked.pop(frame["id"])].result
        assert result is not None
        declared_type, value = result, frame["result"]
    # Strict both ways: what the example has, the declaration has, and written again it is the same.
    assert msgspec.to_builtins(msgspec.convert(value, declared_type)) == value


def test_every_message_has_an_example() -> None:
    shown = {heading for heading, _ in CONVERSATIONS}
    assert {message.name for message in MESSAGES} <= shown


def test_every_member_is_shown_somewhere() -> None:
    """A member that no example has is one whose form nobody can see."""
    seen = json.dumps([frame for _, lines in CONVERSATIONS for _, frame in lines])
    structs = [m.params for m in MESSAGES] + [m.result for m in MESSAGES if m.result is not None]
    members = {name for struct in structs for name in declared(struct)}
    rarely = {"minProtocol", "force", "before", "content", "limits"}
    assert {name for name in members if f'"{name}"' not in seen} <= rarely
