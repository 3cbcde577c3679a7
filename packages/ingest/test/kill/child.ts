import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { toWire } from "@alumiini/core";
import { nodeListener } from "../../src/http/node.js";
import {
  argocd,
  bearer,
  flux,
  github,
  gitlab,
  gitlabToken,
  hmacSha256,
  type IngestSource,
  ingestHandler,
  type StoredSubscriber,
  tekton,
  unverified,
} from "../../src/index.js";

/*
 * A process that is made to be killed. It takes deliveries over HTTP and keeps their events in a file, a line each, that
 * is synced to the disk when something waits for it. Arguments: the file, then `path=source=secret` for each path. It
 * prints its port.
 */

const [file = "", ...routes] = process.argv.slice(2);

const SOURCES: Readonly<Record<string, (secret: string) => IngestSource>> = {
  flux: (secret) => ({
    map: flux,
    verify: secret ? hmacSha256({ header: "x-signature", secrets: secret }) : unverified(),
  }),
  argocd: (secret) => ({ map: argocd, verify: bearer({ secrets: secret }) }),
  github: (secret) => ({ map: github, verify: hmacSha256({ header: "x-hub-signature-256", secrets: secret }) }),
  gitlab: (secret) => ({ map: gitlab, verify: gitlabToken({ secrets: secret }) }),
  tekton: () => ({ map: tekton, verify: unverified() }),
};

const descriptor = openSync(file, "a");
let written = Promise.resolve();
let waiting: string[] = [];

const store: StoredSubscriber = {
  name: "file",
  handle(event) {
    waiting.push(`${JSON.stringify(toWire(event))}\n`);
  },
  stored() {
    written = written.then(async () => {
      // What came while the last write was under way goes with this one.
      await new Promise((resolve) => setImmediate(resolve));
      if (waiting.length === 0) return;
      const lines = waiting.join("");
      waiting = [];
      writeSync(descriptor, lines);
      fsyncSync(descriptor);
    });
    return written;
  },
};

const sources = Object.fromEntries(
  routes.map((route) => {
    const [path = "", source = "", secret = ""] = route.split("=");
    const make = SOURCES[source];
    if (make === undefined) throw new Error(`no source ${source}`);
    return [path, make(secret)];
  }),
);

const handler = ingestHandler({ sources, to: store, clusterId: "test", durable: [store] });
const server = createServer(nodeListener(handler));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`port ${typeof address === "object" ? address?.port : ""}\n`);
});
process.on("SIGTERM", () => {
  process.stdout.write(`stats ${JSON.stringify(handler.stats())}\n`);
  closeSync(descriptor);
  process.exit(0);
});
