"""The store as an authority: its warning, its answers, and nothing secret anywhere."""

from __future__ import annotations

import logging

import httpcore
import pytest

from iscbridge.core.licensing.model import AnswerKind
from iscbridge.store.authority import LicenseAuthority, StoreAuthority
from iscbridge.store.breaker import Breaker
from iscbridge.store.client import STORE_DOMAINS
from iscbridge.store.credentials import Credentials
from iscbridge.store.proxies import ProxyChoice, ProxyLogin
from iscbridge.texts.render import render
from support.store_server import (
    ACTIVATED,
    BAD_SIGNATURE,
    ConnectProxy,
    alive,
    drop,
    reply,
    server_context,
    store,
)

CODE = "PLSECRET0123"
AK = "AKSECRET0123"
SK = "SKSECRET0123"
PASSWORD = "PWSECRET0123"
CLIENT = "client-of-this-machine"


@pytest.fixture
def authority(ca_file, tmp_path, clock):
    def make(*addresses: str, **options) -> StoreAuthority:
        options.setdefault("proxies", ProxyChoice("none"))
        return StoreAuthority(
            Credentials(AK, SK),
            addresses or STORE_DOMAINS,
            verify=ca_file,
            breaker=Breaker(tmp_path / "store-key.json", clock),
            clock=clock,
            **options,
        )

    return make


def test_it_is_what_the_bridge_asks(authority):
    asked: LicenseAuthority = authority("https://localhost:1")
    assert asked.warning is None
    asked.close()


def test_the_vendor_s_own_keys_are_warned_of_loudly(authority):
    for addresses in [(), ("https://mkt.myhuaweicloud.cn",), ("https://localhost:1", "https://mkt.myhuaweicloud.cn")]:
        warning = authority(*addresses).warning
        assert warning.code == "ISCB-STORE-OWN-KEYS"
        assert "whole account" in render(warning, "en").message


def test_the_day_of_a_licence(serve, authority):
    server = serve(
        store("92020011"),
        ACTIVATED,
        store("92020003"),
        alive(CODE),
        store("92020000"),
        store("92020000", data={"license_code": CODE, "status": "EXPIRED"}),
    )
    asked = authority(server.url)
    assert asked.query(CODE).kind is AnswerKind.NOT_ACTIVATED
    assert asked.activate(CODE).kind is AnswerKind.DONE
    assert asked.activate(CODE).kind is AnswerKind.ILLEGAL_STATE
    assert asked.query(CODE).kind is AnswerKind.ALIVE
    assert asked.report_use(CODE, CLIENT).kind is AnswerKind.DONE
    assert asked.query(CODE).kind is AnswerKind.EXPIRED
    assert [seen.path.split("/global/")[1] for seen in server.seen] == [
        "v1/license/heartbeat",
        "v1/license/activate",
        "v1/license/activate",
        "v1/license/heartbeat",
        "v2/license/software-usage-info",
        "v1/license/heartbeat",
    ]


def test_versions_are_a_choice(serve, authority):
    server = serve(store("92020000", data=[{"license_code": CODE, "status": "ALIVE"}]))
    asked = authority(server.url, activate_version="v2", query_version="v2")
    assert asked.activate(CODE).kind is AnswerKind.DONE
    assert asked.query(CODE).kind is AnswerKind.ALIVE
    assert [seen.path.split("/global/")[1][:2] for seen in server.seen] == ["v2", "v2"]


@pytest.mark.parametrize("client_id", ["", "x" * 257])
def test_a_client_id_has_bounds(authority, client_id):
    with pytest.raises(ValueError, match="256"):
        authority("https://localhost:1").report_use(CODE, client_id)


ECHO = store("APIGW.0301", f"verify aksk signature fail, canonicalRequest:POST|{CODE}|{AK}", status=401)


def test_no_secret_is_in_any_log_record_or_answer(serve, authority, ca, caplog):
    """Everything is logged at DEBUG, calls succeed and fail, also through a proxy with a login."""
    caplog.set_level(logging.DEBUG)
    login = ProxyLogin("proxy-user", PASSWORD)
    inner = serve(ECHO, alive(CODE), store(CODE), reply(CODE.encode()), drop, context=server_context(ca, "s.example"))
    tunnel = ConnectProxy({"s.example": inner.port}, login=f"proxy-user:{PASSWORD}")
    closed = ConnectProxy({}, login="another:one")
    try:
        answers = []
        for setting in (tunnel.url, closed.url):
            asked = authority("https://s.example", proxies=ProxyChoice(setting, login))
            answers += [asked.query(CODE), asked.query(CODE), asked.report_use(CODE, CLIENT)]
            answers += [asked.activate(CODE), asked.activate(CODE)]
        direct = authority(serve(ACTIVATED).url)
        answers.append(direct.activate(CODE))
    finally:
        tunnel.stop()
        closed.stop()
    assert {answer.kind for answer in answers} >= {AnswerKind.ALIVE, AnswerKind.FAILED, AnswerKind.DONE}
    logged = "\n".join(
        f"{record.name} {record.getMessage()} {record.args} {record.exc_text}" for record in caplog.records
    )
    assert logged.count("store: ") == len(answers)
    signatures = [seen.headers["authorization"].rpartition("=")[2] for seen in inner.seen]
    logins = [seen.headers["proxy-authorization"].split()[1] for seen in tunnel.asked]
    for text in (logged, repr(answers), repr(asked), repr(vars(asked)), repr(vars(asked._client))):
        for secret in ("SECRET0123", CLIENT, *signatures, *logins):
            assert secret not in text


def test_the_line_of_a_call_says_what_is_needed_to_find_a_fault(serve, authority, caplog):
    caplog.set_level(logging.INFO, logger="iscbridge.store")
    server = serve(BAD_SIGNATURE)
    authority(server.url).query(CODE)
    (record,) = [record for record in caplog.records if record.name.startswith("iscbridge.store")]
    line = record.getMessage()
    assert line.startswith(f"store: heartbeat v1 at localhost:{server.port}: HTTP 401, APIGW.0301, ISCB-STORE-AUTH, ")
    assert line.endswith(" ms")


def test_the_libraries_underneath_keep_silent(serve, authority, caplog):
    caplog.set_level(logging.DEBUG)
    authority(serve(alive(CODE)).url).query(CODE)
    assert httpcore.__name__ == "httpcore"
    assert not [record for record in caplog.records if record.name.split(".")[0] in ("httpx", "httpcore")]
