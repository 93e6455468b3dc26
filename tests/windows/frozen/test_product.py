"""The frozen product does what the installed package does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from iscbridge.ipc.client import Client
from iscbridge.platform.folders import Home
from iscbridge.version import VERSION

CONTENT = bytes(range(256)) * 1024 + b"\r\n\n\x1a\r\nend"
#: The tray's first window needs a bridge that has come up.
SETTINGS = "window settings opens"


def test_a_file_goes_into_the_cloud_and_comes_back(product, tmp_path):
    assert product.command("--version").strip() == f"iscbridge {VERSION}"
    product.command("sandbox", "start")
    part = tmp_path / "Teil 零件.FCStd"
    part.write_bytes(CONTENT)
    product.command("save", "--start", "--wait", str(part))
    [job] = [json.loads(line) for line in product.command("jobs", "--json").splitlines()]
    assert job["state"] == "done"
    [held] = [json.loads(line) for line in product.command("sandbox", "ls", "--json").splitlines()]
    product.command("sandbox", "get", held["path"], str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == CONTENT
    product.command("stop")


def test_the_tray_shows_a_window_and_saves_without_a_word_on_standard_error(product, tmp_path, until):
    product.command("sandbox", "start")
    tray = product.tray("--window", "settings")
    try:
        until(lambda: SETTINGS in product.log() or tray.poll() is not None, "the window")
        assert tray.poll() is None, tray.stderr.read()
        _picture(product)
        part = tmp_path / "part.FCStd"
        part.write_bytes(CONTENT)
        product.command("save", "--wait", str(part))
        client = Client("frozen-test", address=Home(product.profile).bridge_address())
        client.connect()
        assert client.request("bridge.status", {})["tray"] is True
        client.close()
        product.command("stop")
        said, complained = tray.communicate(timeout=60)
    finally:
        if tray.poll() is None:
            tray.kill()
            tray.communicate()
    assert (tray.returncode, said, complained) == (0, b"", b"")


def test_without_the_sandbox_all_else_works_and_its_commands_say_what_is_missing(folder, product, tmp_path):
    bare = tmp_path / "installed"
    for entry in json.loads((folder / "payload.json").read_text("utf-8"))["files"]:
        if entry["component"] != "sandbox":
            target = bare / entry["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            _link(folder / entry["path"], target)
    installed = type(product)(bare, tmp_path / "other")
    assert installed.command("--version").strip() == f"iscbridge {VERSION}"
    assert "FreeCAD" in installed.command("hosts", "list")
    for arguments in (["sandbox", "start"], ["demo"]):
        assert "ISCB-SANDBOX-LEFT-OUT" in installed.command(*arguments, code=1)
    assert "ISCB-SDK-NOT-CONFIGURED" in installed.command("doctor", "--json", code=1)


def test_add_ins_find_the_client_and_the_programs(folder):
    client = folder / "_internal" / "iscbridge" / "ipc" / "client.py"
    assert "class Client" in client.read_text("utf-8")
    assert (folder / "_internal" / "iscbridge_resources" / "hosts" / "freecad" / "host.toml").is_file()


def _link(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.symlink_to(os.readlink(source))
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _picture(product) -> None:
    """A picture of the screen for people, where the lane asks for one."""
    place = os.environ.get("FROZEN_PICTURE")
    if place:
        looks = Path(__file__).with_name("looks.py")
        subprocess.run([os.environ["FROZEN_PYTHON"], looks, "ISCBridge", place], check=True, timeout=120)
