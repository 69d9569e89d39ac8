"""A booking page on FastAPI: the router, and the page that comes with it."""

from collections.abc import Callable

from fastapi import FastAPI

from bookit_async import BookIt
from bookit_async.fastapi_router import Cancellation, MailedLinks, Seal, bookit_page, bookit_router, lifespan

TRIGGER_NODE = "New Webform Prospect"
LINKS = ("Em30rva", "Pool4Mm", "Once7Kd")
"""The page at `/?link=…` books through one of these."""


def booking_app(
    client: Callable[[], BookIt],
    *,
    site: str,
    seal: Seal,
    path: str = "",
    on_canceled: Callable[[Cancellation], None] | None = None,
) -> FastAPI:
    """Return the application.

    Args:
        client: Makes the client for BookIt.
        site: Where the application is for browsers, without a slash at the end; the mails link to it.
        seal: Seals what browsers get.
        path: A path in front of all that it serves, such as `/book`.
        on_canceled: Is told of a meeting that a visitor canceled, and why; None asks nobody for a reason.
    """
    # FastAPI's pages at /docs fetch scripts from elsewhere; /openapi.json is what they show.
    app = FastAPI(title="Booking page", lifespan=lifespan(client), docs_url=None, redoc_url=None)
    links = MailedLinks(cancel=f"{site}{path}/meeting?cancel=", reschedule=f"{site}{path}/meeting?reschedule=")
    router = bookit_router(
        trigger_nodes=[TRIGGER_NODE], links=LINKS, seal=seal, mailed_links=links, on_canceled=on_canceled
    )
    page = bookit_page(trigger_node=TRIGGER_NODE, brand="Northwind", contact="mailto:hello@northwind.example")
    app.include_router(router, prefix=f"{path}/bookit")
    app.include_router(page, prefix=path)
    return app
