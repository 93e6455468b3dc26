"""A code whose seats are people's waits for somebody to sign in: it is neither refused nor typed again."""

from __future__ import annotations

import pytest

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing import effects as e
from iscbridge.core.licensing.effects import Question
from iscbridge.core.licensing.model import AnswerKind, LicenseState, Machine, Word
from iscbridge.core.licensing.refusals import SIGN_IN
from support.license_scene import MASKED, LicenseScene, a_record

A = AnswerKind
NEW = "NE****002"
QUERY_PENDING = (Question.QUERY, True)


@pytest.fixture
def scene() -> LicenseScene:
    made = LicenseScene(authority="relay").load()
    made.seen(Machine.UNKNOWN)
    return made


@pytest.fixture
def active() -> LicenseScene:
    """A good licence; another code is going to be typed."""
    made = LicenseScene(authority="relay").load(a_record())
    made.seen()
    return made


def typed(scene: LicenseScene, masked: str = NEW) -> int:
    token = scene.type_code(masked)
    scene.kept()
    return token


def needs_person(scene: LicenseScene) -> None:
    """The relay says in a lease that nobody is signed in."""
    scene.answer(A.NO_SUCH_CODE, error=SIGN_IN)


def code(scene: LicenseScene) -> str:
    error = scene.verdict.error
    return "" if error is None else error.code


def test_the_code_stays_and_its_person_is_asked_for(scene) -> None:
    token = typed(scene)
    needs_person(scene)
    assert scene.errors == {token: SIGN_IN}
    assert not scene.has(e.ForgetCode)
    assert (scene.record.pending, scene.state, code(scene)) == (True, LicenseState.NOT_ACTIVATED, SIGN_IN)
    assert not scene.licenses.checking("cad")
    person = scene.refresh()
    assert scene.questions == [QUERY_PENDING]
    scene.answer(A.ALIVE)
    assert scene.answered == [person]
    assert (scene.state, scene.record.masked_code, scene.record.error) == (LicenseState.ACTIVE, NEW, None)
    assert scene.has(e.PromoteCode)


def test_it_waits_over_a_restart(scene) -> None:
    typed(scene)
    needs_person(scene)
    again = LicenseScene(scene.now, authority="relay").load(scene.record, has_code=False, has_pending_code=True)
    assert (again.state, code(again)) == (LicenseState.NOT_ACTIVATED, SIGN_IN)
    assert again.questions == [QUERY_PENDING]
    needs_person(again)
    assert again.record.pending
    again.refresh()
    again.answer(A.ALIVE)
    assert again.state is LicenseState.ACTIVE


def test_the_licence_that_is_there_stands_meanwhile(active) -> None:
    typed(active)
    needs_person(active)
    assert (active.state, active.record.masked_code, active.record.error) == (LicenseState.ACTIVE, MASKED, None)
    assert active.licenses.failure("cad") == ErrorInfo(SIGN_IN), "who is to sign in is told all the same"
    active.refresh()
    assert active.questions, "the kept code first, or the one that waits"


def test_it_is_asked_again_with_growing_pauses(scene) -> None:
    typed(scene)
    needs_person(scene)
    (first,) = scene.timers.values()
    scene.wait(first + 1).timer()
    assert scene.questions == [QUERY_PENDING]
    needs_person(scene)
    (second,) = scene.timers.values()
    assert second > first


def test_what_was_said_of_a_code_is_not_said_of_the_next_one(scene) -> None:
    typed(scene)
    needs_person(scene)
    token = typed(scene, "OT****003")
    assert code(scene) == "ISCB-LIC-ACTIVATION-OPEN"
    scene.answer(A.NO_SUCH_CODE, error="ISCB-RELAY-CODE")
    assert scene.errors == {token: "ISCB-RELAY-CODE"}
    assert (scene.record.pending, code(scene)) == (False, "ISCB-LIC-NOT-ACTIVATED")


def test_a_person_who_signs_out_is_told_so_by_the_licence(active) -> None:
    token = active.refresh()
    needs_person(active)
    assert active.answered == [token]
    assert (active.record.word, active.state, code(active)) == (Word.REFUSED, LicenseState.REFUSED, SIGN_IN)
    active.refresh()
    active.answer(A.ALIVE)
    assert (active.state, code(active)) == (LicenseState.ACTIVE, "")
