"""Why the service says no: status and sentence. Sentences from the service's known errors unless marked as ours."""


class Refusal(Exception):
    """An answer in the service's error envelope."""

    def __init__(self, sentence: str, *, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


def invalid(what: str) -> Refusal:
    """Ours where the service's own words are not known: only the prefix is."""
    return Refusal(f"Validation Error: {what}")


def missing_input(name: str) -> Refusal:
    return invalid(f"Missing required input: {name}")


def missing_parameter(names: str) -> Refusal:
    return invalid(f"Missing required parameter: {names}")


def unknown_trigger_node(name: str) -> Refusal:
    return invalid(f"No prospect trigger node found with name: {name}")


def invalid_node_name() -> Refusal:
    return Refusal("Invalid Node name provided")


def hosts_not_ready(user_ids: list[str]) -> Refusal:
    return Refusal(
        "Please check the following users have the correct product access and their calendar tokens are valid: "
        + ", ".join(user_ids)
    )


def token_spent() -> Refusal:
    return Refusal("Meeting has already been booked. Please use meetingId or eventId (legacy) to refetch availability.")


def link_not_found() -> Refusal:
    return Refusal("link not found", status=404)


def link_unsupported() -> Refusal:
    """A validation error that the service sends as 404."""
    return Refusal(
        "Validation Error: Unsupported link type. Please provide the linkId of a single meeting type BookIt Link.",
        status=404,
    )


def link_spent() -> Refusal:
    return Refusal("This link only allows one booking and has already been used.")


def meeting_not_found() -> Refusal:
    return Refusal("Meeting not found", status=404)


def no_meetings() -> Refusal:
    """Ours: only a quirk says it."""
    return Refusal("No meetings found", status=404)


def booking_failed() -> Refusal:
    """Ours: only a quirk says it."""
    return Refusal("Something went wrong with this booking")


def slot_taken() -> Refusal:
    return Refusal("The selected time is no longer available.")


def too_soon() -> Refusal:
    return invalid("Scheduled time is before the minimum booking notice")
