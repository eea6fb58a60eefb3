"""Days and months of many at once are what one alone comes to."""

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.calendar import add_months
from ownerloop.domain.day_columns import civil_days, months_later

# The last ones turn their clocks at midnight, by half an hour, and skipped a day.
ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Europe/Berlin", "Atlantic/Azores", "Australia/Lord_Howe", "Pacific/Apia")
zones = st.sampled_from([UTC, *map(ZoneInfo, ZONES)])
SKIPPED_DAY = 1_325_203_200  # 30 December 2011 in Samoa
seconds = st.one_of(
    st.integers(0, 2**32 - 1), st.integers(SKIPPED_DAY - 200_000, SKIPPED_DAY + 200_000), st.integers(20_000 * 86_400)
)


@given(asked=st.lists(st.tuples(st.integers(0, 2**32 - 1) | seconds.filter(lambda one: one < 2**32), zones)))
def test_the_civil_day_of_each_instant_is_that_of_its_zone(asked: list[tuple[int, tzinfo]]) -> None:
    found = civil_days(np.array([at for at, _ in asked], dtype=np.int64), [zone for _, zone in asked])

    assert found.tolist() == [datetime.fromtimestamp(at, zone).toordinal() for at, zone in asked]


@given(
    asked=st.lists(st.tuples(st.dates(date(1970, 1, 1), date(2900, 1, 1)), st.integers(0, 600)), min_size=1),
)
def test_months_later_is_clamped_to_the_end_of_the_month(asked: list[tuple[date, int]]) -> None:
    days = np.array([day.toordinal() for day, _ in asked], dtype=np.int64)

    found = months_later(days, np.array([months for _, months in asked], dtype=np.int64))

    assert found.tolist() == [add_months(day, months).toordinal() for day, months in asked]
