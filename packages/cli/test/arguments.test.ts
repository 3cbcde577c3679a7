import { expect, test } from "vitest";
import { alumiini, dataOfTest, fluxDelivery, servedInTest } from "./support/alumiini.ts";

const SECRET = "flux-secret-of-this-test";

test("what is asked wrongly is said, and never answered as if nothing were wrong", async () => {
  const path = dataOfTest();
  const server = await servedInTest(path, [], { ALUMIINI_FLUX_SECRET: SECRET });
  for (const name of ["checkout", "pay"]) {
    const { status } = await fetch(`${server.url}/flux`, fluxDelivery(name, SECRET, name === "checkout"));
    expect(status).toBe(200);
  }
  const ask = (...args: string[]) => alumiini([...args, "--server", server.url]);

  // A misspelt condition never holds.
  const misspelt = await ask("fleet", "--fail-on", "failling");
  expect(misspelt).toMatchObject({ status: 2, out: "", err: expect.stringContaining("did you mean failing?") });
  expect((await ask("fleet", "--fail-on", "stuck,failing")).status).toBe(5);
  expect((await ask("slo", "--fail-on", "failed")).status).toBe(2);

  // A repository is found by each way of writing it; one that there is not has no failures either.
  for (const repo of ["checkout", "shop/checkout", "kustomization/checkout", "default/shop/kustomization/checkout"]) {
    expect((await ask("syncs", "--repo", repo, "--fail-on", "failed")).status, repo).toBe(5);
    expect((await ask("export", "--repo", repo)).out.trim().split("\n"), repo).toHaveLength(1);
  }
  expect((await ask("syncs", "--repo", "pay,checkout", "-o", "ndjson")).out.trim().split("\n")).toHaveLength(2);
  const unknown = await ask("syncs", "--repo", "check", "--fail-on", "failed");
  expect(unknown).toMatchObject({
    status: 2,
    out: "",
    err: expect.stringContaining("there is default/shop/kustomization/checkout"),
  });
  expect((await ask("syncs", "--repo", "shop/pay,checkout")).status).toBe(2);
  expect((await ask("export", "--event", "nope")).status).toBe(1);

  // A time may begin as an option does, wherever it stands; an option that there is not is still one.
  expect(await ask("around", "checkout", "-2h")).toMatchObject({ status: 0, err: "" });
  expect(await ask("around", "checkout", "-2h", "--window", "1h", "--utc")).toMatchObject({ status: 0, err: "" });
  expect((await ask("around", "checkout", "-2h", "--windw", "1h")).err).toContain("unknown option '--windw'");
  expect((await ask("around", "checkout", "-2h", "14:03")).status).toBe(2);
});

test.each([
  [["syncs", "--last", "0h"], "is not a span of time"],
  [["syncs", "--last", "2x"], "is not a span of time"],
  [["dora", "--last", "2h", "--since", "1h"], "give one of them"],
  [["slo", "--since", "25:99"], "is not a time"],
  [["fleet", "--fail-on", "nonsense"], "--fail-on must be one of failing"],
  [["rebuild", "--server", "http://127.0.0.1:1"], "unknown option '--server'"],
])("%j is wrong also where there is nothing to ask", async (args, why) => {
  const answer = await alumiini([...args], { ALUMIINI_DATA: dataOfTest() });
  expect(answer).toMatchObject({ status: 2, out: "", err: expect.stringContaining(why) });
});
