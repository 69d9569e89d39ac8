"""A recording as a YAML file that says at its top what it holds and what it does not."""

from textwrap import wrap
from typing import Any

import yaml

from ..version import VERSION
from .asking import Answers
from .inference import Recording
from .masks import checked

_UNTOLD = (
    "routing rules: each prospect that was submitted goes where it went, by numbers, yes and no, and by what is "
    "missing; everybody else goes where the first with slots went",
    "weights of pools: members take turns, in the order in which they were told",
    "buffers, and the notice before a slot: what they keep free is among the busy times of these days",
    "meetings that are booked already, single-use links, and what is further ahead than the last slot",
)
_DROPPED = (
    "people are made up; descriptions, logos, colours, phones, URLs and conference links are left out; what prospects "
    "were is not in it"
)


def told(recording: Recording, answers: Answers, *, mask_names: bool, blur: bool) -> str:
    """Return the text of the file; LeakError where somebody would stand in it."""
    world = recording.world
    counts = (
        f"{len(world.nodes)} nodes, {len(world.links)} links, {len(world.meeting_types)} meeting types, "
        f"{len(world.hosts)} hosts, {len(world.pools)} pools"
    )
    when = answers.at.date().isoformat() if blur else answers.at.isoformat(timespec="seconds")
    holds = [f"{counts}; {_DROPPED}."]
    if mask_names:
        holds.append("Names of nodes, links, meeting types, questions and inputs are made up, too.")
    head = [
        f"A world for the sandbox, recorded by bookit-async {VERSION} on {when}.",
        *holds,
        fit(recording, blur=blur),
    ]
    lines = [line for text in head for line in wrap(text, 110)]
    lines += ["", "What could not be had:"]
    lines += [line for text in (*_UNTOLD, *recording.notes) for line in _point(text)]
    comment = "".join(f"# {line}".rstrip() + "\n" for line in lines)
    library: Any = yaml
    return checked(
        comment + library.safe_dump(world.to_dict(), sort_keys=False, allow_unicode=True, width=110), answers
    )


def fit(recording: Recording, *, blur: bool) -> str:
    """Return a sentence on the slots that playing it gives."""
    if blur:
        return f"Working hours and busy times are blurred: it has slots like the {recording.slots} that were offered."
    if recording.fits:
        return f"Played at that time it offers the {recording.slots} slots that were offered, and no other."
    differ = (
        f"{recording.lost} are not offered, {recording.added} more are, {recording.turned} have hosts in another order"
    )
    return f"Played at that time it does not quite offer the {recording.slots} slots that were offered: {differ}."


def _point(text: str) -> list[str]:
    return wrap(text, 110, initial_indent="- ", subsequent_indent="  ")
