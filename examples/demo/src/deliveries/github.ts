const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const REPOSITORY = {
  id: 42,
  name: "storefront",
  full_name: "example/storefront",
  html_url: "https://github.com/example/storefront",
  clone_url: "https://github.com/example/storefront.git",
  owner: { login: "example" },
};

/** A delivery of a webhook: its event and id are in headers. */
export interface GithubDelivery {
  readonly event: string;
  readonly id: string;
  readonly body: string;
}

/** What GitHub sends of a push and its deployment, made up for the minutes before `now`. */
export function githubDeliveries(now: number): GithubDelivery[] {
  const sha = "d5e6".repeat(10);
  const pushed = now - 21 * MINUTE;
  const push = {
    ref: "refs/heads/main",
    before: "b1c2".repeat(10),
    after: sha,
    deleted: false,
    head_commit: { id: sha, timestamp: new Date(pushed - 5 * MINUTE).toISOString() },
    repository: { ...REPOSITORY, pushed_at: Math.floor(pushed / SECOND) },
  };
  const status = (id: number, state: string, at: number) => ({
    action: "created",
    deployment_status: { id, state, description: "", environment: "production", ...times(at) },
    deployment: { id: 9, sha, ref: "main", task: "deploy", environment: "production", ...times(pushed + 2 * MINUTE) },
    repository: REPOSITORY,
  });
  return [
    {
      event: "ping",
      id: "demo-0",
      body: JSON.stringify({ zen: "Speak like a human.", hook_id: 1, repository: REPOSITORY }),
    },
    { event: "push", id: "demo-1", body: JSON.stringify(push) },
    {
      event: "deployment_status",
      id: "demo-2",
      body: JSON.stringify(status(100, "in_progress", pushed + 2 * MINUTE + 8 * SECOND)),
    },
    { event: "deployment_status", id: "demo-3", body: JSON.stringify(status(101, "success", pushed + 3 * MINUTE)) },
  ];
}

function times(at: number) {
  const time = new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
  return { created_at: time, updated_at: time };
}
