from __future__ import annotations

from collections.abc import Callable
from typing import Any

from support.raw_client import at, until

Start = Callable[..., Any]


def test_hello_tells_who_and_what(bridge: Any) -> None:
    client = bridge.dial(greet=False)
    result = client.hello()["result"]
    assert result == {
        "protocol": 1,
        "version": "0",
        "cloud": "sandbox",
        "pid": bridge.process.pid,
        "limits": {"frame": 8388608, "files": 100000, "pending": 256},
    }


def test_hello_comes_first_and_once(bridge: Any) -> None:
    client = bridge.dial(greet=False)
    assert client.error("bridge.status") == "ISCB-PROTO-HELLO-FIRST"
    assert client.error("bridge.hello", {"protocol": 1}) == "ISCB-REQ-PARAMS"
    assert "result" in client.hello()
    assert client.error("bridge.hello", {"protocol": 1, "host": "h", "instance": "again-again"}) == (
        "ISCB-PROTO-BAD-REQUEST"
    )
    assert client.call("bridge.status")["result"]["clients"] == 1


def test_a_newer_client_speaks_our_version_and_a_much_newer_one_is_told(bridge: Any) -> None:
    client = bridge.dial(greet=False)
    assert client.hello(protocol=7, minProtocol=1)["result"]["protocol"] == 1
    client = bridge.dial(greet=False)
    error = client.hello(protocol=9, minProtocol=8)["error"]
    assert (error["code"], error["data"]["code"]) == (-32002, "ISCB-PROTO-VERSION")
    assert error["data"]["params"] == {"found": "9", "expected": "1"}
    assert client.read() is None


def test_the_answer_comes_before_the_changes_of_the_job(bridge: Any) -> None:
    client = bridge.dial()
    call_id = client.ask("cloud.save", {"path": at("/a")})
    answer, change = client.read(), client.read()
    assert (answer["id"], answer["result"]["state"]) == (call_id, "accepted")
    assert (change["method"], change["params"]["job"]) == ("job.changed", answer["result"]["job"])


def test_many_requests_in_one_write_are_all_answered_in_turn(bridge: Any) -> None:
    client = bridge.dial()
    ids = [client.ask("bridge.reconnect") for _ in range(200)]
    assert [client.read()["id"] for _ in ids] == ids


def test_ids_may_be_text_and_may_be_used_again(bridge: Any) -> None:
    client = bridge.dial()
    for _ in range(2):
        client.ask("bridge.reconnect", call_id="one")
        assert client.read() == {"jsonrpc": "2.0", "id": "one", "result": {}}


def test_an_id_in_use_is_refused_without_it(bridge: Any) -> None:
    client = bridge.dial()
    client.ask("cloud.save", {"path": at("/never")}, call_id=5)
    client.ask("bridge.status", call_id=5)
    assert client.next_error() == (None, "ISCB-PROTO-BAD-REQUEST")
    client.ask("cloud.save", {"path": at("/later")}, call_id="5")
    assert client.next_error() == ("5", "ISCB-CLOUD-FAILED")


def test_answers_may_come_in_another_order(bridge: Any) -> None:
    client = bridge.dial()
    late = client.ask("cloud.save", {"path": at("/behind")})
    soon = client.ask("bridge.reconnect")
    assert client.read()["id"] == soon
    assert client.next_error() == (late, "ISCB-CLOUD-FAILED")


def test_notifications_of_clients_do_nothing(bridge: Any) -> None:
    client = bridge.dial()
    client.write(b'{"jsonrpc":"2.0","method":"bridge.shutdown"}\n\r\n\n')
    assert client.call("bridge.status")["result"]["clients"] == 1


def test_unknown_methods_and_wrong_parameters(bridge: Any) -> None:
    client = bridge.dial()
    answer = client.call("cloud.teleport")
    assert (answer["error"]["code"], answer["error"]["data"]["code"]) == (-32601, "ISCB-PROTO-UNKNOWN-METHOD")
    answer = client.call("cloud.save", {"path": "a"})
    assert (answer["error"]["code"], answer["error"]["data"]["params"]) == (-32602, {"path": "a"})
    assert client.error("job.get", {"job": "j999"}) == "ISCB-REQ-NO-SUCH-JOB"
    client.write(b'{"jsonrpc":"2.0","id":77,"method":"bridge.status","params":[]}\n')
    assert client.next_error() == (77, "ISCB-REQ-PARAMS")


def test_texts_are_in_the_language_of_the_client(bridge: Any) -> None:
    english, chinese = bridge.dial(), bridge.dial(language="zh", all=True)
    title = english.call("cloud.save", {"path": ""})["error"]["message"]
    assert chinese.call("cloud.save", {"path": ""})["error"]["message"] not in ("", title)
    english.call("cloud.save", {"path": at("/missing")})
    told = english.read()["params"]["error"], chinese.read()["params"]["error"]
    assert told[0]["code"] == told[1]["code"] == "ISCB-FILE-MISSING"
    assert told[0]["title"] != told[1]["title"]


def test_who_hears_of_a_job(bridge: Any) -> None:
    asks = bridge.dial(instance="instance-1")
    twin = bridge.dial(instance="instance-1")
    other = bridge.dial(instance="instance-2")
    every = bridge.dial(instance="instance-3", all=True)
    deaf = bridge.dial(instance="instance-1", events=["file.opened", "from.the.future"])
    job = asks.call("cloud.save", {"path": at("/a")})["result"]["job"]
    for client in (asks, twin, every):
        change = client.read()
        assert (change["method"], change["params"]["job"]) == ("job.changed", job)
    for client in (other, deaf):
        client.ask("bridge.reconnect")
        assert "result" in client.read()


def test_an_opened_file_is_told_to_the_host_that_asked(bridge: Any) -> None:
    asks, other = bridge.dial(instance="instance-1"), bridge.dial(instance="instance-2", all=True)
    asks.call("cloud.open")
    assert [asks.read()["method"] for _ in range(2)] == ["job.changed", "file.opened"]
    assert other.read()["method"] == "job.changed"
    other.ask("bridge.reconnect")
    assert "result" in other.read()


def test_subscriptions_can_be_changed(bridge: Any) -> None:
    client = bridge.dial()
    client.call("events.subscribe", {"events": []})
    client.ask("cloud.save", {"path": at("/a")})
    client.ask("bridge.reconnect")
    assert ["result" in client.read() for _ in range(2)] == [True, True]
    client.call("events.subscribe", {})
    client.ask("cloud.save", {"path": at("/a")})
    client.read()
    assert client.read()["method"] == "job.changed"


def test_one_that_leaves_before_the_answer_is_forgotten(bridge: Any) -> None:
    watcher = bridge.dial(instance="instance-2", all=True)
    leaver = bridge.dial()
    leaver.ask("cloud.save", {"path": at("/a")})
    leaver.ask("cloud.save", {"path": at("/later")})
    leaver.write(b'{"jsonrpc":"2.0","id":1000,"method":"cloud.save","params":{"path":"/half"')
    leaver.close()
    assert watcher.read()["params"]["path"] == at("/a")
    until(lambda: watcher.call("bridge.status")["result"]["clients"] == 1, "the server to see that it is gone")


def test_a_second_server_leaves_the_first_alone(bridge: Any, start_bridge: Start) -> None:
    client = bridge.dial()
    second = start_bridge()
    assert "ISCB-BRIDGE-SECOND" in second.said
    assert client.call("bridge.status")["result"]["pid"] == bridge.process.pid
    assert "result" in bridge.dial(greet=False).hello()
