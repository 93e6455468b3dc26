"""Carries out what the store calls for: once, and with the same answer however often it is repeated. Blocking.

A call, what it changes and what is answered are one transaction. What takes longer (licences, questions to the store)
goes into the outbox in that transaction, and is done from there.
"""

from __future__ import annotations

import hashlib
import logging
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, select, update

from iscbridge.core.errors import BridgeError
from iscbridge.core.licensing.masking import mask
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import (
    change_license,
    end_seats,
    insert_once,
    license_locked,
    living_seats,
    new_id,
    note,
    take_nonce,
)
from iscbridge.relay.database.tables import CALLBACKS, ISSUED, LICENSES, OUTBOX
from iscbridge.relay.decide.calls import WORDS, Activity, Call, CallError, Result, activities, identity, read_call
from iscbridge.relay.decide.states import Calls, Event, Life, State, arrived
from iscbridge.relay.store_calls.signature import WINDOW_S, Signed, genuine
from iscbridge.relay.upstream_port import ApplyLicense, QueryOrder, outbox_row

_log = logging.getLogger(__name__)

_SCOPE = "store"
_KEPT = {Result.OK, Result.IN_PROGRESS}
_STATUS = {"FREEZE": Event.FREEZE, "UNFREEZE": Event.UNFREEZE}


class StoreOffice:
    """Answers the store. Any thread may use it."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        store = relay.settings.store
        self._names = activities(store.release_instance_activity, store.upgrade_activity)

    def answer(self, signed: Signed | None, body: bytes) -> dict[str, str]:
        """The answer to a call, as the members of its JSON. Never raises: what went wrong stands in the log.

        Args:
            signed: the parameters of its URL; None if they are not in order.
            body: as it came.
        """
        try:
            access_key = self._relay.secrets.get("access_key")
            if signed is None or not genuine(signed, access_key, body, self._relay.clock()):
                return _said(Result.AUTH)
            call = read_call(body, self._names)
            return self._relay.database.run(lambda connection: self._once(connection, call, signed, body))
        except CallError as error:
            return _said(error.result)
        except BridgeError as error:
            _log.error("a call of the store was not carried out: %s", error)
            return _said(Result.OTHER)

    def _once(self, connection: Connection, call: Call, signed: Signed, body: bytes) -> dict[str, str]:
        now = self._relay.now()
        if not take_nonce(connection, _SCOPE, signed.nonce, now + 2 * WINDOW_S):
            return _said(Result.AUTH)
        digest = self._relay.sealer.digest(call.license, "code") if call.license else ""
        fingerprint = self._relay.sealer.digest(call.fingerprint, "fingerprint") if call.fingerprint else ""
        same = identity(call, digest, fingerprint, signed.millis)
        key = {"test": call.test, "activity": call.activity.value, "identity": same}
        inserted = insert_once(
            connection, CALLBACKS, id=new_id(), body_digest=hashlib.sha256(body).hexdigest(), answer="",
            result=Result.OTHER.value, count=1, received=now, repeated=None, **key,
        )  # fmt: skip
        where = [CALLBACKS.c[name] == value for name, value in key.items()]
        if not inserted:
            told = connection.execute(
                update(CALLBACKS).where(*where).values(count=CALLBACKS.c.count + 1, repeated=now)
                .returning(CALLBACKS.c.answer)
            ).scalar_one()  # fmt: skip
            return msgspec.json.decode(told, type=dict[str, str])
        answer = self._carried_out(connection, call, digest, fingerprint, signed.millis)
        result = Result(answer["resultCode"])
        if result in _KEPT:
            text = msgspec.json.encode(answer).decode()
            connection.execute(update(CALLBACKS).where(*where).values(answer=text, result=result.value))
            note(connection, now, "store", f"call.{call.activity.value}", same[:256], "test" if call.test else "")
        else:  # a repeat may find what it names
            connection.execute(delete(CALLBACKS).where(*where))
        return answer

    def _carried_out(
        self, connection: Connection, call: Call, digest: str, fingerprint: str, millis: int
    ) -> dict[str, str]:
        match call.activity:
            case Activity.NEW_INSTANCE:
                return self._instance_made(connection, call)
            case Activity.ORDER_NOTIFY:
                self._enqueue(connection, call, QueryOrder(call.order, call.order_line), f"{call.order_line}|{millis}")
                return _said(Result.OK)
            case Activity.GET_LICENSE:
                return self._license_applied_for(connection, call, fingerprint)
            case Activity.QUERY_INSTANCE:
                return _said(Result.NOT_FOUND if self._found(connection, call, digest) is None else Result.OK)
        found = self._found(connection, call, digest)
        if found is None and call.license:
            found = self._code_noted(connection, call, digest)
        if found is None:
            return _said(Result.NOT_FOUND)
        self._changed(connection, found, call, millis)
        if call.activity in {Activity.UPGRADE, Activity.REFRESH_INSTANCE, Activity.REFRESH_CODE}:
            # no call tells an amount: it may be another one from now on
            task = QueryOrder(call.order, call.order_line, found, millis)
            self._enqueue(connection, call, task, f"{call.order_line}|{millis}")
        return _said(Result.OK)

    def _found(self, connection: Connection, call: Call, digest: str) -> str | None:
        """Id of the licence that a call names, in its own space."""
        which = LICENSES.c.code_digest == digest if digest else LICENSES.c.instance == call.instance
        return connection.scalar(select(LICENSES.c.id).where(LICENSES.c.test == call.test, which))

    def _changed(self, connection: Connection, license_id: str, call: Call, millis: int) -> None:
        """Set what a call sets, as far as no later call was here before."""
        row = license_locked(connection, license_id)
        event = self._event(call)
        if row is None or (event is None and not call.store_product):
            return
        before, calls = Life(State(row.state), row.expires, row.asked), self._calls(row)
        life = before
        if event is not None:
            life, calls = arrived(before, calls, event, millis, call.expires)
        now = self._relay.now()
        values: dict[str, object] = {
            "state": life.state.value, "expires": life.expires, "called": calls.status, "renewed": calls.renewed,
        }  # fmt: skip
        if call.store_product:
            values["store_product"] = call.store_product
        change_license(connection, row, now, **values)
        if life.state is State.RELEASED and before.state is not State.RELEASED:
            seats = tuple(seat.id for seat in living_seats(connection, row.id))
            end_seats(connection, seats, now, "licence released")

    def _calls(self, row: Row[Any]) -> Calls:
        """When calls of before were signed. A time from the future is that of a clock that was set back."""
        most = (self._relay.now() + 2 * WINDOW_S) * 1000
        called, renewed = (at if at is None or at <= most else None for at in (row.called, row.renewed))
        return Calls(called, renewed)

    @staticmethod
    def _event(call: Call) -> Event | None:
        match call.activity:
            case Activity.CODE_STATUS | Activity.INSTANCE_STATUS:
                return _STATUS[call.status]
            case Activity.REFRESH_CODE | Activity.REFRESH_INSTANCE:
                return Event.RENEWED
            case Activity.RELEASE_CODE | Activity.RELEASE_INSTANCE:
                return Event.RELEASE
        return None

    def _code_noted(self, connection: Connection, call: Call, digest: str) -> str:
        """A code of which nobody has told yet: the store made it, and what it says of it must not be lost."""
        product = self._relay.settings.sold_as(call.store_product)
        now, license_id = self._relay.now(), new_id()
        insert_once(
            connection, LICENSES, id=license_id, test=call.test, product="" if product is None else product.name,
            kind="code", code_digest=digest, code_sealed=self._relay.sealer.seal(call.license.encode(), "code"),
            code_masked=mask(call.license), instance=None, order_id=call.order, order_line=call.order_line,
            store_product=call.store_product, state=State.NEW.value,
            seat_kind="node" if product is None else product.seats, amount=0, amount_known=False, expires=None,
            activated=None, asked=None, called=None, created=now, changed=now, version=1,
        )  # fmt: skip
        return self._found(connection, call, digest) or license_id

    def _instance_made(self, connection: Connection, call: Call) -> dict[str, str]:
        """The same order and line have the same instance, whatever the store calls the business this time."""
        same = [LICENSES.c.test == call.test, LICENSES.c.kind == "instance", LICENSES.c.order_id == call.order,
                LICENSES.c.order_line == call.order_line]  # fmt: skip
        instance = connection.scalar(select(LICENSES.c.instance).where(*same))
        if instance is None:
            product = self._relay.settings.sold_as(call.store_product)
            now = self._relay.now()
            made = insert_once(
                connection, LICENSES, id=new_id(), test=call.test, product="" if product is None else product.name,
                kind="instance", code_digest=None, code_sealed=None, code_masked="", instance=call.business,
                order_id=call.order, order_line=call.order_line, store_product=call.store_product,
                state=State.ALIVE.value, seat_kind="node" if product is None else product.seats, amount=1,
                amount_known=False, expires=call.expires, activated=now, asked=None, called=None, created=now,
                changed=now, version=1,
            )  # fmt: skip
            if not made:  # the store's business number is another order's
                return _said(Result.PARAMETER)
            instance = call.business
            self._enqueue(connection, call, QueryOrder(call.order, call.order_line), call.order_line)
        return {**_said(Result.OK), "instanceId": instance}

    def _license_applied_for(self, connection: Connection, call: Call, fingerprint: str) -> dict[str, str]:
        """Check the application, and let the licence be made and uploaded from the outbox."""
        license_id = self._found(connection, call, "")
        row = None if license_id is None else license_locked(connection, license_id)
        if row is None:
            return _said(Result.NOT_FOUND)
        if not call.fingerprint:
            return _said(Result.FINGERPRINT_NEEDED)
        if row.expires is not None and call.expires is None:
            return _said(Result.EXPIRY_NEEDED)
        if row.state != State.ALIVE.value or (row.expires is not None and row.expires <= self._relay.now()):
            return _said(Result.OUTSIDE_ORDER)
        amount = connection.scalar(select(func.count()).select_from(ISSUED).where(ISSUED.c.license == row.id)) or 0
        mine = connection.scalar(
            select(ISSUED.c.id).where(ISSUED.c.license == row.id, ISSUED.c.fingerprint == fingerprint)
        )
        if mine is None:
            if amount >= row.amount:
                # Until its order was asked for nobody knows how many were bought: the store calls again.
                return _said(Result.QUOTA if row.amount_known else Result.OTHER)
            mine = new_id()
            connection.execute(ISSUED.insert().values(id=mine, license=row.id, fingerprint=fingerprint, sealed=None,
                                                      created=self._relay.now()))  # fmt: skip
        task = ApplyLicense(call.event, mine, call.fingerprint, call.effective, call.expires)
        self._enqueue(connection, call, task, f"{call.event}|{fingerprint}")
        return _said(Result.IN_PROGRESS)

    def _enqueue(self, connection: Connection, call: Call, task: ApplyLicense | QueryOrder, same: str) -> None:
        insert_once(connection, OUTBOX, **outbox_row(self._relay, task, same, test=call.test))


def _said(result: Result) -> dict[str, str]:
    return {"resultCode": result.value, "resultMsg": WORDS[result]}
