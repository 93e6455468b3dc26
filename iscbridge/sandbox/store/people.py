"""Who can sign in at the sandbox's login page, and what was given to whom: codes, access and refresh tokens.

Made-up people who need no password: the sandbox checks no identity. What a relay keeps for weeks (refresh tokens, who
is barred, the application's registration) outlives a restart; codes and access tokens do not.
"""

from __future__ import annotations

import hmac
import json
import logging
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iscbridge.sandbox.store.places import write_private

_log = logging.getLogger(__name__)

TENANT = "sandbox-tenant"
NAMES = {"anna": "Anna Berg", "bo": "Bo Lind", "chen": "陈伟"}
"""The person's own id, and what they are called."""
CODE_S = 300.0
"""So long a code is good; no page says how long the real one is."""
ACCESS_S = 7200
REFRESH_S = 30 * 86_400.0
_MOST_KEPT = 1000


@dataclass(slots=True)
class _Given:
    person: str
    until: float


class PeopleBook:
    """Belongs to the loop's thread."""

    def __init__(self, path: Path) -> None:
        """Read what was kept; a file that can't be understood means a new beginning."""
        self._path = path
        self._codes: dict[str, _Given] = {}
        self._access: dict[str, _Given] = {}
        kept = _read(path)
        self.app = str(kept.get("app", ""))
        """Id of the registered application; empty: none is."""
        self.back = str(kept.get("back", ""))
        """Where the login page sends its people."""
        self.client = str(kept.get("client", "")) or f"client-{secrets.token_hex(8)}"
        self._secret = str(kept.get("secret", "")) or secrets.token_urlsafe(24)
        self._barred: set[str] = {one for one in kept.get("barred", []) if one in NAMES}
        self._refresh = {token: _Given(*told) for token, told in kept.get("refresh", {}).items()}

    def register(self, app: str, back: str) -> dict[str, str]:
        """Register the application, in place of any other one; what its server must know.

        Raises:
            OSError: it can't be written.
        """
        self.app, self.back = app, back
        self._store()
        return {"tenant": TENANT, "client_id": self.client, "client_secret": self._secret}

    def bar(self, person: str, *, barred: bool) -> None:
        """Let the tenant know somebody no more, or again.

        Raises:
            OSError: it can't be written.
        """
        (self._barred.add if barred else self._barred.discard)(person)
        self._store()

    def all(self) -> list[dict[str, Any]]:
        """Everybody."""
        return [{"id": one, "name": name, "barred": one in self._barred} for one, name in NAMES.items()]

    def code(self, person: str, now: float, *, used: bool = False, over: bool = False) -> str | None:
        """The code of somebody who logs in; None: nobody of that name may."""
        if person not in NAMES or person in self._barred:
            return None
        code = secrets.token_urlsafe(24)
        if not used:
            self._codes[code] = _Given(person, now - 1 if over else now + CODE_S)
            _trim(self._codes)
        return code

    def is_client(self, client: str, secret: str) -> bool:
        """Whether these are the application's client id and secret."""
        return hmac.compare_digest(client.encode(), self.client.encode()) and hmac.compare_digest(
            secret.encode(), self._secret.encode()
        )

    def by_code(self, code: str, now: float) -> str | None:
        """Whose code it is, once."""
        return self._whose(self._codes.pop(code, None), now)

    def by_refresh(self, token: str, now: float, *, keep: bool) -> str | None:
        """Whose refresh token it is.

        Raises:
            OSError: it can't be written.
        """
        person = self._whose(self._refresh.get(token), now)
        if not keep and self._refresh.pop(token, None) is not None:
            self._store()
        return person

    def by_access(self, token: str, now: float) -> str | None:
        """Whose access token it is."""
        return self._whose(self._access.get(token), now)

    def give(self, person: str, now: float, *, refresh: bool) -> dict[str, Any]:
        """Tokens, as the documentation shows them.

        Raises:
            OSError: it can't be written.
        """
        access = secrets.token_urlsafe(32)
        self._access[access] = _Given(person, now + ACCESS_S)
        _trim(self._access)
        told = {"access_token": access, "token_type": "Bearer", "expires_in": ACCESS_S, "scope": "get_user_info"}
        if refresh:
            told["refresh_token"] = secrets.token_urlsafe(32)
            self._refresh[told["refresh_token"]] = _Given(person, now + REFRESH_S)
            _trim(self._refresh)
            self._store()
        return told

    def _whose(self, given: _Given | None, now: float) -> str | None:
        good = given is not None and given.until > now and given.person not in self._barred
        return given.person if good and given is not None else None

    def _store(self) -> None:
        kept = {
            "app": self.app, "back": self.back, "client": self.client, "secret": self._secret,
            "barred": sorted(self._barred),
            "refresh": {token: [given.person, given.until] for token, given in self._refresh.items()},
        }  # fmt: skip
        write_private(self._path, json.dumps(kept).encode())


def _trim(given: dict[str, _Given]) -> None:
    while len(given) > _MOST_KEPT:
        del given[next(iter(given))]


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
        refresh = found.get("refresh", {})
        if all(len(told) == 2 and isinstance(told[1], int | float) for told in refresh.values()):
            return dict(found)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError):
        pass
    _log.warning("%s can't be understood: nobody has signed in, as far as is known", path)
    return {}
