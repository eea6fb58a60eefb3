"""The rules of the night's settlement in force on a day, and the texts of its welcomes."""

from datetime import date
from functools import cache

from ownerloop.adapters import policy_files
from ownerloop.adapters.policy_rows import Row, rows_of
from ownerloop.adapters.tier_policies import tier_policy
from ownerloop.domain.plans import Store
from ownerloop.domain.welcoming import SettleRules

_LANGUAGE = "zh"  # for an owner whose language nobody wrote texts in


def settle_rules_on(day: date) -> SettleRules:
    """Return the policies and texts in force on the day."""
    return SettleRules(tiers=tier_policy(day), contact=policy_files.contact_policy(day), text_of=welcome_text)


def welcome_text(tier: str, store: Store, language: str) -> str:
    """Return the welcome to a tier, the store's name first; the same for every owner of the language."""
    texts = _texts()
    spoken = language.partition("-")[0].lower()
    spoken = spoken if spoken in texts else _LANGUAGE
    return texts[spoken][tier].format(store=store.name_zh if spoken == "zh" else store.name_en)


@cache
def _texts() -> dict[str, dict[str, str]]:
    return read_welcome_texts(rows_of("welcome_texts.json")[-1], tiers=tier_policy(date.max).welcome_tiers)


def read_welcome_texts(row: Row, *, tiers: frozenset[str]) -> dict[str, dict[str, str]]:
    """Return the texts by language and tier; each language has one for every tier that is welcomed."""
    spoken = row.row("tiers")
    texts = {language: {tier: spoken.row(language).text(tier) for tier in tiers} for language in spoken.values}
    if _LANGUAGE not in texts:
        raise row.refusal("tiers", f"must hold {_LANGUAGE}")
    if any(not text.startswith(("【{store}】", "[{store}]")) for of in texts.values() for text in of.values()):
        raise row.refusal("tiers", "must begin with the sender")
    return texts
