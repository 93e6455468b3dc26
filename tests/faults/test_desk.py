"""The desk absent, closing, logging out, dying: saves wait or are repeated, and nothing is called done that is not."""

from __future__ import annotations

import pytest

from support.faults_promises import Promises
from support.world import World, until


def save(world: World, name: str = "bracket.FCStd") -> str:
    path = world.file(name, name.encode() * 1000)
    return str(world.client().save(str(path))["job"])


def test_absent_at_first_and_back_later(world: World, promises: Promises) -> None:
    world.bridge()
    job = save(world)
    waiting = world.until_state(job, "waiting")
    assert waiting["reason"] == "sdkStarting"
    status = world.cli("status").stdout
    assert "ISCDesk" in status
    assert world.cli("doctor").returncode == 1
    world.desk()
    assert world.finish(job)["state"] == "done"
    promises.check()


@pytest.mark.parametrize("said", ["event", "absent"])
def test_closing_in_good_order_while_it_uploads(world: World, promises: Promises, said: str) -> None:
    world.desk(hold="middle", client_closed=said)
    world.bridge()
    job = save(world)
    world.upload(held="middle")
    world.stop_desk()
    world.desk(hold="none")
    if said == "absent":
        # The guide names no event for this end: the person sees that it takes long, and decides.
        world.client().request("job.cancel", {"job": job})
        assert world.finish(job)["state"] == "unknown"
        world.client().request("job.resolve", {"job": job, "answer": "repeat"})
    done = world.finish(job)
    assert done["state"] == "done"
    promises.check()


@pytest.mark.parametrize("moment", ["start", "middle", "commit", "result"])
def test_killed_while_it_uploads(world: World, promises: Promises, moment: str) -> None:
    world.desk(hold=moment)
    world.bridge()
    job = save(world)
    world.upload(held=moment)
    world.kill_desk()
    world.desk(hold="none")
    done = world.finish(job)
    assert (done["state"], "note.repeated" in done["notes"]) == ("done", True)
    promises.check()


@pytest.mark.parametrize("manner", ["refuse", "call", "event"])
def test_logged_out_and_in_again(world: World, promises: Promises, manner: str) -> None:
    world.desk(logged_out=manner)
    world.bridge()
    assert world.finish(save(world, "before.FCStd"))["state"] == "done"
    world.ask_desk("logout")
    job = save(world)
    if manner == "refuse":
        world.until_state(job, "waiting")
    else:
        assert world.finish(job)["state"] in {"failed", "unknown"}
    world.ask_desk("login")
    if manner != "refuse":
        world.client().request("job.retry", {"job": job})
    assert world.finish(job)["state"] == "done"
    promises.check()


def test_the_connection_cut_in_the_middle(world: World, promises: Promises) -> None:
    world.desk(drop="upload")
    world.bridge()
    done = world.finish(save(world))
    assert (done["state"], done["attempts"] >= 2) == ("done", True)
    promises.check()


def test_a_desk_that_answers_nothing_holds_up_nobody_else(world: World, promises: Promises) -> None:
    world.desk()
    world.bridge()
    client = world.client()
    assert world.finish(save(world, "first.FCStd"))["state"] == "done"
    world.ask_desk("personality", set={"hang": "calls"})
    job = save(world)
    world.until_state(job, "submitted")
    assert client.request("job.list", {})["jobs"][0]["job"] == job
    other = save(world, "other.FCStd")
    world.until_state(other, "captured", "waiting")
    client.request("job.cancel", {"job": job})
    assert world.state_of(job)["state"] == "unknown"
    world.ask_desk("personality", set={"hang": "no"})
    assert world.finish(other)["state"] == "done"
    promises.check()


def test_one_session_only_saves_wait_for_the_dialog(world: World, promises: Promises) -> None:
    world.desk(sessions="one")
    world.bridge()
    assert world.finish(save(world, "first.FCStd"))["state"] == "done"
    world.ask_desk("script", answers=[{"action": "wait"}])
    client = world.client()
    opened = client.open()["job"]
    until(lambda: world.ask_desk("state")["dialogs"], "the dialog to stand open")
    job = save(world)
    until(lambda: world.state_of(job).get("reason") == "dialog", "the save to say what it waits for")
    world.ask_desk("answer", answer={"action": "open"})
    assert [world.finish(j)["state"] for j in (opened, job)] == ["done", "done"]
    promises.check()
