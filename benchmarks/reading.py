"""A page of 1,920 slots with 50 hosts each (494 KiB), from bytes to a usable `Offer`."""

from collections.abc import Iterator
from typing import cast

from bookit_async import Offer
from bookit_async.views.offers import OfferKeeper, read_offer
from bookit_async.views.pages import read_page

from .contest import Contestant, Finding, race, ratios
from .measures import durations
from .pages import LARGE_HOSTS, LARGE_SLOTS, TOKEN, page_bytes

KEEPER = cast("OfferKeeper", None)  # an offer's client, of which reading needs nothing


def offer_of(content: bytes) -> Offer:
    """Return the offer that a page holds, as the client reads it."""
    offer = read_offer(read_page(content), keeper=KEEPER, token=TOKEN)
    assert isinstance(offer, Offer)
    return offer


def ours(slots: int = LARGE_SLOTS, hosts: int = LARGE_HOSTS, seconds: float = 0.3) -> Iterator[float]:
    """Measure the seconds of one reading."""
    content = page_bytes(slots, hosts)
    offer = offer_of(content)
    assert (len(offer.slots), len(offer.slots[-1].host_ids), len(offer.hosts)) == (slots, hosts, hosts)
    yield from durations(lambda: offer_of(content), seconds=seconds)


def ours_slots(slots: int = LARGE_SLOTS, hosts: int = LARGE_HOSTS, seconds: float = 0.3) -> Iterator[float]:
    """Measure the seconds of one reading that makes an object of every slot, as the peers do."""
    content = page_bytes(slots, hosts)
    yield from durations(lambda: tuple(offer_of(content).slots), seconds=seconds)


def ours_hosts(slots: int = LARGE_SLOTS, hosts: int = LARGE_HOSTS, seconds: float = 0.3) -> Iterator[float]:
    """Measure the seconds of one reading that tells the user ids of every slot's hosts, which no peer does."""
    content = page_bytes(slots, hosts)
    yield from durations(lambda: [slot.host_ids for slot in offer_of(content).slots], seconds=seconds)


def run(*, turns: int) -> list[Finding]:
    """Race the readers."""
    contestants = [
        Contestant(name="ours", source="reading:ours_slots"),
        Contestant(name="ours, unasked", source="reading:ours"),
        Contestant(name="ours, hosts", source="reading:ours_hosts"),
        Contestant(name="orjson", source="peers.readers:orjson_alone"),
        Contestant(name="msgspec", source="peers.readers:msgspec_typed"),
        Contestant(name="pydantic", source="peers.readers:pydantic_models"),
        Contestant(name="stock", source="peers.readers:stock_models"),
    ]
    found = race(contestants, turns=turns)
    what = "time to read a page of 1,920 slots x 50 hosts into an Offer and a tuple of all its Slot objects"
    faster = "speed of the same"
    return [
        Finding(
            what=what,
            beside="msgspec: typed decode into Structs, unknown keys dropped, no view above them",
            values=ratios(found, "ours", "msgspec"),
            at_most=1.5,
        ),
        Finding(
            what=faster,
            beside="pydantic: model_validate_json, unknown keys dropped, no view above the models",
            values=ratios(found, "pydantic", "ours"),
            at_least=1.8,
        ),
        Finding(
            what=faster,
            beside="stock generated client: json.loads and its from_dict, no view above the models",
            values=ratios(found, "stock", "ours"),
            at_least=4,
        ),
        Finding(what=what, beside="orjson.loads alone", values=ratios(found, "ours", "orjson")),
        *(
            Finding(what=done, beside=f"{peer}, as above", values=ratios(found, name, peer))
            for name, done in (
                ("ours, unasked", "time of the same into an Offer none of whose slots is asked for"),
                ("ours, hosts", "time of the same with the user ids of the hosts of every slot"),
            )
            for peer in ("msgspec", "pydantic", "stock")
        ),
    ]
