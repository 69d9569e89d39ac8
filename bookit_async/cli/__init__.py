"""`bookit`, the command line; needs the extra `cli`. `tree.py` has the commands, `statuses.py` the exit statuses."""
