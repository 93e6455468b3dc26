"""The transitions of a job, as data: what the documentation prints and the tests hold the engine to."""

from __future__ import annotations

from typing import NamedTuple

from iscbridge.core.jobs import JobState as S


class Transition(NamedTuple):
    """One allowed step; `cause` is the word in the history of the journal."""

    before: S | None
    after: S
    cause: str


#: Every step that the engine may take. `before` None: the job is new.
TRANSITIONS: frozenset[Transition] = frozenset(
    {
        Transition(None, S.ACCEPTED, "accepted"),
        # capture
        Transition(S.ACCEPTED, S.ACCEPTED, "shareSlow"),
        Transition(S.ACCEPTED, S.CAPTURED, "captured"),
        Transition(S.ACCEPTED, S.REFUSED, "refused"),
        Transition(S.ACCEPTED, S.FAILED, "captureFailed"),
        Transition(S.ACCEPTED, S.CANCELLED, "cancelled"),
        Transition(S.ACCEPTED, S.REPLACED, "replaced"),
        Transition(S.ACCEPTED, S.WAITING, "waiting"),  # open: there is nothing to capture
        Transition(S.ACCEPTED, S.SUBMITTED, "submitted"),  # open
        # the licence, which a check under way was asked about
        *(Transition(state, state, "permitted") for state in (S.ACCEPTED, S.CAPTURED, S.WAITING)),
        # the turn
        Transition(S.CAPTURED, S.WAITING, "waiting"),
        *(
            Transition(before, after, cause)
            for before in (S.CAPTURED, S.WAITING)
            for after, cause in (
                (S.SUBMITTED, "submitted"),
                (S.CANCELLED, "cancelled"),
                (S.REPLACED, "replaced"),
                (S.REFUSED, "refused"),
                (S.FAILED, "captureFailed"),
                (S.FAILED, "missing"),
                (S.FAILED, "unreadable"),
                (S.UNKNOWN, "changedSince"),
                (S.UNKNOWN, "cancelledLate"),
                # an earlier hand-over was torn or its result was lost: not certain any more
                (S.UNKNOWN, "refused"),
                (S.UNKNOWN, "captureFailed"),
                (S.UNKNOWN, "missing"),
                (S.UNKNOWN, "unreadable"),
                (S.CAPTURED, "recaptured"),
                (S.WAITING, "shareSlow"),
                (S.CAPTURED, "shareSlow"),
            )
        ),
        # the result
        Transition(S.SUBMITTED, S.DONE, "done"),
        Transition(S.SUBMITTED, S.FAILED, "failed"),
        Transition(S.SUBMITTED, S.FAILED, "callRefused"),
        Transition(S.SUBMITTED, S.WAITING, "torn"),
        Transition(S.SUBMITTED, S.WAITING, "repeat"),
        Transition(S.SUBMITTED, S.WAITING, "newer"),
        Transition(S.SUBMITTED, S.SUBMITTED, "confirming"),
        Transition(S.SUBMITTED, S.SUBMITTED, "doubled"),
        Transition(S.SUBMITTED, S.CANCELLED, "pickerCancelled"),
        Transition(S.SUBMITTED, S.CANCELLED, "cancelled"),  # open: a cancelled dialog changes nothing in the cloud
        *(
            Transition(S.SUBMITTED, S.UNKNOWN, cause)
            for cause in (
                "lost",
                "badResult",
                "conflict",
                "cancelledLate",
                "unconfirmed",
                "torn",
                "missing",
                "unreadable",
                "failed",
                "callRefused",
            )
        ),
        # corrections and people
        Transition(S.DONE, S.UNKNOWN, "conflict"),
        Transition(S.UNKNOWN, S.UNKNOWN, "dismissed"),
        *(
            Transition(before, S.ACCEPTED, "retry")
            for before in (S.FAILED, S.REFUSED, S.CANCELLED, S.REPLACED, S.UNKNOWN)
        ),
    }
)


def is_allowed(before: S | None, after: S, cause: str) -> bool:
    """Whether the table has this step."""
    return Transition(before, after, cause) in TRANSITIONS
