"""Which version of the SDK this is, installed or vendored; the build reads it here too."""

VERSION = "0.1.0"

PACKAGE = __name__.rpartition(".")[0]
"""The name under which this package is imported, also where it is vendored: public classes say it is theirs."""
