#!/usr/bin/env python3
"""Freezes the product: `python freeze.py --work DIR --output DIR`, with the Python whose packages are to be frozen.

That Python has ISCBridge installed (not editable) with its extra `sandbox`, and PyInstaller. Leaves OUTPUT/ISCBridge
with the two programs and _internal, and WORK/built/iscbridge.ico and .png. `finish.py` adds the rest.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def main(argv: Sequence[str] | None = None) -> int:
    """Freeze; a failure is an exception."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="for what the freezing leaves behind")
    parser.add_argument("--output", type=Path, required=True, help="gets the folder ISCBridge")
    options = parser.parse_args(argv)
    built = options.work.absolute() / "built"
    built.mkdir(parents=True, exist_ok=True)
    os.environ["ISCBRIDGE_FROZEN_BUILT"] = str(built)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    _make(built)
    shutil.rmtree(options.output / "ISCBridge", ignore_errors=True)
    from PyInstaller.__main__ import run  # type: ignore[import-untyped]  # only the machine that freezes has it

    run([str(HERE / "iscbridge.spec"), "--noconfirm", "--log-level=WARN",
         f"--workpath={options.work.absolute() / 'pyinstaller'}", f"--distpath={options.output.absolute()}"])  # fmt: skip
    return 0


def _make(built: Path) -> None:
    """Icon and version resources."""
    import icon
    import version_resource

    icon.write(built / "iscbridge.ico", built / "iscbridge.png")
    for program, what in version_resource.PROGRAMS.items():
        (built / f"version-{program}.txt").write_text(version_resource.text(program, what), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
