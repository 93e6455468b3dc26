"""What the sandbox store is like, and how it misbehaves. One trait for each thing that the documentation leaves open.

The declaration below is the only one: checks, the command line's list and the tests come from it. Values that
differ from the default lie in `behaviour.json` and can be set while the store runs.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from iscbridge.core.errors import SandboxError
from iscbridge.sandbox.personality import Trait, Value
from iscbridge.sandbox.store.places import write_private

_log = logging.getLogger(__name__)

ON_DEMAND = 0

#: What the store's documentation leaves open; the numbers are those of section 11 of the reference
#: cloud-store-api.md, 0 is what no documentation needs to say, and 15 stands in its section 4.2.
UNKNOWNS: dict[int, str] = {
    ON_DEMAND: "what networks, gateways and stores can do at their worst",
    1: "heartbeat: key and zone of the expiry time, response samples, the whole batch form",
    2: "activation: the failure sample, a batch with one bad code, how good the estimated expiry time is",
    3: "usage report: how failed entries are told, repeats on one day",
    5: "whether a frozen code has a status of its own",
    6: "order/query: its success code, and where an order tells its amount",
    7: "upload of licences: effect of a second one for an event",
    8: "metered use: whether AK/SK is wanted besides the access key, effect of a repeated metering_sn",
    12: "gateway errors: HTTP status of some rows, the prefix of the codes",
    14: "sign-in: whether refresh tokens are given, and good more than once",
    15: "whether the gateway takes UNSIGNED-PAYLOAD",
}


@dataclass(frozen=True, slots=True)
class StoreTrait(Trait):
    """A trait whose number has an upper end as well."""

    most: int = 1_000_000_000

    def check(self, value: object) -> Value:
        """As for the desk's traits, and 500 means "500"; raises SandboxError ISCB-SANDBOX-PERSONALITY."""
        if self.choices and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        checked = Trait.check(self, value)
        if isinstance(checked, int) and checked > self.most:
            raise SandboxError("ISCB-SANDBOX-PERSONALITY", key=self.key, value=str(checked)[:80], allowed=self.allowed)
        return checked

    @property
    def allowed(self) -> str:
        """The values it takes, for people."""
        if isinstance(self.default, int):
            return f"a whole number from {self.least} to {self.most}"
        return " | ".join(self.choices)


_CENTURY_S = 3_155_760_000

#: Misbehaviour that holds for each call that is made, and is used up if `times` says so.
MISBEHAVIOURS: tuple[StoreTrait, ...] = (
    StoreTrait("delay_ms", 0, ON_DEMAND, "Milliseconds that an answer is late.", most=600_000),
    StoreTrait(
        "drop",
        "no",
        ON_DEMAND,
        "When the connection is cut: before the call is carried out, after it (the reply is lost), or in the middle "
        "of the reply.",
        ("no", "before", "after", "middle"),
    ),
    StoreTrait(
        "answer",
        "documented",
        ON_DEMAND,
        "What comes instead of the documented answer: a bare 500 or 503, a proxy's HTML page with 502, the page of a "
        "captive portal with 200 or a redirection to it, bytes that are no text, nothing, JSON that is cut off or is "
        "no object, 92020001 as in the current table (200) or as in the older one (500; 403 and 401: unauthorized).",
        (
            "documented",
            "500",
            "502",
            "503",
            "portal",
            "redirect",
            "garbage",
            "empty",
            "cut",
            "not_object",
            "internal",
            "internal_500",
            "unauthorized_403",
            "unauthorized_401",
        ),
    ),
    StoreTrait(
        "handled", "no", ON_DEMAND, "Whether a call whose `answer` is another one is carried out before.", ("no", "yes")
    ),
    StoreTrait(
        "gateway",
        "none",
        ON_DEMAND,
        "A gateway error that every call gets (reference section 4.6); iam_503: IAM service temporarily unavailable.",
        (
            "none",
            "APIGW.0101",
            "APIGW.0103",
            "APIGW.0104",
            "APIGW.0105",
            "APIGW.0106",
            "APIGW.0201",
            "APIGW.0301",
            "APIGW.0303",
            "APIGW.0310",
            "APIGW.0705",
            "APIGW.0801",
            "iam_503",
        ),
    ),
    StoreTrait("throttle", "no", ON_DEMAND, "Whether every call gets 429 APIGW.0308.", ("no", "yes")),
)

#: All the others: they hold until they are changed.
_STANDING: tuple[StoreTrait, ...] = (
    StoreTrait(
        "on",
        "any",
        ON_DEMAND,
        "Which calls misbehave; the others do not.",
        ("any", "activate", "heartbeat", "usage", "order", "upload", "metering", "signin"),
    ),
    StoreTrait("times", 0, ON_DEMAND, "For how many calls the misbehaviour holds before it is over; 0: until reset."),
    StoreTrait(
        "domains",
        "both",
        ON_DEMAND,
        "Which of the two domains listens; the other refuses connections.",
        ("both", "first", "second", "none"),
    ),
    StoreTrait(
        "clock_off_s",
        0,
        ON_DEMAND,
        "Seconds by which the store's clock is wrong: its Date header, its check of X-Sdk-Date, expiry.",
        least=-_CENTURY_S,
        most=_CENTURY_S,
    ),
    StoreTrait("retry_after_s", 2, ON_DEMAND, "Retry-After of a throttled call, in seconds."),
    StoreTrait(
        "repeat_s",
        120,
        ON_DEMAND,
        "Seconds after which a call that the merchant did not answer well is repeated (up to 60 times).",
        most=86_400,
    ),
    StoreTrait(
        "retry_after",
        "seconds",
        ON_DEMAND,
        "How Retry-After is written: as seconds, as a date, or not at all.",
        ("seconds", "date", "absent"),
    ),
    StoreTrait(
        "success_text",
        "success",
        ON_DEMAND,
        "Spelling of error_msg when all is well: the samples say success, the table says Success.",
        ("success", "Success", "SUCCESS", "sUcCeSs"),
    ),
    StoreTrait(
        "extra_fields", "no", ON_DEMAND, "Whether answers have fields that no page names (announced).", ("no", "yes")
    ),
    StoreTrait(
        "expire_key",
        "expire_time",
        1,
        "Key of the expiry time in a heartbeat: the one of the activation (likely, not confirmed), another, or none.",
        ("expire_time", "expireTime", "absent"),
    ),
    StoreTrait(
        "heartbeat_order",
        "absent",
        1,
        "Whether a heartbeat tells order and amount of a code: the page is cut off before it says so.",
        ("absent", "told"),
    ),
    StoreTrait(
        "time_digits", "14", 1, "Digits of times in answers: to the second, or to the millisecond.", ("14", "17")
    ),
    StoreTrait("time_zone", "utc", 1, "Zone of times in answers, which no page states.", ("utc", "china")),
    StoreTrait(
        "estimate_off_s",
        3600,
        2,
        "By how much the estimated expiry time of an activation is later than the true one.",
        least=-_CENTURY_S,
        most=_CENTURY_S,
    ),
    StoreTrait(
        "batch_bad_code",
        "nothing",
        2,
        "What a batch activation with a bad code activates: nothing, or the good codes.",
        ("nothing", "others"),
    ),
    StoreTrait(
        "usage_failures",
        "listed",
        3,
        "A usage report with codes that fail their checks: the others are kept and these listed (in "
        "`check_fail_list`, a name of the sandbox), or all is refused with 92020020.",
        ("listed", "refused"),
    ),
    StoreTrait(
        "usage_repeat",
        "latest",
        3,
        "A second active_num on one day: replaces the first, or is added.",
        ("latest", "sum"),
    ),
    StoreTrait(
        "frozen_status",
        "EXPIRED",
        5,
        "Status that a heartbeat gives for a frozen code; the printed table has no value for it.",
        ("EXPIRED", "ALIVE", "FROZEN", "FREEZE"),
    ),
    StoreTrait(
        "order_success",
        "MKT.0000",
        6,
        "Code of an order's answer: the sample's, or the table's.",
        ("MKT.0000", "CBC.0000"),
    ),
    StoreTrait(
        "order_amount",
        "amount",
        6,
        "Key of the amount in an order's productInfo: `amount`, the one of a related sample, or none.",
        ("amount", "linearValue", "absent"),
    ),
    StoreTrait(
        "upload_answer",
        "taken",
        ON_DEMAND,
        "Whether an uploaded licence is taken, or with which code it is refused.",
        ("taken", "91381033", "91381034", "91381038"),
    ),
    StoreTrait(
        "upload_repeat",
        "taken",
        7,
        "A second upload of the same licence for one event: taken again, or refused. Another one is always refused.",
        ("taken", "refused"),
    ),
    StoreTrait(
        "metering_repeat",
        "ignored",
        8,
        "A metering_sn that was pushed before: it counts no second time, or the whole push is refused.",
        ("ignored", "refused"),
    ),
    StoreTrait(
        "metering_keys",
        "access_key",
        8,
        "Who may push metered use: whoever has the access key, or only with AK/SK besides.",
        ("access_key", "both"),
    ),
    StoreTrait(
        "signin_code",
        "good",
        ON_DEMAND,
        "The code that the login page gives: good once, used before, or over.",
        ("good", "used", "expired"),
    ),
    StoreTrait(
        "signin_userinfo",
        "told",
        ON_DEMAND,
        "Whether a tenant tells who a token is about, or refuses it with 401.",
        ("told", "401"),
    ),
    StoreTrait(
        "signin_refresh",
        "rotated",
        14,
        "Refresh tokens: good once, with a new one each time; good again and again; or none is given.",
        ("rotated", "kept", "absent"),
    ),
    StoreTrait("auth_status", "401", 12, "HTTP status of APIGW.0301.", ("401", "403")),
    StoreTrait("gateway_prefix", "APIGW", 12, "Prefix of gateway codes.", ("APIGW", "APIG")),
    StoreTrait(
        "unsigned_payload",
        "accepted",
        15,
        "Whether a body may be left out of the signature.",
        ("accepted", "refused"),
    ),
)

TRAITS: tuple[StoreTrait, ...] = MISBEHAVIOURS + _STANDING


@dataclass(frozen=True, slots=True)
class Plan:
    """How one call misbehaves: the traits of `MISBEHAVIOURS`. As made without arguments: not at all."""

    delay_ms: int = 0
    drop: str = "no"
    answer: str = "documented"
    handled: str = "no"
    gateway: str = "none"
    throttle: str = "no"


_BY_KEY: dict[str, StoreTrait] = {trait.key: trait for trait in TRAITS}
_ON_CALLS = tuple(trait.key for trait in MISBEHAVIOURS)


def trait(key: str) -> StoreTrait:
    """The declaration of one trait.

    Raises:
        SandboxError: ISCB-SANDBOX-PERSONALITY: there is no such trait.
    """
    found = _BY_KEY.get(key)
    if found is None:
        raise SandboxError("ISCB-SANDBOX-PERSONALITY", key=key[:80], value="", allowed=", ".join(sorted(_BY_KEY)))
    return found


class Behaviour:
    """The values of all traits, kept in a file. Not for several threads."""

    def __init__(self, path: Path) -> None:
        """Read the file; one that is missing or can't be understood means defaults."""
        self._path = path
        self._values: dict[str, Value] = {t.key: t.default for t in TRAITS}
        self._values.update(_read(path))

    def text(self, key: str) -> str:
        """Value of a trait with choices."""
        return str(self._values[key])

    def number(self, key: str) -> int:
        """Value of a trait that is a number."""
        return int(self._values[key])

    def all(self) -> dict[str, Value]:
        """Every trait and its value."""
        return dict(self._values)

    def different(self) -> dict[str, Value]:
        """Those traits that differ from their default."""
        return {key: value for key, value in self._values.items() if value != _BY_KEY[key].default}

    def set(self, changes: Mapping[str, object], *, reset: bool = False) -> None:
        """Change traits, all or none; `reset` puts every other one back to its default first.

        Raises:
            SandboxError: ISCB-SANDBOX-PERSONALITY: no such trait, or a value that it does not take.
            OSError: the file can't be written; nothing is changed then.
        """
        checked = {key: trait(key).check(value) for key, value in changes.items()}
        values = {t.key: t.default for t in TRAITS} if reset else self.all()
        self._store({**values, **checked})

    def take(self, group: str) -> Plan:
        """How the call at hand misbehaves, counting it. `group`: one of the values of `on` but `any`.

        Raises:
            OSError: the file can't be written.
        """
        plan = Plan(self.number("delay_ms"), *(self.text(key) for key in _ON_CALLS[1:]))
        if plan == Plan() or self._values["on"] not in ("any", group):
            return Plan()
        times = self.number("times")
        if times > 1:
            self._store({**self._values, "times": times - 1})
        elif times == 1:
            calm = {key: _BY_KEY[key].default for key in _ON_CALLS}
            self._store({**self._values, **calm, "times": 0})
        return plan

    def _store(self, values: dict[str, Value]) -> None:
        different = {key: value for key, value in values.items() if value != _BY_KEY[key].default}
        write_private(self._path, json.dumps(different, indent=1).encode())
        self._values = values


def _read(path: Path) -> dict[str, Value]:
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        _log.warning("%s can't be read, defaults hold: %s", path, error)
        return {}
    values: dict[str, Value] = {}
    for key, value in found.items() if isinstance(found, dict) else ():
        try:
            values[key] = trait(key).check(value)
        except SandboxError as error:
            _log.warning("%s: ignored: %s", path, error)
    return values
