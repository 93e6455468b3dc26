"""Licences under attack: what the tests of faults need to hold, to break and to look at."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

from iscbridge.ipc.client import BridgeError, Client
from support.licensed import PRODUCT, LicensedWorld
from support.raw_client import RawClient
from support.world import until

#: The store holds what it is asked for longer than any test looks.
HELD_MS = 20_000


class FaultyWorld(LicensedWorld):
    """A licensed world that is taken apart and put together again."""

    _numbers = itertools.count(1)

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.env["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

    def product(self, stem: str = "CAD", **values: object) -> str:
        """A product of its own; the bridge knows it from its next start on."""
        name = f"{stem}{next(self._numbers)}"
        self.policy(name, **values)
        return name

    def no_products(self) -> None:
        """Take all policy files away: a bridge reads no more than a hundred."""
        for path in self.home.products.glob("*.toml"):
            path.unlink()

    def restart(self, **env: str) -> None:
        """Close the bridge in good order and start it anew."""
        self.stop_bridge()
        self.bridge(**env)

    def crash(self, **env: str) -> None:
        """kill -9, and a new start."""
        self.kill_bridge()
        self.bridge(**env)

    # hosts
    def raw(self, product: str = PRODUCT, **greeting: Any) -> RawClient:
        """A host that need not wait for its answers."""
        return RawClient(self.home.bridge_address(), product=product, **greeting)

    def error_of(self, method: str, client: Client | None = None, **params: Any) -> str:
        """The code with which a request is refused; empty if it is not."""
        try:
            (client or self.ask()).request(method, params)
        except BridgeError as error:
            return error.code
        return ""

    # secrets
    def secrets(self) -> set[str]:
        """Names of what the secrets' file holds."""
        try:
            return set(json.loads(self.secrets_path.read_bytes())["entries"])
        except FileNotFoundError:
            return set()

    @property
    def secrets_path(self) -> Path:
        return self.home.root / "secrets.json"

    def pending(self, product: str) -> bool:
        """Whether a code waits to be settled."""
        return f"code-pending/{product}" in self.secrets()

    def until_settled(self, product: str) -> None:
        """Wait until no code of the product waits any more."""
        until(lambda: not self.pending(product), f"the pending code of {product} to be settled")

    def record_path(self, product: str) -> Path:
        """The licence record of a product."""
        (found,) = self.home.licenses.glob(f"{product.lower()}-*.json")
        return found

    # the store
    def noted(self, call: str = "") -> list[dict[str, Any]]:
        """Calls that reached the store, oldest first; nothing is cleared."""
        return [one for one in self.ask_store("calls")["calls"] if call in ("", one["call"])]

    def forget_calls(self) -> None:
        """Let the store begin its list of calls anew."""
        self.calls()

    def holding(self, call: str = "") -> list[dict[str, Any]]:
        """Calls that the store was asked and has not answered."""
        return [one for one in self.noted(call) if one["status"] == 0]

    def hold(self, on: str = "any", **more: object) -> None:
        """From now on the store holds these calls."""
        self.ask_store("misbehave", set={"delay_ms": HELD_MS, "on": on, **more})

    def until_held(self, call: str) -> None:
        """Wait until the store holds such a call."""
        until(lambda: self.holding(call), f"the store to hold {call}; {self.said()[-2000:]}")

    def behave(self) -> None:
        """The store answers as documented again."""
        self.ask_store("behave")

    def let_go(self) -> None:
        """Whatever the store holds is cut off, and it answers as documented again."""
        if self.holding():
            self.stop_store()
            self.store()
            self.forget_calls()
        self.behave()

    def bought(self, code: str) -> dict[str, Any]:
        """A code as the store has it."""
        found: dict[str, Any] = self.ask_store("show", code=code)["license"]
        return found

    def activations_taken(self) -> int:
        """How many activations the store has carried out since its list was begun."""
        return sum(one["error"] == "92020000" for one in self.noted("activate"))
