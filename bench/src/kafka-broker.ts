import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** A broker of its own for measuring. */
export interface Broker {
  readonly address: string;
  stop(): Promise<void>;
}

const CACHE = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
/** Where `packages/kafka-sink/test/kafka/install.sh` puts the jars. */
const JARS = join(CACHE, "alumiini", "kafka-4.1.1", "*");

/** Starts a Kafka in KRaft mode on free ports. */
export async function startBroker(): Promise<Broker> {
  const directory = await mkdtemp(join(tmpdir(), "bench-kafka-"));
  const [port, controller] = [await freePort(), await freePort()];
  const config = join(directory, "server.properties");
  await writeFile(
    config,
    `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=${join(directory, "data")}
offsets.topic.replication.factor=1
`,
  );
  const java = ["-Xmx512m", "-cp", JARS];
  const storage = ["kafka.tools.StorageTool", "format", "-t", "YWx1bWlpbmktYmVuY2gtMQ", "-c", config];
  execFileSync("java", [...java, ...storage], { stdio: "ignore" });
  const broker = spawn("java", [...java, "kafka.Kafka", config], { stdio: "ignore" });
  process.once("exit", () => broker.kill("SIGKILL"));
  await listening(broker, port);
  return {
    address: `127.0.0.1:${port}`,
    async stop() {
      const exited = once(broker, "exit");
      broker.kill("SIGKILL");
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function listening(broker: ChildProcess, port: number): Promise<void> {
  while (broker.exitCode === null) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch {
      // Not yet.
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      socket.destroy();
    }
  }
  throw new Error("Kafka does not start: run packages/kafka-sink/test/kafka/install.sh first");
}
