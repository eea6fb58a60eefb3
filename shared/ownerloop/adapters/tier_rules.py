"""The rules of the night's settlement in force on a day, and the texts of its welcomes."""

from datetime import date
from functools import cache

from ownerloop.adapters import policy_files
from ownerloop.adapters.policy_rows import Row, rows_of
from ownerloop.adapters.tier_policies import tier_policy
from ownerloop.domain.plans import Store
from ownerloop.domain.speaking import FALLBACK_LANGUAGE, begins_with_sender, sender_of, spoken
from ownerloop.domain.welcoming import SettleRules


def settle_rules_on(day: date) -> SettleRules:
    """Return the policies and texts in force on the day."""
    return SettleRules(tiers=tier_policy(day), contact=policy_files.contact_policy(day), text_of=welcome_text)


def welcome_text(tier: str, store: Store, language: str) -> str:
    """Return the welcome to a tier, the store's name first; the same for every owner of the language."""
    texts = _texts()
    written = spoken(language, texts)
    return texts[written][tier].format(store=sender_of(store, written))


@cache
def _texts() -> dict[str, dict[str, str]]:
    return read_welcome_texts(rows_of("welcome_texts.json")[-1], tiers=tier_policy(date.max).welcome_tiers)


def read_welcome_texts(row: Row, *, tiers: frozenset[str]) -> dict[str, dict[str, str]]:
    """Return the texts by language and tier; each language has one for every tier that is welcomed."""
    by_language = row.row("tiers")
    texts = {one: {tier: by_language.row(one).text(tier) for tier in tiers} for one in by_language.values}
    if FALLBACK_LANGUAGE not in texts:
        raise row.refusal("tiers", f"must hold {FALLBACK_LANGUAGE}")
    if not all(begins_with_sender(text) for of in texts.values() for text in of.values()):
        raise row.refusal("tiers", "must begin with the sender")
    return texts
