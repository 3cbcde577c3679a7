import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

/** A nats-server with JetStream on a free port, its data on disk. */
export interface NatsServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts nats-server, which must be installed. */
export async function startNatsServer(): Promise<NatsServer> {
  const directory = await mkdtemp(join(tmpdir(), "bench-nats-"));
  const child = spawn("nats-server", ["-a", "127.0.0.1", "-p", "-1", "-js", "-sd", directory], {
    // Debian installs it where only root looks.
    env: { ...process.env, PATH: [process.env["PATH"], "/usr/sbin"].join(delimiter) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    const lines = createInterface({ input: child.stderr });
    let listening: string | undefined;
    lines.on("line", (line) => {
      listening ??= /Listening for client connections on (\S+)/.exec(line)?.[1];
      if (listening !== undefined && line.includes("Server is ready")) resolve(listening);
    });
    lines.once("close", () => reject(new Error("nats-server did not start")));
  });
  return {
    url: `nats://${address}`,
    async stop() {
      child.kill("SIGTERM");
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
