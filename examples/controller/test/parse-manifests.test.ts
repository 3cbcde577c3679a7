import { describe, expect, it } from "vitest";
import { parseManifests } from "../src/manifests/parse-manifests.js";
import { configMapYaml } from "./support.js";

const parse = (text: string, path = "app.yaml") => parseManifests([{ path, text }]);
const names = (parsed: ReturnType<typeof parse>) => parsed.manifests.map(({ object }) => object.metadata.name);

describe("parseManifests", () => {
  it("reads all documents of a file, and empty ones in between", () => {
    const parsed = parse(`# the app\n---\n${configMapYaml("a")}---\n---\n# nothing\n---\n${configMapYaml("b")}`);
    expect(names(parsed)).toEqual(["a", "b"]);
    expect(parsed).toMatchObject({ ignored: {}, problems: [] });
  });

  it("reads JSON", () => {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { x: "1" } };
    expect(parse(JSON.stringify(object), "a.json").manifests).toEqual([{ object, file: "a.json" }]);
  });

  it("reads scalars as a cluster does", () => {
    const text = `${configMapYaml("a")}spec: { mode: 0644, on: yes, at: 2020-01-01, count: 010, port: 8080, no: 09 }\n`;
    const spec = parse(text).manifests[0]?.object["spec"];
    expect(spec).toEqual({ mode: 420, on: "yes", at: "2020-01-01", count: 8, port: 8080, no: 9 });
  });

  it("resolves anchors and merge keys", () => {
    const text = `${configMapYaml("a")}x: &x { one: 1 }\ny:\n  <<: *x\n  two: 2\n`;
    expect(parse(text).manifests[0]?.object["y"]).toEqual({ one: 1, two: 2 });
  });

  it("takes lists apart", () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n${["a", "b"]
      .map((name) => `- { apiVersion: v1, kind: ConfigMap, metadata: { name: ${name} } }\n`)
      .join("")}`;
    expect(names(parse(list))).toEqual(["a", "b"]);
  });

  it("puts namespaces and definitions first, the rest in the order of the files", () => {
    const object = (kind: string, name: string) => `apiVersion: v1\nkind: ${kind}\nmetadata: { name: ${name} }\n`;
    const text = ["ConfigMap", "CustomResourceDefinition", "Secret", "Namespace"]
      .map((kind) => object(kind, kind.toLowerCase()))
      .join("---\n");
    expect(names(parse(text))).toEqual(["namespace", "customresourcedefinition", "configmap", "secret"]);
  });

  it("lets the last of two same objects count", () => {
    const parsed = parseManifests([
      { path: "base.yaml", text: configMapYaml("a", "base") },
      { path: "overlay.yaml", text: configMapYaml("a", "overlay") },
    ]);
    expect(parsed.manifests).toMatchObject([{ file: "overlay.yaml", object: { data: { value: "overlay" } } }]);
    expect(parsed.ignored).toEqual({ duplicate: 1 });
  });

  it.each([
    ["not_kubernetes", "services:\n  web: { image: x }\n"],
    ["not_kubernetes", "- apiVersion: v1\n  kind: ConfigMap\n"],
    ["not_kubernetes", "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n"],
    ["kustomize", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: { name: a }\n"],
    ["generated_name", "apiVersion: batch/v1\nkind: Job\nmetadata: { generateName: a- }\n"],
    ["template", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Values.name }}-config\n"],
    ["template", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ name }}\n"],
    ["template", "{{- if .Values.on }}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n{{- end }}\n"],
    ["template", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: $" + "{APP_NAME}\n"],
    ["template", "{% if on %}\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n{% endif %}\n"],
  ])("leaves out and counts: %s", (reason, text) => {
    expect(parse(text)).toEqual({ manifests: [], ignored: { [reason]: 1 }, problems: [] });
  });

  it("keeps an object that merely holds placeholders", () => {
    const text = `${configMapYaml("a")}annotations:\n  summary: "{{ $labels.pod }} is down"\n`;
    expect(names(parse(text))).toEqual(["a"]);
  });

  it.each([
    ["a broken document", `${configMapYaml("a")} bad: [\n`, /line \d+/],
    ["a duplicate key", `${configMapYaml("a")}kind: Secret\n`, /unique/i],
    ["metadata that is no mapping", "apiVersion: v1\nkind: ConfigMap\nmetadata: [a]\n", /metadata must be a mapping/],
    ["a missing name", "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n", /metadata\.name/],
    ["a name that is a number", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: 7 }\n", /metadata\.name/],
    ["what JSON cannot hold", `${configMapYaml("a")}spec: { x: .inf }\n`, /\.spec\.x: Infinity/],
    ["an undefined alias", `${configMapYaml("a")}spec: *nowhere\n`, /alias/i],
  ])("reports %s", (_case, text, message) => {
    const { problems } = parse(text);
    expect(problems).toEqual([{ file: "app.yaml", message: expect.stringMatching(message) }]);
  });

  it("reports broken JSON", () => {
    expect(parse('{"apiVersion": "v1", "kind"', "a.json").problems).toMatchObject([{ file: "a.json" }]);
  });

  it.each([
    ["an exploding document", explodingYaml()],
    ["deep nesting", `apiVersion: v1\nkind: ConfigMap\nspec: ${"[".repeat(50_000)}`],
    ["deep, closed nesting", `apiVersion: v1\nkind: ConfigMap\nspec: ${"[".repeat(500)}${"]".repeat(500)}\n`],
  ])("refuses %s", (_case, text) => {
    expect(parse(text).problems).toHaveLength(1);
  });

  it("refuses deep JSON", () => {
    const text = `{"apiVersion":"v1","kind":"A","x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    expect(parse(text, "a.json").problems).toHaveLength(1);
  });

  it("takes prototype keys for ordinary ones", () => {
    const [found] = parse(`${configMapYaml("a")}__proto__: { polluted: true }\n`).manifests;
    expect(Object.keys(found?.object ?? {})).toContain("__proto__");
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it("tells of every file before it parses it", () => {
    const told: string[] = [];
    parseManifests(
      [
        { path: "a.yaml", text: "" },
        { path: "b.yaml", text: "" },
      ],
      (path) => told.push(path),
    );
    expect(told).toEqual(["a.yaml", "b.yaml"]);
  });
});

/** Nine times nine times nine … elements, in a few hundred bytes. */
function explodingYaml(): string {
  let text = "apiVersion: v1\nkind: ConfigMap\na0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (let level = 1; level < 12; level++) {
    text += `a${level}: &a${level} [${Array(9)
      .fill(`*a${level - 1}`)
      .join(", ")}]\n`;
  }
  return text;
}
