"""Step `installer`: the installer and the MSI are built, signed, installed, interrupted, upgraded and removed.

In this order: an older version for all users, and away again; for one user silently, by clicks, and with what can be
asked for besides; the release over it with a job that waits, the release over an interruption, its removal over an
interruption, with and without the user's data, the last one by clicks; then the MSI. What the older version can show
runs while the release is packed, and takes no time of its own.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import os
import shutil
import sys
import tarfile
from pathlib import Path

import installer_ways
import step_frozen
from installed import ARP, DONE, RUN, Installed, check
from stage import ROOT, LaneError, Stage
from wine import windows_path

sys.path.insert(0, str(ROOT / "installer"))

import build_msi
import build_setup
import payload_list
import sign

NEEDS = {
    "nsis": "/usr/bin/makensis",
    "wixl": "/usr/bin/wixl",
    "msitools": "/usr/bin/msibuild",
    "osslsigncode": "/usr/bin/osslsigncode",
    "openssl": "/usr/bin/openssl",
}

OLD_VERSION = "0.0.1"
MOST_BYTES = 35 * 1024 * 1024
EVERYTHING = {"core", "hosts", "sandbox"}
CONTENT = bytes(range(256)) * 1024 + b"\r\n\x1a"

#: Runs on Windows Python: what the engineer would click in the sandbox's dialog.
_PICK = (
    "import sys; from iscbridge.platform.folders import Home; from iscbridge.sandbox import control; "
    "control.request(Home.from_environment(), {'request': 'script', 'answers': [{'action': 'open', 'path': sys.argv[1]}]})"
)


def prepare(stage: Stage) -> None:
    """What needs no payload: the helper library of the installer, the certificate."""
    build_setup.build_helper(_folder(stage) / "setup.dll")
    try:
        os.environ |= sign.make_throw_away(_folder(stage) / "certificate")
    except sign.SignError as error:
        raise LaneError(str(error)) from None


def run(stage: Stage) -> None:
    """All of it; the release is packed beside the first installation."""
    try:
        payload = payload_list.read_payload(stage.payload)
        helper = _folder(stage) / "setup.dll"
        with concurrent.futures.ThreadPoolExecutor(1) as beside:
            release = beside.submit(_release, stage, payload, helper)
            with stage.laps.lap("installer of an older version"):
                old = build_setup.build_setup(payload, _folder(stage) / "old.exe", version=OLD_VERSION, compress="none",
                                              icon=_icon(stage), helper=helper)  # fmt: skip
            here = Installed(stage)
            installer_ways.for_all(Installed(stage, everybody=True), old)
            _first_installation(here, old)
            installer_ways.asked(here, old)
            installer_ways.clicked(here, old, EVERYTHING)
            job = _waiting_job(here)
            new, package = release.result()
        _upgrade(here, new, payload.version, job)
        _busy(here, old)
        _interrupted(here, new, payload.version)
        _settings_picture(here)
        _removal(here, new)
        _package(here, package, new)
        _hand_over(stage, new, package)
    except (build_setup.BuildError, payload_list.PayloadError, sign.SignError) as error:
        raise LaneError(str(error)) from None


def _hand_over(stage: Stage, *built: Path) -> None:
    """What was built stays in build/release for `dev.py package`, and makes a whole release archive."""
    kept = ROOT / "build" / "release"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    logo, sbom = stage.work / "frozen" / "built" / "iscbridge.png", stage.payload / "sbom.cdx.json"
    for path in (*built, logo, sbom):
        shutil.copy2(path, kept)
    words = [word for path in built for word in ("--installer", kept / path.name)]
    words += ["--logo", kept / logo.name, "--sbom", kept / sbom.name, "--output", _folder(stage) / "archive"]
    if (client := stage.work / "client").is_dir():  # of the step native
        shutil.copytree(client, kept / client.name)
        words += ["--client", kept / client.name]
    with stage.laps.lap("release archive"):
        stage.host([sys.executable, ROOT / "installer" / "release.py", *words])
    (archive,) = (_folder(stage) / "archive").glob("ISCBridge-*-windows-x64.tar.gz")
    with tarfile.open(archive) as opened:
        names = {Path(name).name for name in opened.getnames()}
    check({path.name for path in built} | {"install.bat", "manifest.json", "SHA256SUMS", "logo.png"} <= names,
          f"the release archive holds {sorted(names)} only")  # fmt: skip


def _folder(stage: Stage) -> Path:
    folder = stage.work / "installer"
    folder.mkdir(exist_ok=True)
    return folder


def _authority(stage: Stage) -> Path:
    return _folder(stage) / "certificate" / "ca.pem"


def _icon(stage: Stage) -> Path:
    """The programs' own, painted when they were frozen."""
    return stage.work / "frozen" / "built" / "iscbridge.ico"


def _release(stage: Stage, payload: payload_list.Payload, helper: Path) -> tuple[Path, Path]:
    """The installer and the MSI as they are released, signed and verified."""
    folder = _folder(stage)
    setup, package = folder / f"ISCBridge-{payload.version}-setup.exe", folder / f"ISCBridge-{payload.version}.msi"
    with stage.laps.lap("installer of the release, signed"):
        build_setup.build_setup(payload, setup, icon=_icon(stage), helper=helper, signed=True)
    with stage.laps.lap("MSI, signed"):
        build_msi.build_msi(payload, package)
        sign.sign([package])
    authority = _authority(stage)
    sign.verify([setup, package], authority)
    size = setup.stat().st_size
    stage.laps.say(f"installer {size / 1e6:.1f} MB, MSI {package.stat().st_size / 1e6:.1f} MB")
    check(size <= MOST_BYTES, f"the installer has {size} bytes, more than {MOST_BYTES}")
    changed = folder / "changed.exe"
    data = bytearray(setup.read_bytes())
    data[len(data) // 2] ^= 1
    changed.write_bytes(data)
    try:
        sign.verify([changed], authority)
    except sign.SignError:
        return setup, package
    raise LaneError("a changed installer still had a good signature")


def _first_installation(here: Installed, old: Path) -> None:
    """Without the sandbox unless it is chosen; a switch that is unknown changes nothing."""
    with here.stage.laps.lap("installed silently"):
        told = here.setup(old, "/Sandbax")
        check(told["status"] == 2 and "/Sandbax" in str(told["errorMsg"]), f"an unknown switch was taken: {told}")
        check(not here.root.exists(), "an unknown switch, and yet something was installed")
        _folder_of_somebody(here, old)
        here.setup_well(old)
        here.holds(EVERYTHING - {"sandbox"})
        _entered(here, OLD_VERSION)
        sign.verify(step_frozen.own_files(here.app), _authority(here.stage))
        told = here.setup(old, r"/D=C:\elsewhere")
        check(told["code"] == 10 and not (here.drive / "elsewhere").exists(), f"installed twice: {told}")


def _folder_of_somebody(here: Installed, program: Path) -> None:
    """What has the name of our folder and is not ours stays as it is."""
    theirs = here.drive / "tools" / "app" / "theirs.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("x", encoding="utf-8")
    told = here.setup(program, r"/D=C:\tools")
    check(told["code"] == 10 and theirs.read_text("utf-8") == "x", f"taken for ours: {told}")
    check([path.name for path in theirs.parents[1].iterdir()] == ["app"], "something was left beside it")


def _entered(here: Installed, version: str) -> None:
    found = here.registry(ARP)
    check(found.get("DisplayVersion") == version, f"entered is {found.get('DisplayVersion')}, not {version}")
    check(found.get("InstallLocation") == here.windows(here.root), f"entered place: {found.get('InstallLocation')}")
    quiet = f'"{here.windows(here.root / "uninstall.exe")}" /S'
    check(found.get("QuietUninstallString") == quiet, f"entered for removal: {found.get('QuietUninstallString')}")
    check(int(found.get("EstimatedSize", "0"), 16) > 1000, "no size is entered")
    check(here.shortcut.is_file(), "no entry in the Start menu")
    check(not (here.root / "setup-unfinished").exists(), "the installation is still marked as unfinished")
    rest = sorted(path.name for path in here.root.glob("app.*"))
    check(not rest, f"left beside the programs: {rest}")


def _waiting_job(here: Installed) -> str:
    """The installed program saves and opens a file through the sandbox's SDK; then a job waits."""
    part = here.drive / "parts" / "Halter 支架.FCStd"
    part.parent.mkdir()
    part.write_bytes(CONTENT)
    with here.stage.laps.lap("the installed program saves and opens a file"):
        here.sandbox()
        [*_, saved] = here.command("save", here.windows(part), "--wait", "--timeout", "120")
        check((saved["state"], saved["cloud"]) == ("done", "sandbox"), f"save: {saved}")
        [held] = here.command("sandbox", "ls")
        check(held["sha256"] == hashlib.sha256(CONTENT).hexdigest(), f"in the cloud: {held}")
        here.stage.windows(here.stage.python / "python.exe", "-P", "-c", _PICK, str(held["path"]))
        [*_, opened] = here.command("open", "--wait", "--timeout", "120")
        check(opened["state"] == "done", f"open: {opened}")
        delivered = here.drive / str(opened["resultPath"]).replace("\\", "/").removeprefix("C:/")
        check(delivered.read_bytes() == CONTENT, "what was opened is not what was saved")
    here.command("pause")
    part.write_bytes(CONTENT[::-1])
    [*_, waiting] = here.command("save", here.windows(part))
    return str(waiting["job"])


def _upgrade(here: Installed, new: Path, version: str, job: str) -> None:
    """Over a running older version: it closes, the job is kept, the tray comes back, and the job is done."""
    with here.stage.laps.lap("upgrade over a running version, with a job that waits"):
        [before] = here.command("job", job)
        check(before["state"] == "waiting", f"the job was to wait: {before}")
        here.setup_well(new)
        here.holds(EVERYTHING)
        _entered(here, version)
        check("ISCBridge" in here.registry(RUN), "the upgrade has taken autostart away")
        here.until(here.has_tray, "the tray after the upgrade")
        here.sandbox()
        here.until(lambda: here.command("job", job)[0]["state"] == "done", "the job that waited is done")
        held = here.command("sandbox", "ls")
        digest = hashlib.sha256(CONTENT[::-1]).hexdigest()
        check(any(item["sha256"] == digest for item in held), f"the cloud does not hold what waited: {held}")


def _busy(here: Installed, program: Path) -> None:
    """Something of ours does not close: nothing is changed, and the tray that was closed for it comes back."""
    with here.stage.laps.lap("an update that is not possible now"):
        [before] = here.command("status")
        with here.held(here.app / "iscbridge.exe"):
            told = here.setup(program, "/Downgrade", "/Wait=1")
        check((told["code"], told["status"]) == (5, 2), f"told: {told}")
        here.holds(EVERYTHING)
        here.until(here.has_tray, "the tray that was closed in vain")
        check(here.command("status")[0]["pid"] != before["pid"], "the tray was to be closed for this test")


def _interrupted(here: Installed, new: Path, version: str) -> None:
    """Killed while files are unpacked: what is installed still works, and the next installation goes on."""
    with here.stage.laps.lap("interrupted installation, repaired"):
        [before] = here.command("status")
        reached = here.end_at(new, 20)
        check((here.root / "setup-unfinished").exists(), f"no mark of an interruption at {reached} %")
        check((here.root / "app.new").is_dir(), "nothing was laid out beside")
        here.holds(EVERYTHING)
        here.until(here.has_tray, "the tray, which an interruption leaves alone")
        check(here.command("status")[0]["pid"] == before["pid"], "it was closed although nothing was changed over")
        # Ended between the two steps of the change-over: the programs have gone, the old ones lie beside.
        here.command("stop")
        here.command("sandbox", "stop")
        here.until(lambda: not here.command("status", good=False) or not here.has_tray(), "the end of the tray")
        (here.app).rename(here.root / "app.old")
        here.setup_well(new)
        here.holds(EVERYTHING)
        _entered(here, version)
        (here.app / "iscbridge.exe").unlink()  # damaged
        lock = here.root / "setup-lock"
        with here.held(lock):
            told = here.setup(new)
            check(told["code"] == 5 and not (here.app / "iscbridge.exe").exists(), f"two at once: {told}")
        here.setup_well(new)
        here.holds(EVERYTHING)
        check(not lock.exists(), "the lock on the folder is still there")


def _settings_picture(here: Installed) -> None:
    """The settings window of the installed program, for people to look at."""
    with here.stage.laps.lap("settings window"):
        here.start(here.app / "ISCBridgeTray.exe", "tray", "--window", "settings")
        logs = here.profile / "logs"
        here.until(lambda: any("window settings opens" in path.read_text("utf-8", "replace") for path in logs.glob("*.log")),
                   "the settings window")  # fmt: skip
        looks = ROOT / "tests" / "windows" / "frozen" / "looks.py"
        picture = here.stage.pictures / "installed-settings.png"
        picture.unlink(missing_ok=True)
        here.stage.windows(here.stage.python / "python.exe", looks, "ISCBridge", windows_path(picture), timeout=120)
        check(picture.is_file(), "no picture of the settings window")


def _removal(here: Installed, new: Path) -> None:
    """Interrupted and continued; nothing is left but the user's data, and on request not even that."""
    with here.stage.laps.lap("removal, interrupted and continued"):
        shutil.copy(new, here.scripts())
        theirs = here.root / "app.config"
        theirs.write_text("x", encoding="utf-8")
        here.end_at(here.uninstaller(), 30, here.here)
        check(here.registry(ARP), "interrupted, and no entry leads to the removal any more")
        told = here.script("uninstall.bat", '"/Wait=30"')
        check(told == DONE, f"uninstall.bat: {told}")
        check(list(here.root.iterdir()) == [theirs], f"more or less than ours was removed: {list(here.root.iterdir())}")
        theirs.unlink()
        here.root.rmdir()
        check(not here.left(), f"left after the removal: {here.left()}")
        check((here.profile / "journal.sqlite3").is_file(), "the removal has taken the user's data")
        told = here.script("uninstall.bat")
        check(told == {"code": 0}, f"uninstall.bat where nothing is installed: {told}")
    with here.stage.laps.lap("installed by the release's script"):
        told = here.script("install.bat", "/NoStart", '"/Autostart=on"')
        check(told == DONE, f"install.bat: {told}")
        check("ISCBridge" in here.registry(RUN), "a switch of the script did not reach the installer")
    installer_ways.clicked_away(here)
    check(not here.left(), f"left after the removal: {here.left()}")
    check(not here.profile.exists(), f"left of the user's data: {list(here.profile.rglob('*'))[:5]}")


def _older_package(here: Installed, programs: Path) -> None:
    """An MSI of two files, which the release is installed over; refused where the setup program has installed."""
    folder = _folder(here.stage) / "older"
    folder.mkdir()
    files = []
    for name in (build_msi.TRAY, "older.txt"):
        (folder / name).write_bytes(b"MZ")
        files.append({"path": name, "size": 2, "sha256": hashlib.sha256(b"MZ").hexdigest(), "component": "core"})
    (folder / "payload.json").write_text(json.dumps({"version": OLD_VERSION, "files": files}), encoding="utf-8")
    older = build_msi.build_msi(payload_list.read_payload(folder), _folder(here.stage) / "older.msi")
    msiexec, reg = (here.drive / "windows" / "system32" / name for name in ("msiexec.exe", "reg.exe"))
    here.stage.windows(reg, "add", rf"HKLM\{ARP}", "/v", "InstallLocation", "/d", r"C:\setup", "/f")
    here.stage.windows(msiexec, "/i", older, "/qn", timeout=300)
    check(not programs.exists(), "the MSI was installed over what the setup program put there")
    here.stage.windows(reg, "delete", rf"HKLM\{ARP}", "/f")
    here.stage.windows(msiexec, "/i", older, "/qn", "AUTOSTART=on", timeout=300)
    check((programs / "older.txt").is_file(), "the older MSI was not installed")


def _package(here: Installed, package: Path, setup: Path) -> None:
    """The MSI: for all users, with the administrator's files; its log and the registry hold nothing of their content."""
    policy, codes = here.drive / "policy.toml", here.drive / "codes.txt"
    policy.write_text("[set.files]\nsnapshot_days = 30\n", encoding="utf-8")
    codes.write_text("PL-SECRET-CODE-0001\n", encoding="utf-8")
    machine = here.machine
    msiexec = here.drive / "windows" / "system32" / "msiexec.exe"
    programs = here.drive / "Program Files" / "ISCBridge" / "app"
    with here.stage.laps.lap("MSI installed over an older one, and removed"):
        _older_package(here, programs)
        here.stage.windows(msiexec, "/i", package, "/qn", r"/l*v", r"C:\msi.log", rf"POLICYFILE={here.windows(policy)}",
                           rf"LICENSECODEFILE={here.windows(codes)}", timeout=300)  # fmt: skip
        check(not (programs / "older.txt").exists(), "a file of the older MSI is still there")
        listed = json.loads((programs / "payload.json").read_text(encoding="utf-8"))["files"]
        missing = [entry["path"] for entry in listed
                   if (programs / entry["path"]).is_file() == (entry["component"] == "sandbox")]  # fmt: skip
        check(not missing, f"the MSI's files are not those of the payload: {missing[:10]}")
        check((machine / "policy.toml").read_bytes() == policy.read_bytes(), "the policy file was not taken over")
        check("codes.txt" in (machine / "rollout.toml").read_text("utf-8"), "where the codes lie was not noted")
        check("ISCBridge" in here.registry(RUN, "HKLM"), "AUTOSTART=on entered nothing, or the newer one took it away")
        refused = here.setup(setup, "/AllUsers")
        check(
            refused["code"] == 10 and (programs / "payload.json").is_file(),
            f"installed over the MSI's programs: {refused}",
        )
        here.stage.windows(msiexec, "/x", package, "/qn", timeout=300)
        check((machine / "policy.toml").is_file(), "the MSI's removal has taken the administrator's files")
        check(not here.left(), f"left after the MSI's removal: {here.left()}")
        for place in [machine / "rollout.toml", here.drive / "msi.log", *here.stage.wine.prefix.glob("*.reg")]:
            told = place.read_bytes() if place.is_file() else b""
            check(b"SECRET-CODE" not in told.replace(b"\0", b""), f"{place.name} holds a licence code")
