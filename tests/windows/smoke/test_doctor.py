"""What `iscbridge doctor --windows` asks Windows, asked for real."""

from __future__ import annotations

import re

from iscbridge.cli.doctor_windows import device_probes, examine
from iscbridge.platform.windows_probes import PROBES, file_system


def test_every_probe_answers(tmp_path):
    answers = {answer.name: answer for answer in examine({**PROBES, **device_probes()})}
    assert not [answer for answer in answers.values() if answer.error]
    for name in ("private", "dpapi", "credentials", "same"):
        assert answers[name].value is True, name
    assert re.fullmatch(r"10\.0\.\d+", str(answers["build"].value))
    assert isinstance(file_system(str(tmp_path)), str)
