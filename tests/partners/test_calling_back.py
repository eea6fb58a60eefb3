"""The demo's side of WeCom's callbacks: sealed and signed so that the product's own reader takes it."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import pytest
import urllib3

from infra.local.deploy import Secrets
from infra.partners.calling_back import CallbackFailedError, call_back
from ownerloop.adapters.wecom.callbacks import keys_in, notice_in, sealed_in
from ownerloop.adapters.wecom.crypto import opened
from ownerloop.domain.wecom_notice import FriendChange

FIELDS = {"ChangeType": "del_follow_user", "UserID": "zhang", "ExternalUserID": "wm7", "CreateTime": "1767600000"}


def a_secret() -> dict[str, str]:
    made = Secrets.of_seed(3, corp_id="ww_demo", corp_secret="s")
    return {
        "corpid": made.corp_id,
        "callback_token": made.callback_token,
        "callback_aes_key": made.callback_aes_key,
    }


@dataclass
class Address:
    """Takes what is posted and answers a status."""

    status: int = 200
    posted: list[tuple[str, str]] = field(default_factory=list)

    def request(self, _: str, url: str, *, body: str, **__: object) -> "Address":
        self.posted.append((url, body))
        return self


def test_a_callback_is_opened_by_the_key_of_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    address = Address()
    monkeypatch.setattr(urllib3, "request", address.request)

    call_back(FIELDS, url="http://127.0.0.1/wecom/callback", secret=a_secret())

    url, body = address.posted[0]
    sealed = sealed_in(dict(parse_qsl(urlsplit(url).query)), body=body)
    notice = notice_in(opened(sealed, keys=keys_in(a_secret()), receive_id="ww_demo"))
    assert notice is not None
    assert (notice.change, notice.external_userid) == (FriendChange.DELETED, "wm7")


def test_an_address_that_refuses_a_callback_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib3, "request", Address(status=403).request)

    with pytest.raises(CallbackFailedError):
        call_back(FIELDS, url="http://127.0.0.1/wecom/callback", secret=a_secret())
