"""Copies of the SDK inside other programs: `python -m bookit_async.vendor --help`."""
