"""Policy files: what only POSIX can put in their place."""

from __future__ import annotations

import os

from iscbridge.service.licensing.policies import read_policies


def test_the_start_does_not_wait_for_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "acme.toml")
    assert [fault.code for fault in read_policies([tmp_path]).faults] == ["ISCB-SET-POLICY"]
