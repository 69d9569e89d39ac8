"""The page of 1,920 slots, read by others. None of them keeps unknown keys or makes a view of slots and hosts."""

import json
from collections.abc import Iterator

import orjson
from msgspec.json import Decoder
from stock_client.models import AvailabilityPage

from ..measures import durations
from ..memory import held
from ..pages import LARGE_HOSTS, LARGE_SLOTS, page_bytes
from . import models, structs

SECONDS = 0.3


def orjson_alone() -> Iterator[float]:
    """Into dicts and lists."""
    content = page_bytes(LARGE_SLOTS, LARGE_HOSTS)
    return durations(lambda: orjson.loads(content), seconds=SECONDS)


def msgspec_typed() -> Iterator[float]:
    """Into msgspec's Structs."""
    content, decoder = page_bytes(LARGE_SLOTS, LARGE_HOSTS), Decoder(structs.Page)
    assert decoder.decode(content).availability.timeSlots[-1].users
    return durations(lambda: decoder.decode(content), seconds=SECONDS)


def pydantic_models() -> Iterator[float]:
    """Into pydantic's models."""
    content = page_bytes(LARGE_SLOTS, LARGE_HOSTS)
    assert models.Page.model_validate_json(content).availability.timeSlots[-1].users
    return durations(lambda: models.Page.model_validate_json(content), seconds=SECONDS)


def stock_models() -> Iterator[float]:
    """Into what openapi-python-client generates with its own templates, by its own way from bytes."""
    content = page_bytes(LARGE_SLOTS, LARGE_HOSTS)
    assert AvailabilityPage.from_dict(json.loads(content)).availability.time_slots[-1].users
    return durations(lambda: AvailabilityPage.from_dict(json.loads(content)), seconds=SECONDS)


def stock_models_held() -> Iterator[float]:
    """Hold those."""
    content = page_bytes(LARGE_SLOTS, LARGE_HOSTS)
    return held(lambda: AvailabilityPage.from_dict(json.loads(content)))
