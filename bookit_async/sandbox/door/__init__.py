"""The ways in: the ASGI application, in process and over TCP."""
