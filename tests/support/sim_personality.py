"""What kind of desk and machine a schedule has: each unknown of the vendor's guide, and how often what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from support.sim_dice import Dice


@dataclass(frozen=True, slots=True)
class Personality:
    """Traits (bool), and probabilities per opportunity (float)."""

    one_file: bool = False
    """Everybody works on the same file."""
    single: bool = False
    """The desk refuses a second session."""
    blocking: bool = False
    """A call returns only when the transfer or dialog is over."""
    call_failure_is_final: bool = False
    late: float = 0.0
    """The result of an abandoned hand-over turns up later."""
    fails: float = 0.0
    never: float = 0.0
    broken: float = 0.0
    doubled: float = 0.0
    contradicts: float = 0.0
    """A doubled result says the opposite the second time."""
    long: float = 0.0
    call_fails: float = 0.0
    picker_silent: float = 0.0
    picker_cancel: float = 0.0
    start_crash: float = 0.0
    start_refused: float = 0.0

    @classmethod
    def draw(cls, dice: Dice) -> Personality:
        """A random one; each fault is off in most schedules, so that the others have room to show."""

        def sometimes(share: float, *strengths: float) -> float:
            return dice.pick(strengths) if dice.chance(share) else 0.0

        late = sometimes(0.5, 0.3, 0.8, 1.0)
        return cls(
            one_file=dice.chance(0.2),
            single=dice.chance(0.25),
            blocking=dice.chance(0.3),
            call_failure_is_final=dice.chance(0.5),
            late=late,
            fails=sometimes(0.5, 0.1, 0.5),
            never=sometimes(0.25, 0.05, 0.3),
            broken=sometimes(0.2, 0.05, 0.2),
            doubled=sometimes(0.4 if late else 0.2, 0.2, 0.7),
            contradicts=0.0 if late else sometimes(0.3, 0.3),
            # With late results about, an upload that outlasts every pause can't be told from a lost one.
            long=0.0 if late else sometimes(0.2, 0.1),
            call_fails=sometimes(0.25, 0.05, 0.3),
            picker_silent=sometimes(0.3, 0.3, 0.8),
            picker_cancel=sometimes(0.5, 0.3, 0.8),
            start_crash=sometimes(0.2, 0.1, 0.5),
            start_refused=sometimes(0.2, 0.1, 0.5),
        )

    def tamed(self) -> Personality:
        """The same desk when nothing goes wrong any more."""
        return Personality(
            one_file=self.one_file,
            single=self.single,
            blocking=self.blocking,
            call_failure_is_final=self.call_failure_is_final,
        )

    def simpler(self) -> list[Personality]:
        """This one with one trait or fault less, for cutting a failing schedule down."""
        plain = Personality()
        return [
            replace(self, **{f.name: getattr(plain, f.name)})
            for f in fields(self)
            if getattr(self, f.name) != getattr(plain, f.name)
        ]

    def __str__(self) -> str:
        plain = Personality()
        odd = [
            f"{f.name}={getattr(self, f.name)}" for f in fields(self) if getattr(self, f.name) != getattr(plain, f.name)
        ]
        return ", ".join(odd) or "nothing special"
