"""Days of an engineer's work in one profile, for pictures: jobs in every state, files, a licence that runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from support.checkout import ROOT
from support.licensed import LicensedWorld

SAMPLES = ROOT / "resources" / "samples"
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
        host = self.client("FreeCAD", hostVersion="1.0.2", product="AcmeCAD")
        jobs = {"assembly": self._done(host.save(str(self.work / "gearbox" / "gearbox.FCStd"), assembly=True))}
        for number in range(4):
            part = self.work / "bracket.FCStd"
            part.write_bytes((SAMPLES / "bracket.FCStd").read_bytes() + bytes(number))
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
        return path

    def _done(self, job: dict[str, Any]) -> str:
        found = self.finish(str(job["job"]))
        assert found["state"] == "done", found
        return str(job["job"])

    def _end(self, job: dict[str, Any]) -> str:
        self.finish(str(job["job"]))
        return str(job["job"])
