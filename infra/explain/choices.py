"""Why a reminder was sent on its day: its lead, how the day was chosen, what it was worth and at what price."""

from typing import Any

from infra.explain.words import Language, pick
from ownerloop.domain.contact import Contact, LeadChoice
from ownerloop.domain.lead_time import Arm

_FEN_PER_YUAN = 100


def choice_line(contact: Contact, language: Language) -> str | None:
    """Return one line on the choice of a first reminder's day; None for every other contact."""
    lead, arm = contact.lead, contact.experiment_arm
    if lead is None or arm is None:
        return None
    match arm:
        case Arm.PRICED:
            return _by_value(lead, language)
        case Arm.RANDOM:
            zh, en = "抽签决定（用于学习预约曲线）", "its day was drawn, so that the booking curve can be learned"
        case _:
            zh, en = "按固定规则", "its day follows the fixed rule"
    return f"{_lead(lead, language)}{pick(language, '：', ': ')}{pick(language, zh, en)}"


def choice_data(contact: Contact) -> dict[str, Any]:
    """Return the same as plain data."""
    lead = contact.lead
    return {
        "experiment_arm": contact.experiment_arm,
        "lead_days": lead.lead_days if lead else None,
        "due_p50": lead.due_p50.isoformat() if lead else None,
        "value_fen": lead.value_fen if lead else None,
        "price_fen": lead.price_fen if lead else None,
    }


def _by_value(lead: LeadChoice, language: Language) -> str:
    value, price = _yuan(lead.value_fen), _yuan(lead.price_fen)
    zh = f"这一天价值最高：预期 {value} 元，车间当日影子价格 {price} 元"
    en = f"no day was worth more: {value} CNY expected, at a workshop price of {price} CNY"
    return f"{_lead(lead, language)}{pick(language, '：', ': ')}{pick(language, zh, en)}"


def _lead(lead: LeadChoice, language: Language) -> str:
    days, due = abs(lead.lead_days), lead.due_p50.isoformat()
    if lead.lead_days < 0:
        return pick(language, f"到期（{due}）后 {days} 天", f"{days} days after it fell due ({due})")
    return pick(language, f"到期（{due}）前 {days} 天", f"{days} days before it falls due ({due})")


def _yuan(fen: int) -> str:
    return f"{fen / _FEN_PER_YUAN:.2f}"
