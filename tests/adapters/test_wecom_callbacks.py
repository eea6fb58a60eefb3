"""WeCom's callbacks: the published vector, two keys at a rotation, and everything that must not get in."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.adapters.wecom.callbacks import keys_in, notice_in, sealed_in
from ownerloop.adapters.wecom.crypto import CallbackKey, CallbackRefusedError, Sealed, opened
from ownerloop.domain.wecom_notice import FriendChange
from tests.partners.sealing import AES_KEY, CORP_ID, TOKEN, Corp, a_body, a_message, encrypt, padded, seal, sign

# The example of WeCom's documentation (document 90930, verifying an address).
PUBLISHED = Sealed(
    signature="5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    timestamp="1409659589",
    nonce="263014780",
    encrypted="P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
)
PUBLISHED_KEY = CallbackKey(token="QDG6eK", aes_key="jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C")
PUBLISHED_CORP = "wx5823bf96d3bd56c7"
OURS = CallbackKey(token=TOKEN, aes_key=AES_KEY)


def sealed(encrypted: str, **changes: str) -> Sealed:
    said = {**sign(encrypted), **changes}
    return Sealed(said["msg_signature"], said["timestamp"], said["nonce"], encrypted)


def refusal(encrypted: str, *, keys: tuple[CallbackKey, ...] = (OURS,), **changes: str) -> str:
    with pytest.raises(CallbackRefusedError) as refused:
        opened(sealed(encrypted, **changes), keys=keys, receive_id=CORP_ID)
    return refused.value.reason


def test_the_published_example_opens() -> None:
    assert opened(PUBLISHED, keys=[PUBLISHED_KEY], receive_id=PUBLISHED_CORP) == b"1616140317555161061"


def test_the_published_example_with_another_nonce_does_not() -> None:
    changed = Sealed(PUBLISHED.signature, PUBLISHED.timestamp, "263014781", PUBLISHED.encrypted)

    with pytest.raises(CallbackRefusedError, match="bad_signature"):
        opened(changed, keys=[PUBLISHED_KEY], receive_id=PUBLISHED_CORP)


def test_a_message_meant_for_another_company_is_refused() -> None:
    assert refusal(seal("x", Corp(receive_id="ww_other"))) == "foreign_receiver"


def test_both_keys_open_while_they_are_changed_and_the_old_one_not_after_that() -> None:
    old = Corp(token="old-token", aes_key=base64.b64encode(bytes(32)).decode().rstrip("="))
    secret = {"callback_token": TOKEN, "callback_aes_key": AES_KEY}
    both = secret | {"callback_token_previous": old.token, "callback_aes_key_previous": old.aes_key}
    text = seal("hello", old)
    signed = sign(text, token=old.token)
    message = Sealed(signed["msg_signature"], signed["timestamp"], signed["nonce"], text)

    assert opened(message, keys=keys_in(both), receive_id=CORP_ID) == b"hello"
    assert opened(sealed(seal("new")), keys=keys_in(both), receive_id=CORP_ID) == b"new"
    with pytest.raises(CallbackRefusedError, match="bad_signature"):
        opened(message, keys=keys_in(secret), receive_id=CORP_ID)


def test_without_keys_nothing_opens() -> None:
    assert keys_in({"corpid": "ww"}) == []
    assert refusal(seal("x"), keys=()) == "bad_signature"


@pytest.mark.parametrize("size", [0, 33, 64, 255])
def test_padding_beyond_a_block_of_32_is_refused(size: int) -> None:
    plain = b"0" * 16 + (1).to_bytes(4, "big") + b"x" + CORP_ID.encode()
    filler = bytes([size]) * (32 - len(plain) % 32)

    assert refusal(encrypt(plain + filler)) == "not_decryptable"


def test_padding_whose_bytes_differ_is_refused() -> None:
    plain = b"0" * 16 + (1).to_bytes(4, "big") + b"x" + CORP_ID.encode()
    filled = padded(plain)

    assert refusal(encrypt(filled[:-2] + b"\0" + filled[-1:])) == "not_decryptable"


@pytest.mark.parametrize("length", [2**32 - 1, 10_000])
def test_a_length_beyond_the_text_is_refused(length: int) -> None:
    plain = b"0" * 16 + length.to_bytes(4, "big") + b"x" + CORP_ID.encode()

    assert refusal(encrypt(padded(plain))) == "not_decryptable"


@pytest.mark.parametrize("encrypted", ["", "%%%", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA==", "ü"])
def test_what_is_no_sealed_text_is_refused(encrypted: str) -> None:
    assert refusal(encrypted) == "not_decryptable"


@given(st.text(max_size=200))
def test_any_message_comes_out_as_it_went_in(message: str) -> None:
    message = message.encode("utf-8", "ignore").decode()

    assert opened(sealed(seal(message)), keys=[OURS], receive_id=CORP_ID).decode() == message


def test_an_owner_who_deletes_a_staff_member_ends_the_friendship() -> None:
    notice = notice_in(a_message(change="del_follow_user").encode())

    assert notice is not None
    assert (notice.change, notice.external_userid) == (FriendChange.DELETED, "wm_owner_1")
    assert notice.at.isoformat() == "2026-01-05T08:00:00+00:00"


@pytest.mark.parametrize("change", ["add_external_contact", "add_half_external_contact"])
def test_a_new_friend_is_news(change: str) -> None:
    notice = notice_in(a_message(change=change).encode())

    assert notice is not None
    assert notice.change is FriendChange.ADDED


@pytest.mark.parametrize(
    ("event", "change"),
    [
        ("change_external_contact", "del_external_contact"),
        ("change_external_contact", "edit_external_contact"),
        ("change_external_chat", "create"),
        ("something_new", ""),
    ],
)
def test_other_events_are_no_news_to_us(event: str, change: str) -> None:
    assert notice_in(a_message(event=event, change=change).encode()) is None


def test_the_same_notice_has_the_same_identity_and_another_another() -> None:
    first, again = notice_in(a_message().encode()), notice_in(a_message().encode())
    later = notice_in(a_message(at="1767600001").encode())

    assert first is not None
    assert again is not None
    assert later is not None
    assert first.notice_id == again.notice_id != later.notice_id


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]><xml><Encrypt>&a;</Encrypt></xml>',
        '<!DOCTYPE x SYSTEM "file:///etc/hosts"><xml/>',
        "no xml",
        "",
        "<xml>" * 20_000,
    ],
)
def test_xml_that_is_none_or_brings_entities_is_refused(body: str) -> None:
    with pytest.raises(CallbackRefusedError):
        sealed_in({}, body=body)


@pytest.mark.parametrize("at", ["", "soon", "-1", "99999999999999", "١٢"])
def test_a_notice_without_a_time_is_refused_as_proved(at: str) -> None:
    with pytest.raises(CallbackRefusedError) as refused:
        notice_in(a_message(at=at).encode())

    assert refused.value.is_proved


def test_the_sealed_text_is_taken_from_the_body() -> None:
    assert sealed_in(sign("text"), body=a_body("text")).encrypted == "text"
