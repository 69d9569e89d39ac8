"""The pages show the drawings that are made here; `python -m tests.docs.test_drawings` puts them there anew."""

from xml.etree import ElementTree as ET

from .drawings import BOXES, concepts
from .test_pages import DOCS
from .test_protocol_tables import place

PAGE = DOCS / "concepts.md"


def test_the_page_shows_the_drawing() -> None:
    shown = place("concepts").search(PAGE.read_text(encoding="utf-8"))
    assert shown is not None
    assert shown.group().strip() == concepts()


def test_every_box_lies_within_the_drawing_and_none_on_another() -> None:
    drawn = ET.fromstring(concepts())[0]  # noqa: S314 - our own
    _, _, width, height = map(float, drawn.attrib["viewBox"].split())
    boxes = [tuple(float(one.attrib[name]) for name in ("x", "y", "width", "height")) for one in drawn.iter("rect")]
    assert len(boxes) == len(BOXES)
    for x, y, w, h in boxes:
        assert 0 <= x <= width - w
        assert 0 <= y <= height - h
        assert sum(x < a + c and a < x + w and y < b + d and b < y + h for a, b, c, d in boxes) == 1


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition("<!-- concepts -->\n")
    PAGE.write_text(f"{before}<!-- concepts -->\n\n{concepts()}\n\n<!-- end -->{rest.partition('<!-- end -->')[2]}")
