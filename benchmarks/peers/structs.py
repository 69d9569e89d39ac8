"""The availability page as msgspec Structs, attributes under their wire names."""

from msgspec import Struct, field


class Duration(Struct):
    unit: str | None = None
    value: float | None = None


class FormField(Struct):
    name: str | None = None
    type: str | None = None
    required: bool | None = None
    readOnly: bool | None = None
    validation: str | None = None
    isAdditionalQuestion: bool | None = None


class PageStyle(Struct):
    styleColor: str | None = None
    logo: str | None = None


class CustomRange(Struct):
    startTime: int | None = None
    endTime: int | None = None
    timezone: str | None = None


class MeetingType(Struct):
    name: str | None = None
    description: str | None = None
    duration: Duration | None = None
    formFields: list[FormField] | None = None
    pageStyle: PageStyle | None = None
    logo: str | None = None
    redirectURL: str | None = None
    internalName: str | None = None
    customRange: CustomRange | None = None


class Prefill(Struct):
    first_name: str | None = field(default=None, name="First Name")
    last_name: str | None = field(default=None, name="Last Name")
    email: str | None = field(default=None, name="Email")


class PageInfo(Struct):
    displayAllPoolAvailability: bool | None = None
    userIds: list[str] | None = None
    nonSFDCUserIds: list[str] | None = None
    prefillFields: Prefill | None = None
    pool_id: str | None = field(default=None, name="round robin pool id")
    isReschedule: bool | None = None
    hostId: str | None = None
    scheduledTime: str | None = None


class TimeSlot(Struct):
    start_time: int | None = None
    end_time: int | None = None
    users: list[int] | None = None


class Availability(Struct):
    indexToUserIdMap: dict[str, str] | None = None
    timeSlots: list[TimeSlot] | None = None


class UserInfo(Struct):
    FirstName: str | None = None
    LastName: str | None = None
    Email: str | None = None
    TimeZoneSidKey: str | None = None
    ConferenceLink: str | None = None
    Phone: str | None = None


class Page(Struct):
    meeting: MeetingType | None = None
    pageInfo: PageInfo | None = None
    availability: Availability | None = None
    userIdToInfoMap: dict[str, UserInfo] | None = None
