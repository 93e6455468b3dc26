"""The command line: its grammar, and which room does the work. Rooms are loaded when they are needed."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from iscbridge.cli import exit_codes
from iscbridge.cli.files_grammar import add_files
from iscbridge.cli.hosts_grammar import add_hosts
from iscbridge.cli.license_grammar import QuietParser, add_license
from iscbridge.cli.relay_grammar import add_relay
from iscbridge.cli.support_grammar import add_support_bundle
from iscbridge.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iscbridge.cli.output import Output
    from iscbridge.core.errors import BridgeError
    from iscbridge.platform.folders import Home

_CLIENT_COMMANDS = frozenset(
    {
        "save",
        "save-as",
        "open",
        "solve",
        "jobs",
        "job",
        "cancel",
        "retry",
        "resolve",
        "status",
        "file",
        "files",
        "reconnect",
        "pause",
        "resume",
        "recover",
        "check",
        "stop",
    }
)

#: The values of `core.jobs.JobState`; written out, since this module loads at every command. A test compares.
_STATES = (
    "accepted",
    "captured",
    "waiting",
    "submitted",
    "done",
    "failed",
    "refused",
    "cancelled",
    "replaced",
    "unknown",
)

#: The windows that `iscbridge tray --window` knows; written out as well, and compared by a test.
_WINDOWS = ("activity", "settings", "files", "license", "hosts", "first_run", "bundle", "about")


def build_parser(parser_class: type[argparse.ArgumentParser] = argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The grammar of all commands."""
    parser = parser_class(
        prog="iscbridge",
        description="Desktop connector between CAD applications and the ISCDesk cloud.",
        epilog="Exit codes: 0 done, 1 failed, 2 usage, 3 bridge not running, 4 --timeout passed (the job goes on), "
        "5 refused, 6 unknown, 7 replaced or cancelled. All data lie under the folder that ISCBRIDGE_HOME names.",
    )
    parser.add_argument("--version", action="version", version=f"iscbridge {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_serve(commands)
    _add_jobs(commands)
    add_files(commands, _seconds)
    add_license(commands)
    _add_sandbox(commands)
    add_relay(commands)
    _add_config(commands)
    add_hosts(commands)
    doctor = commands.add_parser("doctor", help="check SDK, desk, journal and socket, and say what to do")
    doctor.add_argument("--json", action="store_true")
    doctor.add_argument(
        "--windows",
        action="store_true",
        help="what a program can find out about a Windows machine, as a report to send",
    )
    add_support_bundle(commands)
    demo = commands.add_parser("demo", help="save and open real CAD files on the sandbox cloud")
    demo.add_argument("--keep", action="store_true", help="keep the bridge and the sandbox running afterwards")
    return parser


def _add_serve(commands: Any) -> None:
    serve = commands.add_parser("serve", help="run the bridge without windows")
    serve.add_argument("--quiet", action="store_true", help="print nothing when ready")
    tray = commands.add_parser("tray", help="run the bridge with its icon and windows, or show those that run already")
    tray.add_argument("--window", choices=_WINDOWS, metavar="NAME", help=" | ".join(_WINDOWS))
    tray.add_argument("--quiet", action="store_true", help="show the icon only: for the start at log-on")
    for command in (serve, tray):
        command.add_argument(
            "--library",
            metavar="PATH",
            help="the vendor's build of the SDK shim (default: the settings, else the sandbox)",
        )
        command.add_argument(
            "--sdk", metavar="PATH", help="the vendor's SDK library, if the shim does not find it by itself"
        )
        command.add_argument(
            "--timing", action="append", default=[], metavar="NAME=SECONDS", help="override a waiting time"
        )
        command.add_argument("--verbose", action="store_true", help="log to standard error too")


def _add_jobs(commands: Any) -> None:
    for name, words in (("save", "save files to the cloud"), ("save-as", "save files under another name or place")):
        command = commands.add_parser(name, help=words)
        command.add_argument("paths", nargs="+", metavar="PATH")
        command.add_argument("--assembly", action="store_true", help="PATH is an assembly: its file or its folder")
        lists = command.add_mutually_exclusive_group()
        lists.add_argument(
            "--file", action="append", dest="files", metavar="PATH", help="a file of the assembly; repeat"
        )
        lists.add_argument("--manifest", metavar="PATH", help='JSON file {"files": [...]} with the assembly\'s files')
        command.add_argument("--force", action="store_true", help="try although the file was opened read-only")
        command.add_argument("--request-id", metavar="ID", help="the same ID asked twice is one job")
        _add_waiting(command)
    opened = commands.add_parser("open", help="choose a file in the cloud and open it")
    opened.add_argument(
        "--with",
        dest="host",
        metavar="HOST",
        help="then open it in this CAD, as `hosts list` names it; stays for the file",
    )
    _add_waiting(opened)
    solve = commands.add_parser("solve", help="send a file to the solver")
    solve.add_argument("paths", nargs=1, metavar="PATH")
    _add_waiting(solve)
    _add_known_jobs(commands)
    retry = commands.add_parser("retry", help="do a job again, with the file as it is now")
    retry.add_argument("job", metavar="ID")
    _add_waiting(retry)
    resolve = commands.add_parser("resolve", help="decide on a job whose outcome nobody knows")
    resolve.add_argument("job", metavar="ID")
    resolve.add_argument("answer", choices=("repeat", "dismiss"))
    _add_waiting(resolve)
    _add_care(commands)
    file_status = commands.add_parser("file", help="what the bridge knows of a file")
    file_status.add_argument("path", metavar="PATH")
    _add_common(file_status)
    for name, words in (
        ("status", "is the bridge running, and how is it"),
        ("reconnect", "try the SDK again after it gave up"),
        ("stop", "close the bridge in good order; what is under way goes on at the next start"),
    ):
        _add_common(commands.add_parser(name, help=words))


def _add_known_jobs(commands: Any) -> None:
    listing = commands.add_parser("jobs", help="the last jobs")
    listing.add_argument("--limit", type=int, default=20, choices=range(1, 501), metavar="N", help="1 to 500")
    listing.add_argument(
        "--state", action="append", dest="states", choices=_STATES, metavar="STATE", help=" | ".join(_STATES)
    )
    listing.add_argument("--text", metavar="TEXT", help="only jobs whose path or host holds TEXT")
    _add_common(listing)
    for name, words in (("job", "one job, whole"), ("cancel", "take a job back")):
        command = commands.add_parser(name, help=words)
        command.add_argument("job", metavar="ID")
        _add_common(command)


def _add_care(commands: Any) -> None:
    recover = commands.add_parser("recover", help="write the captured copy of a job's files into a new folder")
    recover.add_argument("job", metavar="ID")
    recover.add_argument("folder", metavar="FOLDER", help="an existing folder; nothing in it is overwritten")
    check = commands.add_parser("check", help="look at an assembly before it is saved: is anything in the way")
    check.add_argument("path", metavar="PATH")
    lists = check.add_mutually_exclusive_group()
    lists.add_argument("--file", action="append", dest="files", metavar="PATH", help="a file of the assembly; repeat")
    lists.add_argument("--manifest", metavar="PATH", help='JSON file {"files": [...]} with the assembly\'s files')
    pause = commands.add_parser("pause", help="hand nothing new over to ISCDesk; saves are captured and wait")
    pause.add_argument("--minutes", type=int, metavar="N", help="end the pause by itself after N minutes")
    resume = commands.add_parser("resume", help="end the pause")
    for command in (recover, check, pause, resume):
        _add_common(command)


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="one JSON object a line, and nothing else")
    command.add_argument("--start", action="store_true", help="start a bridge if none runs")


def _add_waiting(command: argparse.ArgumentParser) -> None:
    command.add_argument("--wait", action="store_true", help="stay until the outcome is known")
    command.add_argument("--timeout", type=_seconds, metavar="S", help="stay at most S seconds; the job goes on")
    _add_common(command)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError("must be more than 0 seconds")
    return value


def _add_sandbox(commands: Any) -> None:
    sandbox = commands.add_parser("sandbox", help="the stand-ins for ISCDesk, its cloud and the store")
    actions = sandbox.add_subparsers(dest="action", required=True, metavar="ACTION")
    start = actions.add_parser(
        "start", help="start the sandbox desk, and the sandbox store if its packages are installed"
    )
    start.add_argument("--show", action="store_true", help="show its windows")
    actions.add_parser("stop", help="stop the sandbox desk, the sandbox store and the sandbox's relay")
    actions.add_parser("status", help="what of the sandbox runs")
    personality = actions.add_parser("personality", help="show or change how the sandbox behaves")
    personality.add_argument("settings", nargs="*", metavar="NAME=VALUE")
    listing = actions.add_parser("ls", help="what the sandbox cloud holds")
    listing.add_argument("folder", nargs="?", default="", metavar="CLOUDPATH")
    get = actions.add_parser("get", help="fetch what the sandbox cloud holds, byte for byte")
    get.add_argument("source", metavar="CLOUDPATH")
    get.add_argument("target", metavar="DEST")
    get.add_argument("--version", type=int, metavar="N")
    for action in (start, personality, listing, get, *(actions.choices[n] for n in ("stop", "status"))):
        action.add_argument("--json", action="store_true")
    from iscbridge.cli.sandbox_license import add_store_grammar
    from iscbridge.cli.sandbox_relay_grammar import add_relay_grammar
    from iscbridge.cli.sandbox_shop import add_shop_grammar

    add_store_grammar(actions)
    add_shop_grammar(actions)
    add_relay_grammar(actions)


def _add_config(commands: Any) -> None:
    config = commands.add_parser("config", help="show and change the settings")
    actions = config.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="every setting, its value, and where that comes from")
    get = actions.add_parser("get", help="all about one setting")
    put = actions.add_parser("set", help="write a setting into the settings file")
    unset = actions.add_parser("unset", help="take a setting out of the settings file")
    path = actions.add_parser("path", help="where the settings file and the administrator's policy file lie")
    for action in (get, put, unset):
        action.add_argument("key", metavar="KEY", help="as `config list` names it, for example network.proxy")
    put.add_argument("value", metavar="VALUE")
    for action in (listing, get, put, unset, path):
        action.add_argument("--json", action="store_true", help="one JSON object a line, and nothing else")


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code."""
    utf8_output()
    # Words that are too many are complained of by the parser of all commands, and they may be a licence code.
    parser_class = QuietParser if "license" in arguments else argparse.ArgumentParser
    parser = build_parser(parser_class)
    if not arguments:
        parser.print_help(sys.stderr)
        return exit_codes.USAGE
    options = parser.parse_args(arguments)
    from iscbridge.cli.language import language_of
    from iscbridge.cli.output import Output
    from iscbridge.core.errors import BridgeError
    from iscbridge.platform.folders import Home

    home = Home.from_environment()
    output = Output(language_of(home), getattr(options, "json", False))
    try:
        return _run(options, home, output)
    except BridgeError as error:
        return complain(error, output)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): not an error of ours, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.DONE


def complain(error: BridgeError, output: Output) -> int:
    """Say what kept a command from being done; gives the exit code."""
    from iscbridge.texts.render import render

    shown = render(error.info, output.language)
    if output.as_json:
        output.record(
            {
                "job": None,
                "state": "refused",
                "path": "",
                "cloud": None,
                "error": error.code,
                "message": shown.message,
                "remedy": shown.remedy,
            }
        )
    output.complain(f"{shown.title} ({error.code})\n  {shown.message}\n  {shown.remedy}")
    return exit_codes.FAILED


def utf8_output() -> None:
    """Print UTF-8 whatever the system's own encoding is."""
    # On Windows a pipe gets the ANSI code page otherwise, which can't say every path.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def _run(options: argparse.Namespace, home: Home, output: Output) -> int:
    command = options.command
    if command in _CLIENT_COMMANDS:
        from iscbridge.cli.dispatch import run_client_command

        return run_client_command(options, home, output)
    if command == "license":
        from iscbridge.cli.license import run_license

        return run_license(options, home, output)
    if command == "serve":
        from iscbridge.cli.serve import run_serve

        return run_serve(options, home, output)
    if command == "tray":
        from iscbridge.cli.tray import run_tray

        return run_tray(options, home, output)
    if command in ("sandbox", "demo"):
        return _run_stand_ins(options, home, output)
    if command == "relay":
        from iscbridge.cli.relay import run_relay

        return run_relay(options, output)
    if command == "config":
        from iscbridge.cli.config import run_config

        return run_config(options, home, output)
    if command == "hosts":
        from iscbridge.cli.hosts import run_hosts

        return run_hosts(options, home, output)
    if command == "doctor" and options.windows:
        from iscbridge.cli.doctor_windows import run_doctor_windows

        return run_doctor_windows(home, output)
    if command == "doctor":
        from iscbridge.cli.doctor import run_doctor

        return run_doctor(home, output)
    from iscbridge.cli.support_bundle import run_support_bundle

    return run_support_bundle(options, home, output)


def _run_stand_ins(options: argparse.Namespace, home: Home, output: Output) -> int:
    from iscbridge.cli.sandbox_there import check_sandbox

    check_sandbox()
    if options.command == "sandbox":
        from iscbridge.cli.sandbox import run_sandbox

        return run_sandbox(options, home, output)
    from iscbridge.cli.demo import run_demo

    return run_demo(home, output, keep=options.keep)
