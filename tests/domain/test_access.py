"""May this partner do that? The table of answers, and what no answer may ever tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.access import NOTHING_HELD, Action, Resource, authorize
from ownerloop.domain.consent import ConsentHead, Ownership, Withdrawal
from ownerloop.domain.errors import ConsentRequiredError, NotShownError, ScopeMissingError
from ownerloop.domain.partner import principal_of
from tests.builders import DAY, START, a_consent, a_grant
from tests.partners.builders import a_partner

SHARED = "share:insurer"


def a_share(
    *, days: int = -10, person_id: str = "p_1", classes: tuple[str, ...] = ("service",), until: int = 100
) -> object:
    return a_grant(
        person_id=person_id,
        purpose=SHARED,
        classes=classes,
        granted_at=START + days * DAY,
        expires_at=START + until * DAY,
    )


def a_car(*grants: object, withdrawn: bool = False) -> ConsentHead:
    taken = [Withdrawal(START - DAY, "p_1", SHARED)] if withdrawn else []
    return a_consent(grants=grants, withdrawals=taken)  # type: ignore[arg-type]  # grants by the builder


def ask(head: ConsentHead, *, action: Action = Action.READ_MAINTENANCE, person_id: str | None = None) -> object:
    return authorize(a_partner(), action, Resource({"v_1": head}, person_id), now=START)


def test_a_partner_reads_the_maintenance_that_an_owner_shares_with_it() -> None:
    assert ask(a_car(a_share())) == {"v_1": frozenset({"service"})}


def test_a_consent_for_maintenance_is_no_consent_to_share_it() -> None:
    with pytest.raises(NotShownError):
        ask(a_consent())


def test_a_consent_to_share_with_one_partner_is_none_for_another() -> None:
    with pytest.raises(NotShownError):
        authorize(
            a_partner(partner_id="other"), Action.READ_MAINTENANCE, Resource({"v_1": a_car(a_share())}), now=START
        )


def test_a_withdrawal_closes_the_next_read_and_says_that_consent_is_wanting() -> None:
    with pytest.raises(ConsentRequiredError):
        ask(a_car(a_share(), withdrawn=True))


def test_a_consent_that_has_run_out_is_wanting_too() -> None:
    with pytest.raises(ConsentRequiredError):
        ask(a_car(a_share(days=-30, until=-1)))


def test_a_consent_that_begins_tomorrow_does_not_tell_that_the_car_exists() -> None:
    with pytest.raises(NotShownError):
        ask(a_car(a_share(days=1)))


def test_maintenance_needs_the_service_class() -> None:
    with pytest.raises(ConsentRequiredError):
        ask(a_car(a_share(classes=("odometer",))))


def test_after_a_hand_over_the_former_owner_s_consent_opens_nothing() -> None:
    handed = ConsentHead(
        owners=(Ownership(START - 100 * DAY, "p_1"), Ownership(START - DAY, "p_2")),
        grants=(a_share(),),  # type: ignore[arg-type]  # a grant by the builder
    )

    with pytest.raises(ConsentRequiredError):
        ask(handed)


def test_an_owner_is_read_by_that_owner_s_own_consent_only() -> None:
    cars = {"v_1": a_car(a_share(classes=("odometer",))), "v_2": a_consent(person_id="p_2", grants=[])}

    shown = authorize(a_partner(), Action.READ_OWNER, Resource(cars, "p_1"), now=START)

    assert shown == {"v_1": frozenset({"odometer"})}
    with pytest.raises(NotShownError):
        ask(a_car(a_share()), action=Action.READ_OWNER, person_id="p_2")


@pytest.mark.parametrize("action", Action)
def test_without_its_scope_no_action_is_even_looked_at(action: Action) -> None:
    partner = a_partner(scopes=set(Action) - {action})

    with pytest.raises(ScopeMissingError):
        authorize(partner, action, Resource({"v_1": a_car(a_share())}), now=START)


@pytest.mark.parametrize("action", [Action.SEND_EVENTS, Action.BOOK])
def test_what_names_no_car_needs_the_scope_and_no_consent(action: Action) -> None:
    assert authorize(a_partner(), action, Resource({}), now=START) == {}


def test_a_partner_that_was_stopped_may_do_nothing() -> None:
    with pytest.raises(ScopeMissingError):
        authorize(a_partner(is_active=False), Action.SEND_EVENTS, NOTHING_HELD, now=START)


def test_a_withdrawal_closes_a_read_whose_clock_was_read_before_it() -> None:
    head = a_consent(grants=[a_share()], withdrawals=[Withdrawal(START + DAY / 86_400, "p_1", SHARED)])  # type: ignore[list-item]  # grants by the builder

    with pytest.raises(ConsentRequiredError):
        ask(head)


def test_nothing_and_a_car_that_was_never_shared_are_told_apart_by_nobody() -> None:
    with pytest.raises(NotShownError) as unknown:
        authorize(a_partner(), Action.READ_MAINTENANCE, NOTHING_HELD, now=START)
    with pytest.raises(NotShownError) as foreign:
        ask(a_consent())

    assert str(unknown.value) == str(foreign.value)


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), max_size=4), st.lists(st.integers(-50, 50)))
def test_whatever_the_consents_a_read_is_open_only_under_a_live_one(
    spans: list[tuple[int, int]], taken: list[int]
) -> None:
    grants = [a_share(days=first, until=first + abs(last)) for first, last in spans]
    withdrawals = [Withdrawal(START + day * DAY, "p_1", SHARED) for day in taken]
    head = a_consent(grants=grants, withdrawals=withdrawals)  # type: ignore[arg-type]  # grants by the builder

    known = max([0, *taken])  # what was taken back is known, whatever the clock of who asks
    live = any(first <= known < first + abs(last) and not any(first <= day for day in taken) for first, last in spans)

    if live:
        assert ask(head)
    else:
        with pytest.raises((NotShownError, ConsentRequiredError)):
            ask(head)


def test_an_assumed_role_is_known_whatever_its_session_is_called() -> None:
    assert principal_of("arn:aws:sts::1:assumed-role/Insurer/a") == principal_of(
        "arn:aws:sts::1:assumed-role/Insurer/b"
    )
    assert principal_of("arn:aws:iam::1:user/insurer") == "arn:aws:iam::1:user/insurer"
