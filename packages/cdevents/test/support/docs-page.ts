import { type AluminiEvent, toWire } from "@alumiini/core";
import type { CloudEvent } from "@alumiini/delivery";
import { cdevents, PROFILES } from "../../src/index.js";
import { READERS } from "./docs-readers.js";
import { syncEvents } from "./sync.js";

const SOURCE = "https://gitops.example.com/clusters/prod-us-east";

/** `docs/cdevents.md`, out of what the encoder makes. */
export function docsPage(): string {
  const [, started] = syncEvents("success");
  if (started === undefined) throw new Error("the sync has no start");
  return [
    "# One sync as CDEvents",
    "",
    "Written by the tests of `packages/cdevents` from what the encoder makes; do not edit. After a change of the encoder:",
    "`npx -y pnpm@12 exec vitest run --project cdevents test/docs-page -u`.",
    "",
    "Each section shows one sync in all four profiles side by side, from the webhook to the end. Every CDEvent has the",
    "event it was made of in `customData.alumiini`, which is left out below. At the end: which libraries read it. The",
    "custom data of `sync_started`:",
    "",
    json({ alumiini: toWire(started) }),
    "",
    ...section("A sync that succeeds", syncEvents("success")),
    ...section("A sync that fails, with `incidents: true`", syncEvents("failure")),
    ...section("A sync that hands over to KULTA", syncEvents("success", { rolloutRef: "default/my-app" }).slice(-1)),
    READERS,
  ].join("\n");
}

function section(title: string, events: readonly AluminiEvent[]): string[] {
  const encoders = PROFILES.map((profile) =>
    cdevents({ profile, source: SOURCE, incidents: title.includes("incidents") }),
  );
  const rows = events.map((event) => ({ event, encoded: encoders.map((encode) => encode(event)) }));
  return [
    `## ${title}`,
    "",
    `| event | ${PROFILES.map((profile) => `\`${profile}\``).join(" | ")} |`,
    `|---|${PROFILES.map(() => "---").join("|")}|`,
    ...rows.map(
      ({ event, encoded }) =>
        `| \`${event.type}\` | ${encoded.map((all) => all.map(({ type }) => shortType(type)).join("<br>")).join(" | ")} |`,
    ),
    "",
    ...rows.flatMap(({ event, encoded }) => bodies(event, encoded)),
  ];
}

/** The bodies of one event; profiles that make the same are shown together. */
function bodies(event: AluminiEvent, encoded: readonly (readonly CloudEvent[])[]): string[] {
  const profiles = new Map<string, string[]>();
  for (const [index, cloudEvents] of encoded.entries()) {
    const text = cloudEvents.map(body).join("\n\n");
    profiles.set(text, [...(profiles.get(text) ?? []), PROFILES[index] ?? ""]);
  }
  return [
    `### ${event.type}`,
    "",
    ...[...profiles].flatMap(([text, names]) => [
      `<details><summary>${names.map((name) => `<code>${name}</code>`).join(", ")}</summary>`,
      "",
      text,
      "",
      "</details>",
      "",
    ]),
  ];
}

function body({ data }: CloudEvent): string {
  const { customData: _, ...shown } = Object(data);
  return json(shown);
}

function json(value: unknown): string {
  return ["```json", JSON.stringify(value, null, 2), "```"].join("\n");
}

function shortType(type: string): string {
  return `\`${type.replace(/^dev\./, "")}\``;
}
