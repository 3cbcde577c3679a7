import { describe, expect, it } from "vitest";
import { type CdeventName, createCdevent, createCustomCdevent, DEFINITIONS, parseCdevent } from "../src/index.js";
import { officialOrSkip } from "./support/official.js";

const REFERENCE = { environment: { id: "/prod/shop" }, artifactId: "pkg:oci/web@sha256%3A4f2a91c" };
const FIELDS = { context: { source: "/my/pipeline" }, subject: { id: "shop/web", content: REFERENCE } };

describe("createCdevent", () => {
  it("adds what the specification fixes, in 0.5.1", () => {
    const event = createCdevent("service.deployed", FIELDS);
    expect(event).toEqual({
      context: {
        specversion: "0.5.1",
        id: expect.stringMatching(/^[\da-f]{32}$/),
        source: "/my/pipeline",
        type: "dev.cdevents.service.deployed.0.3.0",
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
      subject: FIELDS.subject,
    });
    expect(Math.abs(Date.parse(event.context.timestamp) - Date.now())).toBeLessThan(60_000);
    expect(createCdevent("service.deployed", FIELDS).context.id).not.toBe(event.context.id);
  });

  it("adds what the specification fixes, in 0.4.1", () => {
    const content = { pipelineName: "release", url: "https://ci.example.com/1" };
    const event = createCdevent("pipelinerun.started", { ...FIELDS, subject: { id: "1", content } }, "0.4.1");
    expect(event.context).toMatchObject({ version: "0.4.1", type: "dev.cdevents.pipelinerun.started.0.2.0" });
    expect(event.subject).toEqual({ id: "1", type: "pipelineRun", content });
  });

  it("takes what you say of the context", () => {
    const context = {
      source: "/my/pipeline",
      id: "1",
      timestamp: new Date(0),
      chainId: "6ca3f9c5-1cef-4ce0-861c-2456a69cf137",
      links: [{ linkType: "PATH", from: { contextId: "0" }, tags: {} }],
    } as const;
    const event = createCdevent("service.deployed", { ...FIELDS, context, customData: { a: 1 } });
    expect(event.context).toMatchObject({ ...context, timestamp: "1970-01-01T00:00:00.000Z" });
    expect(parseCdevent(JSON.stringify(event))).toMatchObject({ ok: true, event: { customData: { a: 1 } } });
  });

  it("makes every type of both versions again from its official example", (context) => {
    const made = new Set<string>();
    for (const { text } of officialOrSkip(context).vectors) {
      const parsed = parseCdevent(text);
      if (!parsed.ok) throw new Error(text);
      const { context: given, subject, ...rest } = parsed.event;
      const fields = { ...rest, context: given, subject };
      const event =
        parsed.name === "custom"
          ? createCustomCdevent(
              "mytool-resource.created.0.1.0",
              { ...fields, subject: parsed.event.subject },
              parsed.specversion,
            )
          : createCdevent<CdeventName, "0.4.1" | "0.5.1">(
              parsed.name,
              { ...rest, context: given, subject: Object(subject) },
              parsed.specversion,
            );
      expect(event).toEqual(parsed.event);
      made.add(`${parsed.name} ${parsed.specversion}`);
    }
    expect(made.size).toBe(2 * (DEFINITIONS.length + 1));
  });
});

describe("createCustomCdevent", () => {
  const fields = { context: { source: "/my/tool" }, subject: { id: "1", content: { anything: ["goes"] } } };

  it("makes custom events of both versions", () => {
    expect(parseCdevent(createCustomCdevent("mytool-resource.created.0.1.0", fields))).toMatchObject({
      ok: true,
      name: "custom",
      specversion: "0.5.1",
      event: { context: { type: "dev.cdeventsx.mytool-resource.created.0.1.0" } },
    });
    expect(parseCdevent(createCustomCdevent("mytool-resource.created.0.1.0", fields, "0.4.1"))).toMatchObject({
      ok: true,
      specversion: "0.4.1",
      event: { subject: { type: "mytool-resource" } },
    });
  });

  it.each(["resource.created.0.1.0", "my-tool-resource.created.0.1.0", "mytool-resource.created.0.10.0", ""])(
    "refuses the name %j, as the schema would",
    (name) => {
      expect(() => createCustomCdevent(name, fields)).toThrow(TypeError);
    },
  );
});
