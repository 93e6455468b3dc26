"""What time it is by the authority's clock, from this machine's clock and what the record remembers.

A machine's clock may be wrong by days, and people set clocks right. So each trusted answer that tells its time also
tells how wrong this machine's clock is; until the next one that error is taken into account. Offline the clock is
believed with two limits: time never goes back behind what was seen already, and a clock that shows more than the slack
less than that is not believed at all.

Nothing can be proved offline about a clock that is turned back again and again by less than the slack: time then stands
still here. It never goes back, and a single jump wins at most the slack.
"""

from __future__ import annotations

from dataclasses import dataclass

from iscbridge.core.licensing.model import DAY_S, LicenseRecord

SLACK_S = DAY_S
"""How far this machine's clock may go back without being called wrong."""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The authority's time, as far as it is known here."""

    time: float
    """Never before the latest time seen."""
    offset: float
    """The authority's clock minus this machine's."""
    suspect: bool
    """This machine's clock went back by more than the slack: `time` is the latest time seen, and stands still."""

    def on_machine(self, time: float) -> float:
        """When this machine's clock shows the authority's `time`."""
        return time - self.offset


def reckon(record: LicenseRecord, now: float) -> Reckoning:
    """The authority's time when this machine's clock shows `now`.

    A clock that was fast when the last answer came, and was set right since, seems to have gone back. If it fits what
    was seen when taken as right, it is taken as right.
    """
    for offset in (record.offset, 0.0):
        time = now + offset
        if time >= record.latest_seen - SLACK_S:
            return Reckoning(max(time, record.latest_seen), offset, suspect=False)
    return Reckoning(record.latest_seen, record.offset, suspect=True)
