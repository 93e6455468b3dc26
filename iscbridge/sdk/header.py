"""Reads `iscdesk_c.h` into declarations that cffi takes. Standard library only: it also runs at build time.

The header is the one place where the C ABI is written down; this module keeps Python from needing a second
copy. It is a small C preprocessor for headers of that kind: comments, line continuations, conditionals
(`#if` with `defined`, comparisons and `&& || !`), macros that stand for a number or for an attribute. It reads
as a plain C compiler on no particular platform would: `__cplusplus`, `_WIN32` and every compiler macro are
undefined. What it can't read it refuses with `HeaderError`, it never guesses.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_SPLICE = re.compile(r"\\[ \t]*\r?\n")
_COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/|("(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')', re.DOTALL)
_DIRECTIVE = re.compile(r"\s*#\s*(\w*)[ \t]*(.*)", re.DOTALL)
_DEFINE = re.compile(r"([A-Za-z_]\w*)(\(?)(.*)", re.DOTALL)
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_INTEGER = re.compile(r"(0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*")
_NUMBER_MACRO = re.compile(r"\(*\s*(-?)\s*(0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*\s*\)*")
_TOKEN = re.compile(r"\s*(?:((?:0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*)|([A-Za-z_]\w*)|(&&|\|\||==|!=|<=|>=|[!<>()+-]))")
_DROPPED_CALL = re.compile(r"\b(__attribute__|__declspec|_Static_assert|static_assert)\s*(?=\()")

_MAX_DEPTH = 64
"""Nesting of conditionals, parentheses and macros; the real header stays below 5."""

_PRECEDENCE = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5}


class HeaderError(ValueError):
    """The header holds something that this reader does not know."""


def declarations(header: str) -> str:
    """Everything that `header` declares, as text for `cffi.FFI.cdef`.

    Declarations come first, in their order and without comments and attributes; then one `#define` for each
    macro that stands for a whole number.

    Raises:
        HeaderError: an unfinished comment or conditional, an active `#error`, or C that is out of scope.
    """
    text = _without_comments(_SPLICE.sub("", header))
    preprocessor = _Preprocessor()
    lines = preprocessor.run(text)
    body = _without_calls("\n".join(lines))
    declared = [" ".join(line.split()) for line in body.split("\n")]
    defines = [f"#define {name} {value}" for name, value in preprocessor.numbers()]
    return "\n".join([line for line in declared if line and line != ";"] + defines) + "\n"


def integer(text: str) -> int | None:
    """The value of a C integer constant, alone or in parentheses and signed; None if it is something else."""
    found = _NUMBER_MACRO.fullmatch(text.strip())
    if found is None or text.count("(") != text.count(")"):
        return None
    digits = found[2]
    if digits[:2] in ("0x", "0X"):
        value = int(digits, 16)
    elif digits.startswith("0"):
        if any(d in "89" for d in digits):
            return None
        value = int(digits, 8)
    else:
        value = int(digits)
    return -value if found[1] else value


def _without_comments(text: str) -> str:
    """A comment counts as one space (C, translation phase 3)."""
    bare = _COMMENT.sub(lambda m: m[1] or " ", text)
    if "/*" in _COMMENT.sub("", text):
        raise HeaderError("a comment is not closed")
    return bare


def _without_calls(text: str) -> str:
    """Leaves out attributes and static assertions: they change no layout that cffi has to know."""
    while found := _DROPPED_CALL.search(text):
        depth, end = 0, found.end()
        while end < len(text):
            depth += (text[end] == "(") - (text[end] == ")")
            end += 1
            if depth == 0:
                break
        if depth:
            raise HeaderError(f"{found[1]} is not closed")
        text = text[: found.start()] + " " + text[end:]
    return text


class _Preprocessor:
    """Conditionals and object-like macros over text without comments."""

    def __init__(self) -> None:
        self._macros: dict[str, str] = {}
        self._with_parameters: set[str] = set()
        self._levels: list[tuple[bool, bool]] = []
        """For each open conditional: (a branch was taken before, this branch is active)."""

    def run(self, text: str) -> list[str]:
        """The active lines that are not directives, with macros replaced."""
        kept: list[str] = []
        for line in text.split("\n"):
            directive = _DIRECTIVE.fullmatch(line)
            if directive is not None:
                self._directive(directive[1], directive[2].strip())
            elif self._active:
                kept.append(self._expand(line))
        if self._levels:
            raise HeaderError("#if without #endif")
        return kept

    def numbers(self) -> list[tuple[str, int]]:
        """The macros that stand for a whole number, in the order of their definition."""
        pairs = [(name, integer(self._expand(body))) for name, body in self._macros.items()]
        return [(name, value) for name, value in pairs if value is not None]

    @property
    def _active(self) -> bool:
        return all(active for _, active in self._levels)

    def _directive(self, name: str, rest: str) -> None:
        if name in ("if", "ifdef", "ifndef"):
            self._open(name, rest)
        elif name in ("elif", "else", "endif"):
            self._turn(name, rest)
        elif not self._active or name in ("include", "pragma", "line", ""):
            return
        elif name == "define":
            self._define(rest)
        elif name == "undef":
            self._macros.pop(rest, None)
            self._with_parameters.discard(rest)
        else:
            raise HeaderError(f"#{name} {rest}")

    def _open(self, name: str, rest: str) -> None:
        if len(self._levels) >= _MAX_DEPTH:
            raise HeaderError("conditionals are nested too deeply")
        if not self._active:
            self._levels.append((True, False))
            return
        holds = self._condition(rest) if name == "if" else self._defined(rest) == (name == "ifdef")
        self._levels.append((holds, holds))

    def _turn(self, name: str, rest: str) -> None:
        if not self._levels:
            raise HeaderError(f"#{name} without #if")
        taken, _ = self._levels.pop()
        if name == "endif":
            return
        holds = not taken and self._active and (name == "else" or self._condition(rest))
        self._levels.append((taken or holds, holds))

    def _define(self, rest: str) -> None:
        found = _DEFINE.fullmatch(rest)
        if found is None:
            raise HeaderError(f"#define {rest}")
        name, parameters, body = found.groups()
        if parameters:
            self._with_parameters.add(name)
        else:
            self._macros[name] = body.strip()

    def _defined(self, name: str) -> bool:
        return name in self._macros or name in self._with_parameters

    def _expand(self, line: str, within: tuple[str, ...] = ()) -> str:
        def replace(found: re.Match[str]) -> str:
            name = found[0]
            if name in self._with_parameters:
                raise HeaderError(f"macro {name} with parameters stands in a declaration")
            if name not in self._macros or name in within:
                return name
            if len(within) >= _MAX_DEPTH:
                raise HeaderError("macros are nested too deeply")
            return self._expand(self._macros[name], (*within, name))

        return _IDENTIFIER.sub(replace, line)

    def _condition(self, text: str) -> bool:
        tokens: list[str] = []
        position = 0
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None:
                raise HeaderError(f"#if {text}")
            tokens.append(found[0].strip())
            position = found.end()
        expression = _Expression(tokens, self._defined, self._macros)
        return expression.value() != 0


class _Expression:
    """A constant expression of `#if`. Names that are not defined count as 0, as C says."""

    def __init__(self, tokens: list[str], defined: Callable[[str], bool], macros: dict[str, str]) -> None:
        self._tokens = tokens
        self._position = 0
        self._defined = defined
        self._macros = macros
        self._depth = 0

    def value(self) -> int:
        result = self._binary(1)
        if self._position != len(self._tokens):
            raise HeaderError(f"#if {' '.join(self._tokens)}")
        return result

    def _next(self) -> str:
        if self._position >= len(self._tokens):
            raise HeaderError(f"#if {' '.join(self._tokens)}")
        self._position += 1
        return self._tokens[self._position - 1]

    def _binary(self, least: int) -> int:
        left = self._unary()
        while self._position < len(self._tokens):
            operator = self._tokens[self._position]
            level = _PRECEDENCE.get(operator, 0)
            if level < least:
                break
            self._position += 1
            left = _apply(operator, left, self._binary(level + 1))
        return left

    def _unary(self) -> int:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise HeaderError("an expression is nested too deeply")
        try:
            return self._operand(self._next())
        finally:
            self._depth -= 1

    def _operand(self, piece: str) -> int:
        if piece == "!":
            return int(self._unary() == 0)
        if piece in "+-":
            return self._unary() * (1 if piece == "+" else -1)
        if piece == "(":
            inner = self._binary(1)
            if self._next() != ")":
                raise HeaderError(f"#if {' '.join(self._tokens)}")
            return inner
        if piece == "defined":
            return self._is_defined()
        if _INTEGER.fullmatch(piece):
            return integer(piece) or 0
        if _IDENTIFIER.fullmatch(piece):
            return self._name(piece)
        raise HeaderError(f"#if {' '.join(self._tokens)}")

    def _is_defined(self) -> int:
        name = self._next()
        if name == "(":
            name = self._next()
            if self._next() != ")":
                raise HeaderError("defined( without )")
        return int(self._defined(name))

    def _name(self, name: str) -> int:
        seen = set()
        while name in self._macros and name not in seen:
            seen.add(name)
            name = self._macros[name]
        value = integer(name)
        if value is None and not _IDENTIFIER.fullmatch(name):
            raise HeaderError(f"#if with the macro {name}")
        return value or 0


def _apply(operator: str, left: int, right: int) -> int:
    if operator == "&&":
        return int(bool(left) and bool(right))
    if operator == "||":
        return int(bool(left) or bool(right))
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    ordered = {"==": left == right, "!=": left != right, "<": left < right, ">": left > right}
    return int(ordered.get(operator, left <= right if operator == "<=" else left >= right))
