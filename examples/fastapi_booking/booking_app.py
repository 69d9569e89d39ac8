"""A booking page on FastAPI: the router, four files of HTML, CSS and JavaScript, and nothing to build."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from bookit_async import BookIt
from bookit_async.fastapi_router import MailedLinks, Seal, bookit_router, lifespan

STATIC = Path(__file__).parent / "static"
TRIGGER_NODE = "New Webform Prospect"
LINKS = ("Em30rva", "Pool4Mm", "Once7Kd")
"""The page at `/?link=…` books through one of these."""

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",  # a mailed link is all that it takes to cancel a meeting
    "X-Content-Type-Options": "nosniff",
}


def booking_app(client: Callable[[], BookIt], *, site: str, seal: Seal) -> FastAPI:
    """Give the application.

    Args:
        client: Makes the client for BookIt.
        site: Where the application is for browsers, without a slash at the end; the mails link to it.
        seal: Seals what browsers get.
    """
    app = FastAPI(title="Booking page", lifespan=lifespan(client))
    links = MailedLinks(cancel=f"{site}/meeting?cancel=", reschedule=f"{site}/meeting?reschedule=")
    router = bookit_router(trigger_nodes=[TRIGGER_NODE], links=LINKS, seal=seal, mailed_links=links)
    app.include_router(router, prefix="/bookit")
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.middleware("http")
    async def guarded(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        if not request.url.path.startswith(("/docs", "/redoc")):
            response.headers.update(HEADERS)
        return response

    @app.get("/", include_in_schema=False)
    async def booking() -> FileResponse:
        return FileResponse(STATIC / "booking.html")

    @app.get("/meeting", include_in_schema=False)
    async def meeting() -> FileResponse:
        return FileResponse(STATIC / "meeting.html")

    return app
