"""What the outbox does: asks for orders, and makes and uploads the licences that were applied for."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, or_, select, update

from iscbridge.core.errors import RelayError, error_from
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import AnswerKind
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import note
from iscbridge.relay.database.tables import ISSUED, LICENSES, OUTBOX
from iscbridge.relay.decide.states import State
from iscbridge.relay.store_words import take_order
from iscbridge.relay.upstream.asking import StoreUpstream
from iscbridge.relay.upstream.generator import Application, Generator
from iscbridge.relay.upstream_port import ApplyLicense, QueryOrder, Task
from iscbridge.store.answers import Reading
from iscbridge.store.merchant import Order, fits_string, order_query, upload
from iscbridge.store.operations import Operation

FILE_NAME = "license.lic"
_PURPOSE = "license"


class Made(msgspec.Struct, frozen=True):
    """A licence as it is kept (sealed): what it was made for, and its content."""

    event: str
    effective: int | None
    expires: int | None
    content: bytes


class Tasks:
    """Carries the outbox's tasks out. Blocking; raises what went wrong."""

    def __init__(self, relay: Relay, upstream: StoreUpstream, generator: Generator) -> None:
        self._relay, self._upstream, self._generator = relay, upstream, generator

    def do(self, task: Task, row_id: str) -> None:
        """Carry a task out; to do it twice does no harm.

        Raises:
            BridgeError: it is not done. Codes of `decide.retry.FINAL`: it never will be.
        """
        if isinstance(task, QueryOrder):
            self._order(task, row_id)
        else:
            self._license(task)

    def _carry_out(self, operation: Operation) -> Reading:
        reading = self._upstream.carry_out(operation)
        if reading.answer.kind is AnswerKind.FAILED:
            raise error_from(reading.answer.error or ErrorInfo("ISCB-STORE-UNREADABLE", {"detail": "-"}))
        return reading

    # -------------------------------------------------------------------------------------------------------- orders

    def _order(self, task: QueryOrder, row_id: str) -> None:
        keys = self._relay.settings.store.order_amount_keys
        order = self._carry_out(order_query(task.order, task.line, keys)).told
        if isinstance(order, Order):
            self._relay.database.run(lambda connection: self._taken(connection, task, row_id, order))

    def _taken(self, connection: Connection, task: QueryOrder, row_id: str, order: Order) -> None:
        test = connection.scalar(select(OUTBOX.c.test).where(OUTBOX.c.id == row_id))
        if task.license:
            which = LICENSES.c.id == task.license
        else:  # an activation tells a code's order, and not its line
            line = or_(LICENSES.c.order_line == task.line, LICENSES.c.order_line == "")
            which = and_(LICENSES.c.order_id == task.order, line)
        found = select(LICENSES).where(LICENSES.c.test == test, which).order_by(LICENSES.c.id).with_for_update()
        for row in connection.execute(found).all():
            if not _is_outdated(task, row) and (row.order_line or task.license or len(order.lines) == 1):
                take_order(self._relay, connection, row, order, task.line)

    # ------------------------------------------------------------------------------------------------------ licences

    def _license(self, task: ApplyLicense) -> None:
        issued, row = self._relay.database.run(lambda connection: self._rows(connection, task.issued))
        if row.state == State.RELEASED.value:
            raise RelayError("ISCB-RELAY-CODE", product=row.product)
        made = self._kept(issued.sealed)
        if made is None or not _same(made, task):
            made = self._made(task, issued, row)
        product = self._relay.settings.named(row.product)
        name = product.license_file if product is not None else ""
        self._carry_out(upload(task.event, made.content, name or ("" if fits_string(made.content) else FILE_NAME)))

    def _rows(self, connection: Connection, issued_id: str) -> tuple[Row[Any], Row[Any]]:
        issued = connection.execute(select(ISSUED).where(ISSUED.c.id == issued_id)).one_or_none()
        row = (
            None
            if issued is None
            else connection.execute(select(LICENSES).where(LICENSES.c.id == issued.license)).one()
        )
        if issued is None or row is None:
            raise RelayError("ISCB-RELAY-CODE", product="-")
        return issued, row

    def _made(self, task: ApplyLicense, issued: Row[Any], row: Row[Any]) -> Made:
        """Make the licence and keep it. Of two processes that make one at a time, the first one's counts."""
        product = self._relay.settings.named(row.product)
        if product is None:
            raise RelayError("ISCB-RELAY-GENERATOR", detail="the order's product is not one of relay.toml")
        content = self._generator.make(product, Application(
            id=issued.id, instance=row.instance or "", order=row.order_id, order_line=row.order_line,
            store_product=row.store_product, product=product.name, features=product.features,
            fingerprint=task.fingerprint, event=task.event, issued=issued.created, effective=task.effective,
            expires=task.expires if task.expires is not None else row.expires, test=bool(row.test),
        ))  # fmt: skip
        mine = Made(task.event, task.effective, task.expires, content)
        sealed = self._relay.sealer.seal(msgspec.msgpack.encode(mine), _PURPOSE)

        def keep(connection: Connection) -> Made:
            current = connection.scalar(select(ISSUED.c.sealed).where(ISSUED.c.id == issued.id).with_for_update())
            other = self._kept(current)
            if other is not None and _same(other, task):
                return other
            connection.execute(update(ISSUED).where(ISSUED.c.id == issued.id).values(sealed=sealed))
            note(connection, self._relay.now(), "relay", "license.made", issued.id, "test" if row.test else "")
            return mine

        return self._relay.database.run(keep)

    def _kept(self, sealed: bytes | None) -> Made | None:
        if sealed is None:
            return None
        return msgspec.msgpack.decode(self._relay.sealer.unseal(sealed, _PURPOSE), type=Made)


def _is_outdated(task: QueryOrder, row: Row[Any]) -> bool:
    """Whether a later order than this one tells what is owned: tasks are done in any order, also a day later."""
    if task.unless_known and row.amount_known:
        return True
    if not task.license:  # the order of the purchase
        return row.amount_known and row.renewed is not None
    return task.signed is not None and row.renewed is not None and task.signed < row.renewed


def _same(made: Made, task: ApplyLicense) -> bool:
    """Whether a kept licence is the one that is applied for: of the same event, or for the same time."""
    return made.event == task.event or (made.effective, made.expires) == (task.effective, task.expires)
