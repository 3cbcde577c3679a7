import type { CloudEvent, EncodeCloudEvents } from "@alumiini/delivery";
import { sinkConformance } from "@alumiini/delivery/testing";
import { describe, it } from "vitest";
import { type HttpSinkOptions, httpSink } from "../src/http.js";
import { type Behaviour, type ReceivedRequest, startReceiver } from "./support/receiver.js";

const encode: EncodeCloudEvents = (event): CloudEvent[] => [
  { specversion: "1.0", id: event.id, source: "/clusters/test", type: `dev.test.${event.type}`, data: {} },
];

/** The ids of the CloudEvents in a request, in whatever mode it is. */
function idsIn({ headers, body }: ReceivedRequest): string[] {
  const id = headers["ce-id"];
  if (typeof id === "string") return [id];
  const content: CloudEvent | CloudEvent[] = JSON.parse(body);
  return [content].flat().map((event) => event.id);
}

const CASES: readonly (readonly [mode: HttpSinkOptions["contentMode"], down: string, Behaviour])[] = [
  ["binary", "resets connections", (_request, _response, { socket }) => void socket.resetAndDestroy()],
  ["structured", "stands behind a proxy that answers 503", (_request, response) => void response.writeHead(503).end()],
  ["batched", "stands behind a proxy that answers 503", (_request, response) => void response.writeHead(503).end()],
];

describe.each(CASES)("httpSink in the mode %s, whose receiver, when down, %s", (contentMode, _how, fail) => {
  const cases = sinkConformance(
    async () => {
      const got: string[] = [];
      const refused = new Set<string>();
      let down = false;
      const receiver = await startReceiver((request, response, details) => {
        const ids = idsIn(request);
        if (down) fail(request, response, details);
        else if (ids.some((id) => refused.has(id))) response.writeHead(500).end("I can't read this one");
        else {
          got.push(...ids);
          response.writeHead(204).end();
        }
      });
      return {
        createSink: (options) => httpSink({ ...options, url: receiver.url, encode, contentMode }),
        received: () => got,
        down: () => {
          down = true;
        },
        up: () => {
          down = false;
        },
        refuse: (id) => void refused.add(id),
        dispose: () => receiver.stop(),
      };
    },
    { poison: true },
  );
  for (const { name, run } of cases) it(name, run);
});
