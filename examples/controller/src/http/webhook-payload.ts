import type { IncomingHttpHeaders } from "node:http";
import type { WebhookProvider } from "@alumiini/core";
import { isJsonObject, toJson } from "../manifests/json.js";
import type { JsonObject, JsonValue } from "../manifests/kubernetes-object.js";

/** What a delivery says. */
export interface Delivery {
  /** Whether commits were pushed; forges also send pings and much else. */
  readonly isPush: boolean;
  /** The addresses that the forge knows the repository by. */
  readonly addresses: readonly string[];
  /** The branches pushed to. */
  readonly branches: readonly string[];
}

interface Format {
  readonly eventHeader: string;
  readonly pushEvents: readonly string[];
  addresses(payload: JsonObject): (JsonValue | undefined)[];
  branches(payload: JsonObject): (JsonValue | undefined)[];
}

const FORMATS: Readonly<Record<WebhookProvider, Format>> = {
  github: {
    eventHeader: "x-github-event",
    pushEvents: ["push"],
    addresses: (payload) => ["clone_url", "ssh_url", "html_url"].map((name) => at(payload, "repository", name)),
    branches: (payload) => [branchOf(payload["ref"])],
  },
  gitlab: {
    eventHeader: "x-gitlab-event",
    pushEvents: ["Push Hook"],
    addresses: (payload) => ["git_http_url", "git_ssh_url", "web_url"].map((name) => at(payload, "project", name)),
    branches: (payload) => [branchOf(payload["ref"])],
  },
  bitbucket: {
    eventHeader: "x-event-key",
    // Bitbucket Cloud, then Bitbucket Data Center.
    pushEvents: ["repo:push", "repo:refs_changed"],
    addresses: (payload) => [
      at(payload, "repository", "links", "html", "href"),
      ...listAt(payload, "repository", "links", "clone").map((link) => at(link, "href")),
    ],
    branches: (payload) => [
      ...listAt(payload, "push", "changes").map((change) => at(change, "new", "name")),
      ...listAt(payload, "changes").map((change) => at(change, "ref", "displayId")),
    ],
  },
};

/**
 * Reads an authentic delivery.
 *
 * @throws {Error} when the body is not a JSON object.
 */
export function readDelivery(provider: WebhookProvider, headers: IncomingHttpHeaders, body: Buffer): Delivery {
  const format = FORMATS[provider];
  const payload = toJson(JSON.parse(body.toString("utf8")));
  if (!isJsonObject(payload)) throw new TypeError("the body is not a JSON object");
  const event = headers[format.eventHeader];
  return {
    isPush: typeof event === "string" && format.pushEvents.includes(event),
    addresses: format.addresses(payload).filter(isText),
    branches: format.branches(payload).filter(isText),
  };
}

function at(value: JsonValue | undefined, ...path: string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((found, name) => (isJsonObject(found) ? found[name] : undefined), value);
}

function listAt(value: JsonValue, ...path: string[]): readonly JsonValue[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

function branchOf(ref: JsonValue | undefined): string | undefined {
  return typeof ref === "string" ? /^refs\/heads\/(.+)$/.exec(ref)?.[1] : undefined;
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === "string";
}
