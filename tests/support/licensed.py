"""A world with licensed products: policy files, the sandbox store, a clock that can be moved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from iscbridge.ipc.client import Client
from iscbridge.platform.sandbox_clock import read_shift, write_shift
from iscbridge.sandbox.store import control as store_control
from support.world import World, until

PRODUCT = "AcmeCAD"
RENEW = "https://store.example/renew"
DAY_S = 86_400.0


class LicensedWorld(World):
    """One licensed product, `PRODUCT`; secrets in the file that is asked for by the settings."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.home.ensure()
        self.home.config.write_text('[secrets]\nstore = "file"\n', encoding="utf-8")
        self.policy(PRODUCT, renew_url=RENEW)

    def policy(self, product: str, **values: object) -> None:
        """Write the vendor's policy file of a product; the bridge reads it at its start."""
        self.home.products.mkdir(exist_ok=True)
        lines = ["[product]", f'name = "{product}"', *(f"{k} = {v!r}".replace("'", '"') for k, v in values.items())]
        (self.home.products / f"{product.lower()}.toml").write_text("\n".join(lines), encoding="utf-8")

    # the store
    def store(self) -> None:
        """Start the sandbox store."""
        store_control.start(self.home)

    def stop_store(self) -> None:
        """Stop it: nobody answers on its ports."""
        store_control.stop(self.home)

    def ask_store(self, request: str, **fields: object) -> dict[str, Any]:
        """A request on the store's control path."""
        return store_control.request(self.home, {"request": request, **fields})

    def new_code(self, days: int = 365, **fields: object) -> str:
        """A code as somebody bought it."""
        return str(self.ask_store("new", days=days, **fields)["license"]["code"])

    def calls(self) -> list[str]:
        """The calls that reached the store since this was asked last."""
        return [str(call["call"]) for call in self.ask_store("calls", clear=True)["calls"]]

    # time
    def days_pass(self, days: float) -> None:
        """Move the clock that licences go by."""
        write_shift(self.home, read_shift(self.home) + days * DAY_S)

    # hosts
    def host(self, product: str = PRODUCT, **options: Any) -> Client:
        """A connected host of a product."""
        return self.client("AcmeCAD host", product=product, **options)

    def license(self, product: str = PRODUCT) -> dict[str, Any]:
        """The licence as the bridge tells it, without the product being used."""
        found: dict[str, Any] = self.ask().request("license.status", {"product": product})["licenses"][0]
        return found

    def check(self, product: str = PRODUCT) -> dict[str, Any]:
        """As a host asks at its start: this is a use of the product."""
        return self.ask().request("license.check", {"product": product})

    def activated(self, product: str = PRODUCT, days: int = 365) -> str:
        """Buy a code and activate it; gives the code."""
        code = self.new_code(days)
        found = self.ask().request("license.activate", {"product": product, "code": code})
        assert found["state"] == "active", found
        self.rest(product)
        return code

    def refresh(self, product: str = PRODUCT) -> dict[str, Any]:
        """A person asks for a check."""
        return self.ask().request("license.refresh", {"product": product})

    def until_license(self, state: str, product: str = PRODUCT) -> dict[str, Any]:
        """Use the product until its licence is in a state, and nothing is under way."""

        def look() -> dict[str, Any] | None:
            found = self.check(product)
            return found if found["state"] == state and not found["checking"] else None

        wanted: dict[str, Any] = until(look, f"{product} to be {state}; it is {self.license(product)}; {self.said()}")
        return wanted

    def rest(self, product: str = PRODUCT) -> dict[str, Any]:
        """Wait until no question is under way."""

        def look() -> dict[str, Any] | None:
            found = self.license(product)
            return None if found["checking"] else found

        return dict(until(look, "the licence check to end"))
