"""WeCom's callbacks as they come over HTTP: the sealed XML, and the few events that are news to us (document 96361)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ownerloop.adapters.wecom.crypto import CallbackKey, CallbackRefusedError, Sealed
from ownerloop.domain.wecom_notice import FriendChange, FriendNotice

BODY_MAX_CHARACTERS = 64 * 1024
ID_MAX = 128  # characters of an external_userid or userid
SECONDS_MAX = 4_102_444_800  # the year 2100
_CHANGES = {
    "add_external_contact": FriendChange.ADDED,
    "add_half_external_contact": FriendChange.ADDED,
    "del_follow_user": FriendChange.DELETED,  # the owner deleted the staff member, not the other way round
}


def keys_in(secret: Mapping[str, Any]) -> list[CallbackKey]:
    """Return the keys of a secret: the present version, and the one before while WeCom is moved over."""
    pairs = [(secret.get(f"callback_token{of}"), secret.get(f"callback_aes_key{of}")) for of in ("", "_previous")]
    return [CallbackKey(token=str(token), aes_key=str(key)) for token, key in pairs if token and key]


def sealed_in(query: Mapping[str, str], *, body: str | None = None) -> Sealed:
    """Return the sealed text of a request: `echostr` where the address is being verified, else the body's Encrypt."""
    encrypted = query.get("echostr", "") if body is None else _text(_xml(body), "Encrypt")
    names = ("msg_signature", "timestamp", "nonce")
    signature, timestamp, nonce = (query.get(name, "") for name in names)
    return Sealed(signature=signature, timestamp=timestamp, nonce=nonce, encrypted=encrypted)


def notice_in(message: bytes) -> FriendNotice | None:
    """Return the news in a message, None where it is none of ours; raise CallbackRefusedError for one out of form."""
    event = _xml(message.decode(errors="replace"), is_proved=True)
    if _text(event, "Event") != "change_external_contact":
        return None
    change = _CHANGES.get(_text(event, "ChangeType"))
    external_userid, staff_userid = _text(event, "ExternalUserID"), _text(event, "UserID")
    at = _text(event, "CreateTime")
    if change is None:
        return None
    if not 0 < len(external_userid) <= ID_MAX or len(staff_userid) > ID_MAX or not _is_instant(at):
        raise CallbackRefusedError(reason="malformed_message", is_proved=True)
    return FriendNotice(change, external_userid, staff_userid, datetime.fromtimestamp(int(at), UTC))


def _xml(text: str, *, is_proved: bool = False) -> Element:
    if len(text) > BODY_MAX_CHARACTERS:
        raise CallbackRefusedError(reason="body_too_large", is_proved=is_proved)
    try:
        root: Element = _parsed(text, is_proved=is_proved)
    except ParseError as error:
        raise CallbackRefusedError(reason="not_xml", is_proved=is_proved) from error
    return root


def _parsed(text: str, *, is_proved: bool) -> Element:
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except DefusedXmlException as error:
        raise CallbackRefusedError(reason="forbidden_xml", is_proved=is_proved) from error
    return root


def _text(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def _is_instant(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(SECONDS_MAX)) and int(text) < SECONDS_MAX
