"""Taking a licence code, a key or a password from a person: never an argument, and never shown again."""

from __future__ import annotations

import codecs
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from iscbridge.cli.output import Output

#: Much longer than every code or key; who gives more has given the wrong file.
_MOST_BYTES = 4096
#: What Notepad and PowerShell put at the beginning of a text file.
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class NotACodeError(Exception):
    """What was given is no code. Holds the id of the sentence that says so, and nothing of what was given."""

    def __init__(self, message_id: str) -> None:
        super().__init__(message_id)
        self.message_id = message_id


def read_code(options: argparse.Namespace, output: Output, product: str) -> str:
    """The licence code, from where the options say.

    Raises:
        NotACodeError: there is none, or it can't be one.
        BridgeError: ISCB-FILE-*, ISCB-SECRET-FILE-SHARED.
    """
    from iscbridge.ipc.messages import is_license_code

    if getattr(options, "rollout", False):  # only where the command has it
        given = _rollout_lines()
    elif options.code_file or options.code_stdin:
        given = lines(file=options.code_file)
    elif sys.stdin.isatty():
        # On standard error, so that standard output holds nothing but the answer.
        sys.stderr.write(output.text("license-prompt", product=product) + " ")
        sys.stderr.flush()
        given = _cleaned(sys.stdin.readline(_MOST_BYTES))
    else:
        raise NotACodeError("license-no-terminal")
    if not given:
        raise NotACodeError("license-no-code")
    if len(given) > 1 or not is_license_code(given[0]):
        raise NotACodeError("license-code-form")
    return given[0]


def _rollout_lines() -> list[str]:
    """The lines of the file that the administrator named for this computer.

    Who may read it is the administrator's decision: it need not belong to this user.
    """
    from iscbridge.platform.faults import file_error
    from iscbridge.platform.files import open_shared
    from iscbridge.platform.rollout import license_code_file

    path = license_code_file()
    if path is None:
        raise NotACodeError("license-no-rollout")
    fd, _ = open_shared(path)
    with open(fd, "rb") as stream:
        try:
            data = stream.read(_MOST_BYTES + 1)
        except OSError as error:
            raise file_error(error, path) from error
    if len(data) > _MOST_BYTES:
        raise NotACodeError("license-code-form")
    return _cleaned(_decoded(data))


def lines(file: str | None) -> list[str]:
    """The lines of a file that only its owner can read, or of standard input; blanks around them and empty ones gone.

    Raises:
        NotACodeError: it is too long, or no text.
        BridgeError: ISCB-FILE-*, ISCB-SECRET-FILE-SHARED.
    """
    if file:
        from iscbridge.platform.owner_only import read_owner_only

        data = read_owner_only(file, _MOST_BYTES + 1)
    else:
        data = sys.stdin.buffer.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise NotACodeError("license-code-form")
    return _cleaned(_decoded(data))


def typed_pair(question: str, hidden_question: str) -> list[str]:
    """Two lines from the person at the terminal; what answers the second question is not shown while it is typed."""
    from getpass import getpass

    sys.stderr.write(question + " ")
    sys.stderr.flush()
    first = sys.stdin.readline(_MOST_BYTES)
    try:
        second = getpass(hidden_question + " ")
    except EOFError:
        second = ""
    return _cleaned(f"{first.strip()}\n{second}")


def _decoded(data: bytes) -> str:
    text = None
    for mark, encoding in (*_MARKS, (b"", "utf-8")):
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, "replace")
            break
    if text is None or "\ufffd" in text:
        raise NotACodeError("license-code-form")
    return text


def _cleaned(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
