"""The relations between the template's numbers (design §10), in both profiles."""

import pytest

from tests.template.reading import FUNCTIONS, PROFILES, TEMPLATE, events, named, properties_of, value

SQS = events("SQS")
ROLLING = {"minute": 60, "minutes": 60, "hour": 3600, "hours": 3600}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("function", "name", "event"), SQS, ids=[f"{function}.{name}" for function, name, _ in SQS])
def test_a_slow_batch_is_not_delivered_twice(profile: str, function: str, name: str, event: dict) -> None:
    queue = properties_of(named(event["Queue"]))
    timeout = value(properties_of(function)["Timeout"], profile=profile)
    window = value(event.get("MaximumBatchingWindowInSeconds", 0), profile=profile)

    assert value(queue["VisibilityTimeout"], profile=profile) == 6 * timeout + window, name


@pytest.mark.parametrize("profile", PROFILES)
def test_a_message_is_tried_five_times_within_its_life(profile: str) -> None:
    for _, _, event in SQS:
        queue = properties_of(named(event["Queue"]))
        tries = value(queue["RedrivePolicy"]["maxReceiveCount"], profile=profile)

        assert tries == 5
        assert tries * value(queue["VisibilityTimeout"], profile=profile) < queue["MessageRetentionPeriod"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_large_batch_has_a_window_to_gather_in(profile: str) -> None:
    for function, name, event in SQS:
        window = value(event.get("MaximumBatchingWindowInSeconds", 0), profile=profile)

        assert event["BatchSize"] <= 10 or window >= 1, (function, name)
        assert window <= 300


@pytest.mark.parametrize("profile", PROFILES)
def test_every_queue_has_a_bound_on_its_concurrent_batches(profile: str) -> None:
    assert all(2 <= value(event["ScalingConfig"]["MaximumConcurrency"], profile=profile) <= 1000 for _, _, event in SQS)


@pytest.mark.parametrize("profile", PROFILES)
def test_no_function_outlives_the_limit_of_the_runtime(profile: str) -> None:
    assert all(value(properties_of(function)["Timeout"], profile=profile) <= 900 for function in FUNCTIONS)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_scheduled_run_ends_before_the_next_begins(profile: str) -> None:
    for function, _, event in events("Schedule"):
        if not isinstance(event["Schedule"], str):
            continue
        count, unit = event["Schedule"].removeprefix("rate(").removesuffix(")").split()

        assert value(properties_of(function)["Timeout"], profile=profile) < int(count) * ROLLING[unit]


@pytest.mark.parametrize("profile", PROFILES)
def test_an_old_message_is_reported_after_its_first_try(profile: str) -> None:
    for _, _, event in SQS:
        window = value(event.get("MaximumBatchingWindowInSeconds", 0), profile=profile)

        assert TEMPLATE["Mappings"]["Timings"][profile]["QueueAgeAlarm"] > window


def test_both_profiles_have_the_same_numbers() -> None:
    for mapping in TEMPLATE["Mappings"].values():
        assert set(mapping) == set(PROFILES)
        assert set(mapping["deployed"]) == set(mapping["local"])
