"""The drawings of the pages, as SVG that takes the colours of the page."""

from collections.abc import Iterable

WIDTH, BOX, HIGH, ROW = 360, 164, 38, 70
BOXES = {
    "prospect": (90, 0, "prospect", "fills in a form"),
    "link": (270, 3, "BookIt Link", "one meeting type"),
    "node": (90, 1, "trigger node", "declares inputs"),
    "graph": (90, 2, "routing graph", "decides"),
    "else": (270, 2, "URL, or nothing", "Redirected, NotRouted"),
    "schedule": (90, 3, "schedule", "meeting type, host or pool"),
    "offer": (180, 4, "offer", "open slots of hosts"),
    "meeting": (180, 5, "meeting", "calendar event, mails"),
}
"""By name: the middle, the row, and what is written in a box."""
ARROWS = (
    ("prospect", "node", "values, uid"),
    ("node", "graph", ""),
    ("graph", "else", ""),
    ("graph", "schedule", ""),
    ("schedule", "offer", "token"),
    ("link", "offer", "no token"),
    ("offer", "meeting", "book: token spent"),
)


def concepts() -> str:
    """Return the drawing of docs/concepts.md: from a form, or a link, to a meeting."""
    rows = 1 + max(row for _, row, *_ in BOXES.values())
    named = f'<svg viewBox="0 0 {WIDTH} {rows * ROW - ROW + HIGH + 4}" role="img" aria-label="From a form, or a link'
    lines = [f'{named}, to a meeting" style="max-width:30rem;width:100%">', *_boxes(), *_arrows(), "</svg>"]
    return "\n".join(["<figure>", *lines, "</figure>"])


def _boxes() -> Iterable[str]:
    for middle, row, name, said in BOXES.values():
        top = row * ROW + 2
        shape = f'x="{middle - BOX // 2}" y="{top}" width="{BOX}" height="{HIGH}" rx="6"'
        yield f'<rect {shape} fill="none" stroke="currentColor"/>'
        yield f'<text x="{middle}" y="{top + 16}" {_text(13)} font-weight="600">{name}</text>'
        yield f'<text x="{middle}" y="{top + 31}" {_text(11)}>{said}</text>'


def _arrows() -> Iterable[str]:
    for start, end, said in ARROWS:
        (x1, row1, *_), (x2, row2, *_) = BOXES[start], BOXES[end]
        if row1 == row2:
            y = row1 * ROW + 2 + HIGH // 2
            yield _line(x1 + BOX // 2, y, x2 - BOX // 2, y)
            continue
        top, bottom = row1 * ROW + 2 + HIGH, row2 * ROW + 2
        x2 = x2 if x1 == x2 else (x2 + x1) // 2
        yield _line(x1, top, x2, bottom)
        if said:
            yield f'<text x="{x2 + 8}" y="{bottom - 14}" {_text(11, "start")}>{said}</text>'


def _line(x1: int, y1: int, x2: int, y2: int) -> str:
    turn = "l-7-4m7 4l-7 4" if y1 == y2 else "l-4-7m4 7l4-7"
    return f'<path d="M{x1} {y1}L{x2} {y2}{turn}" fill="none" stroke="currentColor"/>'


def _text(size: int, anchor: str = "middle") -> str:
    return f'font-size="{size}" text-anchor="{anchor}" fill="currentColor"'
