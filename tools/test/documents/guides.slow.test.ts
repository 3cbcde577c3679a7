import { globSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { blocksOf } from "../../src/documents/blocks.ts";
import { DocumentShell, type Printed, steady } from "../../src/documents/shell.ts";
import { ROOT } from "../../src/workspace.ts";

/** Runs a guide from its first block to its last; fails where one fails, or prints something else than stands there. */
async function follow(path: string): Promise<{ readonly printed: readonly Printed[]; readonly notes: string }> {
  const shell = await DocumentShell.open();
  const printed: Printed[] = [];
  try {
    for (const block of blocksOf(path)) {
      if (block.language === "text") {
        const said = (printed.at(-1)?.text ?? "").split("\n").map(steady);
        for (const line of block.text.trimEnd().split("\n")) expect(said, path).toContain(steady(line));
        continue;
      }
      const result = await shell.run(block);
      expect(result.status, `${block.text}\n${result.text}`).toBe(0);
      printed.push(result);
    }
    return { printed, notes: printed.some(({ text }) => text !== "") ? notesOf(shell) : "" };
  } finally {
    await shell.close();
  }
}

function notesOf(shell: DocumentShell): string {
  try {
    return shell.notes;
  } catch {
    return "";
  }
}

describe("the guides, as printed", () => {
  it("are all tried here", () => {
    expect(
      globSync("docs/guides/*.md", { cwd: ROOT })
        .map((path) => basename(path))
        .sort(),
    ).toEqual(["README.md", "argocd.md", "controller-author.md", "deployment-script.md", "flux.md", "on-call.md"]);
  });

  it("Flux: a delivery is shown, and the manifests name what Flux needs", async () => {
    const { notes } = await follow("docs/guides/flux.md");
    expect(notes).toMatch(/^kind: Provider$/m);
    expect(notes).toMatch(/^kind: Alert$/m);
    expect(notes).toContain("type: generic-hmac");
    expect(notes).toContain('address: "http://alumiini.alumiini.svc/flux"');
    expect(notes).toContain('{ kind: Kustomization, name: "*", namespace: "shop" }');
    expect(notes).toMatch(/^kind: Service$/m);
  });

  it("Argo CD: a delivery is shown, and the patch has service, template, trigger and subscription", async () => {
    const { notes } = await follow("docs/guides/argocd.md");
    expect(notes).toMatch(/patch secret argocd-notifications-secret .*"alumiini-token":"[\w+/=]{32}"/);
    for (const key of ["service.webhook.alumiini", "template.alumiini", "trigger.alumiini", "subscriptions"])
      expect(notes).toMatch(new RegExp(`^ {2}${key}: \\|$`, "m"));
    expect(notes).toContain("value: Bearer $alumiini-token");
  });

  it("on call: the five questions are answered by the demo", async () => {
    const { printed } = await follow("docs/guides/on-call.md");
    const said = printed.map(({ text }) => text);
    expect(said.find((text) => text.includes("MATCH"))).toMatch(/kernel\.container\.oom_kill.*Likely .*belongs to/);
    // One row for each cluster. How many repositories fail changes with the demo's own controller.
    const fleets = said.filter((text) => text.includes("3 of 3 shown"));
    expect(fleets.filter((text) => text.match(/ shop\/checkout /g)?.length === 3)).toHaveLength(1);
    expect(said.find((text) => text.includes("BUDGET LEFT"))).toContain("Spent");
  });

  it("controller author: the program's syncs are in the history", async () => {
    await follow("docs/guides/controller-author.md");
  });

  it("deployment script: a request, a failing program, and a gate", async () => {
    await follow("docs/guides/deployment-script.md");
  });
});
