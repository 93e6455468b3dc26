"""Sentences for people that stand in the code of the windows, where only ids may stand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from support.qt_checks import NAMES

#: Methods that show what they are given.
SETTERS = {
    "setText", "setWindowTitle", "setTitle", "setToolTip", "setStatusTip", "setWhatsThis", "setPlaceholderText",
    "setAccessibleName", "setAccessibleDescription", "setInformativeText", "setDetailedText", "setLabelText",
    "setPrefix", "setSuffix", "setSpecialValueText", "setFormat", "setPlainText", "setHtml", "setMarkdown",
    "setApplicationDisplayName", "addAction", "addMenu", "addSection", "addTab", "insertTab", "setTabText",
    "setTabToolTip", "setItemText", "addItems", "insertItems", "addButton", "addRow", "insertRow", "appendPlainText",
    "setHorizontalHeaderLabels", "setVerticalHeaderLabels", "setHeaderLabels", "setHeaderLabel", "showMessage",
    "setWindowIconText", "setIconText",
}  # fmt: skip
#: Of these only the first argument is shown; the second is data.
FIRST_ONLY = {"addItem", "insertItem"}
#: Classes whose constructors show what they are given.
WIDGETS = {
    "QLabel", "QPushButton", "QToolButton", "QCheckBox", "QRadioButton", "QGroupBox", "QAction", "QMenu", "QLineEdit",
    "QCommandLinkButton", "QMessageBox", "QListWidgetItem", "QTableWidgetItem", "QTreeWidgetItem", "QStandardItem",
    "QProgressDialog", "QDockWidget", "QTextEdit", "QPlainTextEdit",
}  # fmt: skip
#: Static dialogs of these classes.
DIALOGS = {"QMessageBox", "QFileDialog", "QInputDialog"}


def literals(folder: Path) -> list[str]:
    """`file:line: "the sentence"` for every text that code under a folder shows without asking for it by its id."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        for line, text in literals_of(path.read_text(encoding="utf-8")):
            found.append(f"{path.relative_to(folder)}:{line}: {text!r}")
    return found


def literals_of(source: str) -> Iterator[tuple[int, str]]:
    """The same for the source of one module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            for argument in _shown(node):
                yield from ((node.lineno, text) for text in _constants(argument) if _has_words(text))


def _shown(call: ast.Call) -> list[ast.expr]:
    function = call.func
    values = [keyword.value for keyword in call.keywords if keyword.arg in {"text", "title", "toolTip"}]
    if isinstance(function, ast.Name):
        return [*call.args, *values] if function.id in WIDGETS else []
    if not isinstance(function, ast.Attribute):
        return []
    if function.attr in FIRST_ONLY:
        return call.args[:1] if len(call.args) < 3 else call.args[:2]  # an index or an icon may come first
    of_dialog = isinstance(function.value, ast.Name) and function.value.id in DIALOGS
    if function.attr in SETTERS or function.attr in WIDGETS or of_dialog:
        return [*call.args, *values]
    return []


def _constants(node: ast.expr) -> Iterator[str]:
    """The string pieces of an expression that reach the widget; arguments of other calls don't."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.value
    elif isinstance(node, ast.Call):
        # the text that a method such as `format` works on
        if isinstance(node.func, ast.Attribute):
            yield from _constants(node.func.value)
    elif isinstance(node, (ast.JoinedStr, ast.List, ast.Tuple)):
        for part in node.values if isinstance(node, ast.JoinedStr) else node.elts:
            yield from _constants(part)
    elif isinstance(node, ast.BinOp):
        yield from _constants(node.left)
        yield from _constants(node.right)
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for part in node.values:
            yield from _constants(part)
    elif isinstance(node, ast.NamedExpr):
        yield from _constants(node.value)


def _has_words(text: str) -> bool:
    bare = re.sub(r"<[^>]*>|%[a-z]|&[a-z]+;", "", text)
    for name in NAMES:
        bare = re.sub(rf"\b{re.escape(name)}\b", "", bare)
    return bool(re.search(r"[^\W\d_]", bare))
