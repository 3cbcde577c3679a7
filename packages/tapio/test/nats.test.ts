import { createTelemetry } from "@alumiini/core";
import { ensureStream, natsSink } from "@alumiini/nats-sink";
import { NatsServer } from "@alumiini-internal/test-support/nats-server";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { readStream } from "@alumiini-internal/test-support/stream-reader";
import { connect } from "@nats-io/transport-node";
import { expect, it } from "vitest";
import { occurrence, parseOccurrence, parseTapioEvent, tapioEvent } from "../src/index.js";

it("the encoders send bare JSON over NATS, to subjects of the user's choice", async (context) => {
  needProgram(context, "nats-server");
  const server = await NatsServer.start();
  context.onTestFinished(() => server.stop());
  const admin = await connect({ servers: server.url });
  context.onTestFinished(() => admin.close());
  await ensureStream(admin, { name: "TAPIO", replicas: 1, subjects: ["tapio.events.deployment", "gitops.>"] });
  await ensureStream(admin, { name: "BY_SUBTYPE", replicas: 1, subjects: ["tapio.events.deployment.*"] });

  const telemetry = createTelemetry({ clusterId: "prod" });
  const nats = { servers: server.url, contentMode: "binary" } as const;
  telemetry.subscribe(natsSink({ ...nats, encode: tapioEvent() }));
  telemetry.subscribe(
    natsSink({ ...nats, encode: tapioEvent(), subject: (event) => `tapio.events.deployment.${event.type}` }),
  );
  telemetry.subscribe(natsSink({ ...nats, encode: occurrence() }));
  telemetry.emit("sync_started", { repoName: "web", namespace: "shop", trigger: "poll", syncId: "S1" });
  await telemetry.close();

  // The two forms share a stream and an id: neither is taken for a duplicate of the other.
  const stored = [...(await readStream(server.url, "TAPIO")), ...(await readStream(server.url, "BY_SUBTYPE"))];
  expect(stored.map(({ subject }) => subject).sort()).toEqual([
    "gitops.sync.started",
    "tapio.events.deployment",
    "tapio.events.deployment.sync_started",
  ]);
  for (const { subject, text } of stored) {
    const parse = subject.startsWith("gitops") ? parseOccurrence : parseTapioEvent;
    expect(parse(text)).toMatchObject({ ok: true, event: { clusterId: "prod", namespace: "shop" } });
  }
});
