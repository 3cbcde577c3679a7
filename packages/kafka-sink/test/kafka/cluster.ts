import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JARS } from "./jars.js";
import { until } from "./until.js";

/** How a cluster differs from the plainest. */
export interface ClusterOptions {
  /** Default 1. The first is the controller too. */
  readonly brokers?: number;
  /** Answers further lines for every `server.properties`, by key, given a directory to put files into. */
  readonly properties?: (directory: string) => Promise<Readonly<Record<string, string>>>;
  /** Names of further listeners of the first broker: `CLIENT` for SASL_PLAINTEXT, `TLS` for SASL_SSL. */
  readonly listeners?: readonly string[];
  /** What clients are told that the brokers' port is, by the real one: that of a proxy, for instance. */
  readonly advertise?: (port: number) => Promise<number>;
}

const JAVA = ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", join(JARS, "*")];
/** Any base64 UUID will do: no two clusters share a directory. */
const CLUSTER_ID = "YWx1bWlpbmktdGVzdHMtMQ";

/** A broker of a {@link KafkaCluster}: a process of its own. */
export class KafkaBroker {
  readonly id: number;
  /** Where it listens; the same after a restart. */
  readonly port: number;
  readonly #directory: string;
  #process: ChildProcess | undefined;

  constructor(id: number, port: number, directory: string) {
    this.id = id;
    this.port = port;
    this.#directory = directory;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Starts it and waits until it listens. */
  async start(): Promise<void> {
    const log = join(this.#directory, "log");
    const child = spawn(
      "bash",
      ["-c", 'exec java "$@" >>"$LOG" 2>&1', "java", ...JAVA, "kafka.Kafka", this.properties],
      {
        env: { ...process.env, LOG: log },
        stdio: "ignore",
      },
    );
    this.#process = child;
    await until(async () => {
      if (child.exitCode !== null)
        throw new Error(`broker ${this.id} ended: ${(await readFile(log, "utf8")).slice(-2000)}`);
      return listens(this.port);
    }, 60_000);
  }

  /** Ends it at once, as `kill -9` does. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  get properties(): string {
    return join(this.#directory, "server.properties");
  }
}

/** A real Kafka in KRaft mode, on free ports and in a directory of its own. */
export class KafkaCluster {
  readonly brokers: readonly KafkaBroker[];
  readonly directory: string;
  readonly #advertised: readonly number[];
  readonly #listeners: ReadonlyMap<string, number>;

  private constructor(
    brokers: readonly KafkaBroker[],
    directory: string,
    advertised: readonly number[],
    listeners: ReadonlyMap<string, number>,
  ) {
    this.brokers = brokers;
    this.directory = directory;
    this.#advertised = advertised;
    this.#listeners = listeners;
  }

  /** Starts a cluster. `stop` must be called in the end. */
  static async start(options: ClusterOptions = {}): Promise<KafkaCluster> {
    const { brokers: count = 1, listeners = [], advertise = async (port: number) => port } = options;
    const directory = await mkdtemp(join(tmpdir(), "alumiini-kafka-"));
    const [controllerPort = 0, ...ports] = await freePorts(1 + count + listeners.length);
    const more = new Map(listeners.map((name, index) => [name, ports[count + index] ?? 0]));
    const brokers = ports
      .slice(0, count)
      .map((port, index) => new KafkaBroker(index + 1, port, join(directory, String(index + 1))));
    const advertised = await Promise.all(brokers.map(({ port }) => advertise(port)));
    const cluster = new KafkaCluster(brokers, directory, advertised, more);
    try {
      const given = await options.properties?.(directory);
      for (const [index, broker] of brokers.entries()) {
        const home = join(directory, String(broker.id));
        await mkdir(home);
        const seen = advertised[index] ?? broker.port;
        const values = { ...serverProperties(broker, controllerPort, seen, home, more), ...given };
        const lines = Object.entries(values).map(([key, value]) => `${key}=${value}\n`);
        await writeFile(broker.properties, lines.join(""));
        await java(["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", broker.properties]);
      }
      await Promise.all(brokers.map((broker) => broker.start()));
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
    return this.#advertised.map((port) => `127.0.0.1:${port}`);
  }

  /** The only broker, or the one with this id. */
  broker(id = 1): KafkaBroker {
    const found = this.brokers.find((broker) => broker.id === id);
    if (found === undefined) throw new Error(`no broker ${id}`);
    return found;
  }

  async stop(): Promise<void> {
    await Promise.all(this.brokers.map((broker) => broker.kill()));
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Runs a program of Kafka's and answers what it prints. */
export async function java(args: readonly string[]): Promise<string> {
  const child = spawn("java", [...JAVA, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}: ${stdout}${stderr}`);
  return stdout;
}

function serverProperties(
  broker: KafkaBroker,
  controllerPort: number,
  advertisedPort: number,
  home: string,
  more: ReadonlyMap<string, number>,
): Record<string, string> {
  const first = broker.id === 1;
  const further = first ? [...more].map(([name, port]) => `${name}://127.0.0.1:${port}`) : [];
  const controller = first ? [`CONTROLLER://127.0.0.1:${controllerPort}`] : [];
  return {
    "process.roles": first ? "broker,controller" : "broker",
    "node.id": String(broker.id),
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    "controller.listener.names": "CONTROLLER",
    listeners: [`PLAINTEXT://127.0.0.1:${broker.port}`, ...further, ...controller].join(),
    "advertised.listeners": [`PLAINTEXT://127.0.0.1:${advertisedPort}`, ...further].join(),
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,CLIENT:SASL_PLAINTEXT,TLS:SASL_SSL",
    "inter.broker.listener.name": "PLAINTEXT",
    "log.dirs": join(home, "data"),
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
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

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
