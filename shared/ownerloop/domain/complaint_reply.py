"""The automatic reply to a complaint: inside the conversation that the owner opened, with a limit of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ownerloop.domain.cases import Case
from ownerloop.domain.complaint_marks import Episode, episodes
from ownerloop.domain.ids import digest
from ownerloop.domain.speaking import spoken


@dataclass(frozen=True, slots=True)
class ReplyPolicy:
    """How soon after an opening a reply still makes sense, how many one conversation gets in that time, and the texts.

    A text has a place for the store's name and nothing else, so that it can say nothing of a person.
    """

    version: str
    effective_on: date
    reply_hours: int
    replies_max: int
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """One automatic reply; its id follows from the case and its opening, so it is given once."""

    reply_id: str
    case_key: str
    person_id: str
    store_id: str | None
    opened_at: datetime
    language: str
    text: str
    policy_version: str


def reply_to(
    case: Case, episode: Episode, *, policy: ReplyPolicy, language: str, store_name: Mapping[str, str], now: datetime
) -> Reply | None:
    """Return the reply to an opening, or None where it comes too late or the conversation had its share.

    A conversation is the case; what it had is read off its earlier openings, so any order of arrival says the same.
    """
    window = timedelta(hours=policy.reply_hours)
    if now - episode.opened_at >= window:
        return None
    earlier = [one for one in episodes(case.marks) if one.opened_at < episode.opened_at]
    if sum(episode.opened_at - one.opened_at < window for one in earlier) >= policy.replies_max:
        return None
    written = spoken(language, policy.texts)
    return Reply(
        reply_id="a_" + digest("complaint_reply", case.case_key, episode.opened_at.isoformat())[:24],
        case_key=case.case_key,
        person_id=case.person_id,
        store_id=case.store_id,
        opened_at=episode.opened_at,
        language=written,
        text=policy.texts[written].format(store=store_name.get(written, "")),
        policy_version=policy.version,
    )
