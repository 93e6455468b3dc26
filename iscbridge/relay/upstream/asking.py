"""Asks the store for the relay: `upstream_port.Upstream`, and what the work in the background needs of the store."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from iscbridge.core.errors import RelayError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import Answer, AnswerKind
from iscbridge.relay.context import Relay
from iscbridge.relay.decide.retry import GENERAL
from iscbridge.relay.upstream.breaker import SharedBreaker
from iscbridge.relay.upstream_port import Activated
from iscbridge.store.answers import Reading
from iscbridge.store.client import BUDGET_S, StoreClient, is_code
from iscbridge.store.credentials import Credentials
from iscbridge.store.merchant import Order, order_query
from iscbridge.store.models import LicenseCodeInfo, LicenseInfo, read_amount
from iscbridge.store.operations import Operation, activation, activation_many, query, query_many, state_of
from iscbridge.store.proxies import ProxyChoice

MOST_CODES = 100
"""In one call of v2 (cloud-store-api.md, section 1.3)."""
BACKGROUND_S = 10.0
"""For one call in the background: a relay that is told to end waits for it."""


class StoreUpstream:
    """Asks with the merchant account's key. Any thread may use it: each call has a connection of its own.

    Of one key at most two requests are under way at a time over all processes, and one of these is kept for people
    (`SharedBreaker`).
    """

    def __init__(self, relay: Relay, folder: Path) -> None:
        """Connects to nothing yet. `folder`: where relay.toml lies.

        Raises:
            RelayError: ISCB-RELAY-SECRET: the account's keys are there, and can't be used. Later that is an answer.
        """
        self._relay = relay
        self._folder = folder
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._clients: dict[bool, tuple[Credentials, StoreClient]] = {}
        self._client(background=False)

    def activate(self, code: str) -> Activated:
        """Activate a code, and find out where it stands.

        Its success says nothing of that, and "already active" may be the echo of an activation whose answer was lost:
        both are settled by a query (sections 1.2 and 1.4).
        """
        if not is_code(code):
            return Activated(Answer(AnswerKind.NO_SUCH_CODE))
        told = self._ask(activation(code, self._relay.settings.store.activate_version))
        unsure = told.store_code == _BAD_IN_BATCH
        if told.answer.kind not in {AnswerKind.DONE, AnswerKind.ILLEGAL_STATE} and not unsure:
            return Activated(told.answer)
        info = told.told if isinstance(told.told, LicenseCodeInfo) else LicenseCodeInfo()
        asked = self._ask(query(code, self._relay.settings.store.query_version))
        answer = asked.answer
        if unsure and answer.kind not in _STATES:
            return Activated(told.answer)
        if answer.kind is AnswerKind.FAILED and info.status == "ALIVE":
            answer = Answer(AnswerKind.ALIVE, told.answer.server_time)  # its end is an estimate: left out
        if isinstance(asked.told, LicenseInfo):
            info = _completed(info, asked.told)
        return Activated(answer, info.product_id[:_LONGEST], info.order_id[:_LONGEST], "", _whole(info.amount))

    def activate_many(self, codes: Sequence[str]) -> dict[str, Activated]:
        """Activate up to 100 codes, in v2 with one call, and find out where each stands.

        What becomes of the others of a call if one is bad is not documented (section 1.3). So those that are not found
        active afterwards are activated one by one.
        """
        good = [code for code in codes if is_code(code)]
        told = {code: Activated(Answer(AnswerKind.NO_SUCH_CODE)) for code in codes if code not in good}
        general: Answer | None = None
        found: dict[str, Answer] = {}
        if good and self._relay.settings.store.activate_version == "v2":
            batch = self._ask(activation_many(good)).answer
            general = _general(batch)
            found = {} if general is not None else self.query_many(good)
        for code in good:
            settled = code in found and found[code].kind in _STATES
            told[code] = Activated(general or found[code]) if general or settled else self.activate(code)
            general = general or _general(told[code].answer)
        return told

    def query(self, code: str) -> Answer:
        """Where a code stands."""
        if not is_code(code):
            return Answer(AnswerKind.NO_SUCH_CODE)
        return self._ask(query(code, self._relay.settings.store.query_version)).answer

    def order(self, order: str, line: str) -> Order | None:
        """What was ordered, for somebody who waits for it. None: the store gave no usable answer."""
        told = self._ask(order_query(order, line, self._relay.settings.store.order_amount_keys)).told
        return told if isinstance(told, Order) else None

    def query_many(self, codes: Sequence[str]) -> dict[str, Answer]:
        """Where up to 100 codes stand; in the background. Codes of which nothing was told for certain are FAILED."""
        if self._relay.settings.store.query_version == "v1":
            return self._one_by_one(codes)
        reading = self.carry_out(query_many(codes))
        found = reading.told if isinstance(reading.told, dict) else {}
        answers: dict[str, Answer] = {}
        for code in codes:
            info = found.get(code)
            state = state_of(info) if isinstance(info, LicenseInfo) else None
            answers[code] = (
                Answer(AnswerKind.FAILED, error=reading.answer.error or _NOT_TOLD) if state is None
                else Answer(state.kind, reading.answer.server_time, state.expires)
            )  # fmt: skip
        return answers

    def carry_out(self, operation: Operation) -> Reading:
        """One call in the background."""
        return self._ask(operation, background=True)

    def close(self) -> None:
        """No call of the background begins any more, and pauses end; calls under way end by their own limits."""
        self._closed.set()
        with self._lock:
            kept = list(self._clients.values())
        for _, client in kept:
            client.close()

    def _one_by_one(self, codes: Sequence[str]) -> dict[str, Answer]:
        answers: dict[str, Answer] = {}
        general: Answer | None = None
        for code in codes:
            answers[code] = general or self.carry_out(query(code)).answer
            general = general or _general(answers[code])
        return answers

    def _ask(self, operation: Operation, *, background: bool = False) -> Reading:
        if background and self._closed.is_set():
            return Reading(Answer(AnswerKind.FAILED, error=ErrorInfo("ISCB-RELAY-BUSY")))
        try:
            client = self._client(background=background)
        except RelayError as error:
            return Reading(Answer(AnswerKind.FAILED, error=error.info))
        if client is None:
            return Reading(Answer(AnswerKind.FAILED, error=_NO_KEYS))
        return client.call(operation)

    def _client(self, *, background: bool) -> StoreClient | None:
        """With the keys as they are now: a person who puts them right need not restart every process."""
        access, secret = (self._relay.secrets.find(name) for name in ("store_ak", "store_sk"))
        if access is None or secret is None:
            return None
        keys = Credentials(access, secret)
        with self._lock:
            kept = self._clients.get(background)
            if kept is None or kept[0] != keys:
                kept = self._clients[background] = keys, self._made(keys, background=background)
            return kept[1]

    def _made(self, keys: Credentials, *, background: bool) -> StoreClient:
        store = self._relay.settings.store
        return StoreClient(
            keys, store.addresses, proxies=ProxyChoice(),
            breaker=SharedBreaker(self._relay, background=background, closed=self._closed), clock=self._relay.clock,
            budget_s=BACKGROUND_S if background else BUDGET_S,
            ca_file=self._folder / store.ca_file if store.ca_file else None,
        )  # fmt: skip


_BAD_IN_BATCH = "92020020"
"""Of v2: the code is bad. In which way is not told (section 1.3): it may be active already."""
_STATES = frozenset({AnswerKind.ALIVE, AnswerKind.EXPIRED, AnswerKind.RELEASED, AnswerKind.FROZEN})
"""Where a code stands that was activated."""
_LONGEST = 64
"""Characters of an order's and a product's name, as documented (sections 6.1 and 7): the database takes no more."""
_MOST_SEATS = 1_000_000
_NO_KEYS = ErrorInfo("ISCB-RELAY-SECRET", {"name": "store_ak", "detail": "there is none"})
_NOT_TOLD = ErrorInfo("ISCB-STORE-UNREADABLE", {"detail": "the code is not in the reply"})


def _completed(info: LicenseCodeInfo, asked: LicenseInfo) -> LicenseCodeInfo:
    """What an activation whose answer was lost would have told, if the query tells it: no page says that it does."""

    def text(key: str) -> str:
        value = asked.extra.get(key)
        return value if isinstance(value, str) else ""

    return LicenseCodeInfo(
        status=info.status,
        product_id=info.product_id or text("product_id"),
        order_id=info.order_id or text("order_id"),
        amount=info.amount if info.amount is not None else read_amount(asked.extra.get("amount")),
    )


def _general(answer: Answer) -> Answer | None:
    """An answer that the next question would get as well."""
    error = answer.error
    return answer if answer.kind is AnswerKind.FAILED and error is not None and error.code in GENERAL else None


def _whole(amount: float | None) -> int | None:
    """A number of seats. One that can't be meant was not told."""
    return int(amount) if amount is not None and amount == int(amount) and 0 <= amount <= _MOST_SEATS else None
