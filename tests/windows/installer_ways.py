"""Ways to install besides the plain silent one: for all users, by clicks, with add-ins and a licence."""

from __future__ import annotations

from pathlib import Path

from installed import ARP, RUN, Installed, check

PRODUCT = "Lane CAD"
#: Runs on Windows Python: the sandbox store of the installed program's user, and a code of it.
_BUY = (
    "from iscbridge.platform.folders import Home; from iscbridge.sandbox.store import control; "
    "home = Home.from_environment(); home.ensure(); control.start(home); "
    "print(control.request(home, {'request': 'new', 'days': 300})['license']['code'])"
)
_POLICY = "[set.files]\nsnapshot_days = 30\n"
#: What stands on each page: the first word that tells it from the others.
_PAGES = ("Welcome to ISCBridge Setup", "License Agreement", "Choose Components", "Installing|Installation Complete",
          "Completing ISCBridge Setup")  # fmt: skip
_PAGES_AWAY = ("卸载 ISCBridge", "选择组件", "卸载完成|正在卸载")


def for_all(here: Installed, program: Path) -> None:
    """For all users of the computer, with the administrator's policy; and away again with everything."""
    policy = here.drive / "policy.toml"
    policy.write_text(_POLICY, encoding="utf-8")
    with here.stage.laps.lap("installed for all users, and removed"):
        told = here.setup(program, "/AllUsers", "/Hosts=freecad")
        check(told["code"] == 3 and not here.root.exists(), f"one user's add-ins for all: {told}")
        here.setup_well(program, "/AllUsers", "/Autostart=on", f"/PolicyFile={here.windows(policy)}")
        here.holds({"core", "hosts"})
        check(here.registry(ARP).get("InstallLocation") == here.windows(here.root), "not entered for all users")
        check(not here.registry(ARP, "HKCU"), "entered for one user")
        check("ISCBridge" in here.registry(RUN), "autostart of all users")
        check(here.shortcut.is_file(), "no entry in the Start menu of all users")
        check((here.machine / "policy.toml").read_bytes() == policy.read_bytes(), "the policy file was not taken over")
        check(not list(here.machine.glob("*.new")), f"left beside the policy: {list(here.machine.iterdir())}")
        _not_believed(here)
        _refused(here)
        here.setup_well(here.uninstaller(), "/RemoveData", here.here)
        check(not here.left(), f"left after the removal: {here.left()}")
        check(not here.machine.exists(), "left of the folder for all users")


def _not_believed(here: Installed) -> None:
    """Wine keeps no owner, so what the installer wrote stays the user's there: the program says so and ignores it."""
    said = here.says("config", "get", "files.snapshot_days")
    check("ISCB-SET-MACHINE-RIGHTS" in said, f"a policy file that is not an administrator's was believed:\n{said}")
    check("default" in said, f"a policy file that is not an administrator's has set a value:\n{said}")


def _refused(here: Installed) -> None:
    """Every process of Wine is elevated; without the lane's word for it no bridge begins."""
    said = here.says("serve", env={"WINE_ELEVATED_IS_USUAL": ""})
    check("ISCB-BRIDGE-ELEVATED" in said, f"a bridge began with an administrator's rights:\n{said}")


def clicked(here: Installed, program: Path, components: set[str]) -> None:
    """Over what is installed, page by page; the last page starts ISCBridge."""
    with here.stage.laps.lap("installed by clicks"):
        pages = here.clicked(program, "setup", "/Lang=en", "/Sandbox", "/Autostart=on")
        _stand_there(pages, _PAGES)
        here.holds(components)
        run_entry = here.registry(RUN).get("ISCBridge", "")
        check(run_entry.endswith(r"\app\ISCBridgeTray.exe tray --quiet"), f"autostart: {run_entry!r}")
        here.until(here.has_tray, "the tray that the last page starts")


def clicked_away(here: Installed) -> None:
    """Removed page by page, in Chinese, with the user's data."""
    with here.stage.laps.lap("removed by clicks, with the user's data"):
        pages = here.clicked(here.uninstaller(), "uninstall", "/Lang=zh", "/RemoveData", here.here)
        _stand_there(pages, _PAGES_AWAY)


def _stand_there(pages: list[str], wanted: tuple[str, ...]) -> None:
    check(len(pages) == len(wanted), f"{len(pages)} pages:\n" + "\n---\n".join(pages))
    for page, words in zip(pages, wanted, strict=True):
        check(any(word in page for word in words.split("|")), f"none of {words} stands on the page:\n{page}")


def asked(here: Installed, program: Path) -> None:
    """Silently, with an add-in for FreeCAD, one for a CAD that nobody knows, and the licence with the code of a file."""
    freecad = here.drive / "Program Files" / "FreeCAD 0.21" / "bin" / "FreeCAD.exe"
    freecad.parent.mkdir(parents=True)
    freecad.write_bytes(b"MZ")
    product = here.profile / "products" / "lane.toml"
    product.parent.mkdir(parents=True)
    product.write_text(f'[product]\nname = "{PRODUCT}"\n', encoding="utf-8")
    with here.stage.laps.lap("add-in and licence by the installer"):
        _, said = here.stage.windows(here.stage.python / "python.exe", "-P", "-c", _BUY)
        code = here.drive / "code.txt"
        code.touch(0o600)
        code.write_text(said.strip() + "\n", encoding="utf-8")
        told = here.setup(program, "/Sandbox", "/Hosts=freecad,nonsuch", f"/LicenseCodeFile={here.windows(code)}")
        check((told["status"], told["code"]) == (1, 9) and "nonsuch" in str(told["errorMsg"]), f"told: {told}")
        check(str(told["errorMsg"]).count(".") == 1, f"more than the CAD that nobody knows was complained of: {told}")
        addin = here.roaming / "FreeCAD" / "Mod" / "ISCBridge"
        check((addin / "InitGui.py").is_file() and (addin / "iscbridge_freecad" / "client.py").is_file(),
              f"the add-in is not there: {list(here.roaming.glob('FreeCAD/**/*'))[:10]}")  # fmt: skip
        here.until(lambda: here.command("license", "status")[0]["state"] == "active", "the licence")
