"""Calls one tool with the official Python client, unmodified, and prints what its user sees as one line of JSON.

Standard input holds {url, token, tool, arguments, mode, progress, timeoutSeconds}.
"""

import asyncio
import json
import sys

from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client


async def call(job):
    progress = []

    async def on_progress(_progress, _total, message):
        progress.append(message or "")

    headers = {"Authorization": f"Bearer {job['token']}"}
    async with create_mcp_http_client(headers=headers) as http:
        async with Client(streamable_http_client(job["url"], http_client=http), mode=job["mode"]) as client:
            try:
                result = await client.call_tool(
                    job["tool"],
                    job["arguments"],
                    read_timeout_seconds=job["timeoutSeconds"],
                    progress_callback=on_progress if job["progress"] else None,
                )
            except Exception as error:
                return {"error": f"{type(error).__name__}: {error}", "progress": progress}
            return {"result": result.model_dump(mode="json", by_alias=True, exclude_none=True), "progress": progress}


def cause_of(error):
    """The one error in the groups that a task group makes of it."""
    while getattr(error, "exceptions", None):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"


try:
    print(json.dumps(asyncio.run(call(json.load(sys.stdin)))))
except BaseException as error:
    sys.exit(cause_of(error))
