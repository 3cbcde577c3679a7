import { type NatsConnection as ConnectionV3, connect as connectV3 } from "@nats-io/transport-node";
import { connect as connectV2 } from "nats";
import type { NatsConnection } from "../src/index.js";

/** Both clients, each as its users open a connection with it. */
export const CLIENTS: readonly {
  readonly name: string;
  readonly connect: (options: Record<string, unknown>) => Promise<NatsConnection>;
}[] = [
  { name: "@nats-io/transport-node 3", connect: (options) => connectV3(options) },
  { name: "nats 2", connect: (options) => connectV2(options) },
];

/** A connection for what tests themselves do: create streams, read back. */
export function adminConnection(url: string, login: object = {}): Promise<ConnectionV3> {
  return connectV3({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 50, ...login });
}
