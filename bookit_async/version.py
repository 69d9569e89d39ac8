"""Which version of the SDK this is, installed or vendored; the build reads it here too."""

VERSION = "0.1.0"
