"""`python -m bookit_async.record`: a sandbox's world from the answers of a real account, with nobody in it."""
