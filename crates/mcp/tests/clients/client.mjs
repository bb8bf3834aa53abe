// Every tool of `lodemap mcp`, called by the official TypeScript clients: that of the handshake, and that of both eras.
//
// Usage: client.mjs BINARY, in a folder with the packages.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const FILES = {
  "app.py": "from src.pool import Pool\n\n\ndef main():\n    return Pool(3).acquire()\n",
  "src/__init__.py": "",
  "src/pool.py":
    "class Pool:\n    def __init__(self, size: int) -> None:\n        self.size = size\n\n" +
    "    def acquire(self):\n        return Conn()\n\n\nclass Conn:\n    pass\n",
};
const CALLS = [
  ["repo_map", {}, "class Pool"],
  ["select_context", { task: "what does acquire return?" }, "return Conn()"],
  ["search_code", { query: "acquire" }, "src/pool.py"],
  ["get_symbol", { subject: "Pool.acquire" }, "return Conn()"],
  ["find_references", { subject: "Pool", direction: "callers" }, "app.py#main"],
  ["impact", { subjects: ["src/pool.py"] }, "app.py"],
  ["index_status", {}, "3 files indexed"],
];

// The text of a call, once the index is there.
async function call(client, name, args) {
  for (;;) {
    const result = await client.callTool({ name, arguments: args });
    assert(!result.isError, `${name}: ${JSON.stringify(result)}`);
    const text = result.content[0].text;
    if (!text.startsWith("Still indexing")) return text;
  }
}

async function converse(title, client, transport, root) {
  const begun = performance.now();
  await client.connect(transport);
  const begin = Math.round(performance.now() - begun);
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map((tool) => tool.name), CALLS.map(([name]) => name));
  for (const [name, args, wanted] of CALLS) assert((await call(client, name, args)).includes(wanted), name);
  const many = [...CALLS, ...CALLS, ...CALLS];
  const texts = await Promise.all(many.map(([name, args]) => call(client, name, args)));
  texts.forEach((text, at) => assert(text.includes(many[at][2]), many[at][0]));
  writeFileSync(join(root, "app.py"), FILES["app.py"] + "\n\ndef added():\n    pass\n");
  assert((await call(client, "get_symbol", { subject: "added" })).includes("def added"));
  writeFileSync(join(root, "app.py"), FILES["app.py"]);
  const wrong = await client.callTool({ name: "get_symbol", arguments: { subject: "Pol" } });
  assert(wrong.isError && wrong.content[0].text.includes("Pool"));
  const instructions = (client.getInstructions?.() ?? "").length;
  console.log(`${title}: ${tools.length} tools, instructions of ${instructions} characters, ready to talk after ${begin} ms`);
  await client.close();
}

// A package of the current folder, or null.
async function load(name) {
  try {
    const require = createRequire(join(process.cwd(), "package.json"));
    return await import(pathToFileURL(require.resolve(name)));
  } catch (error) {
    console.log(`${name}: not there (${error.code ?? error.message})`);
    return null;
  }
}

const binary = resolve(process.argv[2]);
const folder = mkdtempSync(join(tmpdir(), "lodemap-client-"));
const root = join(folder, "repo");
mkdirSync(join(root, ".git"), { recursive: true });
mkdirSync(join(root, "src"));
for (const [path, text] of Object.entries(FILES)) writeFileSync(join(root, path), text);
const server = {
  command: binary,
  args: ["mcp", "--root", root],
  env: { ...process.env, XDG_CACHE_HOME: join(folder, "cache") },
  stderr: "inherit",
};
const info = { name: "test", version: "0" };
let ran = 0;
try {
  const client1 = await load("@modelcontextprotocol/sdk/client/index.js");
  const stdio1 = await load("@modelcontextprotocol/sdk/client/stdio.js");
  if (client1 && stdio1) {
    await converse("sdk 1", new client1.Client(info), new stdio1.StdioClientTransport(server), root);
    ran++;
  }
  const client2 = await load("@modelcontextprotocol/client");
  const stdio2 = await load("@modelcontextprotocol/client/stdio");
  if (client2 && stdio2) {
    for (const mode of ["legacy", "auto", { pin: "2026-07-28" }]) {
      const client = new client2.Client(info, { versionNegotiation: { mode } });
      await converse(`client 2, ${JSON.stringify(mode)}`, client, new stdio2.StdioClientTransport(server), root);
      ran++;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
assert(ran > 0, "no client is installed");
