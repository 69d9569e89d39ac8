"""Where operations are, as the generated client has it: when a path moves, the tests of behaviour follow it."""

from bookit_async._generated.api import OPERATIONS

INPUTS = OPERATIONS["retrieveInputs"].path
ROUTE = OPERATIONS["routeAndFetchAvailability"].path
AVAILABILITY = OPERATIONS["fetchAvailability"].path
BOOK = OPERATIONS["bookMeeting"].path
LEGACY_ROUTE = OPERATIONS["legacyRoute"].path
LEGACY_INFO = OPERATIONS["legacyRetrieveInfo"].path
LEGACY_MODIFICATION = OPERATIONS["legacyRetrieveModificationInfo"].path
