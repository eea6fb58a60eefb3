"""Enrol a partner: `python -m infra.partners.enrolling PARTNER.json --stack ownerloop`.

PARTNER.json holds the fields of `ownerloop.domain.partner.Partner`; the key that counts its calls is made here.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3

from ownerloop.adapters.dynamodb.items import written
from ownerloop.adapters.dynamodb.partners import partner_rows
from ownerloop.adapters.https_fetch import UnreachableError, check_public, has_public_form
from ownerloop.contracts.partner_events import OURS
from ownerloop.domain.access import Action
from ownerloop.domain.partner import OWN_SOURCES, Partner, Role, is_partner_id, own_source

SOURCE_MAX = 256
Clients = Callable[[str], Any]


class UnusablePartnerError(ValueError):
    """The description of a partner lacks something or has something that we do not know."""


def partner_in(text: str) -> Partner:
    """Return the partner that a JSON object describes."""
    said = json.loads(text)
    if not is_partner_id(str(said.get("partner_id", ""))):
        raise UnusablePartnerError("partner_id: is 2 to 63 lower-case letters, digits and hyphens")
    if unknown := set(said.get("scopes", ())) - set(Action):
        raise UnusablePartnerError(f"scopes: {sorted(unknown)} are none of {sorted(Action)}")
    if said.get("role") not in set(Role):
        raise UnusablePartnerError(f"role: is one of {sorted(Role)}")
    said |= {"scopes": frozenset(said.get("scopes", ())), "role": Role(said["role"])}
    said |= {"principals": tuple(said.get("principals", ()))}
    said["sources"] = _sources(said)
    if (url := said.get("jwks_url")) and not (isinstance(url, str) and has_public_form(url)):
        raise UnusablePartnerError("jwks_url: is an https address of a public host, without a user in it")
    if not isinstance(said.get("jwks", ""), str):
        said["jwks"] = json.dumps(said["jwks"])
    return Partner(**said)


def _sources(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the prefixes of a partner's sources, or refuse one that is ours, another partner's, or ends in a name."""
    sources = tuple(said.get("sources", ()))
    own = own_source(said["partner_id"])
    for source in sources:
        if not isinstance(source, str) or not source.endswith((":", "/")) or len(source) > SOURCE_MAX:
            raise UnusablePartnerError(f"sources: each is a text of at most {SOURCE_MAX} characters, ending in : or /")
        foreign = (OURS, *(() if source.startswith(own) else (OWN_SOURCES,)))
        if any(source.startswith(prefix) or prefix.startswith(source) for prefix in foreign):
            raise UnusablePartnerError(f"sources: {source} would take in what is ours or another partner's")
    return sources


def check_keys_address(partner: Partner) -> None:
    """Raise UnusablePartnerError where the authoriser would not call the address of the partner's keys."""
    try:
        if partner.jwks_url:
            check_public(partner.jwks_url)
    except UnreachableError as error:
        raise UnusablePartnerError("jwks_url: does not lead to public addresses only") from error


def enrol_partner(partner: Partner, *, outputs: Mapping[str, str], client: Clients) -> Partner:
    """Write the partner into a stack's table and return it with its usage key; a second time changes what changed."""
    enrolled = replace(
        partner, usage_key=_usage_key(partner, plan_id=outputs["PartnerPlanId"], gateway=client("apigateway"))
    )
    table = outputs["PartnersTableName"]
    puts = [{"Put": {"TableName": table, "Item": written(row)}} for row in partner_rows(enrolled)]
    client("dynamodb").transact_write_items(TransactItems=puts)
    return enrolled


def _usage_key(partner: Partner, *, plan_id: str, gateway: Any) -> str:
    name = f"{plan_id}-{partner.partner_id}"
    held = [key for key in gateway.get_api_keys(nameQuery=name, includeValues=True)["items"] if key["name"] == name]
    if held:
        return str(held[0]["value"])
    made = gateway.create_api_key(name=name, enabled=True)
    gateway.create_usage_plan_key(usagePlanId=plan_id, keyId=made["id"], keyType="API_KEY")
    return str(made["value"])


def main(arguments: list[str]) -> int:
    """Enrol the partner of a file in a stack of the environment's account."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("partner", type=Path)
    parser.add_argument("--stack", default="ownerloop")
    asked = parser.parse_args(arguments)
    stack = boto3.client("cloudformation").describe_stacks(StackName=asked.stack)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    described = partner_in(asked.partner.read_text(encoding="utf-8"))
    check_keys_address(described)
    partner = enrol_partner(described, outputs=outputs, client=boto3.client)
    sys.stdout.write(f"{partner.partner_id} may call {outputs['PartnerApiUrl']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
