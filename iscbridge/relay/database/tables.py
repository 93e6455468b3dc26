"""The relay's tables. SQLAlchemy Core; the same on SQLite and PostgreSQL. `migrations/` brings a database to this.

Times are whole seconds since the epoch, UTC. What must not be read by whoever reads the database (codes, tokens) is
sealed (`relay.secrets`), and found by a keyed digest beside it. Every table that a call with `testFlag` may touch has
`test`: such rows are a space of their own that no device ever sees.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    true,
)  # fmt: skip

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_ID = String(36)


def _time(name: str, *, optional: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=optional)


def _test() -> Column[bool]:
    return Column("test", Boolean, nullable=False)


#: What was bought: an authorisation code, or an instance of the on-line licence route.
LICENSES = Table(
    "licenses",
    METADATA,
    Column("id", _ID, primary_key=True),
    _test(),
    Column("product", String(256), nullable=False),
    Column("kind", String(8), CheckConstraint("kind IN ('code', 'instance')", name="kind"), nullable=False),
    Column("code_digest", String(64)),  # keyed digest of the code
    Column("code_sealed", LargeBinary),
    Column("code_masked", String(64), nullable=False, server_default=""),
    Column("instance", String(64)),
    Column("order_id", String(64), nullable=False, server_default=""),
    Column("order_line", String(64), nullable=False, server_default=""),
    Column("store_product", String(64), nullable=False, server_default=""),
    Column("state", String(8), nullable=False),  # relay.decide.states
    Column("seat_kind", String(8), nullable=False),  # lease.form.SeatKind
    Column("amount", Integer, CheckConstraint("amount >= 0", name="amount"), nullable=False),
    Column("amount_known", Boolean, nullable=False, server_default=true()),  # else it is what a code has at least
    _time("expires", optional=True),  # end of the term, as the store told it
    _time("activated", optional=True),
    _time("asked", optional=True),  # the store's last trusted answer
    _time("called", optional=True),  # when the store's last call to freeze or unfreeze was signed, in milliseconds
    _time("renewed", optional=True),  # the same of its last renewal
    _time("created"),
    _time("changed"),
    Column("version", Integer, nullable=False),  # rises with each change: two replicas never write over each other
    UniqueConstraint("test", "code_digest"),
    UniqueConstraint("test", "instance"),
    Index(None, "test", "order_id", "order_line"),
)

#: Devices that enrolled for a product. One device key is one row for each product.
DEVICES = Table(
    "devices",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("product", String(256), nullable=False),
    Column("device", String(64), nullable=False),  # lease.requests.device_id
    Column("public_key", LargeBinary, nullable=False),
    Column("fingerprint", String(64), nullable=False),  # keyed digest of the last one told
    Column("label", String(256), nullable=False, server_default=""),
    Column("license", _ID, ForeignKey("licenses.id")),
    Column("blocked", Boolean, nullable=False),
    _time("cloned", optional=True),  # when one key was seen from two machines
    _time("created"),
    _time("seen"),
    UniqueConstraint("product", "device"),
    Index(None, "license"),
)

#: Seats of licences. A living one has a slot of its own and a holder of its own: the database sees to it.
SEATS = Table(
    "seats",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("license", _ID, ForeignKey("licenses.id"), nullable=False),
    Column("slot", Integer),  # 1 to the licence's amount; NULL: given back
    Column("holder", String(256)),  # device id, or the user of a named seat; NULL: given back
    Column("device", _ID, ForeignKey("devices.id")),  # who uses it now
    Column("granted", BigInteger, nullable=False),
    _time("until", optional=True),  # floating: free from then on
    _time("lease_until"),  # end of the last lease that was given for it
    _time("ended", optional=True),
    Column("end_reason", String(32), nullable=False, server_default=""),
    UniqueConstraint("license", "slot"),  # NULLs do not collide
    UniqueConstraint("license", "holder"),
    Index(None, "device"),
    Index(None, "license", "ended"),
)

#: The last lease of each device: given again within the same moment, and what support asks for.
LEASES = Table(
    "leases",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("device", _ID, ForeignKey("devices.id"), nullable=False),
    Column("kid", String(64), nullable=False),
    Column("state", String(8), nullable=False),
    Column("holder", String(256)),  # whose seat it says; NULL: nobody's
    _time("issued"),
    _time("until"),
    UniqueConstraint("device"),
    Index(None, "holder"),
)

#: What may come once only: nonces of devices and of the store.
NONCES = Table(
    "nonces",
    METADATA,
    Column("scope", String(72), primary_key=True),
    Column("nonce", String(128), primary_key=True),
    _time("until"),
    Index(None, "until"),
)

#: Requests of one source in one window of time.
RATES = Table(
    "rates",
    METADATA,
    Column("scope", String(96), primary_key=True),
    Column("window", BigInteger, primary_key=True),
    Column("count", Integer, nullable=False),
    Index(None, "window"),
)

#: Every call of the store that was carried out, and what was answered: a repeat gets the same.
CALLBACKS = Table(
    "callbacks",
    METADATA,
    Column("id", _ID, primary_key=True),
    _test(),
    Column("activity", String(64), nullable=False),
    Column("identity", String(512), nullable=False),  # relay.decide.callbacks: what makes two calls the same one
    Column("body_digest", String(64), nullable=False),
    Column("answer", Text, nullable=False),  # the JSON that was answered
    Column("result", String(6), nullable=False),
    Column("count", Integer, nullable=False),
    _time("received"),
    _time("repeated", optional=True),
    UniqueConstraint("test", "activity", "identity"),
    Index(None, "received"),
)

#: Licences that were made for a machine (`getLicenseAsync`): the same machine gets the same one again.
ISSUED = Table(
    "issued",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("license", _ID, ForeignKey("licenses.id"), nullable=False),
    Column("fingerprint", String(64), nullable=False),  # keyed digest
    Column("sealed", LargeBinary),  # the licence's text; NULL: it is being made
    _time("created"),
    UniqueConstraint("license", "fingerprint"),
)

#: What is to be told to the store, until it was taken.
OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", _ID, primary_key=True),
    _test(),
    Column("kind", String(32), nullable=False),
    Column("identity", String(256), nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # what is sent
    Column("state", String(8), nullable=False),  # waiting | sent | dead
    Column("attempts", Integer, nullable=False),
    _time("due"),
    Column("claimed_by", String(64), nullable=False, server_default=""),
    _time("claimed_until", optional=True),
    Column("error", String(64), nullable=False, server_default=""),
    _time("created"),
    _time("changed"),
    UniqueConstraint("kind", "identity"),
    Index(None, "state", "due"),
)

#: Use of instances that are paid by use. Each record has the serial number by which the store counts it once.
METERINGS = Table(
    "meterings",
    METADATA,
    Column("serial", String(64), primary_key=True),
    Column("instance", String(64), nullable=False),
    Column("value", String(20), nullable=False),
    Column("package", String(64), nullable=False, server_default=""),  # for packages that end with their use
    _time("begins"),
    _time("ends"),
    _time("recorded"),
    _time("sent", optional=True),
    Column("error", String(64), nullable=False, server_default=""),  # why the store refused it for good
    Index(None, "sent"),
)

#: First use of a product on a device on one day.
USAGES = Table(
    "usages",
    METADATA,
    Column("license", _ID, ForeignKey("licenses.id"), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("client", String(256), primary_key=True),
    _time("recorded"),
    _time("sent", optional=True),
    Column("error", String(64), nullable=False, server_default=""),  # why the store refused it
    Index(None, "sent"),
)

#: One row for each key of the store: failed signatures in a row over all replicas.
BREAKERS = Table(
    "breakers",
    METADATA,
    Column("key", String(64), primary_key=True),  # digest of the key's name
    Column("failures", Integer, nullable=False),
    _time("stopped", optional=True),
    _time("probe", optional=True),  # a single question may be asked from then on
    Column("version", Integer, nullable=False),  # rises with each failure
)

#: Signed requests to the store that are under way: never more than may fail.
PERMITS = Table(
    "permits",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("key", String(64), ForeignKey("breakers.key"), nullable=False),
    Column("background", Boolean, nullable=False),  # no person waits for it
    _time("until"),  # whoever holds it longer was killed
    Index(None, "key"),
)

#: Work that one process of all does at a time: who does it until when, and when it is due again.
DUTIES = Table(
    "duties",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("holder", String(128), nullable=False, server_default=""),
    _time("until"),
    _time("due"),
)

#: Sign-ins on their way: from the browser's start to its return. Whatever proves something lies here by keyed digest.
SIGNINS = Table(
    "signins",
    METADATA,
    Column("state", String(64), primary_key=True),  # of what the device and, at last, the browser bring
    Column("device", _ID, ForeignKey("devices.id"), nullable=False),
    Column("product", String(256), nullable=False),
    Column("challenge", String(64), nullable=False),
    Column("redirect", String(256), nullable=False),
    Column("state_sealed", LargeBinary, nullable=False),  # the browser is told it when it has come back
    Column("ticket", String(64), nullable=False),  # of the page that the browser is sent to first
    Column("browser", String(64)),  # of the cookie that it got there: no other browser can end this sign-in
    Column("code", String(64)),  # of what the browser brings to the device; NULL: it has not come back
    Column("code_sealed", LargeBinary),  # the tenant's own code
    Column("tenant", String(128), nullable=False, server_default=""),
    _time("used", optional=True),  # when the device asked for its session
    _time("until"),
    UniqueConstraint("ticket"),
    UniqueConstraint("browser"),
    Index(None, "device"),
    Index(None, "until"),
)

#: People who signed in on a device.
SESSIONS = Table(
    "sessions",
    METADATA,
    Column("digest", String(64), primary_key=True),  # keyed digest of what the device holds
    Column("device", String(64), nullable=False),
    Column("product", String(256), nullable=False),
    Column("tenant", String(128), nullable=False),
    Column("user", String(256), nullable=False),  # the tenant's own id of the person
    Column("name", String(256), nullable=False, server_default=""),
    Column("tokens_sealed", LargeBinary, nullable=False),
    _time("access_until"),
    _time("confirmed"),  # when the tenant last said that it is so
    _time("used"),  # the device asked for a lease
    _time("claimed_until", optional=True),  # somebody asks the tenant: a refresh token may be good for one answer only
    _time("until"),
    UniqueConstraint("product", "device"),
    Index(None, "until"),
    Index(None, "confirmed"),
)

#: Who did what by hand or by the store's word. Never a code, a key or a token.
AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer().with_variant(BigInteger, "postgresql"), primary_key=True, autoincrement=True),
    _time("at"),
    Column("who", String(64), nullable=False),
    Column("what", String(64), nullable=False),
    Column("subject", String(256), nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Index(None, "at"),
)
