"""Toolbar, menu and status line; languages; the licence."""

from __future__ import annotations

import pytest

from support.world import World, until

ALL = ["save", "saveAs", "open", "licence", "status"]
SHOWN = """
window = Gui.getMainWindow()
bar = window.findChild(QtWidgets.QToolBar, "ISCBridgeToolbar")
menus = [a.menu().objectName() for a in window.menuBar().actions() if a.menu() and a.isVisible()]
result = [bar.isVisible(), "ISCBridgeMenu" in menus]
"""


def test_toolbar_and_menu_are_in_every_workbench(cad):
    for name in cad.do(
        "result = [n for n in Gui.listWorkbenches() if n.startswith(('Part', 'Mesh', 'None', 'Sketcher'))]"
    ):
        cad.do("Gui.activateWorkbench(name)", name=name)
        cad.until(SHOWN + "result = all(result)", f"toolbar and menu in {name}")
    assert cad.do("result = [button(name).defaultAction().text() for name in names]", names=ALL)[0] == "Save to cloud"


def test_the_menu_stands_before_help_and_the_toolbar_below_freecad_s_own(cad):
    titles = cad.do("result = [a.text() for a in Gui.getMainWindow().menuBar().actions() if a.isVisible()]")
    assert titles[-2:] == ["&Cloud", "&Help"]
    cad.do(SHOWN)
    assert cad.do("result = bar.y() > window.findChild(QtWidgets.QToolBar, 'File').y()")


def test_a_toolbar_that_a_person_hides_stays_hidden(cad):
    cad.do(SHOWN)
    cad.do("bar.toggleViewAction().trigger()")
    try:
        cad.do("Gui.activateWorkbench('MeshWorkbench'); Gui.activateWorkbench('PartWorkbench')")
        cad.do("QtCore.QCoreApplication.processEvents()")
        assert cad.do(SHOWN) == [False, True]
    finally:
        cad.do("bar.toggleViewAction().trigger()")
    assert cad.do(SHOWN) == [True, True]


def test_every_button_can_be_told_by_name_and_key(cad):
    found = cad.do(
        "result = [[button(n).defaultAction().toolTip(), button(n).defaultAction().text()] for n in names]", names=ALL
    )
    assert all(tip and words for tip, words in found)
    cad.do("running.notices.tell('hello')")
    assert cad.do(
        "words, made = note(); result = [words, list(made), [b.focusPolicy() != 0 for b in made.values()]]"
    ) == [
        "hello",
        ["Close"],
        [True],
    ]
    cad.do("list(note()[1].values())[0].click()")
    assert cad.do("result = note()[0]") == ""


def test_what_matters_stays_until_it_is_closed(cad):
    words, close = "result = note()[0]", "next(iter(note()[1].values())).click()"
    cad.do("tell = running.notices.tell; tell('first', serious=True); tell('second', serious=True); tell('third')")
    assert cad.do(words) == "first"
    assert cad.line() == "third", "the status bar and FreeCAD's report have it"
    cad.do("running.notices.ask('which?', [('this', None), ('that', None)]); tell('fourth', serious=True)")
    seen = []
    for _ in range(4):
        seen.append(cad.do(words))
        cad.do(close)
    assert seen == ["which?", "first", "second", "fourth"]
    assert cad.do(words) == ""
    cad.do("tell('fifth', serious=True); tell('fifth', serious=True)")
    cad.do(close)
    assert cad.do(words) == "", "the same is told once"


def test_status_of_the_document_follows_it(cad, world, folder):
    cad.until("result = state() == 'Cloud: -'")
    cad.do("part = App.newDocument('washer'); part.addObject('Part::Box', 'Box'); part.recompute()")
    cad.until("result = state() == 'Cloud: not saved on this computer yet'")
    cad.do("part.saveAs(path)", path=str(folder / "washer.FCStd"))
    cad.until("result = state() == 'Cloud: not in the cloud'")
    cad.press("save")
    cad.until_told("“washer.FCStd” is in the cloud")
    cad.until("result = state() == 'Cloud: saved'")
    cad.do("part.Box.Length = 3")
    cad.until("result = state() == 'Cloud: changed since'")
    cad.press("status")
    assert cad.until_told("Connected").splitlines() == ["Connected to ISCBridge.", "Cloud: changed since"]


def test_texts_are_chinese_where_freecad_is(start, world, folder):
    cad = start(world, language="Chinese Simplified")
    cad.until("result = commands.bridge.state == 'connected'")
    assert cad.do("result = button('save').defaultAction().text()") == "保存到云端"
    titles = f"{SHOWN}\nresult = [[m.text() for m in window.menuBar().actions()][-2], bar.windowTitle()]"
    cad.until(f"{titles}\nresult = result == ['云(&C)', '云']", "the names, after FreeCAD has named all else")
    cad.do("App.ParamGet('User parameter:BaseApp/Preferences/General').SetString('Language', 'English')")
    cad.do("Gui.setLocale('English')")
    cad.until(f"{titles}\nresult = result == ['&Cloud', 'Cloud']", "the names in the other language")
    assert cad.do("result = button('save').defaultAction().text()") == "Save to cloud"
    cad.do("App.ParamGet('User parameter:BaseApp/Preferences/General').SetString('Language', 'Chinese Simplified')")
    cad.press("save")
    assert cad.line() == "没有打开的文档。"


def test_both_languages_have_every_text_with_the_same_parts(cad):
    assert (
        cad.do(
            """
        import string
        from iscbridge_freecad.words import TEXTS
        def parts(words):
            return sorted({name for _, name, _, _ in string.Formatter().parse(words) if name})
        result = [name for name, pair in TEXTS.items() if len(pair) != 2 or parts(pair[0]) != parts(pair[1])]
        """
        )
        == []
    )


LICENCE = {
    "product": "FreeCAD", "managed": True, "state": "expired", "checking": False, "cloud": "sandbox",
    "allowed": {"newSave": False, "openedSave": True, "open": False},
    "error": {"code": "ISCB-LIC-EXPIRED", "title": "Over", "message": "The licence has expired.", "remedy": "Renew it.",
              "retry": "afterFix", "params": {}},
}  # fmt: skip


def test_a_refused_licence_disables_with_the_reason_and_touches_no_document(cad, folder):
    cad.do("part = App.newDocument('seal'); part.saveAs(path)", path=str(folder / "seal.FCStd"))
    cad.do("commands._told('license.changed', licence)", licence=LICENCE)
    cad.until_told("The licence has expired. Renew it.")
    look = "result = [[button(n).isEnabled(), 'expired' in button(n).toolTip()] for n in ('save', 'saveAs', 'open')]"
    assert cad.do(look) == [[True, False], [False, True], [False, True]]
    none = {**LICENCE, "allowed": {"newSave": False, "openedSave": False, "open": False}}
    cad.do("commands._told('license.changed', licence)", licence=none)
    assert cad.do("result = button('save').isEnabled()") is False
    cad.do("part.addObject('Part::Box', 'Box'); Gui.SendMsgToActiveView('Save')")
    assert cad.do("result = Gui.getDocument(part.Name).Modified") is False, "local work goes on"
    cad.press("licence")
    assert "expired" in cad.line()
    cad.do("commands._told('license.changed', licence)", licence={**LICENCE, "managed": False})
    assert cad.do("result = [button(n).isEnabled() for n in ('save', 'saveAs', 'open')]") == [True] * 3


def test_a_vendor_may_want_it_told_only(cad):
    cad.do(
        "from iscbridge_freecad import installed; real = installed.refusal_disables; installed.refusal_disables = lambda: False"
    )
    try:
        cad.do("commands._told('license.changed', licence)", licence=LICENCE)
        assert cad.do("result = button('open').isEnabled()") is True
    finally:
        cad.do("installed.refusal_disables = real")
        cad.do("commands._told('license.changed', licence)", licence={**LICENCE, "managed": False})


@pytest.mark.parametrize(
    "state",
    ["connecting", "connected", "starting", "absent", "lost", "closed", "upgrade", "foreign", "version", "other"],
)
def test_every_state_of_the_bridge_has_a_sentence(cad, state):
    assert cad.do("from iscbridge_freecad.words import text; result = text('bridge.' + state, message='')", state=state)


def test_the_licence_is_checked_at_the_start(cad, world: World):
    until(lambda: cad.do("result = commands.licence is not None"), "the licence to be known")
    assert cad.do("result = commands.licence['managed']") is False
    cad.press("licence")
    assert cad.line() == "No licence is needed for work with the cloud."
