import { blindSpotComments } from "./blind-spots.js";
import { checkedName, checkedUrl, scalar } from "./yaml.js";

/** What `fluxManifests` takes. */
export interface FluxSetup {
  /** Where the handler takes Flux's deliveries, or `nats://…` for a server of NATS. */
  readonly url: string | URL;
  /**
   * The Secret with the signing key under `token`; for NATS, with `username` and `password`. Without one, deliveries are
   * not signed.
   */
  readonly secretName?: string | undefined;
  /** The subject, with NATS. Default `flux.events`. */
  readonly subject?: string | undefined;
  /** Where Provider and Alert are put. Default `flux-system`. */
  readonly namespace?: string | undefined;
  /** The namespaces whose objects are reported. Default that of the Alert. Flux knows no wildcard. */
  readonly sourceNamespaces?: readonly string[] | undefined;
  /** Default `alumiini`. */
  readonly name?: string | undefined;
}

const KINDS = ["Kustomization", "HelmRelease", "GitRepository", "OCIRepository", "Bucket"];

/**
 * Prints a Provider and an Alert for Flux, as YAML, with what Flux's versions do not report as comments. The Provider is of
 * type `generic-hmac`, or `nats` where the URL is one of NATS.
 *
 * @throws {TypeError} when an option can't be used. The error does not show the URL.
 */
export function fluxManifests(options: FluxSetup): string {
  const of = "fluxManifests";
  const { namespace = "flux-system", name = "alumiini", subject = "flux.events", secretName } = options;
  const isNats = /^(?:nats|tls):\/\/[^@\s]+$/.test(String(options.url));
  const address = isNats ? String(options.url) : checkedUrl(options.url, of);
  for (const value of [namespace, name]) checkedName(value, "name and namespace", of);
  if (secretName !== undefined) checkedName(secretName, "secretName", of);
  const type = isNats ? "nats" : secretName === undefined ? "generic" : "generic-hmac";
  const sources = (options.sourceNamespaces ?? [namespace]).flatMap((from) =>
    KINDS.map(
      (kind) => `    - { kind: ${kind}, name: "*", namespace: ${scalar(checkedName(from, "namespaces", of))} }`,
    ),
  );
  return `${blindSpotComments("flux")}apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Provider
metadata:
  name: ${scalar(name)}
  namespace: ${scalar(namespace)}
spec:
  type: ${type}
  address: ${scalar(address)}
${isNats ? `  channel: ${scalar(subject)}\n` : ""}${secretName === undefined ? "" : `  secretRef:\n    name: ${scalar(secretName)}\n`}---
apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Alert
metadata:
  name: ${scalar(name)}
  namespace: ${scalar(namespace)}
spec:
  providerRef:
    name: ${scalar(name)}
  # info is all of it; error would tell no success.
  eventSeverity: info
  eventSources:
${sources.join("\n")}
`;
}
