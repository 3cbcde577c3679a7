import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { createThreadParser } from "../src/manifests/parse-in-thread.js";
import { configMapYaml, RUNNING } from "./support.js";

const script = new URL("../dist/parser-thread.js", import.meta.url);
const limits = { timeoutMs: 60_000, maxHeapMb: 512 };
const files = [{ path: "app.yaml", text: configMapYaml("a") }];
/** Keys are compared with one another: 40,000 of them take the parser half a minute. */
const slow = {
  path: "slow.yaml",
  text: configMapYaml("b") + Array.from({ length: 40_000 }, (_, i) => `key${i}: 1\n`).join(""),
};

it("is tested as built", () => {
  expect(existsSync(script), "build the example first: pnpm run build").toBe(true);
});

it("answers what the thread found", async () => {
  const parsed = await createThreadParser(limits, script)(files, RUNNING);
  expect(parsed).toMatchObject({
    manifests: [{ object: { metadata: { name: "a" } }, file: "app.yaml" }],
    problems: [],
  });
});

it("names the file that takes too long, and lets the event loop run meanwhile", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 5);
  const parsed = await createThreadParser({ ...limits, timeoutMs: 5000 }, script)([...files, slow], RUNNING);
  clearInterval(timer);
  expect(parsed.problems).toEqual([{ file: "slow.yaml", message: "takes longer than 5000 ms to parse" }]);
  expect(turns).toBeGreaterThan(10);
});

it("names the file that takes too much memory", async () => {
  const text = `${configMapYaml("b")}list:\n${"- { a: [1, 2, 3], b: [1, 2, 3] }\n".repeat(100_000)}`;
  const parse = createThreadParser({ ...limits, maxHeapMb: 24 }, script);
  const { problems } = await parse([...files, { path: "big.yaml", text }], RUNNING);
  expect(problems).toEqual([{ file: "big.yaml", message: "takes more than 24 MB of memory to parse" }]);
});

it("stops at once when it is told to", async () => {
  const abort = new AbortController();
  const parsing = createThreadParser(limits, script)([slow], abort.signal);
  abort.abort();
  await expect(parsing).rejects.toMatchObject({ errorType: "cancelled" });
});
