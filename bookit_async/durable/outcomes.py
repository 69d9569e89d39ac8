"""What an intent comes to: the outcomes of the SDK, and those that only an intent has."""

from collections.abc import Mapping
from typing import Any, Self, TypeAlias

from attrs import frozen

from ..errors import BookItError, InvalidInputError
from ..hidden import hidden
from ..views.offers import NoAvailability
from ..views.outcomes import Booked, NotRouted, Redirected
from ..views.records import read, write


@frozen(kw_only=True)
class Refused:
    """The intent cannot be booked, and asking again would not help."""

    error: BookItError
    """What was wrong, as the call without a store would have raised it; the service's own words are left behind."""
    uid: str | None = None
    """The BookIt Log ID of the submission; None when nothing was routed."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, for `from_dict`."""
        return write(self, error=self.error.to_dict())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_dict` wrote down; InvalidInputError when it did not."""
        data = hidden(data)
        return read(cls, data, error=BookItError.from_dict)


@frozen(kw_only=True)
class Withdrawn:
    """The intent was withdrawn before anything was booked, and nothing will be."""

    uid: str | None = None
    """The BookIt Log ID of the submission; None when nothing was routed."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, for `from_dict`."""
        return write(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_dict` wrote down; InvalidInputError when it did not."""
        data = hidden(data)
        return read(cls, data)


@frozen(kw_only=True)
class Forgotten:
    """The intent was over, and what it came to was forgotten, all but this."""

    meeting_id: str | None = None
    """The meeting that was booked, None when none was."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, for `from_dict`."""
        return write(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_dict` wrote down; InvalidInputError when it did not."""
        data = hidden(data)
        return read(cls, data)


DurableOutcome: TypeAlias = Booked | Redirected | NotRouted | NoAvailability | Refused | Withdrawn | Forgotten

_KINDS: Mapping[str, type[DurableOutcome]] = {
    one.__name__: one for one in (Booked, Redirected, NotRouted, NoAvailability, Refused, Withdrawn, Forgotten)
}


def read_outcome(data: Mapping[str, Any]) -> DurableOutcome:
    """Return the outcome that its `to_dict` wrote down; InvalidInputError when this version knows none of that name."""
    kind = _KINDS.get(str(data.get("type")))
    if kind is None:
        raise InvalidInputError(problems=["this is not an outcome that this version knows: it may be from a newer one"])
    return kind.from_dict(data)
