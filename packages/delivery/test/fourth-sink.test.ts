import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { parseWire } from "@alumiini/core";
import { sampleEvents } from "@alumiini/core/testing";
import { describe, expect, it } from "vitest";
import { type SinkFixture, sinkConformance } from "../src/testing/index.js";
import { linesSink } from "./fourth-sink.js";

/** A receiver of lines; it answers 503 while it is down. */
class Receiver {
  readonly ids: string[] = [];
  readonly server: Server;
  status = 200;
  /** An event that it answers 503 for, and for all that come in one request with it. */
  refused: string | undefined;
  url = "";

  constructor() {
    this.server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      request.on("end", () => {
        const refuses = this.refused !== undefined && body.includes(this.refused);
        if (this.status === 200 && !refuses) this.#take(body);
        response.writeHead(refuses ? 503 : this.status).end();
      });
    });
  }

  async start(): Promise<void> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    const address = this.server.address();
    this.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }

  #take(body: string): void {
    for (const line of body.split("\n")) {
      const result = parseWire(line);
      if (!result.ok) throw new Error(`${result.error.message}: ${line}`);
      this.ids.push(result.event.id);
    }
  }
}

async function fixture(): Promise<SinkFixture> {
  const receiver = new Receiver();
  await receiver.start();
  return {
    createSink: (options) => linesSink(receiver.url, options),
    received: () => receiver.ids,
    down: () => {
      receiver.status = 503;
    },
    up: () => {
      receiver.status = 200;
    },
    refuse: (id) => {
      receiver.refused = id;
    },
    dispose: () => receiver.stop(),
  };
}

describe("the sink of docs/writing-a-sink.md", () => {
  for (const { name, run } of sinkConformance(fixture, { poison: true })) it(name, run);

  it("gives up what the receiver refuses for good", async () => {
    const receiver = new Receiver();
    await receiver.start();
    receiver.status = 413;
    const sink = linesSink(receiver.url, { onFailure: () => {} });
    for (const event of sampleEvents()) sink.handle(event);
    await sink.flush();
    expect(sink.stats()).toMatchObject({ accepted: 39, delivered: 0, pending: 0, dropped: { rejected: 39 } });
    await sink.close();
    await receiver.stop();
  });

  it("is the one that is tested here, and has at most 30 lines", () => {
    const path = (relative: string) => new URL(relative, import.meta.url);
    const document = readFileSync(path("../../../docs/writing-a-sink.md"), "utf8");
    const tested = readFileSync(path("./fourth-sink.ts"), "utf8").replace("../src/index.js", "@alumiini/delivery");
    expect(document).toContain(`\`\`\`ts\n${tested}\`\`\``);
    expect(tested.trimEnd().split("\n").length).toBeLessThanOrEqual(30);
  });
});
