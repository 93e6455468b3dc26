"""Which proxy leads to the store: the setting, then the environment, then the operating system.

Supported are proxies reached by `http://` that tunnel with CONNECT, with a Basic login. Not supported, and said with
ISCB-STORE-PROXY or ISCB-STORE-PROXY-AUTH: SOCKS, proxies reached by TLS, NTLM and Kerberos logins. Automatic
configuration scripts (PAC, WPAD) are not evaluated: where a system knows its proxy from such a script only, it has to
be named in the setting.
"""

from __future__ import annotations

import ipaddress
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote, urlsplit

AUTO = "auto"
NONE = "none"
_DEFAULT_PORT = 80
#: Functions of `urllib.request` that read a system's settings and its exceptions.
_SYSTEM_FUNCTIONS = {
    "win32": ("getproxies_registry", "proxy_bypass_registry"),
    "darwin": ("getproxies_macosx_sysconf", "proxy_bypass_macosx_sysconf"),
}


class ProxyKindError(Exception):
    """What was configured is no proxy that can be used. The text holds no login."""

    def __init__(self, detail: str, address: str = "?") -> None:
        super().__init__(detail)
        self.address = address
        """As far as it could be read; without a login."""


@dataclass(frozen=True, slots=True)
class ProxyLogin:
    """User and password for a proxy, from the secret store."""

    user: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy."""

    host: str
    port: int
    login: ProxyLogin | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """`host:port`, for people and logs."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class ProxySource(StrEnum):
    """Who says which proxy is used, or that there is none."""

    SETTING = "setting"
    ENVIRONMENT = "environment"
    SYSTEM = "system"
    NOBODY = "nobody"
    """Neither the environment nor the system names one."""
    LOOPBACK = "loopback"
    """This machine itself is never proxied."""


@dataclass(frozen=True, slots=True)
class ProxyChoice:
    """How the proxy is chosen. Asked anew for each connection: environment and system may change while we run."""

    setting: str = AUTO
    """`auto`, `none`, or a URL (without a login, which is a secret)."""
    login: ProxyLogin | None = field(default=None, repr=False)
    """Goes to whatever proxy is chosen; one that a variable of the environment holds is used without it."""

    def proxy_for(self, host: str, port: int) -> Proxy | None:
        """The proxy for a connection to `host`, or None for a direct one. This machine itself is never proxied.

        Raises:
            ProxyKindError: what is configured can't be used.
        """
        address, _ = self._named(host, port)
        return _parse(address, self.login) if address else None

    def source_for(self, host: str, port: int) -> ProxySource:
        """Who decides what `proxy_for` gives, or that it can't be used."""
        return self._named(host, port)[1]

    def _named(self, host: str, port: int) -> tuple[str, ProxySource]:
        if is_loopback(host):
            return "", ProxySource.LOOPBACK
        if self.setting != AUTO:
            return "" if self.setting == NONE else self.setting, ProxySource.SETTING
        if address := _from_environment(host, port):
            return address, ProxySource.ENVIRONMENT
        address = _from_system(host)
        return address, ProxySource.SYSTEM if address else ProxySource.NOBODY


def is_loopback(host: str) -> bool:
    """Whether a name or address means this machine."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _from_environment(host: str, port: int) -> str:
    """`HTTPS_PROXY`, else `ALL_PROXY`, in either case of letters, unless `NO_PROXY` names the host."""
    from urllib.request import getproxies_environment, proxy_bypass

    found = getproxies_environment()
    address = found.get("https") or found.get("all") or ""
    return "" if not address or proxy_bypass(f"{host}:{port}") else address


def _from_system(host: str) -> str:
    """The registry on Windows, the system configuration on macOS. Other systems have the environment only.

    Not by `getproxies()`: a single variable, NO_PROXY too, would hide the system's settings from it.
    """
    names = _SYSTEM_FUNCTIONS.get(sys.platform)
    if names is None:
        return ""
    import urllib.request

    read, bypass = (getattr(urllib.request, name) for name in names)
    address: str = read().get("https", "")
    return "" if not address or bypass(host) else address


def _parse(address: str, login: ProxyLogin | None) -> Proxy:
    text = address.strip()
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port or _DEFAULT_PORT
        (host or "").encode("idna")
    except ValueError:  # UnicodeError is one
        raise ProxyKindError("the address of the proxy is not valid") from None
    if not host:
        raise ProxyKindError("the address of the proxy is not valid")
    if parts.scheme.lower() != "http":
        raise ProxyKindError("only http:// proxies can be used", f"{parts.scheme}://{Proxy(host, port).address}")
    if login is None and parts.username:
        login = ProxyLogin(unquote(parts.username), unquote(parts.password or ""))
    return Proxy(host, port, login)
