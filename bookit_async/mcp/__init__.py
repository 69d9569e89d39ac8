"""An MCP server for agents: it books what a person agreed to, and that once. Needs the extra `mcp`."""

from ..extras import needed_for

with needed_for("the server for agents", extra="mcp"):
    from .app import AgentApp, mcp_app

__all__ = ["AgentApp", "mcp_app"]
