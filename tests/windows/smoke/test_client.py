"""The client that hosts copy: it waits for notifications and asks at the same time, over one pipe handle."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading

import pytest

from iscbridge.ipc.client import FINAL_STATES, Client, NotRunningError
from iscbridge.platform.folders import Home

PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def bridge(home, desk):
    """A running bridge. Its end is asked for over the protocol: Windows has no SIGTERM to send."""
    command = [sys.executable, "-P", "-m", "iscbridge", "serve"]
    environment = {**os.environ, "ISCBRIDGE_HOME": str(home.root)}
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline(), "it ended at once"  # the line that says it serves
            yield process
            with_client(home, lambda client: client.request("bridge.shutdown"))
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()


def with_client(home, use):
    client = Client("smoke", address=home.bridge_address(), timeout=PATIENCE_S)
    client.connect()
    try:
        return use(client)
    finally:
        client.close()


def test_notifications_arrive_while_requests_are_made(home, bridge, tmp_path):
    told = queue.Queue()

    def use(client):
        assert client.server_pid == bridge.pid
        client.listen(lambda topic, params: told.put((topic, params)))
        paths = [tmp_path / f"part {number}.FCStd" for number in range(5)]
        jobs = set()
        for path in paths:
            path.write_bytes(path.name.encode() * 1000)
            jobs.add(client.save(str(path))["job"])  # the reader sits in the pipe all the while
        while jobs:
            topic, params = told.get(timeout=PATIENCE_S)
            if topic == "job.changed" and params["state"] in FINAL_STATES:
                assert params["state"] == "done", params
                jobs.remove(params["job"])
        assert client.request("bridge.status")["pid"] == bridge.pid

    with_client(home, use)


def test_many_clients_at_once(home, bridge):
    """More than a pipe server keeps free instances for: the others wait until one is made."""
    answers = queue.Queue()

    def ask():
        answers.put(with_client(home, lambda client: client.request("bridge.status")["pid"]))

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    assert {answers.get(timeout=PATIENCE_S) for _ in threads} == {bridge.pid}
    for thread in threads:
        thread.join()


def test_nobody_at_the_address(tmp_path):
    with pytest.raises(NotRunningError):
        Client("smoke", address=Home(tmp_path).bridge_address()).connect()
