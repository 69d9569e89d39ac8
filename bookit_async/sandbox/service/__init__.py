"""What the service decides: routing, pages, booking, refusals, tokens. It knows the world and nothing of HTTP."""
