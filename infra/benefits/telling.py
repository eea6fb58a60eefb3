"""Health and benefits in the words of people and of programs."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from infra.explain.words import Language, pick, say
from ownerloop.domain.benefit_record import BenefitRecord
from ownerloop.domain.benefits import BenefitPolicy, Choice, Stock
from ownerloop.domain.health import Contribution, Health

_FEN_PER_YUAN = 100
PARTS = {
    "on_time": ("按时保养", "maintenance on time"),
    "recency": ("到店间隔", "recency of visits"),
    "satisfaction": ("满意度", "satisfaction"),
    "complaints": ("投诉与返修", "complaints and repeated repairs"),
    "reachability": ("可触达", "reachability"),
    "vehicle": ("车况", "state of the car"),
}
BANDS = {"strong": ("优", "strong"), "steady": ("稳", "steady"), "weak": ("弱", "weak"), "poor": ("差", "poor")}
WHYS = {
    "triggered": ("日期或事件触发", "its date or event has come"),
    "earned": ("按公开方式获得", "earned in the published way"),
    "best": ("预期收益最高", "the largest expected gain"),
    "not_in_season": ("不在有效期", "not in season"),
    "audience": ("不在适用人群", "not for this owner"),
    "unknown": ("所需信息未知", "what it asks for is unknown"),
    "refused": ("车主已拒绝", "the owner refused it"),
    "held": ("近期已领取", "had it already"),
    "out_of_stock": ("名额已用完", "out of stock"),
    "out_of_budget": ("预算已用完", "out of budget"),
    "resting": ("两次权益间隔未到", "too soon after the last one"),
    "not_worth_it": ("预期收益不抵成本", "costs more than it brings"),
    "not_best": ("有更合适的权益", "another one is better"),
}


def health_lines(record: BenefitRecord, language: Language) -> Iterator[str]:
    """Yield the score with its confidence, then what each part brought or that it is unknown."""
    found = record.health
    if found is None or found.score is None:
        yield nothing_known(record, language)
        return
    band = say(BANDS, found.band or "", language)
    yield pick(
        language,
        f"{record.person_id}：健康度 {found.score}/100（{band}），置信度 {found.confidence} %，{record.as_of}",
        f"{record.person_id}: health {found.score} of 100 ({band}), confidence {found.confidence} %, {record.as_of}",
    )
    for part in found.contributions:
        yield f"  {_part(part, language)}"


def nothing_known(record: BenefitRecord, language: Language) -> str:
    """Return why there is no score: nobody settled the owner yet, no profile is wanted, or nothing is known."""
    if record.version == 0:
        return pick(language, "尚未结算（每晚进行）", "not settled yet: that is done every night")
    if not record.is_profiled:
        return pick(
            language, "车主已拒绝画像：不计算任何评分", "the owner opted out of profiling: no score is computed"
        )
    return pick(language, "尚无可用信息", "nothing is known that health could be told from")


def benefit_lines(record: BenefitRecord, policy: BenefitPolicy, language: Language) -> Iterator[str]:
    """Yield standing benefits, vouchers, the next best one, and what was passed over and why."""
    as_of = (str(record.as_of),) if record.as_of else ()
    yield pick(language, "，", ", ").join((record.person_id, *as_of))
    if record.version == 0 or not record.is_profiled:
        yield f"  {nothing_known(record, language)}"
    standing = "、".join(name_of(policy, one, language) for one in record.standing) or "-"
    yield pick(language, f"  常设权益：{standing}", f"  Standing: {standing.replace('、', ', ')}")
    for grant in record.grants:
        name, why = name_of(policy, grant.benefit_id, language), say(WHYS, grant.way, language)
        yield pick(
            language,
            f"  {grant.granted_on} 发放 {name}（{why}），有效至 {grant.valid_until}",
            f"  {grant.granted_on} granted {name} ({why}), valid until {grant.valid_until}",
        )
    if record.next:
        told = _choice(record.next, policy, language)
        yield pick(language, f"  下一个：{told}", f"  Next best: {told}")
    for one in record.passed:
        told = _choice(one, policy, language)
        yield pick(language, f"  未选 {told}", f"  Passed over: {told}")


def name_of(policy: BenefitPolicy, benefit_id: str, language: Language) -> str:
    """Return what people call a benefit; its id where the matrix no longer has it."""
    benefit = policy.benefit(benefit_id)
    return pick(language, benefit.name_zh, benefit.name_en) if benefit else benefit_id


def matrix_data(policy: BenefitPolicy, stocks: dict[str, Stock]) -> list[dict[str, Any]]:
    """Return every benefit with what has gone of it and what is left, money in fen."""
    rows: list[dict[str, Any]] = []
    for one in policy.benefits:
        row: dict[str, Any] = {"benefit_id": one.benefit_id, "name_zh": one.name_zh, "name_en": one.name_en}
        if voucher := one.voucher:
            gone = stocks.get(one.benefit_id, Stock())
            row |= {"stock": voucher.stock, "granted": gone.granted, "budget_fen": voucher.budget_fen}
            row |= {"spent_fen": gone.spent_fen, "cost_fen": voucher.cost_fen}
        rows.append(row)
    return rows


def health_data(record: BenefitRecord) -> dict[str, Any]:
    """Return the health as plain data, None where there is none."""
    health: Health | None = record.health
    as_of = record.as_of.isoformat() if record.as_of else None
    said = asdict(health) if health else None
    return {"person_id": record.person_id, "as_of": as_of, "is_profiled": record.is_profiled, "health": said}


def benefit_data(record: BenefitRecord) -> dict[str, Any]:
    """Return the benefits and the portrait as plain data."""
    said = asdict(record)
    as_text: dict[str, Any] = _plain({name: said[name] for name in said if name not in {"health", "version"}})
    return as_text


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case None | bool() | int():
            return value
        case _:
            return str(value)


def _part(part: Contribution, language: Language) -> str:
    name = say(PARTS, part.part, language)
    if part.permille is None:
        return pick(language, f"{name}：未知（权重 {part.weight}）", f"{name}: unknown (weight {part.weight})")
    brought = f"{part.milli / 1000:.1f}"
    return pick(
        language,
        f"{name}：+{brought}（输入 {part.value}，{part.permille / 10:.0f} %，权重 {part.weight}）",
        f"{name}: +{brought} (input {part.value}, {part.permille / 10:.0f} %, weight {part.weight})",
    )


def _choice(choice: Choice, policy: BenefitPolicy, language: Language) -> str:
    name, why = name_of(policy, choice.benefit_id, language), say(WHYS, choice.why, language)
    if choice.gain_fen is None:
        return f"{name} ({why})"
    gain = f"{choice.gain_fen / _FEN_PER_YUAN:+.0f}"
    return pick(language, f"{name}（{why}，预期 {gain} 元）", f"{name} ({why}, expected {gain} yuan)")
