"""`iscbridge license` against the protocol's real server: what it says, what it returns, and what it never shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iscbridge.cli import doctor, exit_codes
from iscbridge.cli.license_input import NotACodeError, lines
from iscbridge.cli.license_show import _table, _width
from iscbridge.core.licensing.model import LicenseState
from iscbridge.ipc.license_wire import UNMANAGED
from iscbridge.texts import en
from iscbridge.texts.render import render
from support.fake_license_bridge import GOOD, MASKED, RENEW, SLOW

BAD = "PLsecret-987654-abc"


def test_status_is_a_table_of_all_products(bridge, run):
    done = run("license", "status")
    assert done.returncode == exit_codes.DONE
    rows = done.stdout.splitlines()
    assert rows[0].split() == ["PRODUCT", "LICENCE", "CODE", "CONFIRMED", "DAYS", "LEFT", "CLOUD", "WORK"]
    assert [row.split()[:2] for row in rows[1:4]] == [["[sandbox]", name] for name in ("demo", "other", "quiet")]
    assert "not activated" in rows[1]


def test_status_of_a_product_without_policy_restricts_nothing(bridge, run):
    done = run("license", "check", "--product", "elsewhere")
    assert done.returncode == exit_codes.DONE
    assert "no licence needed" in done.stdout
    assert "everything" in done.stdout


def test_check_says_by_its_exit_code_whether_cloud_work_may_begin(bridge, run):
    before = run("license", "check", "--product", "demo")
    assert before.returncode == exit_codes.REFUSED
    assert "What to do:" in before.stdout
    assert RENEW not in before.stdout  # there is nothing to renew
    assert "Files opened from the cloud up to 2026-11-22 09:15 can still be saved." in before.stdout
    activated = run("license", "activate", "--product", "demo", "--code-stdin", given=f"  {GOOD}\r\n\r\n")
    assert activated.returncode == exit_codes.DONE
    assert MASKED in activated.stdout
    assert GOOD not in activated.stdout + activated.stderr
    after = run("license", "check", "--product", "demo")
    assert after.returncode == exit_codes.DONE
    assert "2026-11-22 09:15" in after.stdout


def test_a_code_that_is_refused_is_exit_code_5(bridge, run):
    done = run("license", "activate", "--product", "demo", "--code-stdin", given=BAD)
    assert done.returncode == exit_codes.REFUSED
    assert "refused" in done.stdout
    assert BAD not in done.stdout + done.stderr + bridge.read_text()


def test_the_kept_code_is_bound_again_without_asking(bridge, run):
    assert run("license", "activate", "--product", "demo", "--again").returncode == exit_codes.DONE


def test_refresh_and_deactivation(bridge, run):
    refreshed = run("license", "refresh", "--product", "other")
    assert refreshed.returncode == exit_codes.DONE
    assert "could not be checked lately" in refreshed.stdout
    assert en.NOTES["note.torn"] in refreshed.stdout
    (attention,) = [line for line in refreshed.stdout.splitlines() if "Attention:" in line]
    assert "(ISCB-FILE-SHARE-SLOW)" in attention
    assert render(SLOW, "en").remedy in attention
    row = next(line for line in refreshed.stdout.splitlines() if "other" in line)
    assert " 3 " in row
    unsaid = run("license", "deactivate-local", "--product", "other")
    assert unsaid.returncode == exit_codes.USAGE
    assert "--yes" in unsaid.stderr
    gone = run("license", "deactivate-local", "--product", "other", "--yes")
    assert gone.returncode == exit_codes.DONE
    assert "not activated" in gone.stdout


def test_a_seat_is_given_back_when_that_is_confirmed(bridge, run):
    unsaid = run("license", "release", "--product", "other")
    assert unsaid.returncode == exit_codes.USAGE
    assert "seat" in unsaid.stderr
    assert "--yes" in unsaid.stderr
    gone = run("license", "release", "--product", "other", "--yes")
    assert gone.returncode == exit_codes.DONE
    assert "not activated" in gone.stdout


def test_a_seat_is_taken_over_with_a_code_that_nobody_sees(bridge, run):
    done = run("license", "transfer", "--product", "demo", "--code-stdin", given=GOOD)
    assert done.returncode == exit_codes.DONE
    assert GOOD not in done.stdout + done.stderr + bridge.read_text()
    assert "'license.transfer'" in bridge.read_text()
    assert run("license", "transfer", "--product", "demo", "--code-stdin", given=BAD).returncode == exit_codes.REFUSED
    assert run("license", "transfer", "--product", "demo", "--again").returncode == exit_codes.DONE


def test_json_is_the_licence_object_and_nothing_else(bridge, run):
    done = run("license", "activate", "--product", "demo", "--code-stdin", "--json", given=GOOD)
    licence = json.loads(done.stdout)
    assert (licence["state"], licence["code"], licence["cloud"]) == ("active", MASKED, "sandbox")
    assert [json.loads(line)["product"] for line in run("license", "status", "--json").stdout.splitlines()] == [
        "demo",
        "other",
        "quiet",
    ]


def test_the_one_managed_product_need_not_be_named(home, bridge_of, run):
    bridge_of(["only"])
    assert json.loads(run("license", "check", "--json").stdout)["product"] == "only"
    assert run("license", "activate", "--code-stdin", given=GOOD).returncode == exit_codes.DONE


def test_of_several_products_one_has_to_be_named(bridge, run):
    done = run("license", "refresh")
    assert done.returncode == exit_codes.USAGE
    assert "demo, other, quiet" in done.stderr
    assert "--product" in done.stderr


def test_a_machine_without_policies_has_nothing_to_check(bridge_of, run):
    bridge_of([])
    assert run("license", "check").returncode == exit_codes.DONE
    assert run("license", "status").returncode == exit_codes.DONE
    assert "no policy file" in run("license", "status").stdout
    assert run("license", "activate", "--code-stdin", given=GOOD).returncode == exit_codes.FAILED


def test_nobody_is_asked_for_a_code_of_a_product_that_has_no_licence(bridge, run):
    done = run("license", "activate", "--product", "elsewhere", "--code-stdin", "--json", given=GOOD)
    assert done.returncode == exit_codes.REFUSED
    record = json.loads(done.stdout)
    assert (record["product"], record["state"], record["error"]["code"]) == ("elsewhere", None, "ISCB-LIC-NO-POLICY")


@pytest.mark.parametrize(
    "action", ["status", "check", "activate", "refresh", "deactivate-local", "release", "transfer"]
)
def test_without_a_bridge_it_is_exit_code_3(run, action):
    done = run("license", action, "--product", "demo", "--json", given=GOOD)
    assert done.returncode == exit_codes.NOT_RUNNING
    assert json.loads(done.stdout)["error"]["code"] == "ISCB-BRIDGE-NOT-RUNNING"
    said = run("license", action, "--product", "demo", given=GOOD)
    assert "iscbridge serve" in said.stderr


def test_a_bridge_that_leaves_in_between_is_told_as_such(bridge, run):
    done = run("license", "activate", "--product", "quiet", "--code-stdin", given=GOOD)
    assert done.returncode in (exit_codes.NOT_RUNNING, exit_codes.FAILED)
    assert GOOD not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["license", BAD],
        ["license", "activate", BAD],
        ["--start", "license", "activate", BAD],
        ["license", "activate", "--code", BAD],
        ["license", "activate", f"--code={BAD}"],
        ["license", "activate", "--product", "demo", "-c", BAD],
        ["license", "activate", "--product", "demo", f"--again={BAD}"],
        ["license", "activate", "--product", "demo", "--code-stdin", BAD],
        ["license", "activate", "--key", BAD],
        ["license", "check", BAD],
        ["license", "keys", "--product", "demo", "--stdin", BAD, BAD],
        ["license", "keys", "--product", "demo", "--ak", BAD],
        ["license", "proxy-login", BAD],
        ["license", "proxy-login", "--stdin", f"--password={BAD}"],
        ["license", f"--{BAD}"],
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_stands_on_the_command_line_is_refused_and_never_repeated(run, arguments, language):
    done = run(*arguments, language=language)
    assert done.returncode == exit_codes.USAGE
    assert BAD not in done.stdout + done.stderr
    assert (
        "never an argument" if language == "en" else "不能写在命令行参数中"
    ) in done.stderr or "required" in done.stderr


def test_what_is_merely_missing_is_named(run):
    assert "--product" in run("license", "keys", "--stdin").stderr
    assert "expected one argument" in run("license", "activate", "--code-file").stderr
    assert "not allowed with" in run("license", "activate", "--code-stdin", "--again").stderr


@pytest.mark.parametrize(
    "given",
    [
        "",
        " \r\n ",
        "PL0011 2233",
        "PL001\nPL002",
        "x" * 65,
        "x" * 10_000,
        "PL001\x00",
        "授权码",
        b"PL\xff001",
        "\x1b]0;PL001\x07",
    ],
)
def test_what_is_no_code_is_not_sent(bridge, run, given):
    done = run("license", "activate", "--product", "demo", "--code-stdin", given=given)
    assert done.returncode == exit_codes.USAGE
    assert "No code was given" in done.stderr or "That is no licence code" in done.stderr
    assert "license.activate" not in bridge.read_text()
    for piece in ("PL001", "x" * 65, "授权码"):
        assert piece not in done.stdout + done.stderr


def test_without_a_terminal_the_ways_are_named(bridge, run):
    done = run("license", "activate", "--product", "demo", given=GOOD)
    assert done.returncode == exit_codes.USAGE
    assert "--code-stdin" in done.stderr
    assert "--code-file" in done.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-sig"])
def test_a_code_is_read_as_editors_and_shells_write_it(monkeypatch, encoding):
    import io
    import sys

    data = b"\xfe\xff" + GOOD.encode("utf-16-be") if encoding == "utf-16-be-sig" else GOOD.encode(encoding)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert lines(None) == [GOOD]


def test_an_error_about_a_code_holds_nothing_of_it(monkeypatch):
    import io
    import sys
    import traceback

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BAD.encode() + b"\xff")))
    with pytest.raises(NotACodeError) as caught:
        lines(None)
    assert BAD not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("action", "entry", "given", "value"),
    [
        (["keys", "--product", "demo"], "store-key/demo", "AKAKAK\nSKSKSK+/=\n", {"ak": "AKAKAK", "sk": "SKSKSK+/="}),
        (
            ["proxy-login"],
            "proxy",
            "firm\\ann\r\n口令 mit blank\r\n",
            {"user": "firm\\ann", "password": "口令 mit blank"},
        ),
    ],
)
def test_keys_and_logins_go_into_the_secret_store_and_out_again(home: Path, run, action, entry, given, value):
    from iscbridge.platform.folders import Home
    from iscbridge.platform.secrets import open_secrets

    kept = run("license", *action, "--stdin", given=given)
    assert kept.returncode == exit_codes.DONE, kept.stderr
    secrets = open_secrets(Home(home), "file")
    assert json.loads(secrets.get(entry) or "") == value
    assert all(text not in kept.stdout + kept.stderr for text in value.values())
    assert ("!!" in kept.stderr) == ("keys" in action)
    gone = run("license", *action, "--forget", "--json")
    assert json.loads(gone.stdout) == {"entry": entry, "kept": False, "store": "file"}
    assert secrets.get(entry) is None


@pytest.mark.parametrize("action", [["proxy-login"], ["keys", "--product", "demo"]])
def test_without_a_terminal_it_says_where_keys_and_logins_may_come_from(run, action):
    done = run("license", *action)
    assert done.returncode == exit_codes.USAGE
    assert "--stdin" in done.stderr
    assert "--file" in done.stderr


@pytest.mark.parametrize(
    "given",
    ["", "only one\n", "a\nb\nc\n", "a\nb\x07\n", "a\n" + "s" * 513, "k" * 5000, "密钥A\nb\n", "a b\nc\n", "a\né\n"],
)
def test_other_than_two_lines_is_not_kept(home: Path, run, given):
    from iscbridge.platform.folders import Home
    from iscbridge.platform.secrets import open_secrets

    done = run("license", "keys", "--product", "demo", "--stdin", given=given)
    assert done.returncode == exit_codes.USAGE
    assert "two lines" in done.stderr.lower()
    assert open_secrets(Home(home), "file").get("store-key/demo") is None


def test_a_profile_that_can_t_be_written_is_said(home: Path, run):
    home.write_text("no folder")
    done = run("license", "keys", "--product", "demo", "--stdin", given="AKAKAK\nSKSKSK\n")
    assert done.returncode == exit_codes.FAILED
    assert "ISCB-JOURNAL-IO" in done.stderr
    assert "SKSKSK" not in done.stderr


def test_the_doctor_has_a_line_for_each_licence(bridge, run):
    found = [json.loads(line) for line in run("doctor", "--json").stdout.splitlines()]
    licences = {one["check"]: one for one in found if one["check"].startswith("Licence of ")}
    assert not licences["Licence of demo"]["ok"]
    assert run("license", "activate", "--product", "other", "--again").returncode == exit_codes.DONE
    again = [json.loads(line) for line in run("doctor", "--json").stdout.splitlines()]
    lines_of_other = [one for one in again if one["check"] == "Licence of other"]
    assert [(one["ok"], one["error"]) for one in lines_of_other] == [(True, None), (False, "ISCB-FILE-SHARE-SLOW")]
    assert lines_of_other[0]["text"].startswith("active")
    of_the_bridge = [one["error"] for one in again if one["check"] == "Bridge"]
    assert of_the_bridge == ["ISCB-SET-POLICY"]  # what was said of a licence is not said again


def test_the_doctor_tells_of_the_way_to_the_store():
    error = {"title": "No name", "message": "What.", "remedy": "Do.", "code": "ISCB-STORE-NO-NAME"}
    steps = [
        {"name": "proxy", "target": "a:443", "ok": True, "millis": 1, "proxy": "p:1"},
        {"name": "store", "target": "a:443", "ok": True, "millis": 2},
        {"name": "proxy", "target": "b:443", "ok": True, "millis": 1},
        {"name": "dns", "target": "b", "ok": False, "millis": 2, "error": error},
        {"name": "proxy", "target": "c:443", "ok": True, "millis": 3},
    ]
    found = list(doctor._network(steps, "en"))
    assert [(one.check, one.good, one.code) for one in found] == [
        ("Way to a:443, for licences", True, None),
        ("Way to b:443, for licences", False, "ISCB-STORE-NO-NAME"),
        ("Way to c:443, for licences", True, None),
    ]
    assert [one.text for one in found] == [
        "It answers, through the proxy p:1 (3 ms).",
        "No name. What. Do.",
        "It answers; no proxy is used (3 ms).",
    ]
    assert list(doctor._network([], "en")) == []


def test_every_state_has_a_name():
    assert {f"license.state.{state}" for state in (UNMANAGED, *LicenseState)} <= set(en.MESSAGES)


def test_a_state_of_a_newer_bridge_is_shown_as_it_is(capsys):
    from iscbridge.cli.license_show import show
    from iscbridge.cli.output import Output

    allowed = {"newSave": False, "openedSave": False, "open": False}
    licence = {"product": "p", "cloud": "iscdesk", "state": "of_the_future", "allowed": allowed, "checking": True}
    show(Output("en", as_json=False), [licence])
    said = capsys.readouterr().out
    assert "of_the_future, being checked" in said
    assert "none for now" in said
    assert "Local work goes on" in said


def test_columns_stand_under_each_other_in_chinese_too(bridge, run):
    said = run("license", "status", language="zh").stdout.splitlines()
    assert said[0].startswith("产品")
    place = _width(said[0][: said[0].index("授权码")])
    for row in said[1:4]:
        before = row[: row.index("  -  ") + 2]
        assert _width(before) == place


def test_a_table_pads_by_the_width_that_a_terminal_shows():
    assert _table([["产品", "x"], ["abcd", "y"], ["a", "z"]]) == ["产品  x", "abcd  y", "a     z"]
