"""What the template's tests ask of the template."""

from typing import Any

from infra.template.reading import load_template, resources

TEMPLATE = load_template()
PROFILES = ("deployed", "local")

FUNCTIONS = resources(TEMPLATE, "AWS::Serverless::Function")
MACHINES = resources(TEMPLATE, "AWS::StepFunctions::StateMachine")
QUEUES = resources(TEMPLATE, "AWS::SQS::Queue")
TABLES = resources(TEMPLATE, "AWS::DynamoDB::Table")
ALARMS = resources(TEMPLATE, "AWS::CloudWatch::Alarm")


def properties_of(logical_id: str) -> dict[str, Any]:
    """Return a resource's properties, a function's with what Globals say."""
    resource = TEMPLATE["Resources"][logical_id]
    shared = TEMPLATE["Globals"]["Function"] if resource["Type"] == "AWS::Serverless::Function" else {}
    return {**shared, **resource["Properties"]}


def named(node: Any) -> str:
    """Return the logical id that a `!Ref`, a `!GetAtt` or a `!Sub ${Id.Arn}` names."""
    match node:
        case {"Ref": str(name)}:
            return name
        case {"Fn::GetAtt": [str(name), *_]}:
            return name
        case {"Fn::Sub": str(text)}:
            return text.removeprefix("${").split(".")[0].split("}")[0]
        case _:
            return ""


def value(node: Any, *, profile: str) -> Any:
    """Return what a number of the template is in a profile."""
    match node:
        case {"Fn::FindInMap": [mapping, {"Ref": "Profile"}, key]}:
            return TEMPLATE["Mappings"][mapping][profile][key]
        case _:
            return node


def events(*kinds: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return (function, name, properties) of every event of the kinds."""
    return [
        (function, name, event["Properties"])
        for function in FUNCTIONS
        for name, event in properties_of(function).get("Events", {}).items()
        if event["Type"] in kinds
    ]


def statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a policy's statements, also those that stand in a condition."""
    return [one["Fn::If"][1] if "Fn::If" in one else one for one in document["Statement"]]


def as_list(node: Any) -> list[Any]:
    """Return a list for what may be one or many."""
    return node if isinstance(node, list) else [node]


def role_statements(function: str) -> list[dict[str, Any]]:
    """Return what a function or a state machine may do."""
    properties = properties_of(function)
    role = TEMPLATE["Resources"][named(properties.get("Role") or properties["RoleArn"])]
    return [one for policy in role["Properties"]["Policies"] for one in statements(policy["PolicyDocument"])]
