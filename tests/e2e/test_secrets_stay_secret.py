"""What a run leaves behind holds no licence code, no key and no password: logs, journal, records, answers, dumps."""

from __future__ import annotations

import base64
import json
import os
import resource
import secrets
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from iscbridge.ipc.client import BridgeError
from support.licensed import PRODUCT, LicensedWorld
from support.world import until

#: Where secrets may lie: the secret store that the settings asked for, and the stand-ins, which are "the cloud".
ALLOWED = ("home/secrets.json", "home/sandbox/")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LicensedWorld]:
    made = LicensedWorld(tmp_path)
    try:
        yield made
    finally:
        made.close()


def spellings(secret: str) -> list[bytes]:
    """The ways in which a secret may have been written down."""
    raw = secret.encode()
    forms = [raw, secret.lower().encode(), secret.encode("utf-16-le"), raw.hex().encode(), quote(secret).encode()]
    forms += [base64.b64encode(raw)[:-4], base64.b64encode(b"x" + raw)[4:-4], base64.b64encode(b"xx" + raw)[4:-4]]
    return forms


def leaks(root: Path, found_secrets: list[str]) -> list[str]:
    """Files below `root` that hold one of the secrets."""
    forms = [form for secret in found_secrets for form in spellings(secret)]
    found = []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not path.is_file() or name.startswith(ALLOWED):
            continue
        content = path.read_bytes()
        found += [name for form in forms if form in content]
    return found


def unpack(bundle: Path) -> None:
    """Lay the files of a support bundle beside it: packed, a secret would not be found."""
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(bundle.with_suffix(""))
    assert PRODUCT in (bundle.with_suffix("") / "licenses.json").read_text("utf-8")


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    secret = "PLSECRETCODE0815"
    for number, form in enumerate(spellings(secret)):
        (tmp_path / f"{number}.log").write_bytes(b"before " + form + b" after")
    assert len(set(leaks(tmp_path, [secret]))) == len(spellings(secret))
    assert leaks(tmp_path, ["another"]) == []


def test_a_whole_run_leaves_no_secret_behind(world: LicensedWorld, tmp_path: Path) -> None:
    """Everything that handles secrets is used, and made to fail; then every file that is left is searched."""
    world.env["PYTHONFAULTHANDLER"] = "1"
    world.store()
    world.desk(license="success", license_content=(delivered := f"LICENCE-{secrets.token_hex(12)}"))
    world.bridge(verbose=True)
    said: list[str] = []

    def run(*arguments: str, typed: str | None = None) -> None:
        done = world.cli(*arguments, typed=typed)
        said.append(done.stdout + done.stderr)

    code, second = world.new_code(), world.new_code()
    wrong, odd = f"PL{secrets.token_hex(10)}".upper(), f"bad code {secrets.token_hex(8)}"
    keys = [secrets.token_hex(12).upper(), secrets.token_hex(20)]
    login = ["proxy-user", f"pw-{secrets.token_hex(8)}"]
    run("license", "activate", "--product", PRODUCT, "--code-stdin", typed=wrong)
    run("license", "activate", "--product", PRODUCT, "--code-stdin", typed=odd)
    run("license", "activate", "--product", PRODUCT, code)
    run("license", "activate", "--product", PRODUCT, "--code-stdin", typed=code)
    run("license", "keys", "--product", PRODUCT, "--stdin", typed="\n".join(keys))
    run("license", "proxy-login", "--stdin", typed="\n".join(login))
    with pytest.raises(BridgeError):
        world.ask().request("license.activate", {"product": PRODUCT, "code": odd, "more": odd})
    world.until_license("active")
    for answer in ("500", "garbage", "unauthorized_401"):
        world.ask_store("misbehave", set={"answer": answer, "times": 1})
        world.refresh()
    world.ask_store("misbehave", set={"gateway": "APIGW.0301", "times": 2})
    world.refresh()
    world.ask_store("behave")
    host = world.host()
    host.request("license.request", {"product": PRODUCT, "form": "string"})
    until(lambda: [p for t, p in host.poll(1) if t == "license.received"], "license.received")
    world.ask_store("release", code=code)
    world.refresh()
    run("license", "activate", "--product", PRODUCT, "--code-stdin", typed=second)
    host.save(str(world.file("part.step")))
    for command in (("status",), ("license", "status"), ("doctor",), ("jobs",)):
        run(*command)
        run(*command, "--json")
    run("support-bundle", "--yes", "--out", str(tmp_path / "support.zip"))
    unpack(tmp_path / "support.zip")
    said.append(Path(f"/proc/{world.bridge_pid}/cmdline").read_text("utf-8"))
    world.stop_bridge()

    all_secrets = [code, second, wrong, odd, delivered, *keys, login[1]]
    store = json.loads((world.home.sandbox / "store" / "credentials.json").read_text("utf-8"))
    all_secrets += [store["ak"], store["sk"]]
    kept = (world.home.root / "secrets.json").read_text("utf-8")
    assert second in kept, "the run did not get where secrets are kept"
    assert keys[1] in kept
    (tmp_path / "said").write_text("\n".join(said), encoding="utf-8")
    assert "license.activate" in world.said() or PRODUCT in world.said()
    assert leaks(tmp_path, all_secrets) == []


def test_a_crash_leaves_no_core_dump(world: LicensedWorld, tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (limits[1], limits[1]))
    try:
        world.store()
        world.desk()
        pid = world.bridge()
        world.activated()
        (sdk,) = until(world.sdk_pids, "the SDK process")
        for process in (pid, sdk):
            lines = Path(f"/proc/{process}/limits").read_text("utf-8").splitlines()
            (core,) = [line for line in lines if line.startswith("Max core file size")]
            assert core.split()[4:6] == ["0", "0"]
        os.kill(pid, signal.SIGABRT)
        _, status = os.waitpid(pid, 0)
        assert os.WTERMSIG(status) == signal.SIGABRT
        assert not os.WCOREDUMP(status)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, limits)
    assert not [path for path in (*tmp_path.rglob("core*"), *Path.cwd().glob("core*")) if path.is_file()]
