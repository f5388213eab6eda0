"""The Model Context Protocol at /mcp: tools with which an assistant reads and changes todos.

    routes          authenticate, check the request, hand it to the SDK
    sdk_server      the only module that imports the SDK, at the first request of the process
    tools           the table of tools; reading, writing and planning implement them
    calls           one call: its actor, transactions, and retries
    tool_errors     errors as sentences that a model can act on

docs/mcp.md describes the tools, docs/decisions/0035 the reasons.
"""
