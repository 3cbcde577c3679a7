import type { IncomingHttpHeaders } from "node:http";
import type { Telemetry, WebhookProvider } from "@alumiini/core";
import { canonicalAddress, parseRemote } from "../git/remote.js";
import type { Repository } from "../repository.js";
import { type Delivery, readDelivery } from "./webhook-payload.js";
import { isAuthentic, type WebhookSecrets } from "./webhook-signature.js";

/** What the webhooks need. */
export interface WebhookOptions {
  readonly telemetry: Telemetry;
  readonly repositories: readonly Repository[];
  readonly secrets: WebhookSecrets;
  /** The branch that a repository follows; `undefined` where that is not known yet. */
  readonly branchOf: (repository: Repository) => string | undefined;
  /** Called for every repository that a push concerns. */
  readonly onPush: (repository: Repository) => void;
}

/** What the forge is answered. */
export interface WebhookAnswer {
  readonly status: number;
  readonly message: string;
}

/**
 * Who sends an unsigned delivery may write any name into it: on events, and so on metric labels, such deliveries go
 * by this one.
 */
const UNKNOWN_REPOSITORY = { repoName: "unknown", namespace: "unknown" };

/** Takes the deliveries of forges: checks them, triggers what they concern, and reports each as `webhook_received`. */
export class Webhooks {
  readonly #options: WebhookOptions;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  receive(provider: WebhookProvider, headers: IncomingHttpHeaders, body: Buffer): WebhookAnswer {
    const secret = this.#options.secrets[provider];
    if (secret === undefined) {
      return this.#refuse(provider, 404, "not_configured", `no secret is set for ${provider} webhooks`);
    }
    if (!isAuthentic(provider, headers, body, secret)) {
      return this.#refuse(provider, 401, "auth", "the signature is missing or wrong");
    }
    let delivery: Delivery;
    try {
      delivery = readDelivery(provider, headers, body);
    } catch {
      return this.#refuse(provider, 400, "parse_error", "the body is not the JSON of a webhook");
    }
    return this.#accept(provider, delivery);
  }

  /** Reports a delivery that is not listened to. */
  #refuse(provider: WebhookProvider, status: number, errorType: string, message: string): WebhookAnswer {
    this.#options.telemetry.emit("webhook_received", {
      ...UNKNOWN_REPOSITORY,
      provider,
      trigger: "webhook",
      outcome: "failure",
      errorType,
      errorMessage: message,
    });
    return { status, message };
  }

  #accept(provider: WebhookProvider, delivery: Delivery): WebhookAnswer {
    const { telemetry, onPush, branchOf } = this.#options;
    const concerned = this.#repositoriesOf(delivery);
    if (concerned.length === 0) {
      if (delivery.isPush) {
        return this.#refuse(provider, 404, "unknown_repository", "this controller does not sync that repository");
      }
      telemetry.emit("webhook_received", { ...UNKNOWN_REPOSITORY, provider, trigger: "webhook" });
    }
    const pushed: string[] = [];
    const reasons: string[] = [];
    for (const repository of concerned) {
      const { name: repoName, namespace } = repository;
      const branch = branchOf(repository);
      const reason = reasonToIgnore(branch, delivery);
      const attributes = reason === undefined ? {} : { "alumiini.webhook.ignored": reason };
      telemetry.emit("webhook_received", { repoName, namespace, branch, provider, trigger: "webhook", attributes });
      if (reason === undefined) {
        pushed.push(repoName);
        onPush(repository);
      } else reasons.push(`${repoName}: ${reason}`);
    }
    return pushed.length > 0
      ? { status: 202, message: `syncing ${pushed.join(", ")}` }
      : { status: 200, message: `ignored: ${reasons.join("; ") || "no repository is named"}` };
  }

  #repositoriesOf({ addresses }: Delivery): Repository[] {
    const known = new Set(addresses.map(canonicalAddress));
    return this.#options.repositories.filter(({ url }) => known.has(canonicalAddress(parseRemote(url).url)));
  }
}

/** Why a delivery calls for no sync of a repository that follows `branch`; `undefined` where it does. */
function reasonToIgnore(branch: string | undefined, { isPush, branches }: Delivery): string | undefined {
  if (!isPush) return "it is no push";
  if (branches.length === 0) return "the push is to no branch";
  if (branch === undefined || branches.includes(branch)) return undefined;
  return `the push is to ${branches.slice(0, 3).join(", ")}, and ${branch} is followed`;
}
