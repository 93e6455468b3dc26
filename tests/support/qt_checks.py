"""What every window must keep to, whoever sees it and however: checked on the real widgets.

`check_window(window, "zh")` fails with all findings at once. Each kind of finding is a generator of its own.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterator
from typing import Literal

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMenu,
    QTabBar,
    QTableView,
    QTreeView,
    QWidget,
)

from support.qt_layout import clipped, overlapping, plain
from support.qt_parts import VALUES, buddy_text, columns_of, described, is_interactive, parts

#: Written alike in every language.
NAMES = (
    "ISCBridge", "ISCDesk", "IscdeskSdk", "IscDeskSDK", "FreeCAD", "KiCad", "OpenSCAD", "SolveSpace", "Blender", "SDK", "ISCB", "TOML", "JSON", "PID", "HTTPS", "HTTP", "SOCKS5",
    "TLS", "DNS", "ID", "CAD", "SHA-256", "Windows", "Linux", "Python", "Qt", "English", "sandbox", "iscdesk",
)  # fmt: skip
CHINESE = "中文"
_CJK = re.compile(r"[\u3400-\u9fff]")
_LETTERS = re.compile(r"[^\W\d_]")
#: What stands for itself: paths, file names, addresses, error codes, sizes, versions, placeholders of Qt's own.
_DATA = re.compile(
    r"""\w+://\S+ | (?:[A-Za-z]:)?[\w.~…-]*[/\\][^\n]*? (?=\s{2}|[()\u3000-\u303f\uff00-\uff20“”]|$) | [\w.…-]+\.[A-Za-z][\w-]{0,9}\b
      | ISCB-[A-Z0-9-]+ | \b\d[\d.,]*\s?(?:[kKMGT]?B|s|ms|min|h|d|x)\b | \bv?\d+(?:\.\d+)+\S* | %[a-z]
      | \b[A-Z0-9]*\*{2,}[A-Z0-9]*\b | \b[0-9a-f]{6,}\b | \b[A-Z0-9]{2,}(?:-[A-Z0-9]+)+\b""",
    re.VERBOSE,
)
_MESSAGE_ID = re.compile(r"^[a-z]+(?:\.[a-z][A-Za-z_]*)+$")
_FILES = (".json", ".txt", ".log", ".toml", ".zip")
_LEFT_OVER = re.compile(r"\{[a-z_]*\}")
_MOST_STEPS = 400

Language = Literal["en", "zh"]


def check_window(window: QWidget, language: Language, *, data: Collection[str] = ()) -> None:
    """Fail unless a visible window can be read, reached and named by everybody.

    Args:
        window: it is shown, and as large as it is meant to be.
        language: of its texts.
        data: strings that are not ours to translate: names of sample jobs, hosts, products.
    """
    found = findings(window, language, data=data)
    assert not found, f"{described(window)} in {language}:\n  " + "\n  ".join(found)


def findings(window: QWidget, language: Language, *, data: Collection[str] = ()) -> list[str]:
    """Everything that is wrong with a window, as sentences."""
    assert window.isVisible(), "only a window that is shown has a layout"
    QApplication.sendPostedEvents()  # a layout that was just changed settles first
    checks: tuple[Callable[[QWidget], Iterator[str]], ...] = (nameless, unreachable, disordered, clipped, overlapping)
    found = [finding for check in checks for finding in check(window)]
    return [*found, *untranslated(window, language, data)]


def nameless(window: QWidget) -> Iterator[str]:
    """Widgets that a screen reader can't name."""
    for widget in parts(window):
        if widget.property("decorative"):
            continue
        if widget.isWindow() and not isinstance(widget, QMenu):
            named = widget.windowTitle() or widget.accessibleName()
        elif isinstance(widget, VALUES):
            named = widget.accessibleName() or buddy_text(widget)
        elif isinstance(widget, QAbstractButton) or (isinstance(widget, QLabel) and not widget.pixmap().isNull()):
            named = widget.accessibleName() or widget.text()
        elif is_interactive(widget) and not isinstance(widget, QTabBar):
            named = widget.accessibleName()
        else:
            continue
        if not named.strip():
            yield f"no accessible name: {described(widget)}"


def unreachable(window: QWidget) -> Iterator[str]:
    """Widgets that a person can click, but not reach by Tab."""
    reached = tab_stops(window)
    groups = {id(widget.group()) for widget in reached if isinstance(widget, QAbstractButton) and widget.group()}
    for widget in parts(window):
        if not is_interactive(widget) or not widget.isEnabled() or widget.focusProxy() is not None:
            continue
        if widget in reached or any(proxied.focusProxy() is widget for proxied in reached):
            continue
        if isinstance(widget, QAbstractButton) and _by_arrow(widget, reached, groups):
            continue
        yield f"not reachable by Tab: {described(widget)}"


def tab_stops(window: QWidget) -> list[QWidget]:
    """Where the Tab key leads, in order, each widget once."""
    before = window.focusWidget()
    stops: list[QWidget] = []
    current = before or window
    for _ in range(_MOST_STEPS):
        _press_tab(current)
        following = window.focusWidget()
        if following is None or (following is current and following in stops):
            break  # nowhere to go, or a widget that keeps the key
        if stops and following is stops[0]:
            break
        if following not in stops:
            stops.append(following)
        current = following
    if before is not None:
        before.setFocus(Qt.FocusReason.OtherFocusReason)
    return stops


def disordered(window: QWidget) -> Iterator[str]:
    """Tab going back: from a widget to one above it that does not begin another column."""
    stops = tab_stops(window)
    if not stops:
        return
    first = min(range(len(stops)), key=lambda index: _top(stops[index], window))
    ordered = stops[first:] + stops[:first]
    for before, after in itertools.pairwise(ordered):
        if before.parentWidget() is not after.parentWidget():
            continue
        one, other = before.geometry(), after.geometry()
        if other.bottom() < one.top() and other.left() <= one.right():
            yield f"Tab goes back up: from {described(before)} to {described(after)}"


def untranslated(window: QWidget, language: Language, data: Collection[str] = ()) -> Iterator[str]:
    """Visible texts that are of another language, or no text at all."""
    for place, text in texts(window):
        bare = plain(text).replace("&", "").strip()
        if not bare:
            continue
        if _MESSAGE_ID.match(bare) and not bare.endswith(_FILES) and bare not in data:
            yield f"no text for the id {bare!r} ({place})"
        elif _LEFT_OVER.search(bare):
            yield f"a parameter is missing in {bare!r} ({place})"
        elif not is_in(bare, language, data):
            yield f"not in {language}: {bare!r} ({place})"


def is_in(text: str, language: Language, data: Collection[str] = ()) -> bool:
    """Whether a text may stand in a window of this language."""
    for known in sorted(data, key=len, reverse=True):
        text = text.replace(known, "0")  # and not a blank: a name may be a part of a path
    text = _DATA.sub(" ", text)
    if language == "en":
        return not _CJK.search(text.replace(CHINESE, ""))
    if _CJK.search(text):
        return True
    for name in NAMES:
        text = re.sub(rf"\b{re.escape(name)}\b", " ", text)
    return not _LETTERS.search(text)


def texts(window: QWidget) -> Iterator[tuple[str, str]]:
    """Every sentence of a window that is ours, with where it stands. What a person typed or a cloud named is none."""
    for widget in parts(window):
        place = type(widget).__name__
        yield f"tooltip of {place}", widget.toolTip()
        yield f"accessible name of {place}", widget.accessibleName()
        yield f"accessible description of {place}", widget.accessibleDescription()
        if widget.isWindow():
            yield "title of the window", widget.windowTitle()
        if isinstance(widget, QMenu):
            yield from ((place, action.text()) for action in menu_actions(widget))
        elif isinstance(widget, (QLabel, QAbstractButton)):
            yield place, widget.text()
        elif isinstance(widget, QGroupBox):
            yield place, widget.title()
        elif isinstance(widget, QLineEdit):
            yield f"placeholder of {place}", widget.placeholderText()
        elif isinstance(widget, QComboBox):
            yield from ((place, widget.itemText(index)) for index in range(widget.count()))
        elif isinstance(widget, QTabBar):
            yield from ((place, widget.tabText(index)) for index in range(widget.count()))
        elif isinstance(widget, QAbstractItemView):
            yield from _view_texts(widget)


def menu_actions(menu: QMenu) -> Iterator[QAction]:
    """The visible entries of a menu and of its submenus."""
    for action in menu.actions():
        if action.isSeparator() or not action.isVisible():
            continue
        yield action
        inner = action.menu()
        if isinstance(inner, QMenu):
            yield from menu_actions(inner)


def _view_texts(view: QAbstractItemView) -> Iterator[tuple[str, str]]:
    model = view.model()
    if model is None:
        return
    place = type(view).__name__
    columns = columns_of(view)
    if isinstance(view, (QTableView, QTreeView)):
        for column in columns:
            yield f"heading of {place}", str(model.headerData(column, Qt.Orientation.Horizontal) or "")
    for row in range(min(model.rowCount(view.rootIndex()), 50)):
        for column in columns:
            index = model.index(row, column, view.rootIndex())
            yield f"cell of {place}", str(index.data() or "")
            yield f"tooltip in {place}", str(index.data(Qt.ItemDataRole.ToolTipRole) or "")
            yield f"accessible text in {place}", str(index.data(Qt.ItemDataRole.AccessibleTextRole) or "")


def _press_tab(widget: QWidget) -> None:
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(widget, QKeyEvent(kind, Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier))


def _by_arrow(button: QAbstractButton, reached: Collection[QWidget], groups: Collection[int]) -> bool:
    """Of exclusive buttons Tab reaches one, and the arrow keys the others."""
    if button.group() is not None:
        return button.group().exclusive() and id(button.group()) in groups
    siblings = [other for other in reached if isinstance(other, type(button))]
    return button.autoExclusive() and any(other.parentWidget() is button.parentWidget() for other in siblings)


def _top(widget: QWidget, window: QWidget) -> tuple[int, int]:
    corner = widget.mapTo(window, widget.rect().topLeft())
    return corner.y(), corner.x()
