"""The commands: each reads what it is given, calls the SDK, and prints."""
