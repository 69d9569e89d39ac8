"""The availability page as pydantic models, attributes under their wire names."""

from pydantic import BaseModel, Field


class Duration(BaseModel):
    unit: str | None = None
    value: float | None = None


class FormField(BaseModel):
    name: str | None = None
    type: str | None = None
    required: bool | None = None
    readOnly: bool | None = None
    validation: str | None = None
    isAdditionalQuestion: bool | None = None


class PageStyle(BaseModel):
    styleColor: str | None = None
    logo: str | None = None


class CustomRange(BaseModel):
    startTime: int | None = None
    endTime: int | None = None
    timezone: str | None = None


class MeetingType(BaseModel):
    name: str | None = None
    description: str | None = None
    duration: Duration | None = None
    formFields: list[FormField] | None = None
    pageStyle: PageStyle | None = None
    logo: str | None = None
    redirectURL: str | None = None
    internalName: str | None = None
    customRange: CustomRange | None = None


class Prefill(BaseModel):
    first_name: str | None = Field(default=None, alias="First Name")
    last_name: str | None = Field(default=None, alias="Last Name")
    email: str | None = Field(default=None, alias="Email")


class PageInfo(BaseModel):
    displayAllPoolAvailability: bool | None = None
    userIds: list[str] | None = None
    nonSFDCUserIds: list[str] | None = None
    prefillFields: Prefill | None = None
    pool_id: str | None = Field(default=None, alias="round robin pool id")
    isReschedule: bool | None = None
    hostId: str | None = None
    scheduledTime: str | None = None


class TimeSlot(BaseModel):
    start_time: int | None = None
    end_time: int | None = None
    users: list[int] | None = None


class Availability(BaseModel):
    indexToUserIdMap: dict[str, str] | None = None
    timeSlots: list[TimeSlot] | None = None


class UserInfo(BaseModel):
    FirstName: str | None = None
    LastName: str | None = None
    Email: str | None = None
    TimeZoneSidKey: str | None = None
    ConferenceLink: str | None = None
    Phone: str | None = None


class Page(BaseModel):
    meeting: MeetingType | None = None
    pageInfo: PageInfo | None = None
    availability: Availability | None = None
    userIdToInfoMap: dict[str, UserInfo] | None = None
