import { BLIND_SPOTS, type BlindSpot } from "./blind-spots.js";
import { checkedUrl } from "./yaml.js";

/** What the settings of a hook take. */
export interface HookSetup {
  /** Where the handler takes the deliveries. */
  readonly url: string | URL;
  /** Names the secret, for people; its value is never printed. */
  readonly secretName: string;
}

/** The settings of a webhook: what to choose in the forge's page, and the body for its API. */
export interface HookSettings {
  /** For people, one setting a line. */
  readonly text: string;
  /** For the forge's API; the secret's value is the caller's to add. */
  readonly api: Readonly<Record<string, unknown>>;
  readonly blindSpots: readonly BlindSpot[];
}

/**
 * The settings of a webhook of a GitHub repository or organisation, for its page and for `POST /repos/{owner}/{repo}/hooks`.
 *
 * @throws {TypeError} when the URL can't be used. The error does not show it.
 */
export function githubHook({ url, secretName }: HookSetup): HookSettings {
  const address = checkedUrl(url, "githubHook");
  return {
    text: [
      `Payload URL: ${address}`,
      "Content type: application/json (the other one is answered with 415)",
      `Secret: the value of ${oneLine(secretName)}`,
      "Events: Deployment statuses, Pushes",
      "",
    ].join("\n"),
    api: {
      name: "web",
      active: true,
      events: ["push", "deployment_status"],
      config: { url: address, content_type: "json", insecure_ssl: "0" },
    },
    blindSpots: BLIND_SPOTS.filter(({ system }) => system === "github"),
  };
}

/**
 * The settings of a webhook of a GitLab project or group, for its page and for `POST /projects/:id/hooks`.
 *
 * @throws {TypeError} when the URL can't be used. The error does not show it.
 */
export function gitlabHook({ url, secretName }: HookSetup): HookSettings {
  const address = checkedUrl(url, "gitlabHook");
  return {
    text: [
      `URL: ${address}`,
      `Secret token: the value of ${oneLine(secretName)} (from version 19 on better a signing token)`,
      "Trigger: Push events, Deployment events",
      "SSL verification: enabled",
      "",
    ].join("\n"),
    api: { url: address, push_events: true, deployment_events: true, enable_ssl_verification: true },
    blindSpots: BLIND_SPOTS.filter(({ system }) => system === "gitlab"),
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
