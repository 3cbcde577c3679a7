import {
  argocd,
  backfill,
  bearer,
  flux,
  github,
  gitlab,
  gitlabToken,
  hmacSha256,
  type IngestHandler,
  type IngestSource,
  ingestHandler,
  type Mapper,
  type RelayTarget,
  standardWebhooks,
  tekton,
  unverified,
  type Verify,
} from "@alumiini/ingest";
import { cdevents } from "@alumiini/ingest/cdevents";
import type { Settings } from "../config/load.js";
import { SOURCES, type SourceName } from "../config/types.js";

const MAPPERS: Readonly<Record<SourceName, Mapper>> = { flux, argocd, github, gitlab, tekton, cdevents };

const VERIFIERS: Readonly<Record<SourceName, (secret: string) => Verify | readonly Verify[]>> = {
  flux: (secret) => hmacSha256({ header: "x-signature", secrets: secret }),
  github: (secret) => hmacSha256({ header: "x-hub-signature-256", secrets: secret }),
  gitlab: (secret) =>
    // A signing token has a prefix of its own.
    secret.startsWith("whsec_") ? standardWebhooks({ secrets: secret }) : gitlabToken({ secrets: secret }),
  argocd: (secret) => bearer({ secrets: secret }),
  tekton: (secret) => bearer({ secrets: secret }),
  cdevents: (secret) => bearer({ secrets: secret }),
};

/** The sources that are taken, and how each is verified. */
export function sourcesOf(settings: Settings): {
  readonly sources: Record<string, IngestSource>;
  readonly open: SourceName[];
} {
  const sources: Record<string, IngestSource> = {};
  const open: SourceName[] = [];
  for (const name of SOURCES) {
    const config = settings.sources?.[name] ?? (settings.isLoopback ? { unverified: true } : { off: true });
    if ("off" in config) continue;
    if ("unverified" in config) open.push(name);
    sources[`/${name}`] = {
      map: MAPPERS[name],
      verify: "secret" in config ? VERIFIERS[name](config.secret) : unverified(),
    };
  }
  return { sources, open };
}

/** Takes what `kubectl get -o json` prints, at `/backfill`: of the past, so no counter or alert follows from it. */
export function backfillHandler(to: RelayTarget, token: string | undefined, durable: readonly string[]): IngestHandler {
  const read: Mapper = ({ body }, { clusterId }) => {
    const { events, suspensions, rejected, ignored } = backfill(body, { clusterId });
    if (events.length > 0 || suspensions.length > 0) return { events, suspensions };
    const [first] = rejected;
    if (first !== undefined) return { events: [], rejected: first };
    return { events: [], ignored: { reason: Object.keys(ignored)[0] ?? "nothing" } };
  };
  return ingestHandler({
    sources: { "/backfill": { map: read, verify: token === undefined ? unverified() : bearer({ secrets: token }) } },
    to: { ...to, relay: (event) => to.relay(event, { late: true }) },
    durable,
    maxBodyBytes: 64 * 1024 * 1024,
    maxBufferedBytes: 128 * 1024 * 1024,
    bodyTimeoutMs: 60_000,
    storedTimeoutMs: 60_000,
  });
}
