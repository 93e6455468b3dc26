"""The relay's settings, `relay.toml`: declared once, read strictly. No secret stands in it: only where secrets are.

`docs/relay.md` has the form. A member that this version does not know makes the file unusable: a mistyped name must not
pass for an absent one.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from iscbridge.core.errors import RelayError

FILE_LIMIT = 256 * 1024
STORE_DOMAINS = ("https://mkt.myhuaweicloud.com", "https://mkt.myhuaweicloud.cn")
"""cloud-store-api.md, section 10: the second one if the first can't be reached."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/]+", max_length=500)]
HttpsUrl = Annotated[str, msgspec.Meta(pattern=r"^https://[^\s/?#@]+(/[^\s?@]*)?$", max_length=500)]
Tenant = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,57}$")]
Days = Annotated[int, msgspec.Meta(ge=1, le=30)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=30 * 86_400)]
Activity = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Server(_Table, frozen=True, kw_only=True):
    """`[relay]`: where it listens and keeps its things."""

    host_name: Name
    """As devices and the store call it; part of what a device signs."""
    listen: Annotated[str, msgspec.Meta(pattern=r"^.{1,255}:\d{1,5}$")] = "127.0.0.1:8443"
    certificate: str = ""
    """PEM file of the chain; empty: TLS ends at a proxy before it."""
    certificate_key: str = ""
    behind_proxy: tuple[str, ...] = ()
    """Addresses of proxies whose X-Forwarded-For is believed."""
    database: str = "sqlite:///relay.db"
    """SQLAlchemy's URL, without a password: that comes from `database_password` of the secrets."""
    secrets: str = "secrets"
    """Folder with one owner-only file for each secret; `ISCBRIDGE_RELAY_<NAME>` in the environment goes before it."""
    metrics: str = ""
    """Address of a listener of its own for metrics; empty: none."""
    store_path: Annotated[str, msgspec.Meta(pattern=r"^/[A-Za-z0-9/_-]{1,100}$")] = "/store/production"


class Store(_Table, frozen=True, kw_only=True):
    """`[store]`: the marketplace."""

    addresses: tuple[Url, ...] = STORE_DOMAINS
    ca_file: str = ""
    """A CA of its own in place of the system's: the sandbox."""
    activate_version: Literal["v1", "v2"] = "v1"
    query_version: Literal["v1", "v2"] = "v1"
    ask_every_s: Seconds = 6 * 3600
    """A licence that is in use is asked about at most this often."""
    release_instance_activity: Activity = "releaseInstance"
    """Name of the store's call that releases an instance: not printed in the documentation at hand."""
    upgrade_activity: Activity = "upgradeInstance"
    """Name of the SaaS upgrade call: not printed in the documentation at hand."""
    order_amount_keys: tuple[Name, ...] = ("amount", "linearValue")
    """Where an order tells how many were bought: not printed in the documentation at hand."""
    push_with_account_key: bool = True
    """Metered use is signed with AK/SK besides the access key: the page names both, its sample shows one."""


class Limits(_Table, frozen=True, kw_only=True):
    """`[limits]`: what one device, one address or everybody may ask."""

    device_per_minute: Count = 30
    address_per_minute: Count = 600
    enrol_per_hour: Count = 60
    """By one address: guessing codes must stay hopeless."""
    transfers_per_30_days: Count = 3
    signins_per_hour: Count = 20
    """Of one device: each opens a page and asks the tenant."""
    body_bytes: Annotated[int, msgspec.Meta(ge=1024, le=16 * 1024 * 1024)] = 512 * 1024
    """Of one request; as many as there are connections may come at a time."""
    slow_client_s: Seconds = 10
    connections: Annotated[int, msgspec.Meta(ge=10, le=100_000)] = 2000
    """Of one process at a time; it takes no more than it may have files for."""
    connections_per_address: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 200
    """Proxies of ours may have all."""


class Signin(_Table, frozen=True, kw_only=True):
    """`[signin]`: the store's OAuth (cloud-store-api.md, section 8)."""

    login_url: HttpsUrl = "https://macroverse.huaweicloud.com/unified-login/#/portal-login"
    app_id: Name
    tenants: dict[Tenant, HttpsUrl] = {}
    """`domain_name` of each tenant; its client id and secret are `oauth_<tenant>` of the secrets."""
    address: Annotated[str, msgspec.Meta(pattern=r"^(https://[^\s/]+)?$", max_length=500)] = ""
    """This relay as browsers reach it; empty: `https://` and its host name."""
    ca_file: str = ""
    """A CA of its own for the tenants' domains: the sandbox."""
    session_days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 30
    """A session that nobody uses ends after this; the tenant's refresh token lasts 30 days unless it says otherwise."""
    user_keys: tuple[Name, ...] = ("id", "userId", "userName")
    """Which member of the user information names a person for good, the first that is there: no page says."""

    def secret_of(self, tenant: str) -> str:
        """Name of the secret with the tenant's client id and secret."""
        return f"oauth_{re.sub(r'[^a-z0-9]', '_', tenant.lower())}"


class Product(_Table, frozen=True, kw_only=True):
    """`[[product]]`: one licensed product."""

    name: Name
    store_products: tuple[Name, ...] = ()
    """`productId`s under which the store sells it."""
    seats: Literal["node", "named", "floating"] = "node"
    lease_days: Days = 14
    next_check_s: Seconds = 86_400
    floating_s: Seconds = 3600
    """How long a floating seat is held without a word of its device."""
    person_devices: Count = 3
    """`named`: on so many devices a person may work at a time with the one seat; 0: on any number."""
    features: tuple[Name, ...] = ()
    generator: tuple[str, ...] = ()
    """Program and arguments that make a licence (`docs/relay.md`); empty: the built-in signed form."""
    generator_s: Annotated[int, msgspec.Meta(ge=1, le=60)] = 20
    """So long that program may take."""
    license_file: Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[A-Za-z0-9._ ()-]*$")] = ""
    """Licences are uploaded as a file of this name; empty: as a string if it is short enough, else as `license.lic`."""


class Settings(_Table, frozen=True, kw_only=True):
    """The whole file."""

    form: Literal[1]
    relay: Server
    product: tuple[Product, ...]
    store: Store = Store()
    limits: Limits = Limits()
    signin: Signin | None = None

    def named(self, product: str) -> Product | None:
        """The product of this name, to the letter."""
        return next((one for one in self.product if one.name == product), None)

    def sold_as(self, store_product: str) -> Product | None:
        """The product that the store sells under this id; the only product if ids are not used."""
        found = [one for one in self.product if store_product in one.store_products]
        if not found and len(self.product) == 1 and not self.product[0].store_products:
            found = [self.product[0]]
        return found[0] if found else None


def read_settings(path: Path) -> Settings:
    """The settings of a file.

    Raises:
        RelayError: ISCB-RELAY-SETTINGS, with what is wrong in words.
    """
    try:
        with path.open("rb") as file:
            data = file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise _bad(path, error.strerror or "it can't be read") from error
    if len(data) > FILE_LIMIT:
        raise _bad(path, f"it has more than {FILE_LIMIT} bytes")
    return parse_settings(data, path)


def parse_settings(data: bytes, path: Path) -> Settings:
    """As `read_settings`, of bytes."""
    try:
        document: Any = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):  # the parser's own words may quote the file
        raise _bad(path, "it is not TOML in UTF-8") from None
    try:
        settings = msgspec.convert(document, Settings)
    except msgspec.ValidationError as error:
        raise _bad(path, str(error)) from None
    names = [product.name for product in settings.product]
    sold = [one for product in settings.product for one in product.store_products]
    if not names or len(set(names)) != len(names) or len(set(sold)) != len(sold):
        raise _bad(path, "each product stands once, and so does each of its ids in the store")
    if bool(settings.relay.certificate) != bool(settings.relay.certificate_key):
        raise _bad(path, "certificate and certificate_key belong together")
    signin = settings.signin
    if signin is not None and len({signin.secret_of(tenant) for tenant in signin.tenants}) != len(signin.tenants):
        raise _bad(path, "two tenants would have the same secret: their names differ in letters and digits")
    return settings


def _bad(path: Path, detail: str) -> RelayError:
    return RelayError("ISCB-RELAY-SETTINGS", path=str(path), detail=detail)
