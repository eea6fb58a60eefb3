"""Write the runbook page of every alarm beside this file: `python -m infra.runbooks.generate [--check]`."""

import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

from infra.runbooks.alarms import Alarm, alarms, span
from infra.runbooks.kinds import Page, page_of

FOLDER = Path(__file__).parent
_WIDTH = 118
_PHYSICAL = (
    'physical() { aws cloudformation describe-stack-resource --stack-name "$STACK" --logical-resource-id "$1" '
    "--query StackResourceDetail.PhysicalResourceId --output text; }"
)
_ERRORS = (
    "fields @timestamp, message, fault, where, surrogate, errorType "
    '| filter level = "ERROR" or @message like /Task timed out|MemoryError|Runtime.ExitError/ '
    "| sort @timestamp desc | limit 50"
)
_QUERY = (
    'aws logs start-query --log-group-name "$(physical {log})" --start-time "$(date -d \'-3 hours\' +%s)" '
    f"--end-time \"$(date +%s)\" --query-string '{_ERRORS}'\n"
    "aws logs get-query-results --query-id QUERY_ID"
)


def pages() -> Mapping[str, str]:
    """Return each page by its file name."""
    return {alarm.page: text_of(alarm, page_of(alarm)) for alarm in alarms()}


def text_of(alarm: Alarm, page: Page) -> str:
    """Return a page as it stands in its file."""
    parts = [
        f"# {alarm.name}",
        f"`{alarm.metric}` ({alarm.statistic}) of {alarm.subject or 'the whole stack'}: {_when(alarm)}.",
        "## What it means",
        *page.means,
        "## Is an owner harmed?",
        page.owners,
        "## Look",
        _commands(page),
        "## Act",
        _items(page.act),
        "## Afterwards",
        _items([*page.afterwards, _VERIFY]),
    ]
    return "\n\n".join(one if one.startswith(("#", "```", "- ")) else _wrapped(one) for one in parts) + "\n"


def stale(folder: Path = FOLDER) -> list[str]:
    """Return the pages that are missing, differ from what they should say, or belong to no alarm."""
    wanted, found = pages(), {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def main(arguments: list[str]) -> int:
    """Write or check every page; return 1 if a check finds one stale."""
    wrong, wanted = stale(), pages()
    if "--check" not in arguments:
        for name in wrong:
            if name in wanted:
                (FOLDER / name).write_text(wanted[name], encoding="utf-8")
            else:
                (FOLDER / name).unlink()
        return 0
    sys.stderr.writelines(f"{name}: is stale\n" for name in wrong)
    return 1 if wrong else 0


_VERIFY = '`ownerloop verify --stack "$STACK"` says that every law holds; it reads only.'


def _when(alarm: Alarm) -> str:
    whole = span(alarm.period_seconds * alarm.periods)
    return f"{alarm.comparison} {alarm.threshold:g} within {whole}"


def _commands(page: Page) -> str:
    lines = ["STACK=ownerloop        # the name of the stack", _PHYSICAL, *(" ".join(one.split()) for one in page.look)]
    if page.log:
        lines.append(_QUERY.replace("{log}", page.log))
    return "\n".join(["```sh", *lines, "```"])


def _items(items: list[str]) -> str:
    return "\n".join(_wrapped(" ".join(one.split()), start="- ") for one in items)


def _wrapped(text: str, *, start: str = "") -> str:
    return textwrap.fill(
        " ".join(text.split()),
        _WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
