"""The client against real servers: what goes over the wire, and what comes of each answer."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from email.utils import formatdate

import pytest
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

from iscbridge.core.licensing.model import AnswerKind
from iscbridge.store import transport
from iscbridge.store.breaker import Breaker
from iscbridge.store.client import STORE_DOMAINS, StoreClient
from support.store_server import (
    ACTIVATED,
    BAD_SIGNATURE,
    NOW,
    alive,
    drop,
    endless,
    http,
    nobody_listens,
    raw,
    reply,
    store,
    until_left,
)

CODE = "PL0123456789"
BASE = "/api/mkp-openapi-public/global"


class Keys:
    ak = "AK-of-the-test"
    sk = "SK-of-the-test"


def signature_of_huawei(seen, server):
    """What Huawei's signer says of a request that came over the wire."""
    signed = seen.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    request = SdkRequest(
        seen.method,
        "https",
        f"localhost:{server.port}",
        seen.path,
        query_params=[],
        header_params={name: seen.headers[name] for name in signed},
        body=seen.body,
    )
    return Signer(Keys).sign(request).header_params["Authorization"]


def error(answer):
    assert answer.kind is AnswerKind.FAILED
    return answer.error.code


class TestCalls:
    @pytest.mark.parametrize(
        ("call", "path", "body"),
        [
            (lambda c: c.activate(CODE), "/v1/license/activate", {"license": CODE}),
            (lambda c: c.activate(CODE, version="v2"), "/v2/license/activate", {"license_list": [CODE]}),
            (lambda c: c.heartbeat(CODE), "/v1/license/heartbeat", {"license": CODE}),
            (lambda c: c.heartbeat(CODE, version="v2"), "/v2/license/heartbeat", {"license_list": [CODE]}),
            (
                lambda c: c.report_use(CODE, "a1b2"),
                "/v2/license/software-usage-info",
                {"usage_info": [{"license": CODE, "software_usage_Info": [{"id": "a1b2"}]}]},
            ),
        ],
    )
    def test_each_goes_where_it_belongs_and_huawei_would_sign_it_so(self, serve, connect, call, path, body):
        server = serve(store("92020000"))
        call(connect(server.url))
        (seen,) = server.seen
        assert (seen.method, seen.path, seen.json) == ("POST", BASE + path, body)
        assert seen.headers["content-type"] == "application/json"
        assert seen.headers["host"] == f"localhost:{server.port}"
        assert seen.headers["x-sdk-date"] == time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(NOW))
        assert seen.headers["authorization"] == signature_of_huawei(seen, server)

    def test_an_activation_is_done_and_says_nothing_of_the_state(self, serve, connect):
        answer = connect(serve(ACTIVATED).url).activate(CODE)
        assert answer.kind is AnswerKind.DONE
        assert answer.server_time == NOW
        assert answer.expires is None
        assert answer.error is None

    def test_a_heartbeat_tells_state_time_and_end(self, serve, connect):
        answer = connect(serve(alive(CODE, expire_time="20270101000000")).url).heartbeat(CODE)
        assert (answer.kind, answer.server_time, answer.expires) == (AnswerKind.ALIVE, NOW, 1_798_761_600.0)

    def test_use_is_taken_or_not(self, serve, connect):
        taken = store("92020000", data={"check_fail_list": []})
        refused = store("92020000", data={"check_fail_list": [{"license": CODE}]})
        client = connect(serve(taken, refused).url)
        assert client.report_use(CODE, "id").kind is AnswerKind.DONE
        assert error(client.report_use(CODE, "id")) == "ISCB-STORE-USE-REFUSED"

    @pytest.mark.parametrize("code", ["", "P" * 65, "PL\r\nX-Evil: 1", "PL\0"])
    def test_what_can_be_no_code_is_not_sent(self, serve, connect, code):
        server = serve(ACTIVATED)
        assert error(connect(server.url).activate(code)) == "ISCB-STORE-PARAM"
        assert server.connections == 0

    def test_each_code_of_the_store_keeps_its_meaning_whatever_the_status(self, serve, connect):
        script = [store("92020005", status=401), store("92020003"), store("92020004"), store("92020011", status=400)]
        client = connect(serve(*script).url)
        kinds = [client.activate(CODE).kind for _ in script]
        assert kinds == ["no_such_code", "illegal_state", "not_received", "not_activated"]


class TestDomains:
    def test_the_real_ones_are_the_documented_ones(self):
        assert STORE_DOMAINS == ("https://mkt.myhuaweicloud.com", "https://mkt.myhuaweicloud.cn")

    def test_where_nobody_listens_the_next_one_is_asked_and_signed_anew(self, serve, connect):
        second = serve(alive(CODE))
        with nobody_listens() as first:
            assert connect(first, second.url).heartbeat(CODE).kind is AnswerKind.ALIVE
        (seen,) = second.seen
        assert seen.headers["host"] == f"localhost:{second.port}"
        assert seen.headers["authorization"] == signature_of_huawei(seen, second)

    def test_a_name_that_does_not_exist_leads_to_the_next_one(self, serve, connect, no_such_name):
        second = serve(alive(CODE))
        assert connect(no_such_name, second.url).heartbeat(CODE).kind is AnswerKind.ALIVE

    def test_one_that_accepts_and_says_nothing_leaves_time_for_the_next_one(self, serve, connect, monkeypatch):
        monkeypatch.setattr("iscbridge.store.transport.CONNECT_LIMIT_S", 1.5)
        second = serve(ACTIVATED)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            first = f"https://localhost:{silent.getsockname()[1]}"
            assert connect(first, second.url).activate(CODE).kind is AnswerKind.DONE

    def test_an_answer_is_an_answer(self, serve, connect):
        first, second = serve(reply(b"<html>", 503)), serve(ACTIVATED)
        assert error(connect(first.url, second.url).activate(CODE)) == "ISCB-STORE-UNAVAILABLE"
        assert second.connections == 0

    @pytest.mark.parametrize(
        "behaviour", [drop, raw(b"HTTP/1.1 200 OK\r\nContent-Le"), raw(b"\x16\x03garbage\r\n\r\n")]
    )
    def test_an_activation_that_may_have_arrived_is_never_sent_again(self, serve, connect, behaviour):
        first, second = serve(behaviour, ACTIVATED), serve(ACTIVATED)
        assert error(connect(first.url, second.url).activate(CODE)) == "ISCB-STORE-LOST"
        assert (len(first.seen), second.connections) == (1, 0)

    def test_no_domain_at_all(self, connect):
        with nobody_listens() as first, nobody_listens() as second:
            answer = connect(first, second).heartbeat(CODE)
        assert error(answer) == "ISCB-STORE-UNREACHABLE"
        assert answer.server_time is None

    def test_a_redirect_is_not_followed(self, serve, connect):
        second = serve(ACTIVATED)
        first = serve(reply(b"", 302, headers=[("Location", second.url + BASE)]))
        answer = connect(first.url).activate(CODE)
        assert error(answer) == "ISCB-STORE-UNEXPECTED"
        assert answer.error.params["storeCode"] == "HTTP 302"
        assert second.connections == 0

    @pytest.mark.parametrize("url", ["http://localhost:1", "localhost", "https://", "https://localhost/path"])
    def test_only_https_addresses_are_domains(self, connect, url):
        with pytest.raises(ValueError, match="https"):
            connect(url)


HTML = b"<html><body>Bad gateway</body></html>"
SUCCESS = json.dumps({"error_code": "92020000", "data": {"license_code": CODE, "status": "ALIVE"}}).encode()


class TestFaults:
    @pytest.mark.parametrize(
        ("behaviour", "code"),
        [
            (reply(HTML, 500), "ISCB-STORE-UNAVAILABLE"),
            (reply(HTML, 502), "ISCB-STORE-UNAVAILABLE"),
            (reply(b"", 503), "ISCB-STORE-UNAVAILABLE"),
            (reply(SUCCESS, 500), "ISCB-STORE-UNREADABLE"),
            (store("92020005", status=502), "ISCB-STORE-UNAVAILABLE"),
            (store("92020005", status=302), "ISCB-STORE-UNEXPECTED"),
            (reply(SUCCESS, 404), "ISCB-STORE-UNREADABLE"),
            (reply(HTML, 200), "ISCB-STORE-UNREADABLE"),
            (reply(b"", 200), "ISCB-STORE-UNREADABLE"),
            (reply(HTML, 404), "ISCB-STORE-UNEXPECTED"),
            (raw(http(200, SUCCESS)[:-5]), "ISCB-STORE-UNREADABLE"),
            (raw(http(500, SUCCESS)[:-5]), "ISCB-STORE-UNAVAILABLE"),
            (endless, "ISCB-STORE-UNREADABLE"),
            (reply(SUCCESS + b" " * (1_048_577 - len(SUCCESS))), "ISCB-STORE-UNREADABLE"),
            (reply(SUCCESS, headers=[("Content-Encoding", "gzip")]), "ISCB-STORE-UNREADABLE"),
            (raw(b"SSH-2.0-OpenSSH\r\n"), "ISCB-STORE-LOST"),
            (raw(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 200_000), "ISCB-STORE-LOST"),
            (drop, "ISCB-STORE-LOST"),
            (store("92020099"), "ISCB-STORE-UNEXPECTED"),
            (reply({"error_code": "92020000", "data": {"status": "SLEEPING"}}), "ISCB-STORE-UNREADABLE"),
            (reply({"error_code": "92020000"}), "ISCB-STORE-UNREADABLE"),
        ],
    )
    def test_each_is_no_answer_and_says_what_it_was(self, serve, connect, behaviour, code):
        assert error(connect(serve(behaviour).url).heartbeat(CODE)) == code

    def test_a_body_of_just_one_mebibyte_is_read(self, serve, connect):
        padded = SUCCESS + b" " * (1_048_576 - len(SUCCESS))
        assert connect(serve(reply(padded)).url).heartbeat(CODE).kind is AnswerKind.ALIVE

    @pytest.mark.parametrize("date", ["Mon, 99 Xxx 2007 55:55:01 GMT", "", "0", "Thu, 01 Jan 1970 00:00:00 GMT", None])
    def test_a_date_that_is_none_is_not_told(self, serve, connect, date):
        answer = connect(serve(reply(SUCCESS, date=date)).url).heartbeat(CODE)
        assert (answer.kind, answer.server_time) == (AnswerKind.ALIVE, None)

    def test_a_failure_tells_the_time_too(self, serve, connect):
        assert connect(serve(reply(HTML, 503, date=NOW + 5)).url).heartbeat(CODE).server_time == NOW + 5

    def test_a_server_that_says_nothing(self, serve, connect):
        server = serve(until_left)
        answer = connect(server.url, budget_s=2.5).activate(CODE)
        assert error(answer) == "ISCB-STORE-TIMEOUT"
        assert len(server.seen) == 1

    def test_a_byte_now_and_then_does_not_stretch_the_budget(self, serve, connect):
        elapsed = [0.0]

        def drip(connection):
            for byte in http(200, SUCCESS, [("X-Padding", "x" * 2000)]):
                elapsed[0] += 1.0  # as if each byte took a second
                connection.send(bytes([byte]))

        answer = connect(serve(drip).url, budget_s=100.0, monotonic=lambda: elapsed[0]).heartbeat(CODE)
        assert error(answer) == "ISCB-STORE-TIMEOUT"
        assert answer.error.params == {"seconds": "100"}

    def test_a_body_that_comes_too_late_still_has_told_the_time(self, serve, connect, monkeypatch):
        elapsed = [0.0]
        read_body = transport._read

        def begin(connection):
            connection.send(http(200, SUCCESS)[:-5])
            until_left(connection)

        def when_the_time_is_over(*reply):
            elapsed[0] = 101.0
            return read_body(*reply)

        monkeypatch.setattr(transport, "_read", when_the_time_is_over)
        answer = connect(serve(begin).url, budget_s=100.0, monotonic=lambda: elapsed[0]).heartbeat(CODE)
        assert (error(answer), answer.server_time) == ("ISCB-STORE-TIMEOUT", NOW)

    def test_an_answer_that_ends_too_early_says_so(self, serve, connect):
        answer = connect(serve(raw(http(200, SUCCESS)[:-5])).url).heartbeat(CODE)
        assert answer.error.params == {"detail": "it ended too early"}

    def test_a_name_service_that_hangs_does_not_hang_the_call(self, serve, connect, monkeypatch):
        never = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: never.wait(60) and [])
        try:
            assert error(connect("https://localhost:1", budget_s=0.2).heartbeat(CODE)) == "ISCB-STORE-TIMEOUT"
        finally:
            never.set()


class TestClock:
    """More than 15 minutes between signature and gateway: refused (section 4.2)."""

    EXPIRED = "Incorrect IAM authentication information: calc ak sk signature fail:signature expired"

    def test_the_offset_is_learnt_and_the_call_repeated_once(self, serve, connect):
        ahead = NOW + 7200
        refused = store("APIGW.0301", self.EXPIRED, status=401, date=ahead)
        server = serve(refused, reply({"error_code": "92020000"}, date=ahead))
        client = connect(server.url)
        assert client.activate(CODE).kind is AnswerKind.DONE
        assert [seen.headers["x-sdk-date"] for seen in server.seen] == [stamp(NOW), stamp(ahead)]
        client.activate(CODE)
        assert server.seen[2].headers["x-sdk-date"] == stamp(ahead)

    def test_a_refusal_in_other_words_counts_by_the_clocks(self, serve, connect):
        refused = store("APIGW.0303", "Incorrect app authentication information", status=401, date=NOW - 1000)
        server = serve(refused, reply({"error_code": "92020000"}))
        assert connect(server.url).activate(CODE).kind is AnswerKind.DONE

    @pytest.mark.parametrize("date", [None, NOW, NOW + 30])
    def test_without_a_difference_there_is_nothing_to_correct(self, serve, connect, date):
        server = serve(store("APIGW.0301", self.EXPIRED, status=401, date=date))
        assert error(connect(server.url).activate(CODE)) == "ISCB-STORE-CLOCK"
        assert len(server.seen) == 1

    def test_it_is_repeated_once_and_not_twice(self, serve, connect):
        script = [store("APIGW.0301", self.EXPIRED, status=401, date=NOW + 5000 * n) for n in (1, 2, 3)]
        server = serve(*script)
        assert error(connect(server.url).activate(CODE)) == "ISCB-STORE-CLOCK"
        assert len(server.seen) == 2


def stamp(seconds):
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))


class TestAuthentication:
    def test_after_two_refusals_nothing_is_sent_any_more(self, serve, connect):
        server = serve(BAD_SIGNATURE)
        client = connect(server.url)
        assert [error(client.heartbeat(CODE)) for _ in range(4)] == [
            "ISCB-STORE-AUTH",
            "ISCB-STORE-AUTH",
            "ISCB-STORE-AUTH-STOPPED",
            "ISCB-STORE-AUTH-STOPPED",
        ]
        assert len(server.seen) == 2

    def test_a_restart_does_not_start_the_count_again(self, serve, connect):
        server = serve(BAD_SIGNATURE)
        for _ in range(5):
            connect(server.url).heartbeat(CODE)
        assert len(server.seen) == 2

    def test_a_person_gets_one_more_try_each_time(self, serve, connect):
        server = serve(BAD_SIGNATURE, BAD_SIGNATURE, BAD_SIGNATURE, alive(CODE))
        client = connect(server.url)
        for _ in range(3):
            client.heartbeat(CODE)
        assert error(client.heartbeat(CODE, by_person=True)) == "ISCB-STORE-AUTH"
        assert error(client.heartbeat(CODE)) == "ISCB-STORE-AUTH-STOPPED"
        assert client.heartbeat(CODE, by_person=True).kind is AnswerKind.ALIVE
        assert client.heartbeat(CODE).kind is AnswerKind.ALIVE

    def test_the_one_try_of_a_person_is_not_repeated_for_the_clock(self, serve, connect):
        expired = store("APIGW.0301", TestClock.EXPIRED, status=401, date=NOW + 9000)
        server = serve(BAD_SIGNATURE, BAD_SIGNATURE, expired, alive(CODE))
        client = connect(server.url)
        client.heartbeat(CODE)
        client.heartbeat(CODE)
        assert error(client.heartbeat(CODE, by_person=True)) == "ISCB-STORE-CLOCK"
        assert len(server.seen) == 3

    def test_a_success_between_resets_the_count(self, serve, connect):
        server = serve(BAD_SIGNATURE, alive(CODE), BAD_SIGNATURE, alive(CODE))
        client = connect(server.url)
        kinds = [client.heartbeat(CODE).kind for _ in range(4)]
        assert kinds == ["failed", "alive", "failed", "alive"]

    def test_a_refusal_of_the_code_shows_that_the_key_is_good(self, serve, connect):
        client = connect(serve(BAD_SIGNATURE, store("92020005", status=401), BAD_SIGNATURE, alive(CODE)).url)
        assert [client.heartbeat(CODE).kind for _ in range(4)] == ["failed", "no_such_code", "failed", "alive"]

    def test_a_gateway_page_says_nothing_of_the_key(self, serve, connect):
        server = serve(BAD_SIGNATURE, reply(HTML, 502), BAD_SIGNATURE, alive(CODE))
        client = connect(server.url)
        codes = [error(client.heartbeat(CODE)) for _ in range(4)]
        assert codes[-1] == "ISCB-STORE-AUTH-STOPPED"

    def test_another_key_is_another_count(self, serve, connect):
        server = serve(BAD_SIGNATURE, BAD_SIGNATURE, alive(CODE))
        for _ in range(3):
            connect(server.url).heartbeat(CODE)
        assert connect(server.url, ak="another").heartbeat(CODE).kind is AnswerKind.ALIVE

    @pytest.mark.parametrize(
        "behaviour",
        [
            reply(b"", 401),
            reply(HTML, 401),
            raw(b"HTTP/1.1 401 No\r\nContent-Length: 99\r\n\r\n{"),
            store("APIGW.0303", "Incorrect app authentication information", status=401),
            store("APIG.0301", "Get secretKey failed", status=403),
            store("APIGW.0305", "something", status=401),
        ],
    )
    def test_everything_that_may_count_at_the_gateway_counts_here(self, serve, connect, behaviour):
        server = serve(behaviour)
        client = connect(server.url)
        for _ in range(4):
            client.heartbeat(CODE)
        assert len(server.seen) == 2

    def test_a_call_waits_for_the_one_before_and_not_longer_than_its_own_time(self, serve, connect, clock, tmp_path):
        breaker = Breaker(tmp_path / "shared.json", clock)
        server = serve(alive(CODE))
        client = connect(server.url, breaker=breaker, budget_s=0.2)
        with breaker.turn("any", by_person=False, patience_s=1):
            assert error(client.heartbeat(CODE)) == "ISCB-STORE-TIMEOUT"
        assert server.connections == 0
        assert connect(server.url, breaker=breaker).heartbeat(CODE).kind is AnswerKind.ALIVE

    def test_a_locked_key_rests_for_five_minutes(self, serve, connect, clock):
        locked = store("APIGW.0301", "AK access failed to reach the limit, forbidden", status=401)
        server = serve(locked, alive(CODE))
        client = connect(server.url)
        assert error(client.heartbeat(CODE)) == "ISCB-STORE-KEY-LOCKED"
        clock.now += 299
        assert error(client.heartbeat(CODE)) == "ISCB-STORE-KEY-LOCKED"
        assert error(connect(server.url).heartbeat(CODE, by_person=True)) == "ISCB-STORE-KEY-LOCKED"
        assert len(server.seen) == 1
        clock.now += 2
        assert client.heartbeat(CODE).kind is AnswerKind.ALIVE


class TestThrottle:
    def throttled(self, retry_after=None, status=429):
        headers = [("Retry-After", retry_after)] if retry_after else []
        return reply({"error_code": "APIGW.0308", "error_msg": "throttled"}, status, headers=headers)

    def test_a_short_wait_is_waited_once(self, serve, connect):
        pauses = []
        server = serve(self.throttled("3"), ACTIVATED)
        assert connect(server.url, pause=pauses.append).activate(CODE).kind is AnswerKind.DONE
        assert pauses == [3.0]

    def test_still_throttled_after_the_wait(self, serve, connect):
        pauses = []
        server = serve(self.throttled("1"))
        answer = connect(server.url, pause=pauses.append).activate(CODE)
        assert error(answer) == "ISCB-STORE-THROTTLED"
        assert (pauses, len(server.seen)) == ([1.0], 2)

    @pytest.mark.parametrize("retry_after", ["6", "3600", "999999999", "-1", "soon", None])
    def test_a_long_or_unknown_wait_is_not(self, serve, connect, retry_after):
        pauses = []
        server = serve(self.throttled(retry_after))
        answer = connect(server.url, pause=pauses.append).activate(CODE)
        assert error(answer) == "ISCB-STORE-THROTTLED"
        assert (pauses, len(server.seen)) == ([], 1)

    def test_a_wait_as_a_date_counts_by_the_store_s_clock(self, serve, connect):
        pauses = []
        server = serve(self.throttled(formatdate(NOW + 4, usegmt=True)), ACTIVATED)
        assert connect(server.url, pause=pauses.append).activate(CODE).kind is AnswerKind.DONE
        assert pauses == [4.0]

    def test_a_wait_that_the_budget_does_not_hold(self, serve, connect):
        pauses = []
        answer = connect(serve(self.throttled("4")).url, pause=pauses.append, budget_s=4.5).activate(CODE)
        assert error(answer) == "ISCB-STORE-THROTTLED"
        assert pauses == []

    def test_the_one_try_of_a_person_is_one(self, serve, connect):
        pauses = []
        server = serve(BAD_SIGNATURE, BAD_SIGNATURE, self.throttled("1"))
        client = connect(server.url, pause=pauses.append)
        client.heartbeat(CODE)
        client.heartbeat(CODE)
        assert error(client.heartbeat(CODE, by_person=True)) == "ISCB-STORE-THROTTLED"
        assert (pauses, len(server.seen)) == ([], 3)

    def test_the_marketplace_s_own_way_of_saying_it(self, serve, connect):
        answer = connect(serve(reply({"resultCode": "CBC.0250", "resultMsg": "overlimit"}, 406)).url).heartbeat(CODE)
        assert error(answer) == "ISCB-STORE-THROTTLED"

    def test_closing_ends_a_wait(self, serve, connect):
        client: StoreClient = connect(serve(self.throttled("5"), ACTIVATED).url, budget_s=60.0)
        answers = []
        thread = threading.Thread(target=lambda: answers.append(client.activate(CODE)))
        thread.start()
        client.close()
        thread.join()
        assert error(answers[0]) == "ISCB-STORE-THROTTLED"


def test_httpx_is_loaded_by_the_first_call_only():
    script = (
        "import sys, iscbridge.store.authority\n"
        "heavy = {'httpx', 'httpcore', 'truststore', 'ssl', 'email', 'urllib.request'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
