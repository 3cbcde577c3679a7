import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readStream } from "@alumiini-internal/test-support/stream-reader";
import { expect, it } from "vitest";
import { startBroker } from "./broker.js";

const PACKAGE = join(import.meta.dirname, "..");

it("the quickstart, as printed but for addresses, stores its event", async (context) => {
  const broker = await startBroker(context, { subjects: [] });
  const directory = await mkdtemp(join(tmpdir(), "nats-readme-"));
  context.onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const readme = readFileSync(join(PACKAGE, "README.md"), "utf8");
  const printed = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const changes = [
    ["nats://nats.messaging:4222", broker.url],
    ["/var/lib/controller/nats", join(directory, "outbox")],
    // One server has one replica only.
    ['{ name: "ALUMIINI" }', '{ name: "ALUMIINI", replicas: 1 }'],
  ] as const;
  let program = printed;
  for (const [from, to] of changes) {
    expect(program).toContain(from);
    program = program.replace(from, to);
  }
  const args = ["--input-type=module", "-e", program];
  const child = spawn(process.execPath, args, { cwd: PACKAGE, stdio: ["ignore", "ignore", "pipe"], timeout: 60_000 });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [status] = await once(child, "close");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const stored = await readStream(broker.url, "ALUMIINI");
  expect(stored.map(({ subject }) => subject)).toEqual(["alumiini.events.prod-us-east.team-a.my-app.sync_completed"]);
});
