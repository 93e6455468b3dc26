"""Installs or removes the sample add-in and ends as if the power went, before a given step."""

from __future__ import annotations

import os
import signal
import sys

from iscbridge.hosts.install import Target, install, remove


def main() -> None:
    action, place, source, lock, deadly = sys.argv[1:]
    target = Target(place, "CloudAddin", lock)
    count = 0

    def step(name: str) -> None:
        nonlocal count
        if str(count) == deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        count += 1

    if action == "remove":
        remove(target, step=step)
    else:
        install(target, source, host="samplecad", version="1.1", repair=action == "repair", step=step)
    print(count)


main()
