"""Answers as a later version of the service might give them: a client that is tolerant must go on working. Pure."""

from typing import Any, cast

MAPS = frozenset(("indexToUserIdMap", "userIdToInfoMap"))
LEFT_OUT = frozenset(("description", "pageStyle", "TimeZoneSidKey", "title"))
NULL = frozenset(("logo", "redirectURL", "internalName", "duration", "ConferenceLink", "LastName"))
NEW_VALUES = {
    "type": {"text": "text/v2", "STRING": "SHORT_STRING"},
    "status": {"scheduled": "awaiting_host", "confirmed": "provisional"},
    "responseStatus": {"needsAction": "delegated"},
}
NEW_FIELD = "fieldOfALaterVersion"


def unfamiliar(value: object) -> object:
    """The answer with unknown fields in every object and unknown enum values, and optional fields null or left out.

    Nothing is taken that a booking needs, and `canceled` stays what it is.
    """
    if isinstance(value, list):
        return [unfamiliar(one) for one in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    return {**_changed(cast("dict[str, object]", value)), NEW_FIELD: {"nested": [1, None, {"more": True}]}}


def _changed(given: dict[str, object]) -> dict[str, object]:
    changed: dict[str, object] = {}
    for key, value in given.items():
        if key in MAPS:
            changed[key] = {name: unfamiliar(one) for name, one in cast("dict[str, Any]", value).items()}
        elif key not in LEFT_OUT:
            known = NEW_VALUES.get(key, {}).get(value, value) if isinstance(value, str) else unfamiliar(value)
            changed[key] = None if key in NULL else known
    return changed
