import { join } from "node:path";
import { seeded } from "@alumiini-internal/test-support/seeded";
import Ajv2020 from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import answers from "../../src/http/answers.schema.json" with { type: "json" };
import { answerName, openApi } from "../../src/http/openapi.js";
import { ROUTES } from "../../src/http/routes.js";
import { duckdbHistory, type TestHistory } from "../support/histories.js";
import { randomEvents } from "../support/random-events.js";
import { DAY, START } from "../support/sample-events.js";
import { answerSchemas } from "./answer-schemas.js";

const NOW = START + 31 * DAY;
const SCHEMAS = "#/components/schemas/";

/** Every object with properties has no others: what an answer holds is described. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return "properties" in inner && inner["type"] === "object" ? { ...inner, additionalProperties: false } : inner;
}

describe("the schemas of answers", () => {
  let place: TestHistory;
  const ajv = new Ajv2020({ strict: false, allErrors: true });

  beforeAll(async () => {
    ajv.addSchema({ $id: "answers", components: { schemas: closed(answers) } });
    place = await duckdbHistory(NOW);
    await place.add([...randomEvents(seeded(7), 150), "no event"]);
  });

  afterAll(async () => await place[Symbol.asyncDispose]());

  it("are those of the types; `vitest -u` writes them anew", async () => {
    const file = join(import.meta.dirname, "../../src/http/answers.schema.json");
    await expect(`${JSON.stringify(answerSchemas(), null, 2)}\n`).toMatchFileSnapshot(file);
  });

  it("are named by every route, and every name is there", () => {
    const document = JSON.stringify(openApi());
    for (const [, name] of document.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(document).toContain(`"${name}":{`);
    }
    for (const route of ROUTES) expect(Object.keys(answers)).toContain(answerName(route));
  });

  it.each([
    "/v1/fleet?limit=2",
    "/v1/fleet?states=failing",
    "/v1/syncs",
    "/v1/timeline?since=0&lanes=3",
    "/v1/slo?since=0",
    "/v1/dora?since=0&explain=changeFailRate",
    "/v1/dora?since=0&explain=changeLeadTime&by=month",
    "/v1/events?limit=500",
    "/v1/deadLetters",
    "/v1/gaps",
    "/v1/stats",
    "/v1/search?text=a",
  ])("hold for %s", async (path) => {
    await check(path);
  });

  it("hold for syncs, for what is around events, and for errors", async () => {
    const { items } = await place.history.syncs({ limit: 30 });
    for (const { syncId, clusterId, namespace, repoName } of items) {
      const repository = new URLSearchParams({ syncId, clusterId, namespace, repoName });
      await check(`/v1/sync?${repository}`);
    }
    const { items: events } = await place.history.events({ limit: 20, system: ["tapio", "kulta", "alumiini"] });
    for (const { eventId } of events) await check(`/v1/around?eventId=${encodeURIComponent(eventId)}&windowMs=12h`);
    await check("/v1/sync?syncId=nothing", 404);
    const refused = await place.history.fetch(new Request("http://x/v1/fleet?limit=0"));
    expect(refused.status).toBe(400);
    const document = openApi() as { components: { schemas: { Error: object } } };
    expect(ajv.validate(document.components.schemas.Error, await refused.json())).toBe(true);
  });

  it("hold for what is followed", async () => {
    const follower = new AbortController();
    const items = place.history.tail({ after: "0", signal: follower.signal });
    const validate = ajv.compile({ $ref: `answers${SCHEMAS}TailItem` });
    let count = 0;
    for await (const item of items) {
      expect(validate(JSON.parse(JSON.stringify(item))), JSON.stringify(validate.errors)).toBe(true);
      if (++count === 20) follower.abort();
    }
    expect(count).toBeGreaterThan(0);
  });

  async function check(path: string, status = 200): Promise<void> {
    const route = ROUTES.find((each) => path.split("?")[0] === each.path);
    const response = await place.history.fetch(new Request(`http://x${path}`));
    const answer: unknown = await response.json();
    expect(response.status, JSON.stringify(answer)).toBe(status);
    const validate = ajv.compile({ $ref: `answers${SCHEMAS}${route === undefined ? "" : answerName(route)}` });
    expect(validate(answer), `${path}: ${JSON.stringify(validate.errors?.slice(0, 3))}`).toBe(true);
  }
});
