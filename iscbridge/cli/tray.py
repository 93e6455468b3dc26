"""`iscbridge tray`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iscbridge.cli import exit_codes

if TYPE_CHECKING:
    import argparse

    from iscbridge.cli.output import Output
    from iscbridge.core.errors import BridgeError
    from iscbridge.platform.folders import Home
    from iscbridge.texts.render import Language


def run_fast(arguments: list[str]) -> int | None:
    """`iscbridge tray` as the start menu and the log-on start it; None when the full command line has to do it.

    The parser of all commands would take as long as a tenth of the way to the icon.
    """
    if arguments not in ([], ["--quiet"]):
        return None
    from iscbridge.cli.language import language_of
    from iscbridge.platform.folders import Home
    from iscbridge.tray.app import TrayOptions
    from iscbridge.tray.app import run_tray as run

    home = Home.from_environment()
    language = language_of(home)
    try:
        return run(home, language, TrayOptions(quiet=bool(arguments)))
    except Exception as error:
        from iscbridge.cli.main import complain, utf8_output
        from iscbridge.cli.output import Output
        from iscbridge.core.errors import BridgeError

        if not isinstance(error, BridgeError):
            raise
        utf8_output()
        _show(error, language)
        return complain(error, Output(language, as_json=False))
    except KeyboardInterrupt:
        return 130


def run_tray(options: argparse.Namespace, home: Home, output: Output) -> int:
    """Run the tray until it is quit; if one runs already, ask it to show the window."""
    from iscbridge.core.errors import BridgeError
    from iscbridge.tray.app import TrayOptions
    from iscbridge.tray.app import run_tray as run

    try:
        timings = tuple((name, float(value)) for name, value in (item.split("=", 1) for item in options.timing))
    except ValueError:
        output.complain("--timing NAME=SECONDS")
        return exit_codes.USAGE
    wanted = TrayOptions(options.window or "", options.quiet, options.library, options.sdk, timings, options.verbose)
    try:
        return run(home, output.language, wanted)
    except BridgeError as error:
        _show(error, output.language)
        raise


def _show(error: BridgeError, language: Language) -> None:
    """In a window, where nobody would see what is written: the tray's own program on Windows has no console."""
    import sys

    if sys.platform == "win32" and sys.stderr is None:
        import ctypes

        from iscbridge.texts.render import render

        shown = render(error.info, language)
        ctypes.WinDLL("user32").MessageBoxW(None, f"{shown.message}\n\n{shown.remedy}", shown.title, _WARNING)


#: MB_ICONWARNING | MB_SETFOREGROUND
_WARNING = 0x30 | 0x1_0000
