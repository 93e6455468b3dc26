"""The support bundle: what it holds, what it never holds, and that it is made when nothing else works."""

from __future__ import annotations

import base64
import json
import os
import re
import stat
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

import iscbridge
from iscbridge.core.effects import WriteJob
from iscbridge.core.errors import FileError, SecretError
from iscbridge.core.jobs import ErrorInfo, Job, JobKind, JobState
from iscbridge.journal.journal import Journal
from iscbridge.platform.folders import Home
from iscbridge.platform.secrets import SecretStore, open_secrets
from iscbridge.service.support.bundle import LARGEST, Bundle, Gathered, default_name, gather, write

CODE = "PLk7-unlike-any-form"
KEYS = {"ak": "short-ak-1", "sk": "another/sk+with signs"}
LOGIN = {"user": "proxy-anna", "password": "pass wörd"}
PENDING = "pending code"
SESSION = {"session": "of-no-form-at-all", "user": "ordinary-word", "until": 1.0}
RECORD_KEY = "00aa11bb"
PLANTED = [CODE, PENDING, RECORD_KEY, *KEYS.values(), *LOGIN.values()]
#: Of nobody's secret store: found by their looks.
LOOKS = [
    "PL0F3A9C2D4E5B6A7788",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
    "hunter2-of-a-header",
    "04:7C:16:5E:E3:5D",
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    made = Home(tmp_path / "profile of anna")
    made.ensure()
    made.logs.mkdir()
    made.products.mkdir()
    (made.products / "demo.toml").write_text('[product]\nname = "demo"\n', encoding="utf-8")
    monkeypatch.setenv("ISCBRIDGE_SECRETS_STORE", "file")
    store = open_secrets(made, "file")
    store.set("code/demo", CODE)
    store.set("code-pending/demo", PENDING)
    store.set("record-key", RECORD_KEY)
    store.set("store-key/demo", json.dumps(KEYS))
    store.set("proxy", json.dumps(LOGIN))
    return made


def made(home: Home, *, doctor: bool = False) -> Gathered:
    return gather(home, "en", with_doctor=doctor)


def member(bundle: Bundle, name: str) -> str:
    return next(one.data for one in bundle.members if one.name == name).decode()


def spellings(secret: str) -> list[bytes]:
    raw = secret.encode()
    coded = [base64.b64encode(b"x" * ahead + raw) for ahead in range(3)]
    forms = [raw, quote(secret, safe="").encode(), raw.hex().encode(), json.dumps(secret)[1:-1].encode()]
    return [*forms, *(form[4:-4] for form in coded if len(form) > 12)]


def written(secret: str) -> list[str]:
    """A secret as programs write it down."""
    raw = secret.encode()
    coded = [base64.b64encode(b"x" * ahead + raw + b"y" * 4).decode() for ahead in range(3)]
    return [
        secret,
        secret.upper(),
        quote(secret),
        quote(secret, safe=""),
        raw.hex(),
        json.dumps(secret),
        repr(secret),
        *coded,
    ]


def leaks(path: Path, secrets: list[str]) -> list[tuple[str, str]]:
    """Which secret stands where: in the file as it is, or in what one of its members unpacks to."""
    content = {"the file itself": path.read_bytes()}
    with zipfile.ZipFile(path) as archive:
        content |= {name: archive.read(name) for name in archive.namelist()}
    return [(n, s) for n, data in content.items() for s in secrets for f in spellings(s) if f.lower() in data.lower()]


def job(number: int, path: str, state: JobState = JobState.FAILED, **params: str) -> Job:
    error = ErrorInfo("ISCB-FILE-UNREADABLE", {"path": path, **params})
    return Job(
        f"j{number:015x}-00000000", JobKind.SAVE, state, path, 1e9 + number, 1e9 + number, "sandbox", error=error
    )


@pytest.fixture
def journal(home: Home) -> Iterator[Journal]:
    opened, _ = Journal.open(home.journal)
    yield opened
    opened.close()


def test_no_secret_comes_through_wherever_it_stood(
    home: Home, journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"{form} in a line" for secret in PLANTED for form in written(secret)]
    lines += [f"found {LOOKS[0]}", f"jwt {LOOKS[1]}", f"Authorization: Basic {LOOKS[2]}", f"adapter {LOOKS[3]}"]
    (home.logs / "bridge.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (home.logs / "bridge.log.1").write_bytes(CODE.encode("utf-16-le") + b"\n" + b"\xff\xfe" + CODE.encode())
    monkeypatch.setenv("ISCBRIDGE_NETWORK_PROXY", f"http://u:{LOGIN['password']}@h:1")
    monkeypatch.setenv("ISCBRIDGE_EXTRA", CODE)
    monkeypatch.setattr(sys, "argv", ["iscbridge", "license", "activate", CODE])
    home.config.write_text(f'[network]\nproxy = "{CODE}"\n[{RECORD_KEY}]\nx = "{KEYS["sk"]}"\n', encoding="utf-8")
    journal.commit([WriteJob(job(1, f"/cad/{CODE}.step", detail=f"token={LOOKS[0]} {PENDING}"), "captureFailed")])
    gathered = made(home, doctor=True)
    for shorten in (False, True):
        target = tmp_path / f"{shorten}.zip"
        write(gathered.dress(shorten_paths=shorten), target)
        assert leaks(target, [*PLANTED, *LOOKS]) == []
    assert gathered.compared
    assert "in a line" in member(gathered.dress(shorten_paths=False), "logs/bridge.log")


def test_whatever_the_secret_store_may_hold_is_looked_for(home: Home) -> None:
    """The kinds of entries as those write them down that keep them."""
    named = re.compile(r'f"([a-z-]+)/\{(?:\w+\.)?product\}"')
    sources = [path for folder in iscbridge.__path__ for path in Path(folder).rglob("*.py")]
    kinds = {kind for path in sources for kind in named.findall(path.read_text(encoding="utf-8"))}
    assert {"code", "relay-device", "relay-session", "store-key"} <= kinds
    store = open_secrets(home, "file")
    planted = {kind: f"of no form, kept as {kind}" for kind in sorted(kinds)}
    for kind, secret in planted.items():
        store.set(f"{kind}/demo", secret)
    (home.logs / "bridge.log").write_text("\n".join(planted.values()) + "\n", encoding="utf-8")
    log = member(made(home).dress(shorten_paths=False), "logs/bridge.log")
    assert [kind for kind, secret in planted.items() if secret in log] == []


def test_of_a_sign_in_only_the_session_is_a_secret(home: Home) -> None:
    open_secrets(home, "file").set("relay-session/demo", json.dumps(SESSION))
    (home.logs / "bridge.log").write_text(
        f"an {SESSION['user']} {SESSION['session']}\n", encoding="utf-8", newline="\n"
    )
    assert member(made(home).dress(shorten_paths=False), "logs/bridge.log") == "an ordinary-word ****\n"


def test_the_leak_test_finds_what_it_looks_for(tmp_path: Path) -> None:
    target = tmp_path / "a.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one", f"a {CODE} b" * 9)
        archive.writestr("two", base64.b64encode(b"x" + LOGIN["user"].encode()))
    assert {name for name, _ in leaks(target, PLANTED)} == {"one", "two"}


def test_it_holds_what_a_support_person_needs(home: Home, journal: Journal) -> None:
    home.config.write_text('[files]\nsnapshot_days = 3\n[advanced]\nsdk = "/opt/sdk.so"\n', encoding="utf-8")
    journal.commit([WriteJob(job(n, f"/cad/part{n}.step"), "captureFailed") for n in range(130)])
    (home.logs / "bridge.log").write_text("a line of the log\n", encoding="utf-8")
    bundle = made(home).dress(shorten_paths=False)
    names = [one.name for one in bundle.members]
    assert names[0] == "contents.txt"
    assert all(f"{name}  (" in member(bundle, "contents.txt") for name in names[1:])
    settings = {one["key"]: one for one in json.loads(member(bundle, "settings.json"))["settings"]}
    assert settings["files.snapshot_days"]["value"] == 3
    assert settings["files.snapshot_days"]["source"] == "file"
    found = json.loads(member(bundle, "journal.json"))
    assert found["jobsByState"] == {"failed": 130}
    assert [one["path"] for one in found["jobs"]] == [f"/cad/part{n}.step" for n in range(129, 29, -1)]
    assert found["jobs"][0]["steps"][0]["cause"] == "captureFailed"
    assert json.loads(member(bundle, "status.json")) == {"running": False, "error": "ISCB-BRIDGE-NOT-RUNNING"}
    assert json.loads(member(bundle, "versions.json"))["packages"]["msgspec"]
    assert "a line of the log" in member(bundle, "logs/bridge.log")


def test_doctors_report_is_in_it(home: Home) -> None:
    report = json.loads(member(made(home, doctor=True).dress(shorten_paths=False), "doctor.json"))
    assert {"ISCB-BRIDGE-NOT-RUNNING"} <= {one["error"] for one in report["findings"]}


def test_shortened_paths_leave_no_name(home: Home, journal: Journal) -> None:
    journal.commit([WriteJob(job(1, "/home/anna/Secret Crane/boom arm.FCStd"), "captureFailed")])
    said = (
        "capture of /home/anna/Secret Crane/boom arm.FCStd failed\nBoom Arm.fcstd again, and 'C:\\\\Crane\\\\x.step'\n"
    )
    (home.logs / "bridge.log").write_text(said, encoding="utf-8")
    gathered = made(home)
    short = gathered.dress(shorten_paths=True)
    everything = "\n".join(one.data.decode() for one in short.members).lower()
    for word in ("anna", "crane", "boom"):
        assert word not in everything, word
    (path,) = [one["path"] for one in json.loads(member(short, "journal.json"))["jobs"]]
    assert path.count("/") == 4
    assert path.endswith(".FCStd")
    assert path in member(short, "logs/bridge.log")
    whole = gathered.dress(shorten_paths=False)
    assert "boom arm.FCStd" in member(whole, "journal.json")


@pytest.mark.parametrize("damage", ["zeros", "garbage", "cut", "empty", "folder"])
def test_a_damaged_journal_is_told_and_the_rest_is_there(home: Home, damage: str) -> None:
    opened, _ = Journal.open(home.journal)
    opened.commit([WriteJob(job(n, f"/cad/part{n}.step"), "captureFailed") for n in range(50)])
    opened.close()
    data = home.journal.read_bytes()
    if damage == "zeros":
        home.journal.write_bytes(data[:4096] + b"\0" * (len(data) - 4096))
    elif damage == "garbage":
        home.journal.write_bytes(os.urandom(9000))
    elif damage == "cut":
        home.journal.write_bytes(data[: len(data) // 2])
    elif damage == "empty":
        home.journal.write_bytes(b"")
    else:
        home.journal.unlink()
        home.journal.mkdir()
    bundle = made(home).dress(shorten_paths=False)
    assert json.loads(member(bundle, "journal.json"))["faults"]
    assert json.loads(member(bundle, "versions.json"))["iscbridge"]


def test_a_huge_log_is_cut_at_its_beginning_and_a_secret_at_the_cut_too(home: Home) -> None:
    with (home.logs / "bridge.log").open("wb") as file:
        for number in range(4000):
            file.write(b"%06d " % number + CODE.encode() * 400 + b"\n")
    bundle = gather(home, "en", with_doctor=False, most=2_000_000).dress(shorten_paths=False)
    (log,) = [one for one in bundle.members if one.name == "logs/bridge.log"]
    assert log.cut > 25_000_000
    assert bundle.size <= 2_000_000
    assert log.data.decode().splitlines()[-1].startswith("003999 ")
    assert CODE.encode() not in log.data
    assert CODE[8:].encode() not in log.data


def test_the_newest_logs_come_first_when_there_is_no_room_for_all(home: Home) -> None:
    for number, name in enumerate(("bridge.log.2", "bridge.log.1", "bridge.log")):
        (home.logs / name).write_bytes(f"{name} x\n".encode() * 70_000)
        os.utime(home.logs / name, (1e9 + number, 1e9 + number))
    bundle = gather(home, "en", with_doctor=False, most=1_200_000).dress(shorten_paths=False)
    logs = [one for one in bundle.members if one.name.startswith("logs/")]
    assert [one.name for one in logs][:2] == ["logs/bridge.log", "logs/bridge.log.1"]
    assert logs[0].cut == 0
    assert logs[-1].cut > 0
    assert bundle.size <= 1_200_000 < LARGEST


def test_a_line_without_end_is_cut(home: Home) -> None:
    (home.logs / "bridge.log").write_text("x" * 50_000 + " " + "word " * 100_000 + CODE, encoding="utf-8")
    text = member(made(home).dress(shorten_paths=True), "logs/bridge.log")
    assert len(text) < 10_000
    assert "more characters" in text


def test_links_among_the_logs_are_not_followed(home: Home, tmp_path: Path) -> None:
    (tmp_path / "private.txt").write_text("of somebody", encoding="utf-8")
    try:
        (home.logs / "bridge.log.9").symlink_to(tmp_path / "private.txt")
    except OSError:
        return  # this system lets nobody make links
    assert all(
        "private" not in one.name and b"of somebody" not in one.data
        for one in made(home).dress(shorten_paths=False).members
    )


def test_a_secret_store_that_does_not_open_is_told(home: Home) -> None:
    def locked(home: Home, choice: str) -> SecretStore:
        raise SecretError("ISCB-SECRET-LOCKED")

    gathered = gather(home, "en", with_doctor=False, secrets=locked)
    assert not gathered.compared
    assert "could not be read" in member(gathered.dress(shorten_paths=False), "contents.txt")


def test_it_is_owner_only_and_never_replaces_by_itself(home: Home, tmp_path: Path) -> None:
    bundle = made(home).dress(shorten_paths=False)
    target = tmp_path / default_name()
    write(bundle, target)
    assert sys.platform == "win32" or stat.S_IMODE(target.stat().st_mode) == 0o600
    target.write_bytes(b"mine")
    with pytest.raises(FileError, match="ISCB-FILE-EXISTS"):
        write(bundle, target)
    assert target.read_bytes() == b"mine"
    write(bundle, target, replace=True)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
    with pytest.raises(FileError, match="ISCB-FILE-EXISTS"):
        write(bundle, tmp_path, replace=True)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileError, match="ISCB-FILE-NOT-WRITTEN"):
        write(bundle, tmp_path / "file" / "a.zip")


def test_nothing_is_there_and_it_is_made_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISCBRIDGE_SECRETS_STORE", "file")
    bundle = made(Home(tmp_path / "nowhere")).dress(shorten_paths=True)
    assert json.loads(member(bundle, "journal.json"))["there"] is False
    assert not (tmp_path / "nowhere").exists()


def test_a_gathering_that_is_stopped_ends_early(home: Home) -> None:
    assert gather(home, "en", stopped=lambda: True).documents == ()
    assert replace(made(home), language="zh").dress(shorten_paths=False).members[0].data.decode().count("支持信息包")
