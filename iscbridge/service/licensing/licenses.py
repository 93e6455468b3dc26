"""The licences of this bridge: wires the pure policy to secrets, records, the authority, hosts and jobs.

Lives on the engine owner's thread and decides nothing. `check` and `limit` answer from memory, at once, always.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from iscbridge.core import inputs as job_inputs
from iscbridge.core.errors import LicenseError
from iscbridge.core.jobs import ErrorInfo, LicenseLimit
from iscbridge.core.licensing import effects as e
from iscbridge.core.licensing import inputs as i
from iscbridge.core.licensing.machine import Licenses
from iscbridge.core.licensing.masking import mask
from iscbridge.core.licensing.model import Answer, AnswerKind, LicensePolicy, LicenseRecord, Verdict
from iscbridge.core.licensing.policy import shown_dates
from iscbridge.ipc import messages as m
from iscbridge.ipc.license_wire import LicenseFacts, license_to_wire
from iscbridge.service.clock import wall_clock
from iscbridge.service.licensing.clock import LicenseClock
from iscbridge.service.licensing.keeping import Keeping
from iscbridge.service.licensing.signin import Signins
from iscbridge.service.licensing.work import Found, LicenseWork, Seen

if TYPE_CHECKING:
    from iscbridge.ipc.server import Request
    from iscbridge.lease.form import Lease
    from iscbridge.service.bridge import Bridge

log = logging.getLogger(__name__)

#: A secret store that has not opened within this time does not keep hosts waiting any longer.
LOAD_S = 3.0
#: A person who activates or refreshes is answered within this time; what is under way goes on.
ANSWER_S = 90.0
#: An answer to `license.check` holds for this long if nothing happens: hosts may ask in every event loop turn.
KNOWN_S = 1.0


@dataclass(slots=True)
class Product:
    """One managed product, as this bridge has it in hand."""

    policy: LicensePolicy
    loaded: bool = False
    unverified: bool = False
    """The record counts as it lies there."""
    delivered: i.Delivered | None = None
    """A licence that came before the record was loaded."""
    own_keys: bool = False
    """The vendor's own keys are used on this machine."""
    known: tuple[float, Verdict | None, LicenseFacts] | None = None
    """The last answer to `license.check`, and until when (by the monotonic clock) it may be given again."""
    lease: tuple[str, Lease | None] = "", None
    """The record's lease as text, and what it says."""


class LicenseService:
    """Everything licensing of one bridge. Create, `start()`; later `close()`."""

    def __init__(
        self,
        bridge: Bridge,
        policies: dict[str, LicensePolicy],
        work: LicenseWork,
        peek: Callable[[str], LicenseRecord | None],
        clock: LicenseClock,
        faults: tuple[ErrorInfo, ...] = (),
    ) -> None:
        self._bridge = bridge
        self._products = {name: Product(policy) for name, policy in policies.items()}
        self._work = work
        self._keeping = Keeping(bridge, self, work)
        self._peek = peek
        self._clock = clock
        self._machine = Licenses()
        self._faults = faults
        self._codes: dict[int, str] = {}
        self._early: list[tuple[Callable[[Request], None], Request]] = []
        self._signins = Signins(bridge, self, work)
        clock.moved.connect(self._on_clock_moved)
        bridge.server.known_license = self.known

    def start(self) -> None:
        """Load what is known of each product; until then its new cloud work is accepted, and waits."""
        for name in self._products:
            self._load(name)
            self._bridge.timers.set(f"license-load:{name}", wall_clock() + LOAD_S)
        waiting = {job.origin.product for job in self._bridge.engine.jobs() if job.limit is not None}
        for name in waiting - self._products.keys():
            self._tell_jobs(name)  # its policy file is gone since: nothing is against it, and nobody else would say so

    def _load(self, product: str) -> None:
        load = partial(self._work.load, product, partial(self._peek, product))
        self.lane(product, load, partial(self._on_found, product))

    def close(self) -> None:
        """Codes that were typed and not yet kept are forgotten; a question that pauses ends."""
        self._work.close()
        self._signins.close()
        self._codes.clear()
        self._early.clear()

    # what the bridge asks
    def used(self, product: str) -> None:
        """A host of this product is at work."""
        if product in self._products and self._products[product].loaded:
            self._feed(product, i.Used(*self._now(), product))

    def delivered(self, product: str, valid: bool, expires: float | None, error: ErrorInfo | None) -> None:
        """A licence that ISCDesk delivered was verified; one of a product without a policy is its host's own affair."""
        entry = self._products.get(product)
        if entry is None:
            return
        event = i.Delivered(*self._now(), product, valid, expires, error)
        if entry.loaded:
            self._feed(product, event)
        else:
            entry.delivered = event

    def limit(self, product: str) -> LicenseLimit | None:
        """What stands against new cloud work of a product; None if nothing does."""
        entry = self._products.get(product)
        if entry is None:
            return None
        if not entry.loaded:
            return LicenseLimit(ErrorInfo("ISCB-LIC-LOADING", {"product": product}), pending=True)
        verdict = self._machine.verdict(product, self._clock.now())
        if verdict is None or verdict.allowed.new_save:
            return None
        error = verdict.error or ErrorInfo("ISCB-LIC-NOT-ACTIVATED", {"product": product})
        opened_before = verdict.opened_before if verdict.allowed.opened_save else None
        return LicenseLimit(error, opened_before, verdict.hopeful and self._machine.checking(product))

    def warnings(self) -> list[ErrorInfo]:
        """For `bridge.status`: what a person should know of all products."""
        found = [*self._faults, *(warning for name in self._products for warning in self._warnings(name))]
        return [warning for number, warning in enumerate(found) if warning not in found[:number]]

    def asked(self) -> tuple[list[str], bool]:
        """Addresses of the relays that are asked about licences; whether the store is. Without a relay it counts as asked."""
        policies = [entry.policy for entry in self._products.values()]
        relays = {policy.relay_url for policy in policies if policy.authority == "relay" and policy.relay_url}
        return sorted(relays), not relays or any(policy.authority == "store" for policy in policies)

    # what hosts and people ask
    def status(self, request: Request) -> None:
        """Answer `license.status`."""
        asked = request.params.product
        names = list(self._products) if asked is None else [asked]
        if self._too_early(names, self.status, request):
            return
        language = request.client.language
        licenses = [license_to_wire(self._verdict(name), self._facts(name), language) for name in names]
        self._bridge.server.answer(request.token, m.LicenseStatusResult(licenses=licenses))

    def check(self, request: Request) -> None:
        """Answer `license.check` from memory."""
        product = request.params.product
        if self._too_early([product], self.check, request):
            return
        self.used(product)
        verdict, facts = self._verdict(product), self._facts(product)
        if product in self._products:
            self._products[product].known = time.monotonic() + KNOWN_S, verdict, facts
        self._bridge.server.answer_license(request.token, verdict, facts)

    def known(self, product: str) -> tuple[Verdict | None, LicenseFacts] | None:
        """The answer that `license.check` was given a moment ago, if nothing has happened to the licence since."""
        entry = self._products.get(product)
        if entry is None or entry.known is None or entry.known[0] < time.monotonic():
            return None
        return entry.known[1:]

    def activate(self, request: Request) -> None:
        """Begin `license.activate`. Raises LicenseError for a product that no policy names."""
        if not self._too_early([request.params.product], self.activate, request):
            self._activate(request, take_over=False)

    def transfer(self, request: Request) -> None:
        """Begin `license.transfer`: as `license.activate`, with a seat of another machine if need be."""
        if not self._too_early([request.params.product], self.transfer, request):
            self._activate(request, take_over=True)

    def _activate(self, request: Request, *, take_over: bool) -> None:
        product, code = request.params.product, request.params.code
        self._managed(request, "ISCB-LIC-ACTIVATION-OPEN")
        if code is not None:
            self._codes[request.token] = code.strip()
        masked = "" if code is None else mask(code.strip())
        event = i.ActivateRequested(*self._now(), product, request.token, masked, take_over=take_over)
        self._feed(product, event)

    def refresh(self, request: Request) -> None:
        """Begin `license.refresh`."""
        product = request.params.product
        if self._too_early([product], self.refresh, request):
            return
        self._managed(request, "ISCB-LIC-NO-ANSWER")
        self._feed(product, i.RefreshRequested(*self._now(), product, request.token))

    def release(self, request: Request) -> None:
        """Begin `license.release`."""
        product = request.params.product
        if self._too_early([product], self.release, request):
            return
        self._managed(request, "ISCB-LIC-NO-ANSWER")
        self._feed(product, i.ReleaseRequested(*self._now(), product, request.token))

    def deactivate(self, request: Request) -> None:
        """Begin `license.deactivateLocal`."""
        product = request.params.product
        if self._too_early([product], self.deactivate, request):
            return
        self._managed(request, "ISCB-LIC-NO-ANSWER")
        self._feed(product, i.DeactivateRequested(*self._now(), product, request.token))

    def signin(self, request: Request) -> None:
        """Begin `license.signin`."""
        if not self._too_early([request.params.product], self.signin, request):
            self._signins.start(request, self._policy(request.params.product))

    def signout(self, request: Request) -> None:
        """Begin `license.signout`."""
        if not self._too_early([request.params.product], self.signout, request):
            self._signins.stop(request, self._policy(request.params.product))

    def settle(self, product: str, token: int, *, ask: bool) -> None:
        """Who is signed in has changed (`ask`: the authority is to say what that means); then answer the request."""
        if ask:
            self._feed(product, i.RefreshRequested(*self._now(), product, token))
        else:
            self._answer(product, token)

    def _answer(self, product: str, token: int) -> None:
        met, verdict, facts = self._bridge.deadlines.met(token), self._verdict(product), self._facts(product)
        if not self._signins.answer_signout(token, partial(license_to_wire, verdict, facts)) and met:
            self._bridge.server.answer_license(token, verdict, facts)

    def tell(self, product: str) -> None:
        """Something of a licence has changed beside its verdict."""
        entry = self._products[product]
        entry.known = None
        if entry.loaded:
            self._bridge.server.license_changed(self._verdict(product), self._facts(product))

    def lane(self, product: str, run: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do what may block, in line with everything else of this product."""
        self._bridge.work(f"license {product}", lambda _stop: run(), then)

    def trouble_changed(self, product: str) -> None:
        """What could not be written, or was written at last, may show in the next answer."""
        self._products[product].known = None

    def _policy(self, product: str) -> LicensePolicy:
        if product not in self._products:
            raise LicenseError("ISCB-LIC-NO-POLICY", product=product)
        return self._products[product].policy

    def _too_early(self, products: list[str], ask: Callable[[Request], None], request: Request) -> bool:
        """Whether the request has to wait until these products are loaded; it is then asked again."""
        early = any(name in self._products and not self._products[name].loaded for name in products)
        if early:
            self._early.append((ask, request))
        return early

    def _managed(self, request: Request, late: str) -> None:
        product = self._policy(request.params.product).product
        self._bridge.deadlines.set(request.token, ANSWER_S, ErrorInfo(late, {"product": product}))

    # inputs
    def on_timer(self, key: str) -> None:
        """A timer of a licence (`license:...`), a slow load (`license-load:<product>`), a record (`license-write:...`)."""
        kind, _, product = key.partition(":")
        if kind == "license-load":
            self._load_is_late(product)
        elif kind == "license-write":
            self._keeping.again(product, self._machine.record(product))
        elif kind == "license-signin":
            self._signins.late(product)
        else:
            self._feed(product.rpartition(":")[0], i.TimerFired(*self._now(), key))

    def _load_is_late(self, product: str) -> None:
        if not self._products[product].loaded:
            log.warning("the secret store does not answer; the licence record of %s is not verified", product)
            record = self._peek(product)
            warning = ErrorInfo("ISCB-SECRET-LOCKED")
            kept, pending = record is not None and bool(record.masked_code), record is not None and record.pending
            self._on_found(product, Found(record, None, kept, pending, warning=warning))

    def _on_found(self, product: str, value: object) -> None:
        entry = self._products[product]
        unverified = isinstance(value, Found) and value.warning is not None
        if not isinstance(value, Found) or (entry.loaded and (unverified or not entry.unverified)):
            return
        self._bridge.timers.clear(f"license-load:{product}")
        entry.loaded, entry.unverified = True, unverified
        self._keeping.found(product, value.warning)
        self._note_keys(product, held=value.has_keys and entry.policy.authority == "store")
        now, day = self._now()
        self._feed(
            product,
            i.Loaded(
                now,
                day,
                product,
                entry.policy,
                value.record,
                value.trouble,
                value.has_code,
                value.has_pending_code,
                unverified,
                value.lease,
            ),
        )
        if entry.delivered is not None:
            self._feed(product, entry.delivered)
        if any(job.limit is not None and job.origin.product == product for job in self._bridge.engine.jobs()):
            self.used(product)  # a job that waits for its licence is one; what is written of it may be cut off
        self._tell_jobs(product)
        early, self._early = self._early, []
        for ask, request in early:
            try:
                ask(request)
            except LicenseError as error:
                self._bridge.server.answer_error(request.token, error.info)

    def _on_clock_moved(self) -> None:
        for product, entry in self._products.items():
            if entry.loaded:
                for name in ("retry", "until"):
                    self._feed(product, i.TimerFired(*self._now(), f"license:{product}:{name}"))

    def _now(self) -> tuple[float, int]:
        now = self._clock.now()
        return now, date.fromtimestamp(now).toordinal()  # noqa: DTZ012  the day of the person at this machine

    def _feed(self, product: str, event: i.Input) -> None:
        entry = self._products.get(product)
        if entry is None:
            return
        entry.known = None
        self._keeping.add(product, self._machine.handle(event))

    # effects
    def do(self, product: str, effect: e.Effect) -> None:
        """Do an effect that neither keeps nor forgets anything."""
        match effect:
            case e.KeepCode():
                self._keep_code(product, effect)
            case e.Ask():
                self._ask(product, effect)
            case e.LookAtMachine():
                record = self._machine.record(product)
                self.lane(product, partial(self._work.look, record), partial(self._on_seen, product))
            case e.Changed():
                self._bridge.server.license_changed(effect.verdict, self._facts(product))
                self._tell_jobs(product)
            case e.AnswerVerdict():
                self._answer(product, effect.token)
            case e.AnswerError():
                self._codes.pop(effect.token, None)
                self._signins.forget(effect.token)
                if self._bridge.deadlines.met(effect.token):
                    self._bridge.server.answer_error(effect.token, effect.error)
            case e.SetTimer():
                self._bridge.timers.set(effect.key, self._clock.to_wall(effect.at))
            case _:
                raise TypeError(f"not an effect of licensing: {effect!r}")

    def _keep_code(self, product: str, effect: e.KeepCode) -> None:
        code = self._codes.pop(effect.token, "")

        def then(value: object) -> None:
            error = value if isinstance(value, ErrorInfo) else None
            self._feed(product, i.CodeKept(*self._now(), product, effect.attempt, error))

        self.lane(product, partial(self._work.keep_code, product, code), then)

    def _ask(self, product: str, effect: e.Ask) -> None:
        record = self._machine.record(product)
        salt = "" if record is None else record.salt

        def then(value: object) -> None:
            answer = value if isinstance(value, Answer) else Answer(AnswerKind.FAILED)
            if answer.error is not None:
                log.info("licence of %s: %s: %s (%s)", product, effect.question, answer.kind, answer.error.code)
            else:
                log.info("licence of %s: %s: %s", product, effect.question, answer.kind)
            if answer.error is not None and answer.error.code == "ISCB-STORE-NO-KEYS":
                self._note_keys(product, held=False)
            elif self._work.warning(product) is not None:
                self._note_keys(product, held=True)
            if self._products[product].unverified and not _is_about_secrets(answer.error):
                self._load(product)  # secrets open by now: the record can be verified
            self._feed(product, i.Answered(*self._now(), product, effect.attempt, answer))

        question = partial(self._work.ask, product, effect.question, pending=effect.pending)
        self.lane(product, partial(question, by_person=effect.by_person, salt=salt), then)

    def _note_keys(self, product: str, *, held: bool) -> None:
        """Whether this machine holds the vendor's own keys: they open the whole account, so the log says it too."""
        entry = self._products[product]
        if held and not entry.own_keys:
            log.warning("ISCB-STORE-OWN-KEYS: the licence of %s is checked with the vendor's own keys", product)
        entry.own_keys = held

    def _on_seen(self, product: str, value: object) -> None:
        if isinstance(value, Seen):
            seen = i.MachineSeen(*self._now(), product, value.machine, value.device, value.salt)
            self._feed(product, seen)

    # what is told
    def _tell_jobs(self, product: str) -> None:
        self._bridge.runner.feed_soon(job_inputs.LicenseSettled(wall_clock(), product, self.limit(product)))

    def _verdict(self, product: str) -> Any:
        return self._machine.verdict(product, self._clock.now())

    def _facts(self, product: str) -> LicenseFacts:
        entry = self._products.get(product)
        record = self._machine.record(product)
        bound = grace_ends = lease = sign_in = None
        if entry is not None and record is not None:
            bound, grace_ends = shown_dates(record, entry.policy, self._clock.now())
            lease = self._lease(entry, record)
            error = record.error or self._machine.failure(product)
            named = lease is not None and lease.seat == "named"
            sign_in = self._signins.facts(product, entry.policy, error, named=named)
        return LicenseFacts(
            product=product,
            cloud=self._bridge.config.engine.cloud,
            policy=None if entry is None else entry.policy,
            masked_code="" if record is None else record.masked_code or record.pending_masked,
            checking=self._machine.checking(product),
            checked=None if record is None else record.word_at,
            expires=None if record is None else record.expires,
            activated=bound,
            grace_ends=grace_ends,
            warnings=self._warnings(product),
            holder="" if lease is None else lease.user,
            sign_in=sign_in,
        )

    @staticmethod
    def _lease(entry: Product, record: LicenseRecord) -> Lease | None:
        """What the kept lease says: it was verified when it came, and when it was read again."""
        if entry.lease[0] != record.lease:
            from iscbridge.lease.form import said

            entry.lease = record.lease, said(record.lease) if record.lease else None
        return entry.lease[1]

    def _warnings(self, product: str) -> list[ErrorInfo]:
        entry = self._products.get(product)
        if entry is None:
            return []
        own_keys = ErrorInfo("ISCB-STORE-OWN-KEYS") if entry.own_keys else None
        trouble, failure = self._keeping.trouble(product), self._machine.failure(product)
        return [found for found in (own_keys, trouble, failure if failure != trouble else None) if found is not None]


def _is_about_secrets(error: ErrorInfo | None) -> bool:
    return error is not None and error.code.startswith("ISCB-SECRET-")
