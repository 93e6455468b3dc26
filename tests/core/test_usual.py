"""How long such a job usually takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.usual import FEWEST, NEAREST, Sample, usual

MB = 1024 * 1024
SAMPLES = st.lists(
    st.builds(
        Sample,
        st.integers(0, 10**12),
        st.one_of(st.floats(0, 1e6), st.sampled_from([-1.0, float("inf"), float("nan")])),
    ),
    max_size=60,
)
SIZES = st.integers(0, 10**12)


def of(*seconds: float, size: int = MB) -> list[Sample]:
    return [Sample(size, s) for s in seconds]


def test_too_few_say_nothing():
    assert usual(of(1.0, 2.0), MB) is None
    assert usual(of(1.0, 2.0, 3.0), MB) == (2.0, 3)


def test_one_bad_afternoon_does_not_count():
    assert usual(of(4.0, 5.0, 6.0, 5.0, 7200.0), MB).seconds == 5.0


def test_the_nearest_in_size_speak():
    small, large = of(*[1.0] * NEAREST, size=MB), of(*[60.0] * NEAREST, size=8 * MB)
    assert usual(small + large, MB) == (1.0, NEAREST)
    assert usual(small + large, 8 * MB) == (60.0, NEAREST)


def test_sizes_of_another_order_say_nothing():
    assert usual(of(1.0, 1.0, 1.0, size=MB), 100 * MB) is None


def test_of_equal_ones_the_newest_speak():
    assert usual(of(*[2.0] * NEAREST, *[50.0] * 50), MB) == (2.0, NEAREST)


def test_below_a_floor_sizes_make_no_difference():
    assert usual(of(1.0, 1.0, 1.0, size=0), 30_000) == (1.0, 3)


@given(SAMPLES, SIZES)
def test_it_is_never_invented(samples, size):
    found = usual(samples, size)
    good = [s.seconds for s in samples if 0 <= s.seconds < float("inf")]
    if found is None:
        return
    assert FEWEST <= found.samples <= NEAREST
    assert len(good) >= found.samples
    assert min(good) <= found.seconds <= max(good)


@given(SAMPLES, SIZES, st.floats(0.01, 100))
def test_a_line_that_is_slower_by_a_factor_is_told_so(samples, size, factor):
    found = usual(samples, size)
    slower = usual([Sample(s.size, s.seconds * factor) for s in samples], size)
    assert (found is None) == (slower is None)
    if found is not None and slower is not None:
        assert abs(slower.seconds - found.seconds * factor) <= 1e-6 * max(1.0, slower.seconds)


@given(SAMPLES, SIZES)
def test_more_experience_never_makes_it_silent(samples, size):
    if usual(samples, size) is not None:
        assert usual([Sample(size, 1.0), *samples], size) is not None
