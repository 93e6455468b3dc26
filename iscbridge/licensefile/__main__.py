"""A vendor's tool for licences of our signed form: `python -m iscbridge.licensefile keygen|sign|show|verify`.

Exit codes: 0 done; 1 the licence is not good; 2 it could not be done. A private key is only ever written to its file.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from iscbridge.core.errors import LicenseError
from iscbridge.core.licensing.model import Machine
from iscbridge.licensefile import signer, verifier
from iscbridge.licensefile.payload import Payload, shown_time
from iscbridge.texts.render import render

BAD, IMPOSSIBLE = 1, 2
#: Errors that say nothing of the licence.
_NO_VERDICT = ("ISCB-LIC-FILE-UNREADABLE", "ISCB-LIC-VERIFY-KEY")
_MORE_LIMIT = 64 * 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except LicenseError as error:
        said = render(error.info, "en")
        _complain(f"{said.title}. {said.message}")
        return IMPOSSIBLE if error.code in _NO_VERDICT else BAD
    except (signer.KeyFileError, OSError, ValueError) as error:
        _complain(str(error))
        return IMPOSSIBLE
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m iscbridge.licensefile", description="Signed licences for ISCBridge."
    )
    commands = parser.add_subparsers(required=True, metavar="keygen|sign|show|verify")

    keygen = commands.add_parser("keygen", help="make a key; prints the public one for the policy file")
    keygen.add_argument("--key", type=Path, required=True, help="new file for the private key")
    keygen.set_defaults(run=_keygen)

    sign = commands.add_parser("sign", help="sign a licence")
    sign.add_argument("--key", type=Path, required=True, help="file of the private key")
    sign.add_argument("--product", required=True)
    sign.add_argument("--id", required=True, help="the vendor's own number of the licence")
    sign.add_argument("--expires", help="2027-11-22T00:00:00Z; without it the licence never ends")
    sign.add_argument("--device", type=Path, help="file with the fingerprint; without it any machine will do")
    sign.add_argument("--feature", action="append", help="may be given several times")
    sign.add_argument("--members", type=Path, help="JSON file with further members")
    sign.add_argument("--out", type=Path, help="file for the licence; without it it is printed")
    sign.set_defaults(run=_sign)

    show = commands.add_parser("show", help="print what a licence says; its signature is NOT looked at")
    show.add_argument("licence", type=Path)
    show.set_defaults(run=_show)

    verify = commands.add_parser("verify", help="verify a licence as the bridge does")
    verify.add_argument("licence", type=Path)
    verify.add_argument("--public-key", required=True, help="`verify_key` of the policy file")
    verify.add_argument("--product", required=True)
    verify.add_argument("--device", type=Path, help="file with the fingerprint that it must have, to the letter")
    verify.set_defaults(run=_verify)
    return parser


def _keygen(options: argparse.Namespace) -> int:
    _say(signer.public_key_text(signer.make_key(options.key)))
    return 0


def _sign(options: argparse.Namespace) -> int:
    members: dict[str, Any] = _further(options.members) if options.members else {}
    members |= {"product": options.product, "id": options.id}
    members.setdefault("issued", shown_time(time.time()))
    if options.expires:
        members["expires"] = options.expires
    if options.device:
        members["device"] = _fingerprint(options.device)
    if options.feature:
        members["features"] = options.feature
    licence = signer.sign(members, signer.load_key(options.key))
    if options.out:
        options.out.write_text(f"{licence}\n", encoding="ascii", newline="\n")
    else:
        _say(licence)
    return 0


def _show(options: argparse.Namespace) -> int:
    payload = verifier.inspect(_content(options.licence))
    _say(json.dumps(dict(payload.members), ensure_ascii=False, indent=2, sort_keys=True))
    _complain(f"{_term(payload)}. The signature was not looked at.")
    return 0


def _verify(options: argparse.Namespace) -> int:
    here = _fingerprint(options.device) if options.device else None

    def same_machine(device: str) -> Machine:
        if here is None:
            return Machine.UNKNOWN
        return Machine.SAME if device == here else Machine.OTHER

    found = verifier.verify(_content(options.licence), options.public_key, options.product, same_machine, time.time())
    _say(f"good: {found.id}")
    return 0


def _content(path: Path) -> bytes:
    return verifier.read(str(path.absolute()))


def _fingerprint(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()


def _further(path: Path) -> dict[str, Any]:
    if path.stat().st_size > _MORE_LIMIT:
        raise ValueError(f"{path} is too large")
    members = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(members, dict):
        raise ValueError(f"{path} holds no JSON object")  # noqa: TRY004  what is wrong is the file
    return members


def _term(payload: Payload) -> str:
    if payload.expires is None:
        return "It never ends"
    return f"It ends at {shown_time(payload.expires)}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
