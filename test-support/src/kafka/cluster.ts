import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, onFreshPorts } from "../ports.ts";
import { type BrokerOptions, KafkaBroker } from "./broker.ts";
import { java, SMALL_JVM } from "./java.ts";

/** How a cluster differs from the plainest. */
export interface ClusterOptions {
  /** Default 1. The first is the controller too. */
  readonly brokers?: number;
  /** Returns further lines for every `server.properties`, by key, given a directory to put files into. */
  readonly properties?: (directory: string) => Promise<Readonly<Record<string, string>>>;
  /** Names of further listeners of the first broker: `CLIENT` for SASL_PLAINTEXT, `TLS` for SASL_SSL. */
  readonly listeners?: readonly string[];
  /** What clients are told that the brokers' port is, by the real one: that of a proxy, for instance. */
  readonly advertise?: (port: number) => Promise<number>;
  /** Options of the brokers' JVMs; without, small ones that start fast. */
  readonly jvm?: readonly string[];
}

/** A real Kafka in KRaft mode, on free ports and in a directory of its own. */
export class KafkaCluster {
  readonly brokers: readonly KafkaBroker[];
  readonly directory: string;
  readonly #listeners: ReadonlyMap<string, number>;

  private constructor(brokers: readonly KafkaBroker[], directory: string, listeners: ReadonlyMap<string, number>) {
    this.brokers = brokers;
    this.directory = directory;
    this.#listeners = listeners;
  }

  /** Starts a cluster; resolves when each of its brokers knows all of them. `stop` must be called in the end. */
  static start(options: ClusterOptions = {}): Promise<KafkaCluster> {
    return onFreshPorts(() => KafkaCluster.#startOnce(options));
  }

  static async #startOnce(options: ClusterOptions): Promise<KafkaCluster> {
    const { brokers: count = 1, listeners = [], advertise = (port: number) => port, jvm = SMALL_JVM } = options;
    const directory = await mkdtemp(join(tmpdir(), "alumiini-kafka-"));
    // Any base64 of 16 bytes will do. It must not begin with a dash, and so that nobody takes it for another's, is unique.
    const clusterId = Buffer.concat([Buffer.from("alumiini"), randomBytes(8)]).toString("base64url");
    const brokers: KafkaBroker[] = [];
    for (let id = 1; id <= count; id++) {
      const port = await freePort();
      const own = { id, port, advertisedPort: await advertise(port), directory: join(directory, String(id)) };
      brokers.push(new KafkaBroker({ ...own, clusterId, jvm }));
    }
    const further = new Map<string, number>();
    for (const name of listeners) further.set(name, await freePort());
    const cluster = new KafkaCluster(brokers, directory, further);
    try {
      const controllerPort = await freePort();
      const given = await options.properties?.(directory);
      for (const broker of brokers) {
        await mkdir(broker.options.directory);
        const values = { ...serverProperties(broker.options, controllerPort, further), ...given };
        const lines = Object.entries(values).map(([key, value]) => `${key}=${value}\n`);
        await writeFile(broker.properties, lines.join(""));
        await java(["kafka.tools.StorageTool", "format", "-t", clusterId, "-c", broker.properties]);
      }
      await Promise.all(brokers.map((broker) => broker.start()));
      await Promise.all(brokers.map((broker) => broker.untilItSees(brokers)));
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Where clients find a further listener. */
  addressOf(listener: string): string {
    const port = this.#listeners.get(listener);
    if (port === undefined) throw new Error(`no listener ${listener}`);
    return `127.0.0.1:${port}`;
  }

  /** Where clients find it. */
  get bootstrap(): string[] {
    return this.brokers.map(({ options }) => `127.0.0.1:${options.advertisedPort}`);
  }

  /** The only broker, or the one with this id. */
  broker(id = 1): KafkaBroker {
    const found = this.brokers.find(({ options }) => options.id === id);
    if (found === undefined) throw new Error(`no broker ${id}`);
    return found;
  }

  async stop(): Promise<void> {
    await Promise.all(this.brokers.map((broker) => broker.kill()));
    await rm(this.directory, { recursive: true, force: true });
  }
}

function serverProperties(
  { id, port, advertisedPort, directory }: BrokerOptions,
  controllerPort: number,
  listeners: ReadonlyMap<string, number>,
): Record<string, string> {
  const first = id === 1;
  const further = first ? [...listeners].map(([name, port]) => `${name}://127.0.0.1:${port}`) : [];
  const controller = first ? [`CONTROLLER://127.0.0.1:${controllerPort}`] : [];
  return {
    "process.roles": first ? "broker,controller" : "broker",
    "node.id": String(id),
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    "controller.listener.names": "CONTROLLER",
    listeners: [`PLAINTEXT://127.0.0.1:${port}`, ...further, ...controller].join(),
    "advertised.listeners": [`PLAINTEXT://127.0.0.1:${advertisedPort}`, ...further].join(),
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,CLIENT:SASL_PLAINTEXT,TLS:SASL_SSL",
    "inter.broker.listener.name": "PLAINTEXT",
    "log.dirs": join(directory, "data"),
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "num.network.threads": "1",
    "num.io.threads": "2",
    "log.cleaner.enable": "false",
    // A broker that was killed is to be noticed, and let back in, within a test's patience.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
  };
}
