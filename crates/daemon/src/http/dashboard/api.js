// Questions to the server, and the stream of what changes. The token lives in this tab alone.

const KEY = "lodemap-token";

/** The server does not take the token. */
export class Refused extends Error {}

/** Takes the token out of the address, so that it is in no history and no screenshot. */
export function admit() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given === null) return;
  sessionStorage.setItem(KEY, given);
  history.replaceState(null, "", location.pathname);
}

export const token = () => sessionStorage.getItem(KEY);
export const setToken = (text) => sessionStorage.setItem(KEY, text.trim());
export const forget = () => sessionStorage.removeItem(KEY);

async function send(path, options) {
  const headers = { ...options.headers, Authorization: `Bearer ${token()}` };
  const reply = await fetch(path, { ...options, headers, cache: "no-store", credentials: "omit" });
  if (reply.status === 401) throw new Refused();
  if (!reply.ok) {
    const problem = await reply.json().catch(() => ({}));
    throw new Error(problem.detail ?? `the server answers ${reply.status}`);
  }
  return reply;
}

/** The answer of a method. */
export async function ask(method, params = {}) {
  const headers = { "Content-Type": "application/json" };
  return (await send(`/v1/${method}`, { method: "POST", headers, body: JSON.stringify(params) })).json();
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls `told` with each event, for ever; a stream that ends is taken up behind the last event that came.
 *  `opened` hears of each beginning, `lost` of each end. */
export async function follow({ told, opened, lost }) {
  let last = null;
  let wait = 500;
  for (;;) {
    try {
      const reply = await send("/v1/events", { headers: last === null ? {} : { "Last-Event-ID": last } });
      wait = 500;
      opened();
      for await (const event of events(reply.body)) {
        if (event.id) last = event.id;
        if (event.data) told(JSON.parse(event.data));
      }
    } catch (error) {
      if (error instanceof Refused) return lost(error);
    }
    lost(null);
    await pause(wait);
    wait = Math.min(wait * 2, 15000);
  }
}

/** The events of a stream; an `EventSource` could not show the token. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const event = {};
      for (const line of part.split("\n")) {
        const [name, text] = [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trimStart()];
        if (name) event[name] = name in event ? `${event[name]}\n${text}` : text;
      }
      yield event;
    }
  }
}
