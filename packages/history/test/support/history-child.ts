import { connect } from "@nats-io/transport-node";
import { openHistory } from "../../src/history.js";
import { duckdbStore } from "../../src/store/duckdb/duckdb-store.js";
import { StoreHeld } from "../../src/store/errors.js";

/** A history that reads a stream until it is killed: `<nats> <file>`. */
const [url = "", path = ""] = process.argv.slice(2);
const connection = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
const history = await untilFree(() =>
  openHistory({ store: duckdbStore({ path }), maxDelayMs: 20, onWarning: () => {} }),
);
const consumption = await history.consumeJetStream({
  connection,
  stream: "GITOPS",
  durable: "history",
  ackWaitMs: 1_000,
});
process.stdout.write("consuming\n");
setInterval(() => process.stdout.write(`stored ${consumption.stats().stored}\n`), 20);

/** The lock of a process that was killed is noticed when it is gone. */
async function untilFree<T>(open: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof StoreHeld)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
