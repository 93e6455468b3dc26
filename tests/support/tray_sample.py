"""Days of an engineer's work in one profile, for pictures: jobs in every state, files, a licence that runs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from support.checkout import ROOT
from support.licensed import LicensedWorld
from support.tray_host import TrayHost

SAMPLES = ROOT / "resources" / "samples"
SHOTS = ROOT / "tests" / "tray_host" / "shots.py"
#: Names of the sample that stand in the windows as they are, in either language.
DATA = (
    "AcmeCAD",
    "FreeCAD",
    "Gehäuse & Deckel",
    "Gehäuse  Deckel",
    "valve block with flange, second version",
    "pump housing",
)


class Sample(LicensedWorld):
    """A world with a past."""

    def live(self) -> dict[str, str]:
        """Let the days happen. Gives the ids of some jobs by what they are."""
        self.desk()
        self.store()
        self.bridge()
        self.activated()
        for folder in ("gearbox", "library"):
            shutil.copytree(SAMPLES / folder, self.work / folder)
        add_preview(self.work / "gearbox" / "gearbox.FCStd", teeth=14)
        host = self.client("FreeCAD", hostVersion="1.0.2", product="AcmeCAD")
        jobs = {"assembly": self._done(host.save(str(self.work / "gearbox" / "gearbox.FCStd"), assembly=True))}
        for number in range(4):
            part = self.work / "bracket.FCStd"
            shutil.copyfile(SAMPLES / "bracket.FCStd", part)
            add_preview(part, teeth=5 + number)
            jobs["part"] = self._done(host.save(str(part)))
        self._done(host.save(str(self._part("齿轮箱支架.FCStd"))))
        deep = "customer projects/2026/a hydraulic power unit with a long name/sub-assemblies"
        self._done(host.save(str(self._part(f"{deep}/valve block with flange, second version.FCStd"))))
        self.ask_desk("personality", set={"fail_next": 1})
        jobs["failed"] = self._end(host.save(str(self._part("pump.FCStd"))))
        jobs["missing"] = self._end(host.save(str(self.work / "wheel.FCStd")))
        self.ask_desk("personality", set={"hold": "middle"})
        jobs["submitted"] = str(host.save(str(self._part("shaft.FCStd")))["job"])
        self.upload(held="middle")
        jobs["waiting"] = str(host.save(str(self._part("pump housing.FCStd")))["job"])
        self.until_state(jobs["waiting"], "waiting")
        return jobs

    def choose(self, language: str, scheme: str) -> None:
        """Set language and appearance as a person does: in the settings file."""
        text = f'[general]\nlanguage = "{language}"\nappearance = "{scheme}"\n[secrets]\nstore = "file"\n'
        self.home.config.write_text(text, encoding="utf-8")

    def _part(self, name: str) -> Path:
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SAMPLES / "bracket.FCStd", path)
        add_preview(path, teeth=len(name))
        return path

    def _done(self, job: dict[str, Any]) -> str:
        found = self.finish(str(job["job"]))
        assert found["state"] == "done", found
        return str(job["job"])

    def _end(self, job: dict[str, Any]) -> str:
        self.finish(str(job["job"]))
        return str(job["job"])


def add_preview(path: Path, teeth: int) -> None:
    """Give a FreeCAD file the preview that FreeCAD would: here a wheel with so many teeth."""
    image = QImage(128, 128, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(64, 64)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#5b7fa6"))
    for _ in range(teeth):
        painter.drawRect(-7, -60, 14, 24)
        painter.rotate(360 / teeth)
    painter.drawEllipse(-46, -46, 92, 92)
    painter.setBrush(QColor("#dfe7f0"))
    painter.drawEllipse(-16, -16, 32, 32)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("thumbnails/Thumbnail.png", bytes(data.data()))


def photograph(
    world: Sample, host: TrayHost, jobs: dict[str, str], look: tuple[str, int, str], out: Path, only: str = ""
) -> dict[str, list[str]]:
    """Run `shots.py`: pictures into a folder. Gives its findings by picture."""
    language, scale, scheme = look
    for old in out.glob("*"):
        old.unlink()
    arguments = {
        "home": str(world.home.root),
        "language": language,
        "scheme": scheme,
        "out": str(out),
        "work": str(world.work),
        "jobs": json.dumps(jobs),
        "data": json.dumps(DATA),
        "only": only,
    }
    world.choose(language, scheme)
    env = {**world.env, **host.env, "QT_SCALE_FACTOR": str(scale), "ISCBRIDGE_HOME": str(world.home.root)}
    del env["ISCBRIDGE_LANGUAGE"]  # it would lock the language in the settings window
    command = [sys.executable, str(SHOTS), *(f"--{name}={value}" for name, value in arguments.items())]
    done = subprocess.run(command, env=env, capture_output=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-4000:]
    assert not done.stderr, done.stderr.decode("utf-8", "replace")[-4000:]
    found: dict[str, list[str]] = json.loads((out / "findings.json").read_text("utf-8"))
    return found
