"""The grammar of `iscbridge files`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any


def add_files(commands: Any, seconds: Callable[[str], float]) -> None:
    """Add the command and what it can do with single files; `seconds` reads a time-out."""
    files = commands.add_parser(
        "files", help="files that were opened from the cloud or saved to it, and what the cloud does not have of them"
    )
    files.add_argument("--changed", action="store_true", help="only those that the cloud does not have as they are")
    files.add_argument("--text", metavar="TEXT", help="only files whose path holds TEXT")
    files.add_argument("--json", action="store_true", help="one JSON object a line, and nothing else")
    files.add_argument("--start", action="store_true", help="start a bridge if none runs")
    actions = files.add_subparsers(dest="action", metavar="ACTION")
    save = actions.add_parser("save", help="save files as they were saved the last time")
    forget = actions.add_parser("forget", help="watch files no more; the files themselves are not touched")
    policy = actions.add_parser("policy", help="what happens to one file that stays changed")
    for action in (save, forget):
        action.add_argument("paths", nargs="+", metavar="PATH")
    policy.add_argument("path", metavar="PATH")
    policy.add_argument("policy", choices=("off", "ask", "automatic", "common"), help="common: as set for all files")
    save.add_argument("--wait", action="store_true", help="stay until the outcome is known")
    save.add_argument("--timeout", type=seconds, metavar="S", help="stay at most S seconds; the job goes on")
    for action in (save, forget, policy):
        # suppressed: what stands before the action holds, too
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        action.add_argument("--start", action="store_true", default=argparse.SUPPRESS)
