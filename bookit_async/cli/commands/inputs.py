"""`bookit inputs`."""

from .. import statuses
from ..documents import inputs_document
from ..output import columns
from ..parameters import Given


async def inputs(node: str, /, *, session: Given) -> int:
    """Show what a trigger node asks of a prospect: the names and types of its inputs.

    Reads only. The service does not say which inputs a routing graph needs.

    Args:
        node: The trigger node's exact name.
    """
    async with session.client() as client:
        found = await client.inputs(node)
    rows = [(one.name, one.type) for one in found.inputs]
    text = columns(rows) or ["It asks for nothing."]
    session.output.show(inputs_document(found), text=text, rows=rows)
    return statuses.DONE
