import type { Sink } from "@alumiini/delivery";
import { ensureStream, natsSink } from "@alumiini/nats-sink";
import { connect } from "@nats-io/transport-node";
import type { Logger } from "pino";

/** The stream that the demo's events go to. */
const STREAM = "ALUMIINI";

/** A sink into JetStream. The stream is made when a connection finds none. */
export function demoNatsSink(servers: string, logger: Logger): Sink {
  return natsSink({
    servers,
    stream: STREAM,
    connect: async (options) => {
      const connection = await connect(options);
      try {
        await ensureStream(connection, { name: STREAM, replicas: 1 });
      } catch (error) {
        await connection.close();
        throw error;
      }
      return connection;
    },
    onFailure: ({ message }) => logger.warn(`NATS: ${message}`),
  });
}
