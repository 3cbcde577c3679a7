import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { fluxText, sign } from "./support/requests.js";

/** The first block of the README, as printed, as a program. The packages in it are the built ones. */
async function bundleQuickstart(directory: string): Promise<string> {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const contents = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  if (contents === undefined) throw new Error("the README has no quickstart");
  const outfile = join(directory, "quickstart.mjs");
  await build({
    stdin: { contents, resolveDir: join(import.meta.dirname, ".."), loader: "ts" },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "silent",
  });
  return outfile;
}

it("the quickstart takes a delivery of Flux and prints its event", async () => {
  const directory = await mkdtemp(join(tmpdir(), "ingest-readme-"));
  const program = await bundleQuickstart(directory);
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, PORT: "0", WEBHOOK_SECRET: "dev-secret", NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(child, "close");
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value: first } = await lines.next();
    const port = /port: (\d+)/.exec(String(first))?.[1];
    const text = fluxText(1);
    const post = (signature: string) =>
      fetch(`http://127.0.0.1:${port}/flux`, {
        method: "POST",
        body: text,
        headers: { "content-type": "application/json", "x-signature": signature },
      });
    expect((await post(sign(text, "another"))).status).toBe(401);
    expect((await post(sign(text, "dev-secret"))).status).toBe(200);
    const { value: printed } = await lines.next();
    expect(printed).toBe(`2026-01-01T00:00:01.000Z sync_completed kustomization/web ${"0f".repeat(20)}`);
  } finally {
    child.kill("SIGKILL");
    await gone;
    await rm(directory, { recursive: true, force: true });
  }
});
