import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Connection, metadataV12 } from "@platformatic/kafka";
import { PortTaken, saysPortTaken } from "../ports.ts";
import { until } from "../until.ts";
import { KAFKA } from "./java.ts";

/** What a slow machine needs to start a JVM beside others. */
const START_TIMEOUT_MS = 120_000;

/** What makes a broker. */
export interface BrokerOptions {
  readonly id: number;
  /** Where it listens; the same after a restart. */
  readonly port: number;
  /** Where its clients are told that it listens. */
  readonly advertisedPort: number;
  readonly directory: string;
  readonly clusterId: string;
  readonly jvm: readonly string[];
}

/** A broker of a cluster: a process of its own. */
export class KafkaBroker {
  readonly options: BrokerOptions;
  #process: ChildProcess | undefined;

  constructor(options: BrokerOptions) {
    this.options = options;
  }

  get address(): string {
    return `127.0.0.1:${this.options.port}`;
  }

  get properties(): string {
    return join(this.options.directory, "server.properties");
  }

  /** Starts it and waits until the controller has let it in. Throws {@link PortTaken} where it could not listen. */
  async start(): Promise<void> {
    const log = await open(this.#log, "a");
    const args = [...this.options.jvm, ...KAFKA, "kafka.Kafka", this.properties];
    this.#process = spawn("java", args, { stdio: ["ignore", log.fd, log.fd] });
    await log.close();
    await this.untilItSees([this]);
  }

  /** Resolves when these brokers are those that it tells its clients of: they have registered and are not fenced. */
  async untilItSees(brokers: readonly KafkaBroker[]): Promise<void> {
    const ports = brokers.map(({ options }) => options.advertisedPort);
    await until(async () => {
      const seen = await this.#advertisedPorts();
      return ports.every((port) => seen.includes(port));
    }, START_TIMEOUT_MS);
  }

  /** Ends it at once, as `kill -9` does. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || hasEnded(child)) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  /** The ports of the brokers in its metadata; none while it does not answer. */
  async #advertisedPorts(): Promise<number[]> {
    const { id, port: ownPort, clusterId: ownCluster } = this.options;
    if (this.#process === undefined || hasEnded(this.#process)) {
      const log = await readFile(this.#log, "utf8");
      const said = `broker ${id} ended: ${log.slice(-2000)}`;
      throw saysPortTaken(log) ? new PortTaken(said) : new Error(said);
    }
    const connection = new Connection("test-support", { connectTimeout: 5000, requestTimeout: 5000 });
    try {
      await connection.connect("127.0.0.1", ownPort);
      const { clusterId, brokers } = await metadataV12.api.async(connection, [], false, false);
      // Another cluster's broker may have got the port; ours is about to end then.
      return clusterId === ownCluster ? brokers.map(({ port }) => port) : [];
    } catch {
      return []; // Not yet.
    } finally {
      await connection.close();
    }
  }

  get #log(): string {
    return join(this.options.directory, "log");
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
