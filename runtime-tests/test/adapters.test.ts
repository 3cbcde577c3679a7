import { beforeAll, describe, expect, it } from "vitest";
import { buildProgram, COMMANDS, type Runtime, runIn } from "../src/run-in.js";

describe("the adapters behave the same in", () => {
  let program: string;

  beforeAll(async () => {
    program = await buildProgram("adapters");
  });

  it.each(Object.keys(COMMANDS) as Runtime[])("%s", async (runtime) => {
    // prom-client and pino read the environment and the host's name, which Deno does not let them by default.
    const flags = runtime === "Deno" ? ["--allow-env", "--allow-sys"] : [];
    expect(await runIn(runtime, program, flags)).toEqual({
      status: 200,
      contentType: "text/plain; version=0.0.4; charset=utf-8",
      syncs: [
        'alumiini_syncs_total{repo_name="shop",trigger="webhook",outcome="success"} 1',
        'alumiini_syncs_total{repo_name="shop",trigger="webhook",outcome="failure"} 1',
      ],
      refused: 405,
      lines: 13,
    });
  });
});
