"""The matrix of benefits that ships with the package, in the version of the day, and the texts of its vouchers."""

from datetime import date
from functools import cache

from ownerloop.adapters.policy_rows import Row, in_force, rows_of
from ownerloop.adapters.portrait_policies import audience_of
from ownerloop.domain.audience import asks_profile
from ownerloop.domain.benefits import Benefit, BenefitPolicy, Voucher
from ownerloop.domain.plans import Store
from ownerloop.domain.speaking import SENDERS, sender_of, spoken

_FILE = "benefits.json"


def benefit_policy(on: date) -> BenefitPolicy:
    """Return the policy in force on the day; a day before all versions gets the oldest."""
    return in_force(_policies(), on)


def benefit_text(benefit_id: str, store: Store, language: str) -> str:
    """Return the message about a voucher, the store's name first; the same for every owner of the language."""
    written = spoken(language, SENDERS)
    return _texts()[benefit_id][written].format(store=sender_of(store, written))


@cache
def _policies() -> tuple[BenefitPolicy, ...]:
    return tuple(map(read_benefit_policy, rows_of(_FILE)))


@cache
def _texts() -> dict[str, dict[str, str]]:
    # Of a benefit that later versions dropped, its last text: a grant may still be told of.
    return {
        name: texts
        for row in rows_of(_FILE)
        for one in row.rows("benefits")
        if (texts := read_texts(one))
        for name in [one.text("benefit_id")]
    }


def read_benefit_policy(row: Row) -> BenefitPolicy:
    """Return the policy of one row; each benefit stands once, and its budget pays for one voucher at least."""
    benefits = tuple(map(_benefit, row.rows("benefits")))
    if len({one.benefit_id for one in benefits}) != len(benefits):
        raise row.refusal("benefits", "must name each benefit once")
    return BenefitPolicy(
        version=row.text("version"),
        effective_on=row.day("effective_on"),
        benefits=benefits,
        rest_days=row.whole("rest_days"),
        refused_after=row.whole("refused_after", low=1),
        refused_days=row.whole("refused_days"),
        contact_priority=row.whole("contact_priority"),
        contact_valid_days=row.whole("contact_valid_days", low=1),
    )


def read_texts(row: Row) -> dict[str, str]:
    """Return a voucher's message by language, none for a standing benefit; each begins with its sender."""
    if "voucher" not in row.values:
        return {}
    said = row.row("voucher")
    texts = {language: said.text(f"text_{language}") for language in SENDERS}
    for language, text in texts.items():
        if not text.startswith(SENDERS[language]):
            raise said.refusal(f"text_{language}", "must begin with the sender")
    return texts


def _benefit(row: Row) -> Benefit:
    until = row.day("until") if row.values.get("until") is not None else None
    return Benefit(
        benefit_id=row.text("benefit_id"),
        name_zh=row.text("name_zh"),
        name_en=row.text("name_en"),
        audience=audience_of(row, "audience"),
        since=row.day("since"),
        until=until,
        voucher=_voucher(row.row("voucher")) if "voucher" in row.values else None,
    )


def _voucher(row: Row) -> Voucher:
    earned_by = audience_of(row, "earned_by")
    if asks_profile(earned_by):
        raise row.refusal("earned_by", "must ask for nothing that judges a person")
    cost = row.whole("cost_fen")
    for name in ("uplift_percent", "redeemed_percent"):
        if row.whole(name) > 100:  # noqa: PLR2004  # percent
            raise row.refusal(name, "must not exceed 100")
    return Voucher(
        stock=row.whole("stock", low=1),
        budget_fen=row.whole("budget_fen", low=cost),
        cost_fen=cost,
        valid_days=row.whole("valid_days", low=1),
        again_days=row.whole_or_none("again_days", low=1),
        uplift_percent=row.whole("uplift_percent"),
        redeemed_percent=row.whole("redeemed_percent"),
        priority=row.whole("priority"),
        earned_by=earned_by,
        trigger=audience_of(row, "trigger") if "trigger" in row.values else None,
    )
