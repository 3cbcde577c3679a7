import type { WebhookProvider } from "@alumiini/core";
import { sign, type WebhookSecrets } from "../http/webhook-signature.js";

/** Posts the webhook that a forge sends after a push; returns the HTTP status. */
export type SendWebhook = (provider: WebhookProvider, address: string, branch: string) => Promise<number>;

/** Posts real, signed deliveries to a controller. */
export function createWebhookSender(baseUrl: string, secrets: Readonly<Required<WebhookSecrets>>): SendWebhook {
  return async (provider, address, branch) => {
    const body = JSON.stringify(payload(provider, address, branch));
    const response = await fetch(`${baseUrl}/webhook/${provider}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers(provider, body, secrets[provider]) },
      body,
    });
    await response.arrayBuffer();
    return response.status;
  };
}

function payload(provider: WebhookProvider, address: string, branch: string): object {
  const ref = `refs/heads/${branch}`;
  switch (provider) {
    case "github":
      return { ref, repository: { clone_url: address } };
    case "gitlab":
      return { ref, project: { git_http_url: address } };
    case "bitbucket":
      return { repository: { links: { html: { href: address } } }, push: { changes: [{ new: { name: branch } }] } };
  }
}

function headers(provider: WebhookProvider, body: string, secret: string): Record<string, string> {
  switch (provider) {
    case "github":
      return { "x-github-event": "push", "x-hub-signature-256": sign(body, secret) };
    case "gitlab":
      return { "x-gitlab-event": "Push Hook", "x-gitlab-token": secret };
    case "bitbucket":
      return { "x-event-key": "repo:push", "x-hub-signature": sign(body, secret) };
  }
}
