"""Writes the cffi module of a C ABI of ours: `python iscbridge/sdk/build_cffi.py HEADER OUT.py [MODULE]`.

Out-of-line ABI mode (cffi's guide, "Preparing and distributing modules"): the output is plain Python that
loads without a C compiler, without parsing C and with any Python, so one file serves every platform. It runs
at build time, where only the standard library and cffi are installed and the package itself is not.
"""

from __future__ import annotations

import sys
from pathlib import Path

MODULE = "iscbridge.sdk._iscdesk_cffi"

_HEAD = "# mypy: ignore-errors\n# Generated from {header} by build_cffi.py.\n"


def generate(header: Path, output: Path, module: str = MODULE) -> None:
    """Derive the declarations from `header` and write the module, called `module`, to `output`.

    Raises:
        HeaderError: the header can't be read as declarations.
        cffi.CDefError: cffi does not take them.
        OSError: a file can't be read or written.
    """
    import cffi  # type: ignore[import-untyped]  # cffi ships no types

    from iscbridge.sdk.header import declarations

    ffi = cffi.FFI()
    ffi.cdef(declarations(header.read_text(encoding="utf-8")))
    ffi.set_source(module, None)
    output.parent.mkdir(parents=True, exist_ok=True)
    ffi.emit_python_code(str(output))
    # Rewritten even if unchanged: a build tool compares times and would run this again each time.
    head = _HEAD.format(header=header.name)
    output.write_text(head + output.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")


def main(arguments: list[str]) -> int:
    """Command line; returns the exit code."""
    if len(arguments) not in (2, 3):
        sys.stderr.write("usage: build_cffi.py HEADER OUT.py [MODULE]\n")
        return 2
    generate(Path(arguments[0]), Path(arguments[1]), *arguments[2:])
    return 0


if __name__ == "__main__":
    # Run as a file, the first entry of the path is this folder: put the package's parent in its place.
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    sys.exit(main(sys.argv[1:]))
