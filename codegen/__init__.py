"""From the published OpenAPI document to the generated core; run as ``python -m codegen``."""
