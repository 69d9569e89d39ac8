"""The bodies that every contestant sends and reads: availability pages of any size, and one booking."""

import json
from typing import Any

FIRST_START = 1_893_456_000_000
"""2030-01-01T00:00Z, epoch milliseconds."""
MINUTE = 60_000
API_KEY = "benchmark-key"
NODE = "New Webform Prospect"
TOKEN = "t" * 400
TIMEZONE = "America/Denver"
PROSPECT = {"FirstName": "Ada", "LastName": "Lovelace", "Email": "ada@example.com", "NumEmployees": 4200}
QUESTION, ANSWER = "What would you like to see?", "Everything that there is"
CHAIN_SLOTS, CHAIN_HOSTS = 100, 5
LARGE_SLOTS, LARGE_HOSTS = 1_920, 50


def page(slots: int, hosts: int) -> dict[str, Any]:
    """Return a page of that many slots, a quarter of an hour apart, at each of which every host is free.

    The hosts' order is another one in every slot, as round robin makes it.
    """
    ids = [f"005Hs00000B{number:04}IAF" for number in range(hosts)]
    names = ("First Name", "Last Name", "Email", "Additional Guest Emails", QUESTION)
    return {
        "meeting": {
            "name": "Product tour",
            "description": "Half an hour with one of our engineers.",
            "duration": {"unit": "min", "value": 30},
            "formFields": [{"name": name, "type": "text", "required": "Guest" not in name} for name in names],
            "pageStyle": {"styleColor": "#1b2a49", "logo": ""},
            "redirectURL": "",
            "internalName": "tour-30",
        },
        "pageInfo": {
            "displayAllPoolAvailability": False,
            "userIds": ids[:1],
            "prefillFields": {"First Name": "Ada", "Last Name": "Lovelace", "Email": "ada@example.com"},
        },
        "availability": {
            "indexToUserIdMap": {str(index): user_id for index, user_id in enumerate(ids)},
            "timeSlots": [_slot(number, hosts) for number in range(slots)],
        },
        "userIdToInfoMap": {
            user_id: {
                "FirstName": f"Host{index}",
                "LastName": "Example",
                "Email": f"host{index}@team.example",
                "TimeZoneSidKey": "Europe/London",
            }
            for index, user_id in enumerate(ids)
        },
    }


def _slot(number: int, hosts: int) -> dict[str, Any]:
    start = FIRST_START + number * 15 * MINUTE
    first = number % hosts
    return {
        "start_time": start,
        "end_time": start + 30 * MINUTE,
        "users": [*range(first, hosts), *range(first)],
    }


def page_bytes(slots: int, hosts: int) -> bytes:
    """Return such a page as JSON, with the blanks that most services send."""
    return json.dumps(page(slots, hosts)).encode()


def routed_bytes(slots: int = CHAIN_SLOTS, hosts: int = CHAIN_HOSTS) -> bytes:
    """Return the answer to routing: a calendar, and the page of the chain."""
    routing = {"responseType": "calendar", "token": TOKEN, "calendarLink": "https://book.example/c/1"}
    return json.dumps({"routing": routing, "scheduling": page(slots, hosts)}).encode()
