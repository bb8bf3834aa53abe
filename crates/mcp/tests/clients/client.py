"""Every tool of `lodemap mcp`, called by the official Python client, in each way it can begin.

Usage: client.py BINARY
"""

import asyncio
import os
import pathlib
import sys
import tempfile
import time

from mcp import Client, StdioServerParameters

FILES = {
    "app.py": "from src.pool import Pool\n\n\ndef main():\n    return Pool(3).acquire()\n",
    "src/__init__.py": "",
    "src/pool.py": "class Pool:\n    def __init__(self, size: int) -> None:\n        self.size = size\n\n"
    "    def acquire(self):\n        return Conn()\n\n\nclass Conn:\n    pass\n",
}
CALLS = [
    ("repo_map", {}, "class Pool"),
    ("select_context", {"task": "what does acquire return?"}, "return Conn()"),
    ("search_code", {"query": "acquire"}, "src/pool.py"),
    ("get_symbol", {"subject": "Pool.acquire"}, "return Conn()"),
    ("find_references", {"subject": "Pool", "direction": "callers"}, "app.py#main"),
    ("impact", {"subjects": ["src/pool.py"]}, "app.py"),
    ("index_status", {}, "3 files indexed"),
]


async def call(client, tool, arguments):
    """The text of a call, once the index is there."""
    while True:
        result = await client.call_tool(tool, arguments)
        assert not result.is_error, (tool, result)
        text = result.content[0].text
        if not text.startswith("Still indexing"):
            return text


async def converse(binary, root, mode):
    environment = dict(os.environ, XDG_CACHE_HOME=str(root.parent / "cache"))
    server = StdioServerParameters(command=binary, args=["mcp", "--root", str(root)], env=environment)
    begun = time.monotonic()
    async with Client(server, mode=mode) as client:
        begin = (time.monotonic() - begun) * 1000
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == [name for name, _, _ in CALLS], tools
        assert all(tool.annotations.read_only_hint for tool in tools)
        for tool, arguments, wanted in CALLS:
            text = await call(client, tool, arguments)
            assert wanted in text, (tool, text)
        texts = await asyncio.gather(*(call(client, tool, arguments) for tool, arguments, _ in CALLS * 5))
        assert all(wanted in text for (_, _, wanted), text in zip(CALLS * 5, texts))
        name = f"added_{mode.replace('-', '_')}"
        (root / "app.py").write_text(FILES["app.py"] + f"\n\ndef {name}():\n    pass\n")
        assert name in await call(client, "get_symbol", {"subject": name})
        (root / "app.py").write_text(FILES["app.py"])
        wrong = await client.call_tool("get_symbol", {"subject": "Pol"})
        assert wrong.is_error and "Pool" in wrong.content[0].text, wrong
        print(
            f"{mode}: protocol {client.protocol_version}, {len(tools)} tools, "
            f"instructions of {len(client.instructions or '')} characters, ready to talk after {begin:.0f} ms"
        )


def main():
    binary = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder) / "repo"
        (root / ".git").mkdir(parents=True)
        (root / "src").mkdir()
        for path, text in FILES.items():
            (root / path).write_text(text)
        for mode in ["legacy", "auto", "2026-07-28"]:
            asyncio.run(asyncio.wait_for(converse(binary, root, mode), 120))


if __name__ == "__main__":
    main()
