import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { alumiini, dataOfTest, fluxDelivery, type Server, servedInTest } from "./support/alumiini.ts";

const SECRET = "flux-secret-of-this-test";
const HOUR_MS = 3_600_000;
const CLOCK = new URL("support/shifted-clock.mjs", import.meta.url).href;

test.each([
  ["forwards and back", HOUR_MS],
  ["back and forwards", -HOUR_MS],
])("keeps all, and goes on, when its clock jumps %s by an hour", async (_, jump) => {
  const data = dataOfTest();
  const file = join(data, "..", `${data.split("/").at(-1)}.clock`);
  const env = {
    ALUMIINI_FLUX_SECRET: SECRET,
    ALUMIINI_TEST_CLOCK: file,
    NODE_OPTIONS: `--import ${CLOCK}`,
  };
  const config = join(data, "alumiini.yaml");
  writeFileSync(config, "history: { retention: { maxAge: 1d } }\n");
  const server = await servedInTest(data, ["--config", config], env);
  const sent: string[] = [];
  await deliver(server, sent);
  await setClock(server, file, jump);
  await deliver(server, sent);
  await setClock(server, file, -jump);
  await deliver(server, sent);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  const fleet = await (await fetch(`${server.url}/v1/fleet`)).json();
  expect(fleet).toMatchObject({ total: sent.length });
  // The sender's clock is right all the time: nothing of it is late by more than the hour.
  expect(server.log()).not.toMatch(/WARN|ERROR/);
  expect(await server.stop()).toBe(0);

  // The clock of a machine that was started again is wrong, too.
  const again = await servedInTest(data, ["--config", config], env);
  await deliver(again, sent);
  const { out } = await alumiini(["export", "--data", data]);
  expect(sent.filter((revision) => !out.includes(revision))).toEqual([]);
  expect(await again.stop()).toBe(0);
  for (const left of [file, `${file}.set`]) rmSync(left);
});

async function deliver(server: Server, sent: string[]): Promise<void> {
  for (let index = 0; index < 3; index++) {
    const revision = sent.length.toString(16).padStart(40, "0");
    const response = await fetch(
      `${server.url}/flux`,
      fluxDelivery(`repo-${sent.length}`, SECRET, false, { revision }),
    );
    expect(response.status).toBe(200);
    sent.push(revision);
  }
}

async function setClock(server: Server, file: string, shift: number): Promise<void> {
  writeFileSync(file, String(shift));
  rmSync(`${file}.set`);
  process.kill(server.pid, "SIGUSR2");
  await expect.poll(() => existsSync(`${file}.set`) && readFileSync(`${file}.set`, "utf8")).toBe(String(shift));
}
