"""Messages removed for good: written down first, so that nothing is ever lost in silence."""

from infra.operation.audit import Line, digest_of, record
from infra.operation.letters import Box
from infra.operation.names import Names
from infra.operation.opening import open_letter


def discard(box: Box, ids: frozenset[str], *, why: str, names: Names) -> tuple[list[str], list[str]]:
    """Remove the named messages (none named: all that lie here now); return those removed and those not found."""
    site, place = box.site, box.place
    by, gone = site.who(), []
    for letter in box.letters():
        if ids and letter.message_id not in ids:
            continue
        opened = open_letter(letter, place, names.digest)
        line = Line(
            act="discarded",
            about=letter.message_id,
            by=by,
            at=site.now,
            why=why,
            place=place.name,
            reason=opened.reason,
            payload_hash=digest_of(letter.body),
            keys=tuple(opened.keys),
        )
        record(line, site)
        box.remove(letter)
        gone.append(letter.message_id)
        if ids and ids <= set(gone):
            break
    return gone, sorted(ids - set(gone))
