"""A world as a whole: everything that a sandbox plays. `bookit_async.sandbox.world.parts` has what it is made of."""

from collections.abc import Mapping
from typing import Any, Literal, cast

from attrs import field, frozen

from .parts import Host, Link, MeetingType, Pool, TriggerNode
from .plain_data import read_data, to_data
from .quirks import named

MeetingShape = Literal["nested", "flat"]
ListShape = Literal["array", "wrapped"]


@frozen(kw_only=True)
class World:
    """All of it. `site` is where the hosted pages would be: the base of calendar links, and of cancel and reschedule
    links while the sandbox is not served over TCP.

    The sources disagree on how meetings are told: `meeting_shape` is `nested` (`bookIt` beside `calendarEvent`) or
    `flat`, `list_shape` an `array` or `wrapped` in an object. A `tolerant` world answers as a later version of the
    service might: with unknown fields and enum values, and with optional fields null or left out. `quirks` are what is
    otherwise than we read the documentation, as `Sandbox` takes them: names, or a mapping with values.
    """

    hosts: tuple[Host, ...]
    meeting_types: tuple[MeetingType, ...]
    pools: tuple[Pool, ...] = ()
    nodes: tuple[TriggerNode, ...] = ()
    links: tuple[Link, ...] = ()
    site: str = "https://bookit.example.com"
    meeting_shape: MeetingShape = "nested"
    list_shape: ListShape = "array"
    tolerant: bool = False
    quirks: Mapping[str, float | bool] | tuple[str, ...] = field(factory=dict[str, float | bool], converter=named)

    @classmethod
    def from_dict(cls, data: object) -> "World":
        """The world of plain data, as `to_dict` gives it and a YAML file holds it.

        An outcome is a mapping with `meeting_type`, or with `url`, or the text `end of flow`. `WorldError` lists every
        unknown key, missing key and wrong type; playing the world finds the other mistakes.
        """
        return read_data(cls, data)

    def to_dict(self) -> dict[str, Any]:
        """The world as mappings, lists, text, numbers and booleans, without what is at its default."""
        return cast("dict[str, Any]", to_data(self))
