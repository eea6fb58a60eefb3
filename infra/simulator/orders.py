"""The body of add_msg_template, checked as the provider checks it."""

from dataclasses import dataclass

from infra.simulator import errors
from infra.simulator.chance import SEPARATOR
from infra.simulator.errors import RefusedError
from infra.simulator.journal import Json
from infra.simulator.people import People

RECIPIENTS_MAX = 10_000
ATTACHMENTS_MAX = 9
TEXT_BYTES_MAX = 4_000
LINK_BYTES_MAX = {"title": 64, "desc": 512, "url": 2_048, "picurl": 2_048}
ATTACHMENT_TYPES = frozenset({"image", "link", "miniprogram", "video", "file"})


@dataclass(frozen=True, slots=True)
class Order:
    """A task that somebody asks for."""

    sender: str
    asked: tuple[str, ...]
    text: str
    attachments: tuple[Json, ...]

    @property
    def link_url(self) -> str | None:
        """Return the address of the first link, by which the sender knows the task again."""
        links = (item["link"]["url"] for item in self.attachments if item["msgtype"] == "link")
        return next(links, None)

    @property
    def first(self) -> str:
        """Return the smallest recipient, who stands for the call where chance is drawn."""
        return min(self.asked)

    @property
    def attempt_key(self) -> str:
        """Return what two attempts at the same task have in common."""
        return attempt_key(self.link_url, self.first, self.text)

    def split(self, people: People) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return who can be sent to and who cannot; refuse if nobody can."""
        customers = {asked: people.find(asked) for asked in self.asked}
        if not any(customers.values()):
            raise RefusedError(errors.BAD_EXTERNAL_USERID, "invalid external userid", fail_list=self.asked)
        serves = {asked: found is not None and self.sender in found.staff for asked, found in customers.items()}
        sendable = tuple(asked for asked, is_served in serves.items() if is_served)
        failed = tuple(asked for asked, is_served in serves.items() if not is_served)
        if not sendable:
            raise RefusedError(errors.NOBODY_TO_SEND_TO, "no customer to send", fail_list=failed)
        return sendable, failed


def attempt_key(link_url: str | None, recipient: str, text: str) -> str:
    """Return the link, or who and what if there is none."""
    return link_url or SEPARATOR.join((recipient, text))


def parse_order(body: Json, people: People) -> Order:
    """Return the order that a body spells, or refuse it; nobody named means every customer of the sender."""
    if body.get("chat_type", "single") != "single":
        raise RefusedError(errors.BAD_PARAMETER, "only chat_type single is simulated")
    sender = _text(body, "sender")
    if not sender:
        raise RefusedError(errors.EMPTY_PARAMETER, "sender is empty")
    if sender not in people.staff:
        raise RefusedError(errors.BAD_USERID, "invalid sender")
    text = _content(body)
    attachments = _attachments(body)
    if not text and not attachments:
        raise RefusedError(errors.EMPTY_PARAMETER, "some parameters are empty: text and attachments")
    asked = _recipients(body) or people.of(sender)
    return Order(sender=sender, asked=asked, text=text, attachments=attachments)


def _text(holder: Json, name: str) -> str:
    value = holder.get(name, "")
    if not isinstance(value, str):
        raise RefusedError(errors.BAD_PARAMETER, f"{name} is not a string")
    return value


def _content(body: Json) -> str:
    text = body.get("text", {})
    if not isinstance(text, dict):
        raise RefusedError(errors.BAD_PARAMETER, "text is not an object")
    content = _text(text, "content")
    if len(content.encode()) > TEXT_BYTES_MAX:
        raise RefusedError(errors.BAD_PARAMETER, "text.content is too long")
    return content


def _recipients(body: Json) -> tuple[str, ...]:
    asked = body.get("external_userid", [])
    if not isinstance(asked, list) or not all(isinstance(item, str) and item for item in asked):
        raise RefusedError(errors.BAD_PARAMETER, "external_userid is not a list of ids")
    if len(asked) > RECIPIENTS_MAX:
        raise RefusedError(errors.BAD_PARAMETER, "too many external_userid")
    return tuple(dict.fromkeys(asked))


def _attachments(body: Json) -> tuple[Json, ...]:
    attachments = body.get("attachments", [])
    if not isinstance(attachments, list) or len(attachments) > ATTACHMENTS_MAX:
        raise RefusedError(errors.BAD_PARAMETER, "attachments is not a list of at most 9")
    for item in attachments:
        _check_attachment(item)
    return tuple(attachments)


def _check_attachment(item: object) -> None:
    if not isinstance(item, dict) or item.get("msgtype") not in ATTACHMENT_TYPES:
        raise RefusedError(errors.BAD_ATTACHMENT_TYPE, "invalid attachment type")
    held = item.get(item["msgtype"])
    if not isinstance(held, dict):
        raise RefusedError(errors.EMPTY_PARAMETER, f"attachment has no {item['msgtype']}")
    if item["msgtype"] != "link":
        return
    for name, bytes_max in LINK_BYTES_MAX.items():
        if len(_text(held, name).encode()) > bytes_max:
            raise RefusedError(errors.BAD_PARAMETER, f"link.{name} is too long")
    if not _text(held, "title") or not _text(held, "url"):
        raise RefusedError(errors.EMPTY_PARAMETER, "link.title or link.url is empty")
