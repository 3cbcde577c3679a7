import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { needGoProgram } from "@alumiini-internal/test-support/go/program";
import { describe, expect, type TestContext, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { alumiini } from "./support/alumiini.ts";

/** Decodes manifests with the Go types of their APIs, strictly. */
function decoderOrSkip(
  context: Pick<TestContext, "skip">,
): (manifests: string) => { out: string; status: number | null } {
  const program = needGoProgram(context, join(import.meta.dirname, "go"));
  return (input) => {
    const { stdout, status } = spawnSync(program, { input, encoding: "utf8" });
    return { out: stdout.trim(), status };
  };
}

async function printed(...args: string[]): Promise<string> {
  const { status, out, err } = await alumiini(["setup", ...args]);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  return out;
}

describe("what setup prints is what the APIs take: no unknown field, no wrong type", () => {
  test.for([
    [
      ["flux", "--url", "https://a.example/flux"],
      ["notification.toolkit.fluxcd.io/v1beta3 Provider", "notification.toolkit.fluxcd.io/v1beta3 Alert"],
    ],
    [
      ["flux", "--url", "https://a.example/flux", "--secret", "s", "--from", "shop,infra", "-n", "flux"],
      ["notification.toolkit.fluxcd.io/v1beta3 Provider", "notification.toolkit.fluxcd.io/v1beta3 Alert"],
    ],
    [["argocd", "--url", "https://a.example/argocd"], ["v1 ConfigMap"]],
    [["kubernetes"], ["v1 PersistentVolumeClaim", "apps/v1 Deployment", "v1 Service"]],
    [
      ["kubernetes", "--replicas", "3", "-n", "ops", "--secret", "x"],
      ["apps/v1 StatefulSet", "policy/v1 PodDisruptionBudget", "v1 Service"],
    ],
  ] as const)("%j", async ([args, kinds], context) => {
    const decode = decoderOrSkip(context);
    const { out, status } = decode(await printed(...args));
    expect(out.split("\n")).toEqual(kinds);
    expect(status).toBe(0);
  });

  test("a wrong field is noticed", async (context) => {
    const decode = decoderOrSkip(context);
    const manifests = await printed("kubernetes");
    expect(decode(manifests.replace("replicas: 1", "replica: 1"))).toMatchObject({
      status: 1,
      out: expect.stringContaining('unknown field "spec.replica"'),
    });
    expect(decode(manifests.replace("replicas: 1", 'replicas: "one"')).status).toBe(1);
  });
});

test("with DuckDB there are never two at once; with PostgreSQL there may be", async () => {
  const documents = (text: string) => parseAllDocuments(text).map((document) => document.toJS());
  const one = documents(await printed("kubernetes")).find(({ kind }) => kind === "Deployment");
  expect(one.spec).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
  const several = documents(await printed("kubernetes", "--replicas", "2"));
  expect(several.map(({ kind }) => kind)).not.toContain("PersistentVolumeClaim");
  const set = several.find(({ kind }) => kind === "StatefulSet");
  expect(set.spec).toMatchObject({ replicas: 2, volumeClaimTemplates: [{ metadata: { name: "data" } }] });
  const [container] = set.spec.template.spec.containers;
  // It doesn't start without one, rather than keep each replica's own history.
  expect(container.env).toContainEqual({
    name: "ALUMIINI_POSTGRES_URL",
    valueFrom: { secretKeyRef: { name: "alumiini", key: "ALUMIINI_POSTGRES_URL" } },
  });
  for (const { spec } of [one, set]) {
    const [{ securityContext }] = spec.template.spec.containers;
    expect(securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(spec.template.spec.securityContext).toMatchObject({ runAsNonRoot: true });
  }
  expect((await alumiini(["setup", "kubernetes", "--replicas", "0"])).status).toBe(2);
  expect((await alumiini(["setup", "kubernetes", "--image", "a\nb"])).status).toBe(2);
});
