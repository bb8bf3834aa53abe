// The protocol's own conformance suite against `lodemap serve --http`.
//
// Usage: conformance.mjs BINARY, in a folder with the package @modelcontextprotocol/conformance; needs Node 22.
//
// The suite sends no token, so it is led through a proxy that adds one and changes nothing else.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

// What a server of tools that only read can be asked.
const APPLY = ["server-initialize", "ping", "tools-list", "dns-rebinding-protection"];
// Streams that a server may open and this one does not: the suite notes them and asks no more.
const MAY = ["server-sse-polling", "server-sse-multiple-streams"];
// What needs tools, prompts or resources of given names, or asks the client something.
const NOT_HERE = [
  "completion-complete",
  "elicitation-sep1034-defaults",
  "elicitation-sep1330-enums",
  "json-schema-2020-12",
  "logging-set-level",
  "prompts-get-embedded-resource",
  "prompts-get-simple",
  "prompts-get-with-args",
  "prompts-get-with-image",
  "prompts-list",
  "resources-list",
  "resources-read-binary",
  "resources-read-text",
  "resources-subscribe",
  "resources-templates-read",
  "resources-unsubscribe",
  "tools-call-audio",
  "tools-call-elicitation",
  "tools-call-embedded-resource",
  "tools-call-error",
  "tools-call-image",
  "tools-call-mixed-content",
  "tools-call-sampling",
  "tools-call-simple-text",
  "tools-call-with-logging",
  "tools-call-with-progress",
];

const suite = resolve("node_modules/@modelcontextprotocol/conformance/dist/index.js");

// What a run of the suite prints, and how it ends.
function run(args) {
  return new Promise((done) => {
    const child = spawn(process.execPath, [suite, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (text += part));
    child.on("close", (code) => done({ code, text }));
  });
}

// Hands all on with the token, under the name of the server where the proxy was called by its own.
function proxy(server, token) {
  const { port: there } = new URL(server);
  const listener = http.createServer((request, response) => {
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    const here = `:${listener.address().port}`;
    for (const name of ["host", "origin"]) {
      if (headers[name]?.endsWith(here)) headers[name] = headers[name].slice(0, -here.length) + `:${there}`;
    }
    const on = http.request({ host: "127.0.0.1", port: there, path: request.url, method: request.method, headers });
    on.on("response", (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    on.on("error", () => response.destroy());
    response.on("close", () => on.destroy());
    request.pipe(on);
  });
  return new Promise((done) => listener.listen(0, "127.0.0.1", () => done(listener)));
}

const binary = resolve(process.argv[2]);
const folder = mkdtempSync(join(tmpdir(), "lodemap-conformance-"));
const root = join(folder, "repo");
for (const below of ["repo/.git", "run"]) mkdirSync(join(folder, below), { recursive: true });
writeFileSync(join(root, "app.py"), "def main():\n    pass\n");
const env = { ...process.env, XDG_CACHE_HOME: join(folder, "cache"), XDG_RUNTIME_DIR: join(folder, "run") };
const server = spawn(binary, ["serve", "--http", "0", "--json", "--quiet"], {
  cwd: root,
  env,
  stdio: ["ignore", "pipe", "inherit"],
});
let listener;
try {
  const line = await new Promise((done) => createInterface({ input: server.stdout }).once("line", done));
  const { url, token_file } = JSON.parse(line);
  listener = await proxy(url, readFileSync(token_file, "utf8").trim());
  const at = `http://localhost:${listener.address().port}/mcp`;

  // Nothing that the suite learns to ask is overlooked.
  const { text } = await run(["list"]);
  const listed = [...text.split("Client scenarios")[0].matchAll(/^\s+- (\S+)/gm)].map((match) => match[1]);
  const known = [...APPLY, ...MAY, ...NOT_HERE];
  assert.deepEqual(listed.filter((name) => !known.includes(name)), [], "scenarios that this script does not know");

  let failed = 0;
  for (const scenario of [...APPLY, ...MAY, ...NOT_HERE]) {
    const { code, text } = await run(["server", "--url", at, "--scenario", scenario]);
    const counts = /Passed: \d+\/\d+, \d+ failed, \d+ warnings/.exec(text.replace(/\x1b\[[0-9;]*m/g, ""));
    const said = counts ? counts[0] : `ended with ${code}`;
    const kind = APPLY.includes(scenario) ? "applies" : MAY.includes(scenario) ? "may" : "not here";
    console.log(`${kind}: ${scenario}: ${said}`);
    if (kind !== "not here" && code !== 0) {
      failed++;
      console.log(text);
    }
  }
  assert.equal(failed, 0, `${failed} scenarios that apply do not pass`);
  // It was not brought down by what it does not know.
  const { code } = await run(["server", "--url", at, "--scenario", "tools-list"]);
  assert.equal(code, 0);
} finally {
  listener?.closeAllConnections();
  listener?.close();
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}
