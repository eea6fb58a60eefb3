"""Why an owner is in a tier, in words: the inputs, the rule and what keeps the owner there."""

from ownerloop.domain.speaking import spoken
from ownerloop.domain.tiers import KEPT_BY_STAY, KEPT_IN_BAND, Tier, TierState

_NAMES = {
    "zh": {
        Tier.PROSPECT: "潜在客户",
        Tier.NEW: "新客户",
        Tier.POTENTIAL: "潜力客户",
        Tier.CORE: "核心客户",
        Tier.AT_RISK: "流失风险客户",
    },
    "en": {
        Tier.PROSPECT: "prospect",
        Tier.NEW: "new",
        Tier.POTENTIAL: "potential",
        Tier.CORE: "core",
        Tier.AT_RISK: "at risk",
    },
}
_SAYS = {
    "zh": {
        "tier": "等级：{tier}，自{since}起（截至{as_of}，规则{rule}）",
        "prospect": "等级：{tier}（截至{as_of}，规则{rule}）",
        "no_order_yet": "还没有到店或消费记录",
        "overdue_by_own_interval": "距上次到店{recency}天，而其平时间隔约{interval}天",
        "few_orders_in_window": "在有效期内只有{frequency}个到店或消费日",
        "came_again": "在有效期内有{frequency}个到店或消费日，共{yuan}元",
        "often_and_valuable": "在有效期内有{frequency}个到店或消费日，共{yuan}元，频次与金额合计达到核心标准",
        "scores": "近度{r}分，频次{f}分，金额{m}分；距上次到店{recency}天，平时间隔约{interval}天",
        KEPT_IN_BAND: "刚过边界，缓冲带内保持原等级",
        KEPT_BY_STAY: "最短停留期内保持原等级，{waits_until}起变更",
    },
    "en": {
        "tier": "Tier: {tier} since {since} (as of {as_of}, rule {rule})",
        "prospect": "Tier: {tier} (as of {as_of}, rule {rule})",
        "no_order_yet": "no visit and no purchase yet",
        "overdue_by_own_interval": "last visit {recency} days ago, while the usual gap is about {interval} days",
        "few_orders_in_window": "only {frequency} day(s) with a visit or purchase in the window",
        "came_again": "{frequency} days with a visit or purchase in the window, {yuan} CNY",
        "often_and_valuable": "{frequency} days with a visit or purchase in the window, {yuan} CNY: often and valuable",
        "scores": "recency {r}, frequency {f}, money {m}; last visit {recency} days ago, usual gap {interval} days",
        KEPT_IN_BAND: "just past a border, kept by the band around it",
        KEPT_BY_STAY: "kept by the minimum stay, changes on {waits_until}",
    },
}


def explain_tier(state: TierState, language: str) -> list[str]:
    """Return the sentences that tell why the owner is in the tier; Chinese unless the language is English."""
    written = spoken(language, _SAYS)
    says = _SAYS[written]
    values = {
        "tier": _NAMES[written][state.tier],
        "since": state.since,
        "as_of": state.as_of,
        "rule": state.rule_version,
        "r": state.r,
        "f": state.f,
        "m": state.m,
        "recency": state.recency_days,
        "interval": state.interval_days,
        "frequency": state.frequency,
        "yuan": f"{state.monetary_fen // 100}.{state.monetary_fen % 100:02d}",
        "waits_until": state.waits_until,
    }
    is_prospect = state.tier is Tier.PROSPECT
    lines = ["prospect" if is_prospect else "tier", *state.reasons, *(() if is_prospect else ("scores",))]
    return [says[line].format(**values) for line in lines]
