"""Activating a code: it is kept as pending, activated, settled by a query, and only then takes the former one's place.

The reply to an activation can be lost, and asking twice is answered like an error (92020003). So nothing but a query
says how it went, and while none says so the code stays pending: for days if need be, and over restarts.
"""

from __future__ import annotations

from dataclasses import replace

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing import inputs as i
from iscbridge.core.licensing import learn, policy
from iscbridge.core.licensing.effects import ForgetCode, KeepCode, LookAtMachine, PromoteCode, Question
from iscbridge.core.licensing.line import UNKNOWN_CODE, Activation, Done, Line, Under
from iscbridge.core.licensing.model import Answer, AnswerKind, LicenseRecord, LicenseState, Machine, Word
from iscbridge.core.licensing.rhythm import Rhythm, is_stopped

_REFUSED_AT_ONCE = (AnswerKind.NO_SUCH_CODE, AnswerKind.NOT_RECEIVED, AnswerKind.NOT_ACTIVATED)
_REFUSED = (*_REFUSED_AT_ONCE, AnswerKind.EXPIRED, AnswerKind.RELEASED, AnswerKind.FROZEN)
#: There is nobody to ask on this machine. Waiting does not change that: a person has to hear it.
_NOBODY_TO_ASK = ("ISCB-LIC-NO-AUTHORITY", "ISCB-STORE-NO-KEYS", "ISCB-LIC-RELAY-POLICY")
#: It is asked again by itself, and what it waits for is known.
_TOLD = (*_NOBODY_TO_ASK, "ISCB-RELAY-SEATS-OPEN")


def on_requested(line: Line, event: i.ActivateRequested) -> None:
    """A person typed a code, or wants the kept one bound to this machine."""
    if line.by_desk:
        line.refuse(event.token, ErrorInfo("ISCB-LIC-BY-DESK", {"product": line.product}))
    elif event.take_over and not line.has_seats:
        line.refuse(event.token, ErrorInfo("ISCB-LIC-NO-SEAT", {"product": line.product}))
    elif line.busy:
        line.refuse(event.token, ErrorInfo("ISCB-LIC-BUSY", {"product": line.product}))
    elif event.masked:
        _begin(line, event)
    elif line.activation is not None:
        line.activation = replace(line.activation, token=event.token, want=line.activation.want or Question.QUERY)
    elif line.kept:
        line.rebind, line.take_over = event.token, event.take_over
        line.asks.append(LookAtMachine(line.product))
    else:
        line.refuse(event.token, ErrorInfo("ISCB-LIC-NOT-ACTIVATED", {"product": line.product}))


def _begin(line: Line, event: i.ActivateRequested) -> None:
    attempt = line.number()
    if line.under is not None and line.under.pending:
        line.under = replace(line.under, void=True)
    if not line.record.pending:
        line.record = replace(line.record, pending_masked="")
    first = Question.TAKE_OVER if event.take_over else Question.ACTIVATE
    line.activation = Activation(event.masked, event.token, keeping=attempt, first=first)
    line.secrets.append(KeepCode(line.product, attempt, event.token))
    line.asks.append(LookAtMachine(line.product))


def on_kept(line: Line, event: i.CodeKept) -> None:
    """The secret store has the code, or could not take it."""
    activation = line.activation
    if activation is None or not activation.keeping or activation.keeping != event.attempt:
        return
    if event.error is None:
        line.record = replace(
            line.record, pending=True, pending_masked=activation.masked, error=_other_code(line.record)
        )
        line.held = line.unverified
        line.settle = Rhythm()
        line.activation = replace(activation, keeping=0, want=activation.first)
        return
    if activation.token is not None:
        line.refuse(activation.token, event.error)
    line.activation = Activation(line.record.pending_masked, want=Question.QUERY) if line.record.pending else None


def recovered(line: Line) -> None:
    """A pending code was found after a restart: it is settled, or its promotion was cut short by a crash."""
    if line.record.pending_masked and not line.record.pending:
        line.secrets.append(PromoteCode(line.product))
        return
    line.record = replace(line.record, pending=True)
    line.activation = Activation(line.record.pending_masked, want=Question.QUERY)


def on_answered(line: Line, activation: Activation, under: Under, event: i.Answered) -> None:
    """The authority answered a question about the pending code, or did not."""
    line.activation = activation = replace(activation, want=None)
    answer = event.answer
    line.failure = answer.error if answer.kind is AnswerKind.FAILED else None
    if policy.needs_sign_in(answer.error):
        _wait_for_person(line, activation, under, event)
    elif under.question in (Question.ACTIVATE, Question.TAKE_OVER):
        _activated(line, activation, under, event)
    elif answer.kind is AnswerKind.ALIVE:
        _settled(line, activation, answer, event.now, under.day)
    elif answer.kind is AnswerKind.NOT_ACTIVATED and not activation.again:
        line.activation = replace(activation, want=activation.first, again=True, done=None)
    elif answer.kind is AnswerKind.NOT_ACTIVATED and not activation.arrived:
        _open(line, activation, under, event)
    elif answer.kind in _REFUSED:
        _refuse(line, activation, answer)
    elif activation.done is not None:
        _certain_without_query(line, activation, activation.done, under, event)
    else:
        _open(line, activation, under, event)


def _activated(line: Line, activation: Activation, under: Under, event: i.Answered) -> None:
    answer = event.answer
    if answer.kind in _REFUSED_AT_ONCE:
        _refuse(line, activation, answer)
    elif answer.kind is AnswerKind.FAILED:
        # the reply may be lost: a query tells, unless the client stopped and would stop again
        if is_stopped(answer.error):
            _open(line, activation, under, event)
        else:
            line.activation = replace(activation, want=Question.QUERY)
    else:
        taken = answer.kind in (AnswerKind.DONE, AnswerKind.ALIVE)
        done = Done(replace(answer, kind=AnswerKind.ALIVE), event.now) if taken else None
        line.activation = replace(activation, want=Question.QUERY, arrived=True, done=done)


def _settled(line: Line, activation: Activation, answer: Answer, now: float, day: int) -> None:
    """The code is alive: it is the product's code from now on, and the licence belongs to this machine."""
    record = learn.trusted(line.record, answer, now, day)
    record = learn.bound(record, line.device)
    line.record = replace(
        record,
        masked_code=activation.masked or UNKNOWN_CODE,
        pending=False,
        pending_masked=activation.masked or UNKNOWN_CODE,  # a crash before the promotion is made up for by it
        reported_day=0,
    )
    line.machine = Machine.SAME if line.device else Machine.UNKNOWN
    line.decided()
    line.query = Rhythm(day)
    line.report = Rhythm()
    line.secrets.append(PromoteCode(line.product))
    if activation.token is not None:
        line.answer(activation.token)
    line.answer_waiting()
    _end(line)


def _certain_without_query(line: Line, activation: Activation, done: Done, under: Under, event: i.Answered) -> None:
    """The store took the activation, and can't be asked now how it stands: as after any failed check."""
    _settled(line, activation, done.answer, done.now, 0)
    line.record = learn.failed(learn.seen(line.record, event.now), event.now)
    line.query = Rhythm().failed(line.product, line.record.salt, event.now, under.day, event.answer.error)


def _refuse(line: Line, activation: Activation, answer: Answer) -> None:
    """The code is not good. The former licence, if any, stays as it is."""
    word = learn.WORDS.get(answer.kind, Word.REFUSED)
    state = policy.REFUSALS.get(word, LicenseState.REFUSED)
    error = answer.error or policy.error_of(state, replace(line.record, error=None), line.policy)
    line.record = replace(line.record, pending=False, pending_masked="", error=_other_code(line.record))
    if activation.token is not None:
        line.refuse(activation.token, error)
    elif not line.record.masked_code and line.record.word is Word.NONE:
        line.record = replace(line.record, error=error)  # nobody waits for it: the state says it
    line.secrets.append(ForgetCode(line.product, pending=True))
    _end(line)


def _open(line: Line, activation: Activation, under: Under, event: i.Answered) -> None:
    """Not known how it went. It is asked again by the rhythm, without anybody."""
    if activation.token is not None:
        error = event.answer.error
        if error is None or error.code not in _TOLD:
            error = ErrorInfo("ISCB-LIC-ACTIVATION-OPEN", {"product": line.product})
        line.refuse(activation.token, error)
    line.activation = replace(activation, token=None, again=False)
    line.settle = line.settle.failed(line.product, line.record.salt, event.now, under.day, event.answer.error)
    if not line.kept:
        line.answer_waiting()


def _wait_for_person(line: Line, activation: Activation, under: Under, event: i.Answered) -> None:
    """The code is good, and its seats are people's: it stays pending until somebody has signed in."""
    error = event.answer.error
    if activation.token is not None and error is not None:
        line.refuse(activation.token, error)
    if line.record.word is Word.NONE and not line.record.masked_code:
        line.record = replace(line.record, error=error)
    else:
        line.failure = error  # the licence that is there says nothing of the code that waits
    line.activation = replace(activation, token=None, want=None, again=False, done=None)
    line.settle = line.settle.failed(line.product, line.record.salt, event.now, under.day, error)
    if not line.kept:
        line.answer_waiting()


def _other_code(record: LicenseRecord) -> ErrorInfo | None:
    """The record's error without what was said of a code that waited for a sign-in."""
    return None if policy.needs_sign_in(record.error) and record.word is Word.NONE else record.error


def _end(line: Line) -> None:
    line.activation = None
    line.settle = Rhythm()
