"""What monitoring may know: counts and times, never who. Each process tells its own; a collector adds them up."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from iscbridge.relay.http.room import Room


class Metrics:
    """One process's figures."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "iscbridge_relay_requests", "Requests answered", ["route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "iscbridge_relay_request_seconds", "From the request to its answer", ["route"], registry=self.registry
        )
        self._errors = Counter(
            "iscbridge_relay_errors", "Answers with an error, by code", ["code"], registry=self.registry
        )
        self.outbox = Gauge(
            "iscbridge_relay_outbox", "What waits to be told to the store", ["state"], registry=self.registry
        )

        self._connections = Gauge(
            "iscbridge_relay_connections", "Open now, and turned away so far", ["state"], registry=self.registry
        )
        self.uses = Gauge(
            "iscbridge_relay_uses", "Records of use that the store has not taken", ["state"], registry=self.registry
        )

    def answered(self, route: str, status: int, seconds: float) -> None:
        """One request. `route` is a path of ours, or `other`."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def watch(self, room: Room) -> None:
        """Tell of a listener's connections."""
        self._connections.labels("open").set_function(lambda: room.taken)
        self._connections.labels("turnedAway").set_function(lambda: room.turned_away)

    def failed(self, code: str) -> None:
        """One error."""
        self._errors.labels(code).inc()

    def text(self) -> bytes:
        """In Prometheus' text form."""
        return generate_latest(self.registry)
