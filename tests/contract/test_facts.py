"""Every fact of the API that we know, found in the enriched document by JSONPath (RFC 9535)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jsonpath
import pytest

from codegen import documents

DOCUMENT: dict[str, Any] = documents.load(Path(__file__).parents[2] / "openapi" / "bookit.enriched.yaml")
ABSENT: list[Any] = []
NULL = {"type": "object", "nullable": True, "enum": [None]}


class Fact(NamedTuple):
    """A fact in few words, where it stands, what stands there (a value, or what must hold for it), how many times."""

    fact: str
    path: str
    expected: object
    times: int = 1


class Field(NamedTuple):
    """A property, its type as `spelled` spells it, and words of its description."""

    schema: str
    name: str
    type: str
    words: tuple[str, ...]


def select(path: str) -> list[Any]:
    return jsonpath.findall(path, DOCUMENT, strict=True)


def says(*words: str) -> Callable[[Any], bool]:
    def holds(text: Any) -> bool:
        return isinstance(text, str) and all(word.lower() in text.lower() for word in words)

    return holds


def has(*keys: str) -> Callable[[Any], bool]:
    return lambda node: all(key in node for key in keys)


def among(*values: str) -> Callable[[Any], bool]:
    return lambda node: node in values


def has_ids(response: dict[str, Any]) -> bool:
    return "$ref" in response or response["headers"] == IDS


def of_type(text: str) -> Callable[[Any], bool]:
    return lambda node: spelled(node) == text


def json_only(content: dict[str, Any]) -> bool:
    return list(content) == ["application/json"]


def milliseconds(node: dict[str, Any]) -> bool:
    return spelled(node) in {"ms", "ms?"}


def two_notations(members: list[dict[str, Any]]) -> bool:
    iso = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"
    return [spelled(member) for member in members] == ["string", "ms"] and members[0]["pattern"] == iso


def operation(path: str, method: str) -> str:
    return f"$.paths['{path}'].{method}"


def body(title: str) -> str:
    return f"$.paths.*.*.requestBody.content['application/json'][?@.title == '{title}']"


def schema(name: str) -> str:
    return body(name) if name.endswith("Request") else f"$.components.schemas.{name}"


def spelled(node: dict[str, Any]) -> str:
    """A schema's type in one word: `ms` for milliseconds, `[]` an array, `{}` a map, `?` may be null."""
    mark = "?" if node.get("nullable") else ""
    several: list[dict[str, Any]] = node.get("anyOf") or node.get("oneOf") or []
    if several:
        # null is spelled as a member of its own, for OpenAPI 3.0 lets a reference have no `nullable` beside it
        members = [member for member in several if member != NULL]
        text = "|".join(map(spelled, members)) + ("?" if len(members) < len(several) else "")
    elif "$ref" in node:
        text = str(node["$ref"]).removeprefix("#/components/schemas/")
    elif "enum" in node:
        assert node["type"] == "string"
        assert (None in node["enum"]) == bool(mark)
        text = "|".join(value for value in node["enum"] if value is not None)
    elif node["type"] == "array":
        text = f"{spelled(node['items'])}[]"
    elif node["type"] == "object":
        values = node["additionalProperties"]
        text = f"{{{'any' if values is True else spelled(values)}}}"
    elif node.get("x-unit") == "milliseconds" and node.get("format") == "int64":
        text = "ms"
    else:
        text = str(node.get("x-content-media-type") or node.get("x-format") or node.get("format") or node["type"])
    return text + mark


BOOKINGS = ("/v1/meeting", "/v1/round-robin-meeting")
MEETING = "/v1/meeting/{meetingId}"
LISTING = operation("/v1/meetings", "get")
IDS = {
    "x-amzn-requestid": {"$ref": "#/components/headers/RequestId"},
    "x-amz-apigw-id": {"$ref": "#/components/headers/GatewayId"},
}
GATEWAY_STATUSES = ("401", "403", "413", "429", "502", "503", "504")
ALL_RESPONSES = "$.paths.*.*.responses"
INFO = "$.info.description"

TRANSPORT = (
    Fact("base URL, HTTPS only", "$.servers", [{"url": "https://api.leandata.com"}]),
    Fact("HTTPS only, said", INFO, says("HTTPS only")),
    Fact("key in a header", "$.components.securitySchemes.ApiKey.type", "apiKey"),
    Fact("key in a header", "$.components.securitySchemes.ApiKey.in", "header"),
    Fact("X-Api-Key", "$.components.securitySchemes.ApiKey.name", "X-Api-Key"),
    Fact("issued by LeanData", "$.components.securitySchemes.ApiKey.description", says("Issued by LeanData")),
    Fact("server side only", "$.components.securitySchemes.ApiKey.description", says("Server side only", "browser")),
    Fact("every operation needs the key", "$.security", [{"ApiKey": []}]),
    Fact("no operation goes without", "$.paths.*.*.security", ABSENT),
    Fact("bodies are JSON", "$.paths.*.*.requestBody.content", json_only, 9),
    Fact("answers are JSON", "$..responses.*.content", json_only, 37),
    Fact("a body is an object", "$.paths.*.*.requestBody.content.*.schema.type", "object", 9),
    Fact("a named schema is an object", "$.components.schemas[?@.properties].type", "object", 32),
    Fact("the list is an array or an object", "$.components.schemas.MeetingList.anyOf[0].type", "array"),
    Fact("OpenAPI 3.0", "$.openapi", "3.0.0"),
    Fact("ids are texts", "$.components.headers.*.schema.type", "string", 2),
    Fact("times are milliseconds", INFO, says("Times are Unix epoch milliseconds")),
    Fact(
        "times are milliseconds, each",
        "$..properties['start_time', 'end_time', 'startTime', 'endTime']",
        milliseconds,
        12,
    ),
    Fact("no idempotency key", INFO, says("no idempotency keys")),
    Fact("no rate-limit headers, no Retry-After", INFO, says("no rate-limit headers", "no Retry-After")),
    Fact("no pagination, no bulk", INFO, says("no pagination", "no bulk", "one object per request")),
    Fact("may add, leave out, send null", INFO, says("may add fields and enum values", "leave fields out", "null")),
    Fact(
        "ids of the gateway on every response",
        f"{ALL_RESPONSES}.*",
        has_ids,
        115,
    ),
    Fact(
        "ids on the shared responses",
        "$.components.responses.*.headers",
        IDS,
        7,
    ),
    Fact("no shared response without ids", "$.components.responses[?!@.headers]", ABSENT),
    Fact("request id: by the gateway", "$.components.headers.RequestId.description", says("gateway", "every response")),
    Fact("request id: none of its own", "$.components.headers.RequestId.description", says("none of its own")),
    Fact("envelope of the service", "$.components.schemas.ServiceError.required", ["error"]),
    Fact("envelope of the service", "$.components.schemas.ServiceError.description", says("no code", "no field")),
    Fact(
        "its only prefix", "$.components.schemas.ServiceError.properties.error.description", says("Validation Error:")
    ),
    Fact("envelope of the gateway", "$.components.schemas.GatewayError.description", says("gateway", "live", "401")),
    Fact("every operation can be refused", f"{ALL_RESPONSES}", has("200", "400", *GATEWAY_STATUSES), 12),
    Fact(
        "400 and 404 are the service's",
        f"{ALL_RESPONSES}['400', '404'].content.*.schema",
        {"$ref": "#/components/schemas/ServiceError"},
        19,
    ),
    *(
        Fact(f"{status} is the gateway's", f"{ALL_RESPONSES}['{status}']['$ref']", f"#/components/responses/{name}", 12)
        for status, name in zip(
            GATEWAY_STATUSES,
            (
                "Unauthorized",
                "Forbidden",
                "BodyTooLarge",
                "TooManyRequests",
                "BadGateway",
                "Unavailable",
                "GatewayTimeout",
            ),
            strict=True,
        )
    ),
    Fact(
        "the gateway's envelope",
        "$.components.responses.*.content.*.schema",
        {"$ref": "#/components/schemas/GatewayError"},
        7,
    ),
    Fact("429: no Retry-After", "$.components.responses.TooManyRequests.description", says("no Retry-After")),
    Fact(
        "504: may go on", "$.components.responses.GatewayTimeout.description", says("29 seconds", "may still process")
    ),
)

# operation, status, sentence, words of its meaning
SENTENCES = (
    ("retrieveInputs", 400, "Validation Error: No prospect trigger node found with name: <name>", "no such trigger"),
    ("routeAndFetchAvailability", 400, "Invalid Node name provided", "no such trigger node"),
    ("routeAndFetchAvailability", 400, "Validation Error: Missing required input: uid", "named input is missing"),
    (
        "routeAndFetchAvailability",
        400,
        "Please check the following users have the correct product access and their calendar tokens are valid: "
        "<user id>[, …]",
        "retrying cannot help",
    ),
    (
        "fetchAvailability",
        400,
        "Validation Error: Missing required parameter: linkId, meetingId or token",
        "not hold exactly one of the three",
    ),
    (
        "fetchAvailability",
        400,
        "Meeting has already been booked. Please use meetingId or eventId (legacy) to refetch availability.",
        "a meeting exists",
    ),
    ("fetchAvailability", 404, "link not found", "no such link"),
    (
        "fetchAvailability",
        404,
        "Validation Error: Unsupported link type. Please provide the linkId of a single meeting type BookIt Link.",
        "multi-type, routing, dynamic or invite link",
    ),
    ("fetchAvailability", 404, "Meeting not found", "no such meeting"),
    ("legacyRetrieveModificationInfo", 404, "Meeting not found", "no such meeting"),
    ("getMeeting", 404, "Meeting not found", "no such meeting"),
    ("rescheduleMeeting", 404, "Meeting not found", "no such meeting"),
    ("cancelMeeting", 404, "Meeting not found", "no such meeting"),
    ("bookMeeting", 400, "The selected time is no longer available.", "since it was fetched"),
    ("bookRoundRobinMeeting", 400, "The selected time is no longer available.", "since it was fetched"),
    ("bookMeeting", 400, "This link only allows one booking and has already been used.", "single-use link is spent"),
    ("bookMeeting", 400, "Validation Error: Scheduled time is before the minimum booking notice", "too soon"),
    ("legacyRoute", 400, "Validation Error: Missing required input: _ld_nodeName", "named input is missing"),
    ("legacyRetrieveInfo", 400, "Validation Error: Missing required input: params", "named input is missing"),
)

# method, path, operationId, tag, request, answer
OPERATIONS = (
    (
        "post",
        "/v1/scheduling/retrieve-inputs",
        "retrieveInputs",
        "Inputs",
        "RetrieveInputsRequest",
        "TriggerNodeInputs",
    ),
    (
        "post",
        "/v1/scheduling/route-and-fetch-availability",
        "routeAndFetchAvailability",
        "Availability",
        "RouteAndFetchAvailabilityRequest",
        "RoutedAvailability",
    ),
    (
        "post",
        "/v1/scheduling/fetch-availability",
        "fetchAvailability",
        "Availability",
        "FetchAvailabilityRequest",
        "AvailabilityPage",
    ),
    ("post", "/v1/meeting", "bookMeeting", "Meetings", "BookMeetingRequest", "BookedMeeting"),
    (
        "post",
        "/v1/round-robin-meeting",
        "bookRoundRobinMeeting",
        "Meetings",
        "BookRoundRobinMeetingRequest",
        "BookedRoundRobinMeeting",
    ),
    ("get", "/v1/meetings", "listMeetings", "Meetings", None, "MeetingList"),
    ("get", MEETING, "getMeeting", "Meetings", None, "Meeting"),
    ("patch", MEETING, "rescheduleMeeting", "Meetings", "RescheduleMeetingRequest", "RescheduledMeeting"),
    ("delete", MEETING, "cancelMeeting", "Meetings", None, None),
    ("post", "/v1/scheduling/route", "legacyRoute", "Legacy", "LegacyRouteRequest", "LegacyRouting"),
    (
        "post",
        "/v1/scheduling/retrieve-info",
        "legacyRetrieveInfo",
        "Legacy",
        "LegacyRetrieveInfoRequest",
        "AvailabilityPage",
    ),
    (
        "post",
        "/v1/scheduling/retrieve-modification-info",
        "legacyRetrieveModificationInfo",
        "Legacy",
        "LegacyRetrieveModificationInfoRequest",
        "AvailabilityPage",
    ),
)

CALENDAR_EVENT = {
    "id": "string? opaque",
    "title": "string?",
    "status": "string? confirmed;canceled",
    "scheduledTime": "EventTime?",
    "attendees": "Attendee[]?",
}
BOOKING = {
    "userFields": "UserField[]* every named form field that is required;every defined one;nameless",
    "token": "string recommended",
    "linkId": "string /l/;single-meeting-type",
    "params": "string legacyRoute",
    "cancelLink": "string only with `params`;meeting id is appended;ends in `/` or in `…=`",
    "rescheduleLink": "string only with `params`;meeting id is appended;ends in `/` or in `…=`",
}
SELECTED = {
    "start_time": "ms*",
    "end_time": "ms*",
    "timezone": "iana-timezone* confirmation mail",
}

# schema: wire name: type, `*` for required, then words of the description, separated by `;`
SCHEMAS: dict[str, dict[str, str]] = {
    "RetrieveInputsRequest": {"nodeName": "string* exact name"},
    "RouteAndFetchAvailabilityRequest": {
        "triggerNode": "string* exact name",
        "uid": "uuid* BookIt Log ID;unique to this submission;resubmission needs a new one",
        "prospect": "{any}* exactly the `inputs[].name`;case-sensitive;match `inputs[].type`;ld_bookit_log_id",
    },
    "FetchAvailabilityRequest": {
        "token": "string until a meeting is booked with it",
        "linkId": "string path segment after `/l/`;single-meeting-type links only",
        "meetingId": "string reschedule",
    },
    "BookMeetingRequest": {"scheduledTime": "SelectedTime*", **BOOKING},
    "BookRoundRobinMeetingRequest": {"scheduledTime": "SelectedPoolTime*", **BOOKING},
    "RescheduleMeetingRequest": {"scheduledTime": "NewTime*"},
    "LegacyRouteRequest": {
        "_ld_nodeName": "string* exact name",
        "_ld_uid": "uuid* BookIt Log ID",
        "formData": "{any}* case-sensitive",
    },
    "LegacyRetrieveInfoRequest": {"params": "string* legacyRoute"},
    "LegacyRetrieveModificationInfoRequest": {"eventId": "string*", "meetingId": "string same id"},
    "SelectedTime": SELECTED,
    "SelectedPoolTime": {**SELECTED, "users": "string[]* user ids in the slot's order"},
    "NewTime": {"start_time": "ms*", "end_time": "ms*", "timezone": "iana-timezone"},
    "UserField": {
        "name": "string* First Name",
        "type": "string* text;textarea",
        "value": "string|string[]* Additional Guest Emails",
    },
    "TriggerNodeInputs": {"name": "string?", "inputs": "TriggerInput[]*"},
    "TriggerInput": {
        "name": "string* case-sensitive",
        "type": "STRING|PHONE|DOUBLE|BOOLEAN* PHONE is text;country code;DOUBLE is a number",
    },
    "RoutedAvailability": {"routing": "Routing*", "scheduling": "AvailabilityPage? null unless;calendar"},
    "Routing": {
        "responseType": "calendar|redirect|none* Schedule node;Redirect to URL node;End of Flow;fallback",
        "token": "string? only with `calendar`;one-shot;until a meeting is booked",
        "calendarLink": "string? only with `calendar`;hosted booking page",
        "redirect": "string? only with `redirect`;URL",
    },
    "LegacyRouting": {
        "responseType": "calendar|redirect|none*",
        "params": "string? only with `calendar`",
        "redirect": "string? only with `redirect`",
    },
    "AvailabilityPage": {
        "meeting": "MeetingType?",
        "pageInfo": "PageInfo?",
        "availability": "Availability? empty object;nothing to offer;expired;everyone is away;fallback",
        "userIdToInfoMap": "{UserInfo}? user id to host",
        "calendarEvent": "CalendarEvent? only when asked by `meetingId`",
        "event": "LegacyEvent? only from legacyRetrieveModificationInfo",
    },
    "MeetingType": {
        "name": "string?",
        "description": "string?",
        "duration": "Duration?",
        "formFields": "FormField[]? First Name, Last Name, Email, Additional Guest Emails;up to five;always send nine;"
        "nameless",
        "pageStyle": "PageStyle?",
        "logo": "string? URL or base64;pageStyle",
        "redirectURL": "string? after booking;may be empty",
        "internalName": "string?",
        "customRange": "CustomRange? legacy",
    },
    "Duration": {"unit": "string? `min`", "value": "number?"},
    "FormField": {
        "name": "string? label;empty name;unused;left out",
        "type": "string? text;textarea",
        "required": "boolean?",
        "readOnly": "boolean? legacy",
        "validation": "string? only;email;legacy",
        "isAdditionalQuestion": "boolean? legacy",
    },
    "PageStyle": {"styleColor": "string?", "logo": "string? URL or base64"},
    "CustomRange": {"startTime": "ms?", "endTime": "ms?", "timezone": "iana-timezone?"},
    "PageInfo": {
        "displayAllPoolAvailability": "boolean? True means book with bookRoundRobinMeeting;"
        "false, null or absent means bookMeeting",
        "userIds": "string[]? empty when pooled;the slot decides",
        "nonSFDCUserIds": "string[]? group links only",
        "prefillFields": "PrefillFields?",
        "round robin pool id": "string? legacy;spaces",
        "isReschedule": "boolean? only from legacyRetrieveModificationInfo",
        "hostId": "string? only from legacyRetrieveModificationInfo",
        "scheduledTime": "application/json? only from legacyRetrieveModificationInfo;string holding JSON;startDateTime;"
        "endDateTime;timezone",
    },
    "PrefillFields": {"First Name": "string?", "Last Name": "string?", "Email": "string?"},
    "Availability": {
        "indexToUserIdMap": "{string}? decimal index;as a string;to user id",
        "timeSlots": "TimeSlot[]?",
    },
    "TimeSlot": {
        "start_time": "ms*",
        "end_time": "ms*",
        "users": "integer[]* indices into `indexToUserIdMap`;round-robin priority order",
    },
    "UserInfo": {
        "FirstName": "string?",
        "LastName": "string?",
        "Email": "string?",
        "TimeZoneSidKey": "iana-timezone?",
        "ConferenceLink": "string?",
        "Phone": "string? our guess",
    },
    "CalendarEvent": {**CALENDAR_EVENT, "organizer": "Organizer?"},
    "EventTime": {"start_time": "ms?", "end_time": "ms?"},
    "Organizer": {"email": "string?"},
    "Attendee": {
        "email": "string?",
        "responseStatus": "string? accepted;needsAction",
        "organizer": "boolean?",
        "self": "boolean?",
    },
    "LegacyEvent": {"id": "string?", "status": "string?", "when": "EventTime?", "organizer_email": "string?"},
    "BookItInfo": {"status": "scheduled|rescheduled|canceled? lifecycle"},
    "Meeting": {
        "bookIt": "BookItInfo?",
        "calendarEvent": "CalendarEvent?",
        **CALENDAR_EVENT,
        "organizer": "Organizer?",
        "organizer_email": "string? flat shape",
    },
    "BookedMeeting": {"meetingId": "string*", "organizerEmail": "string?"},
    "BookedRoundRobinMeeting": {"meetingId": "string*", "organizerEmail": "string?", "selectedUserId": "string?"},
    "RescheduledMeeting": {"meetingId": "string*", "organizerEmail": "string?"},
    "ServiceError": {"error": "string* Validation Error:"},
    "GatewayError": {"message": "string? Unauthorized"},
}
FIELDS = tuple(
    Field(name, field, kind, tuple(filter(None, words.split(";"))))
    for name, fields in SCHEMAS.items()
    for field, (kind, _, words) in ((field, text.partition(" ")) for field, text in fields.items())
)

OF_OPERATIONS = (
    Fact(
        "inputs: agents, dynamic forms, no Routing Links",
        f"{operation('/v1/scheduling/retrieve-inputs', 'post')}.description",
        says("agents", "ask only for what is missing", "dynamic forms", "Routing Links are not supported"),
    ),
    Fact(
        "uid goes to the CRM record too",
        f"{operation('/v1/scheduling/route-and-fetch-availability', 'post')}.description",
        says("resubmission needs a new `uid`", "write to the prospect's CRM record"),
    ),
    Fact(
        "refresh does not route again",
        f"{operation('/v1/scheduling/fetch-availability', 'post')}.summary",
        says("without routing again"),
    ),
    Fact(
        "exactly one of token, linkId, meetingId",
        f"{body('FetchAvailabilityRequest')}.allOf[0].oneOf",
        [{"required": ["token"]}, {"required": ["linkId"]}, {"required": ["meetingId"]}],
    ),
    *(
        fact
        for title in ("BookMeetingRequest", "BookRoundRobinMeetingRequest")
        for fact in (
            Fact(
                f"{title}: exactly one of token, linkId, params",
                f"{body(title)}.allOf[0].oneOf",
                [{"required": ["token"]}, {"required": ["linkId"]}, {"required": ["params"]}],
            ),
            Fact(
                f"{title}: the links only with params",
                f"{body(title)}.allOf[1].anyOf",
                [
                    {"required": ["params"]},
                    {"not": {"anyOf": [{"required": ["cancelLink"]}, {"required": ["rescheduleLink"]}]}},
                ],
            ),
            Fact(
                f"{title}: a link ends in / or …=",
                f"{body(title)}.properties['cancelLink', 'rescheduleLink'].pattern",
                "/$|[?&][^?&=/]+=$",
                2,
            ),
        )
    ),
    Fact("booking a chosen host", f"{operation('/v1/meeting', 'post')}.summary", says("host", "routing", "chosen")),
    Fact("booking from a pool", f"{operation('/v1/round-robin-meeting', 'post')}.summary", says("round-robin pool")),
    Fact("which one", f"{operation('/v1/meeting', 'post')}.description", says("is false, null or absent")),
    Fact("which one", f"{operation('/v1/round-robin-meeting', 'post')}.description", says("is true")),
    *(
        Fact("a repeat may book twice", f"{operation(path, 'post')}.description", says("no idempotency", "book twice"))
        for path in BOOKINGS
    ),
    Fact("prospectEmail is required", f"{LISTING}.parameters[?@.required == true].name", "prospectEmail"),
    Fact(
        "a time is ISO 8601 or ms",
        f"{LISTING}.parameters[?@.name == 'start' || @.name == 'end'].schema.anyOf",
        two_notations,
        2,
    ),
    Fact(
        "the times filter on the scheduled start",
        f"{LISTING}.parameters[?@.name == 'start' || @.name == 'end'].description",
        says("scheduled start"),
        2,
    ),
    Fact(
        "the notations, said",
        f"{LISTING}.parameters[?@.name == 'start'].description",
        says("YYYY-MM-DDTHH:mm:ss.sssZ", "milliseconds"),
    ),
    Fact("ids are opaque", f"$.paths['{MEETING}'].parameters[0].description", says("opaque", "52 lower-case letters")),
    Fact("cancel: no request body", f"{operation(MEETING, 'delete')}.requestBody", ABSENT),
    Fact("cancel: 200", f"{operation(MEETING, 'delete')}.responses['200']", has("description")),
    Fact("cancel: no response body", f"{operation(MEETING, 'delete')}.responses['200'].content", ABSENT),
    Fact("cancel: both, said", f"{operation(MEETING, 'delete')}.description", says("no request body", "empty body")),
    Fact(
        "first booking",
        f"{operation('/v1/scheduling/retrieve-info', 'post')}.summary",
        says("first booking", "legacy"),
    ),
    Fact(
        "pool fields are always null",
        f"{operation('/v1/scheduling/retrieve-modification-info', 'post')}.description",
        says("displayAllPoolAvailability", "pool id", "always null"),
    ),
    Fact("every body is required", "$.paths.*.*.requestBody.required", True, 9),
    Fact("prospectEmail is an address", f"{LISTING}.parameters[0].schema", of_type("email")),
    Fact("status is one of three", f"{LISTING}.parameters[3].schema", of_type("scheduled|rescheduled|canceled")),
    Fact("an id is a text", f"$.paths['{MEETING}'].parameters[0].schema", of_type("string")),
    Fact("and never empty", f"$.paths['{MEETING}'].parameters[0].schema.minLength", 1),
    Fact("a nameless field is left out", "$.components.schemas.UserField.properties.name.minLength", 1),
)

CONTRADICTIONS = (
    Fact("1: no colon path", "$.paths['/v1/meeting/:meetingId']", ABSENT),
    Fact("1: a templated path", f"$.paths['{MEETING}']", has("get", "patch", "delete")),
    Fact("1: its parameter is declared", f"$.paths['{MEETING}'].parameters[?@.in == 'path'].name", "meetingId"),
    Fact("1: and required", f"$.paths['{MEETING}'].parameters[0].required", True),
    Fact("2: start_time", "$.components.schemas.SelectedTime.required", ["start_time", "end_time", "timezone"]),
    Fact(
        "2: no startTime in a booking",
        "$.components.schemas['SelectedTime', 'SelectedPoolTime'].properties.startTime",
        ABSENT,
    ),
    Fact("3: eventId is required", f"{body('LegacyRetrieveModificationInfoRequest')}.required", ["eventId"]),
    Fact(
        "3: both are there", f"{body('LegacyRetrieveModificationInfoRequest')}.properties", has("eventId", "meetingId")
    ),
    Fact(
        "4: both shapes", "$.components.schemas.Meeting.properties", has("bookIt", "calendarEvent", "id", "attendees")
    ),
    Fact("4: both shapes, said", "$.components.schemas.Meeting.description", says("either wire shape", "flat")),
    Fact("5: an array", "$.components.schemas.MeetingList.anyOf[0].items['$ref']", "#/components/schemas/Meeting"),
    Fact("5: or an object", "$.components.schemas.MeetingList.anyOf[1].type", "object"),
    Fact("5: said", "$.components.schemas.MeetingList.description", says("array", "object holding one array")),
    Fact(
        "6: never rely on the default",
        f"{LISTING}.parameters[?@.name == 'start'].description",
        says("disagree about the default", "from now on", "all meetings", "send it wherever it matters"),
    ),
    Fact("7: logo beside pageStyle", "$.components.schemas.MeetingType.properties.logo.description", says("pageStyle")),
    Fact("7: logo in pageStyle", "$.components.schemas.PageStyle.properties.logo.type", "string"),
    Fact(
        "8: a validation error as 404",
        f"{operation('/v1/scheduling/fetch-availability', 'post')}.responses['404'].content.*.examples.linkUnsupported"
        ".value.error",
        says("Validation Error:"),
    ),
    Fact("9: no Content-Type parameter", "$..parameters[?@.name == 'Content-Type']", ABSENT),
    Fact("9: no header parameter", "$..parameters[?@.in == 'header']", ABSENT),
    Fact("9: no parameter list is left empty", "$.paths.*[?length(@.parameters) == 0]", ABSENT),
    Fact("10: plain tags", "$.tags[*].name", among("Inputs", "Availability", "Meetings", "Legacy"), 4),
)


@pytest.mark.parametrize(
    "fact", [*TRANSPORT, *OF_OPERATIONS, *CONTRADICTIONS], ids=lambda fact: f"{fact.fact} [{fact.path[-30:]}]"
)
def test_the_fact_stands_in_the_document(fact: Fact) -> None:
    found = select(fact.path)
    assert len(found) == (0 if fact.expected is ABSENT else fact.times)
    if callable(fact.expected):
        assert [match for match in found if not fact.expected(match)] == []
    else:
        assert [match for match in found if match != fact.expected] == []


@pytest.mark.parametrize(
    ("operation_id", "status", "sentence", "meaning"),
    SENTENCES,
    ids=[f"{operation_id}-{sentence[:40]}" for operation_id, _, sentence, _ in SENTENCES],
)
def test_the_sentence_stands_with_its_operation_and_status(
    operation_id: str, status: int, sentence: str, meaning: str
) -> None:
    examples = select(
        f"$.paths.*[?@.operationId == '{operation_id}'].responses['{status}'].content['application/json'].examples.*"
    )
    assert [meaning in example["summary"] for example in examples if example["value"] == {"error": sentence}] == [True]


def test_no_other_sentence_stands_there() -> None:
    told = {sentence for _, _, sentence, _ in SENTENCES}
    assert {value["error"] for value in select("$.paths.*.*.responses.*.content.*.examples.*.value")} == told


def test_the_gateways_refusal_is_shown_as_it_was_seen() -> None:
    path = "$.components.responses.Unauthorized.content['application/json'].example"
    assert select(path) == [{"message": "Unauthorized"}]


@pytest.mark.parametrize(("method", "path", "operation_id", "tag", "request_", "answer"), OPERATIONS)
def test_the_operation_stands_in_the_document(  # noqa: PLR0917 - one argument for each column of the table
    method: str, path: str, operation_id: str, tag: str, request_: str | None, answer: str | None
) -> None:
    place = operation(path, method)
    assert select(f"{place}.operationId") == [operation_id]
    assert select(f"{place}.tags") == [[tag]]
    assert select(f"{place}.requestBody.content['application/json'].schema.title") == ([request_] if request_ else [])
    assert select(f"{place}.responses['200'].content['application/json'].schema['$ref']") == (
        [f"#/components/schemas/{answer}"] if answer else []
    )


def test_there_are_twelve_operations() -> None:
    assert sorted(select("$.paths.*.*.operationId")) == sorted(row[2] for row in OPERATIONS)
    assert len(OPERATIONS) == 12


def test_the_list_takes_four_parameters() -> None:
    assert select(f"{LISTING}.parameters[*]['name', 'in']") == [
        *("prospectEmail", "query"),
        *("start", "query"),
        *("end", "query"),
        *("status", "query"),
    ]


@pytest.mark.parametrize("field", FIELDS, ids=[f"{field.schema}.{field.name}" for field in FIELDS])
def test_the_field_stands_in_its_schema(field: Field) -> None:
    [node] = select(f"{schema(field.schema)}.properties['{field.name}']")
    required = select(f"{schema(field.schema)}.required[?@ == '{field.name}']")
    assert spelled(node) + "*" * len(required) == field.type
    if field.words:
        assert says(*field.words)(node["description"]), node["description"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_no_field_is_invented(name: str) -> None:
    [kind] = select(f"{schema(name)}.type")
    [properties] = select(f"{schema(name)}.properties")
    assert kind == "object"
    assert set(properties) == set(SCHEMAS[name])


def test_no_schema_is_invented() -> None:
    named = {*select("$..requestBody..schema.title"), *DOCUMENT["components"]["schemas"]}
    assert named == {*SCHEMAS, "MeetingList"}
