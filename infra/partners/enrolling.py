"""Enrol a partner: `python -m infra.partners.enrolling PARTNER.json --stack ownerloop`.

PARTNER.json holds the fields of `ownerloop.domain.partner.Partner`; the key that counts its calls is made here. It asks
for the stack's name typed once more, or `--yes`, and ends with 2 where the file or the stack is none.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NoReturn

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.csv_files import text_of
from ownerloop.adapters.dynamodb.items import written
from ownerloop.adapters.dynamodb.partners import partner_rows
from ownerloop.adapters.https_fetch import UnreachableError, check_public, has_public_form
from ownerloop.contracts.partner_events import OURS
from ownerloop.domain.access import Action
from ownerloop.domain.partner import OWN_SOURCES, Partner, Role, is_partner_id, own_source

SOURCE_MAX = 256
MISUSED = 2
_LISTS = ("scopes", "principals", "sources")
_NEEDED = ("partner_id", "name", "role", "scopes")
_UNREACHABLE = (ClientError, BotoCoreError)  # no such stack, region, profile or proof of who asks
_MADE_HERE = frozenset({"usage_key"})
Clients = Callable[[str], Any]


class UnusablePartnerError(ValueError):
    """The description of a partner lacks something or has something that we do not know."""


def partner_in(text: str) -> Partner:
    """Return the partner that a JSON object describes."""
    said = _described(text)
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


def _described(text: str) -> dict[str, Any]:
    """Return the object that the text is, every field known and of its kind."""
    try:
        said = json.loads(text)
    except ValueError as error:
        raise UnusablePartnerError(f"the file: is no JSON ({error})") from error
    if not isinstance(said, dict):
        raise UnusablePartnerError("the file: is one JSON object")
    if unknown := sorted(said.keys() - {field.name for field in fields(Partner)} | said.keys() & _MADE_HERE):
        raise UnusablePartnerError(f"{unknown[0]}: is no field of a partner's file")
    if missing := [name for name in _NEEDED if not said.get(name)]:
        raise UnusablePartnerError(f"{missing[0]}: is missing or empty")
    for name in _LISTS:
        held = said.get(name, [])
        if not isinstance(held, list) or not all(isinstance(one, str) for one in held):
            raise UnusablePartnerError(f"{name}: is a list of texts")
    for name in ("partner_id", "name", "role", "issuer", "jwks_url"):
        if not isinstance(said.get(name, ""), str):
            raise UnusablePartnerError(f"{name}: is a text")
    if not isinstance(said.get("is_active", True), bool):
        raise UnusablePartnerError("is_active: is true or false")
    return said


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
    parser.add_argument("partner", type=Path, help="a JSON file, as README shows one")
    parser.add_argument("--stack", required=True, help="the deployed stack")
    parser.add_argument("--yes", action="store_true", help="do not ask for the stack's name")
    asked = parser.parse_args(arguments)
    described = _partner_of(asked.partner)
    outputs = _outputs_of(asked.stack)
    if not asked.yes and not _is_typed(asked.stack, described.partner_id):
        _end("not confirmed; nothing was changed")
    partner = enrol_partner(described, outputs=outputs, client=boto3.client)
    sys.stdout.write(f"{partner.partner_id} may call {outputs['PartnerApiUrl']}; its usage key: {partner.usage_key}\n")
    return 0


def _partner_of(path: Path) -> Partner:
    try:
        described = partner_in(text_of(path))
        check_keys_address(described)
    except OSError as error:
        _end(f"{path}: {error.strerror}")
    except UnusablePartnerError as error:
        _end(f"{path}: {error}")
    return described


def _outputs_of(stack_name: str) -> dict[str, str]:
    try:
        stack = boto3.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"][0]
    except _UNREACHABLE as error:
        _end(str(error))
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _is_typed(stack_name: str, partner_id: str) -> bool:
    sys.stderr.write(f"This will enrol {partner_id} on {stack_name}. Its name: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() == stack_name


def _end(told: str) -> NoReturn:
    sys.stderr.write(f"{told}\n")
    sys.exit(MISUSED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
