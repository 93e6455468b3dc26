"""Opens a web page in the system's browser, for programs without a window. Those with one have Qt for it.

May block for seconds: call it from a thread that may wait.
"""

from __future__ import annotations

import os
import subprocess
import sys

from iscbridge.core.web_pages import LONGEST_SIGN_IN_URL, is_web_page

#: A launcher that is still there then is the browser itself, which has taken the page.
_LAUNCH_S = 5.0


def open_page(url: str) -> bool:
    """Open an https page; False: it is none, or nothing took it."""
    if not is_web_page(url, LONGEST_SIGN_IN_URL):
        return False
    try:
        return _open(url)
    except OSError:
        return False


if sys.platform == "win32":

    def _open(url: str) -> bool:
        os.startfile(url)  # noqa: S606  an https address and nothing else: looked at above
        return True

else:

    def _open(url: str) -> bool:
        opener = "open" if sys.platform == "darwin" else "xdg-open"
        quiet = subprocess.DEVNULL
        started = subprocess.Popen([opener, url], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
        try:
            return started.wait(_LAUNCH_S) == 0
        except subprocess.TimeoutExpired:
            started.returncode = 0  # it goes on without us
            return True
