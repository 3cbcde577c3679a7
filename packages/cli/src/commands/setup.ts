import { argocdManifests, fluxManifests, githubHook, gitlabHook } from "@alumiini/ingest";
import { CliError, EXIT } from "../client/errors.js";
import type { Context } from "./context.js";
import { SETUPS } from "./declare.js";

type Options = Readonly<Record<string, unknown>>;

/** Prints what a source needs to deliver here, never a secret's value. */
export function setup(system: string, options: Options, context: Context): number {
  const url = text(options["url"]);
  if (system === "kubernetes") {
    context.out(
      kubernetes(
        text(options["namespace"]) ?? "alumiini",
        text(options["secret"]) ?? "alumiini",
        text(options["image"]),
      ),
    );
    return EXIT.answered;
  }
  if (url === undefined)
    throw new CliError(
      EXIT.usage,
      `setup ${system} needs --url: where the source reaches this server, such as https://alumiini.example/${system}`,
    );
  try {
    context.out(printed(system, url, options));
  } catch (error) {
    if (error instanceof TypeError) throw new CliError(EXIT.usage, error.message);
    throw error;
  }
  return EXIT.answered;
}

function printed(system: string, url: string, options: Options): string {
  const secret = text(options["secret"]);
  const namespace = text(options["namespace"]);
  switch (system) {
    case "flux":
      return fluxManifests({ url, secretName: secret, namespace, sourceNamespaces: text(options["from"])?.split(",") });
    case "argocd":
      return argocdManifests({ url, secretKey: secret ?? "alumiini-token", namespace });
    case "github":
    case "gitlab": {
      const make = system === "github" ? githubHook : gitlabHook;
      const { text: settings, blindSpots } = make({
        url,
        secretName: secret ?? `ALUMIINI_${system.toUpperCase()}_SECRET`,
      });
      const unseen = blindSpots.map(({ versions, missing }) => `  ${versions}: ${missing}`);
      return `${settings}What it does not tell:\n${unseen.join("\n")}`;
    }
    default:
      throw new CliError(EXIT.usage, `setup knows ${SETUPS.join(", ")}; not ${system}`);
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** `serve` in a cluster: one replica, never two at once, since DuckDB's file has one owner. */
function kubernetes(namespace: string, secret: string, image = "ghcr.io/alumiini/alumiini:latest"): string {
  const names = [namespace, secret];
  if (!names.every((name) => /^[a-z\d](?:[-a-z\d]{0,61}[a-z\d])?$/.test(name))) {
    throw new CliError(
      EXIT.usage,
      "--namespace and --secret must be names of Kubernetes: lower-case letters, digits and -",
    );
  }
  return `# Make the secret first, one key for each source that delivers:
#   kubectl -n ${namespace} create secret generic ${secret} --from-literal=ALUMIINI_TOKEN="$(openssl rand -hex 32)" \\
#     --from-literal=ALUMIINI_FLUX_SECRET="$(openssl rand -hex 32)"
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: alumiini, namespace: ${namespace} }
spec:
  accessModes: [ReadWriteOnce]
  resources: { requests: { storage: 10Gi } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: alumiini, namespace: ${namespace}, labels: { app.kubernetes.io/name: alumiini } }
spec:
  # DuckDB: one replica, and the old one ends before the new one starts. With PostgreSQL there may be more.
  replicas: 1
  strategy: { type: Recreate }
  selector: { matchLabels: { app.kubernetes.io/name: alumiini } }
  template:
    metadata: { labels: { app.kubernetes.io/name: alumiini } }
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: 60
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        fsGroup: 65532
        seccompProfile: { type: RuntimeDefault }
      containers:
        - name: alumiini
          image: ${JSON.stringify(image)}
          args: [serve, --listen, "0.0.0.0:8080", --data, /data]
          envFrom: [{ secretRef: { name: ${secret} } }]
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /readyz, port: http } }
          livenessProbe: { httpGet: { path: /healthz, port: http }, failureThreshold: 6 }
          resources: { requests: { cpu: 100m, memory: 384Mi }, limits: { memory: 1Gi } }
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
          volumeMounts: [{ name: data, mountPath: /data }, { name: tmp, mountPath: /tmp }]
      volumes:
        - { name: data, persistentVolumeClaim: { claimName: alumiini } }
        - { name: tmp, emptyDir: {} }
---
apiVersion: v1
kind: Service
metadata: { name: alumiini, namespace: ${namespace} }
spec:
  selector: { app.kubernetes.io/name: alumiini }
  ports: [{ name: http, port: 80, targetPort: http }]`;
}
