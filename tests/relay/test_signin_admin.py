"""What people by hand do about those who signed in."""

from __future__ import annotations

import asyncio
import json

from iscbridge.cli.main import main
from support.relay_device import Device, FakeUpstream, bought
from support.relay_http import RelayClient
from support.relay_parts import relay_in
from support.relay_signin import SIGNIN_SETTINGS, TENANT, MemoryTenants, Tray


def test_somebody_is_signed_out_by_hand(tmp_path, capsys, clock):
    relay = relay_in(tmp_path, SIGNIN_SETTINGS, clock)
    tenants = MemoryTenants(relay)
    client = RelayClient(relay, FakeUpstream(PL1=bought(1, "OFFI3")), tenants=tenants)
    tray = Tray(client, Device(relay, client.desk, product="AcmePLM"))
    tray.device.enrol("PL1")
    (tmp_path / "relay.toml").write_text(SIGNIN_SETTINGS, encoding="utf-8")
    asyncio.run(tray.sign_in(tenants, "anna"))

    def admin(*arguments: str, code: int = 0) -> list[dict[str, object]]:
        assert main(["relay", "admin", "sessions", *arguments, "--folder", str(tmp_path), "--json"]) == code
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    [row] = admin()
    assert (row["tenant"], row["user"], row["name"]) == (TENANT, "anna", "Anna")
    assert row["confirmed"].endswith("Z")
    assert not {tray.session, *tenants._access, *tenants._refresh} & {str(value) for value in row.values()}
    admin("end", str(row["id"]))
    admin("end", str(row["id"]), code=1)
    assert admin() == []
    assert tray.device.check(tray.session).reason == "ISCB-RELAY-SIGN-IN"
    relay.database.close()
