"""What in a free text could name somebody, and what is only the name of a system."""

import pytest

from ownerloop.domain.identifiers import could_name_somebody


@pytest.mark.parametrize(
    "text",
    [
        "/dms/+8613900007392",
        "/dms/139-0000-7392",
        "urn:phone:１３９００００７３９２",  # full width, as an input method leaves it
        "read-0DMCANARY00007391",
        "car/0dmcanary00007391",
        "/gate/沪A7D391",
        "/gate/沪AD73910",
        "urn:wecom:wmCANARY7391externalCANARY7391ex",
        "oCANARY7391openid_OPENID7391",
        "/mail/owner@example.com",
    ],
)
def test_an_identifier_is_seen_however_it_is_written(text: str) -> None:
    assert could_name_somebody(text)


@pytest.mark.parametrize(
    "text",
    [
        "urn:ownerloop:gaps",
        "urn:oem:fleet:1234567890",
        "https://telematics.example.com:8443/v2/2026-03-10",
        "/dealers/sh-pudong/dms",
        "urn:uuid:9f8b1c9e-5c8e-4c39-9c74-1d2f8a30c1aa",
        "/gbt32960/platform-3/gateway_0001",
        "上海浦东店/DMS",
    ],
)
def test_the_name_of_a_system_names_nobody(text: str) -> None:
    assert not could_name_somebody(text)
