"""What describes a partner, and what does not."""

import json
import socket
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from infra.partners import enrolling
from infra.partners.enrolling import UnusablePartnerError, check_keys_address, partner_in
from ownerloop.domain.partner import Partner, Role
from tests.partners.builders import jwks_of


def a_description(**changes: Any) -> str:
    said = {"partner_id": "insurer", "name": "Insurer", "role": "insurance", "scopes": ["maintenance:read"], **changes}
    return json.dumps(said)


def test_a_description_becomes_a_partner() -> None:
    partner = partner_in(a_description(jwks=json.loads(jwks_of()), principals=["arn:aws:iam::1:user/insurer"]))

    assert (partner.partner_id, partner.role, partner.scopes) == ("insurer", Role.INSURANCE, {"maintenance:read"})
    assert json.loads(partner.jwks)["keys"]
    assert partner.principals == ("arn:aws:iam::1:user/insurer",)


@pytest.mark.parametrize(
    "changes",
    [
        {"partner_id": "Insurer"},
        {"partner_id": "a#b"},
        {"role": "friend"},
        {"role": None},
        {"name": ""},
        {"name": 7},
        {"colour": "red"},
        {"usage_key": "mine"},
        {"scopes": "maintenance:read"},
        {"principals": "arn:aws:iam::1:user/insurer"},
        {"is_active": "no"},
        {"scopes": ["everything"]},
        {"sources": ["urn:example:insurer"]},
        {"sources": "urn:example:"},
        {"sources": [":" * 257]},
        {"sources": ["urn:ownerloop:format:"]},
        {"sources": ["urn:"]},
        {"sources": ["urn:partner:lender:"]},
        {"sources": ["urn:partner:"]},
        {"jwks_url": "http://id.insurer.example/jwks"},
        {"jwks_url": "https://user:word@id.insurer.example/jwks"},
        {"jwks_url": "https://localhost/jwks"},
        {"jwks_url": "https://keys.internal/jwks"},
        {"jwks_url": "https://169.254.169.254/latest/meta-data"},
        {"jwks_url": "https://[::1]/jwks"},
        {"jwks_url": "https://2130706433/jwks"},
        {"jwks_url": "https://10.1/jwks"},
        {"jwks_url": "https://"},
        {"jwks_url": 7},
    ],
    ids=str,
)
def test_a_description_that_breaks_a_rule_is_refused_with_the_rule(changes: dict[str, Any]) -> None:
    with pytest.raises(UnusablePartnerError, match=next(iter(changes))):
        partner_in(a_description(**changes))


@pytest.mark.parametrize(
    "url", ["https://id.insurer.example/jwks", "https://1.1.1.1/jwks", "https://id.insurer.cn:8443/j"]
)
def test_keys_can_lie_behind_a_public_https_address(url: str) -> None:
    assert partner_in(a_description(jwks_url=url)).jwks_url == url


def test_an_address_that_leads_inwards_today_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    partner = partner_in(a_description(jwks_url="https://id.insurer.example/jwks"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.0.0.7", 443))])

    with pytest.raises(UnusablePartnerError, match="jwks_url"):
        check_keys_address(partner)
    check_keys_address(replace(partner, jwks_url=""))


def test_a_partner_speaks_for_its_own_sources_only() -> None:
    own = partner_in(a_description())
    given = partner_in(a_description(sources=["urn:example:insurer:", "https://insurer.example/"]))

    assert own.speaks_for("urn:partner:insurer:claims")
    assert not own.speaks_for("urn:partner:insurer:")
    assert not own.speaks_for("urn:partner:insurers:claims")
    assert given.speaks_for("https://insurer.example/claims")
    assert not given.speaks_for("urn:partner:insurer:claims")


@pytest.mark.parametrize("text", ["", "{bad", "[1]", '"insurer"'])
def test_what_is_no_object_is_refused_as_a_file(text: str) -> None:
    with pytest.raises(UnusablePartnerError, match=r"^the file: is"):
        partner_in(text)


@pytest.mark.parametrize(("typed", "is_done"), [("", False), ("y\n", False), ("production\n", False), ("prod\n", True)])
def test_nobody_is_enrolled_before_the_stacks_name_is_typed(
    typed: str, is_done: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "insurer.json").write_text(a_description(), encoding="utf-8")
    done: list[str] = []

    def enrol(partner: Partner, **_: object) -> Partner:
        done.append(partner.partner_id)
        return replace(partner, usage_key="counted")

    monkeypatch.setattr(enrolling, "_outputs_of", lambda _: {"PartnerApiUrl": "https://api.example"})
    monkeypatch.setattr(enrolling, "enrol_partner", enrol)
    monkeypatch.setattr("sys.stdin", StringIO(typed))
    asked = [str(tmp_path / "insurer.json"), "--stack", "prod"]

    if is_done:
        assert (enrolling.main(asked), done) == (0, ["insurer"])
        assert capsys.readouterr().out == "insurer may call https://api.example; its usage key: counted\n"
        return
    with pytest.raises(SystemExit) as ended:
        enrolling.main(asked)
    assert (ended.value.code, done) == (2, [])


@pytest.mark.parametrize("arguments", [["insurer.json"], ["nowhere.json", "--stack", "prod"]])
def test_no_stack_and_no_file_are_a_misuse(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        enrolling.main(arguments)

    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err
