import { NatsServer } from "@alumiini-internal/test-support/nats-server";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { readStream, type StoredMessage } from "@alumiini-internal/test-support/stream-reader";
import type { NatsConnection } from "@nats-io/transport-node";
import type { TestContext } from "vitest";
import { ensureStream } from "../src/index.js";
import { adminConnection } from "./clients.js";

/** A server of the test's own, and what the test itself does with it. */
export interface Broker {
  readonly server: NatsServer;
  readonly url: string;
  /** A connection that has nothing to do with the sink under test. */
  readonly admin: NatsConnection;
  /** Everything in a stream, `EVENTS` by default, in its order. */
  read(stream?: string): Promise<StoredMessage[]>;
}

/** What a test's server is like. */
export interface BrokerOptions {
  readonly configuration?: string;
  /** Subjects of the stream `EVENTS`; no stream when empty. */
  readonly subjects?: readonly string[];
  /** For servers that ask for credentials. */
  readonly login?: { readonly user: string; readonly pass: string };
}

/** Starts a server for one test, and stops it with the test. Skips the test where there is no nats-server. */
export async function startBroker(context: TestContext, options: BrokerOptions = {}): Promise<Broker> {
  needProgram(context, "nats-server");
  const { configuration, subjects = ["alumiini.events.>"], login } = options;
  const server = await NatsServer.start(configuration);
  context.onTestFinished(() => server.stop());
  const admin = await adminConnection(server.url, login);
  context.onTestFinished(() => admin.close());
  if (subjects.length > 0) await ensureStream(admin, { name: "EVENTS", replicas: 1, subjects });
  return { server, url: server.url, admin, read: (stream = "EVENTS") => readStream(server.url, stream, login) };
}
