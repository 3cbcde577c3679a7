import { jetstreamManager } from "@nats-io/jetstream";
import { describe, expect, it } from "vitest";
import { ensureStream } from "../src/index.js";
import { startBroker } from "./broker.js";
import { CLIENTS } from "./clients.js";

const MINUTE = 60_000_000_000;

describe.each(CLIENTS)("ensureStream with $name", ({ connect }) => {
  it("creates a stream that keeps what it has taken, and finds it again", async (context) => {
    const broker = await startBroker(context, { subjects: [] });
    const connection = await connect({ servers: broker.url });
    expect(await ensureStream(connection, { name: "ALUMIINI", replicas: 1 })).toBe("created");
    expect(await ensureStream(connection, { name: "ALUMIINI", replicas: 1 })).toBe("unchanged");
    const { config } = await (await jetstreamManager(broker.admin)).streams.info("ALUMIINI");
    expect(config).toMatchObject({
      subjects: ["alumiini.events.>"],
      storage: "file",
      retention: "limits",
      discard: "new",
      num_replicas: 1,
      max_bytes: 2 ** 30,
      max_age: 7 * 24 * 60 * MINUTE,
      duplicate_window: 15 * MINUTE,
    });
    await connection.close();
  });

  it("adds what an existing stream lacks and leaves the rest alone", async (context) => {
    const broker = await startBroker(context, { subjects: [] });
    const { streams } = await jetstreamManager(broker.admin);
    await streams.add({
      name: "OLD",
      subjects: ["alumiini.events.a.>", "other"],
      duplicate_window: MINUTE,
      max_msgs: 7,
    });
    const connection = await connect({ servers: broker.url });
    expect(await ensureStream(connection, { name: "OLD" })).toBe("updated");
    expect((await streams.info("OLD")).config).toMatchObject({
      subjects: ["other", "alumiini.events.>"],
      duplicate_window: 15 * MINUTE,
      max_msgs: 7,
      num_replicas: 1,
    });
    expect(await ensureStream(connection, { name: "OLD", duplicateWindowMs: 1000 })).toBe("unchanged");
    await connection.close();
  });

  it("says what a single server, a foreign stream or a server without JetStream keeps it from", async (context) => {
    const broker = await startBroker(context);
    const connection = await connect({ servers: broker.url });
    await expect(ensureStream(connection, { name: "THREE", subjects: ["x"] })).rejects.toThrow(
      /did not create stream THREE: replicas > 1 .*; set `replicas: 1` for a single server$/,
    );
    await expect(ensureStream(connection, { name: "SECOND", replicas: 1 })).rejects.toThrow("subjects overlap");
    await expect(ensureStream(connection, { name: "a.b" })).rejects.toThrow(TypeError);
    await connection.close();

    const plain = await startBroker(context, { subjects: [], configuration: "jetstream: disabled" });
    const other = await connect({ servers: plain.url });
    await expect(ensureStream(other, { name: "ANY" })).rejects.toThrow("JetStream does not answer");
    await other.close();
  });
});
