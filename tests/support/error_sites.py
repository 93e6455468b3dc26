"""Reads from the source where errors are made, and with which parameters."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from iscbridge.core.errors import CODES

_CODE = re.compile(r"ISCB(-[A-Z0-9]+){2,}")


class ErrorSite(NamedTuple):
    """One place that makes an error from a literal code."""

    where: str
    code: str
    params: frozenset[str] | None
    """None: they can't be told from the text (a dictionary made elsewhere, or `**`)."""


def error_sites(package: Path) -> Iterator[ErrorSite]:
    """Every call whose first argument is a literal error code, `ErrorInfo` or a class of the error tree."""
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            code = _code_of(node)
            if isinstance(node, ast.Call) and code is not None:
                where = f"{path.relative_to(package.parent).as_posix()}:{node.lineno}"
                yield ErrorSite(where, code, _params_of(node))


def _code_of(node: ast.AST) -> str | None:
    if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
        return None
    value = node.args[0].value
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None


def _params_of(call: ast.Call) -> frozenset[str] | None:
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    named = frozenset(keyword.arg for keyword in call.keywords if keyword.arg)
    if len(call.args) == 1:
        return named
    second = call.args[1]
    if not isinstance(second, ast.Dict) or not all(isinstance(key, ast.Constant) for key in second.keys):
        return None
    return named | frozenset(str(key.value) for key in second.keys if isinstance(key, ast.Constant))


def mentioned_codes(package: Path) -> set[str]:
    """Codes that the package's source names outside the tree of errors and the texts."""
    skip = {package / "core" / "errors.py", package / "texts" / "en.py", package / "texts" / "zh.py"}
    text = "\n".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py") if path not in skip)
    return {code for code in CODES if f'"{code}"' in text}
