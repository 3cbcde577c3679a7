import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NatsServer } from "@alumiini-internal/test-support/nats-server";
import { freePort } from "@alumiini-internal/test-support/ports";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { describe, expect, it } from "vitest";

const README = join(import.meta.dirname, "..", "README.md");
/** Where programs find the packages that the README imports, as after its `npm install`. */
const BESIDE_PACKAGES = join(import.meta.dirname, "..", "..", "..", "bench");

/** The two programs of a controller that sends over NATS, as they are printed. */
async function programs(): Promise<{ controller: string; consumer: string }> {
  const text = await readFile(README, "utf8");
  const section = text.slice(text.indexOf("From a controller over NATS to answers"));
  const [controller = "", consumer = ""] = [...section.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code ?? "");
  return { controller, consumer };
}

describe("the README's way from a controller over NATS to answers", () => {
  it("works as it is printed", async (context) => {
    needProgram(context, "nats-server");
    const server = await NatsServer.start();
    const directory = await mkdtemp(join(BESIDE_PACKAGES, ".readme-"));
    const port = await freePort();
    const running: ChildProcess[] = [];
    let errors = "";
    const run = async (name: string, code: string): Promise<ChildProcess> => {
      const file = join(directory, `${name}.mts`);
      await writeFile(file, code);
      const env = { ...process.env, NATS_URL: server.url, PORT: String(port) };
      const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", file], { cwd: directory, env });
      child.stderr?.on("data", (data) => {
        errors += String(data);
      });
      running.push(child);
      return child;
    };
    const ask = async (path: string): Promise<unknown> => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return await response.json();
    };
    try {
      await mkdir(directory, { recursive: true });
      const { controller, consumer } = await programs();
      const [code] = await once(await run("controller", controller), "exit");
      expect(code, errors).toBe(0);
      await run("consumer", consumer);
      await expect
        .poll(async () => await ask("/v1/syncs").catch(() => undefined), { interval: 100 })
        .toMatchObject({
          total: 2,
          failed: 1,
          items: expect.arrayContaining([
            expect.objectContaining({
              repoName: "checkout",
              outcome: "succeeded",
              revision: "41d7e02a",
              resourcesApplied: 3,
            }),
            expect.objectContaining({ outcome: "failed", errorType: "apply_error", errorMessage: "quota exceeded" }),
          ]),
        });
      expect(await ask("/v1/fleet")).toMatchObject({
        items: [{ repoName: "checkout", state: "failing", runningRevision: "41d7e02a", wantedRevision: "9f3c1ab7" }],
      });
      expect(await ask("/v1/stats")).toMatchObject({ refused: 0, byForm: [{ form: "cdevent" }] });
      expect(await ask("/v1/dora")).toMatchObject({ measures: { changeFailRate: { coverage: { known: 1 } } } });
      expect(errors).toBe("");
    } finally {
      for (const child of running) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const exited = once(child, "exit");
        child.kill("SIGKILL");
        await exited;
      }
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
