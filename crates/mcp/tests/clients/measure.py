"""How long do answers take over the protocol? Needs nothing but Python.

Usage: measure.py BINARY ROOT [CALLS]

Prints the time from the start of the process to the first answers with an index made from nothing, then with the one that
was kept, and the median and 99th percentile of round trips.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

class Server:
    def __init__(self, binary, root, cache):
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            [binary, "mcp", "--root", root],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(os.environ, XDG_CACHE_HOME=cache),
        )
        self.id = 0

    def request(self, method, params):
        self.id += 1
        message = {"jsonrpc": "2.0", "id": self.id, "method": method, "params": params}
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["result"]

    def initialize(self):
        client = {"name": "measure", "version": "0"}
        self.request("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client})

    def call(self, tool, arguments):
        return self.request("tools/call", {"name": tool, "arguments": arguments})["content"][0]["text"]

    def since_start(self):
        return (time.perf_counter() - self.begun) * 1000

    def end(self):
        begun = time.perf_counter()
        self.process.stdin.close()
        self.process.wait()
        return (time.perf_counter() - begun) * 1000

def first_answers(title, server):
    server.initialize()
    hello = server.since_start()
    text = server.call("repo_map", {})
    first = server.since_start()
    said = text.splitlines()[0][:60]
    while text.startswith("Still indexing"):
        text = server.call("repo_map", {})
    print(f"{title}: hello {hello:.0f} ms, first answer {first:.0f} ms ({said}…), first map {server.since_start():.0f} ms")

def main():
    binary, root = os.path.abspath(sys.argv[1]), sys.argv[2]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    with tempfile.TemporaryDirectory() as cache:
        server = Server(binary, root, cache)
        first_answers("cold", server)
        print(f"status: {server.call('index_status', {}).splitlines()[1]}")

        symbols = ["Analysis", "Crate", "Parser", "new", "from_str", "main"]
        calls = {
            "ping": ("ping", lambda n: {}),
            "repo_map": ("repo_map", lambda n: {}),
            "repo_map, 1000 tokens": ("repo_map", lambda n: {"tokens": 1000}),
            "get_symbol": ("get_symbol", lambda n: {"subject": symbols[n % len(symbols)]}),
            "find_references": ("find_references", lambda n: {"subject": symbols[n % 3]}),
            "search_code, text": ("search_code", lambda n: {"query": "resolve import path", "in": "text"}),
            "select_context": ("select_context", lambda n: {"task": "goto definition fails for macro calls in closures"}),
        }
        for title, (tool, arguments) in calls.items():
            times = []
            for n in range(count if title != "select_context" else max(count // 10, 10)):
                begun = time.perf_counter()
                if tool == "ping":
                    server.request("ping", {})
                else:
                    server.call(tool, arguments(n))
                times.append((time.perf_counter() - begun) * 1000)
            times.sort()
            p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
            print(f"{title}: p50 {p50:.2f} ms, p99 {p99:.2f} ms, {len(times)} calls")
        print(f"end: {server.end():.0f} ms")
        server = Server(binary, root, cache)
        first_answers("warm", server)
        server.end()

if __name__ == "__main__":
    main()
