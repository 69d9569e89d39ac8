"""The mails that the sandbox would have sent, as a page: a stand-in for the visitor's inbox."""

import re
from collections.abc import Sequence
from html import escape

from bookit_async.sandbox import Mail

_LINK = re.compile(r"(Reschedule|Cancel): (\S+)")


def outbox_page(mails: Sequence[Mail], reasons: Sequence[str] = ()) -> str:
    """Return the page, the newest mail first; above them what the application was told of cancels."""
    told = "".join(f"<p>A meeting was canceled: {escape(reason)}</p>" for reason in reasons)
    letters = "".join(_letter(mail) for mail in reversed(mails))
    empty = '<p class="quiet">No mail yet: <a href="/">book a meeting</a>.</p>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Outbox</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/assets/booking.css"></head><body>'
        '<header class="site"><a class="brand" href="/">Northwind</a></header>'
        f'<main class="card letters"><h1>Outbox of the sandbox</h1>{told}{letters or empty}</main></body></html>'
    )


def _letter(mail: Mail) -> str:
    text = _LINK.sub(r'<a href="\2">\1</a>', escape(mail.text)).replace("\n", "<br>")
    return (
        f'<article class="letter"><h2>{escape(mail.subject)}</h2>'
        f'<p class="quiet">To {escape(", ".join(mail.to))}</p><p>{text}</p></article>'
    )


def elsewhere_page() -> str:
    """Return the page to which routing redirects, and where people go on after booking."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Elsewhere</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/assets/booking.css"></head><body>'
        '<header class="site"><a class="brand" href="/">Northwind</a></header><main class="card">'
        "<h1>A page of the company</h1><p>Routing redirects here, or the meeting type does after booking.</p>"
        '<p><a href="/">Back to the booking page</a></p></main></body></html>'
    )
