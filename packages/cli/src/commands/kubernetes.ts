import { CliError, EXIT } from "../client/errors.js";

const NAME = /^[a-z\d](?:[-a-z\d]{0,61}[a-z\d])?$/;
const IMAGE = /^[\w][\w.:@/-]{0,400}$/;

/**
 * Returns `serve` in a cluster. With DuckDB it is one replica, never two at once, since the file has one owner; two or
 * more are with PostgreSQL, each with a volume for what waits for sinks.
 *
 * @throws {CliError} for names that Kubernetes would refuse
 */
export function kubernetesManifests(options: Readonly<Record<string, unknown>>): string {
  const given = (name: string, fallback: string): string => {
    const value = options[name];
    return typeof value === "string" ? value : fallback;
  };
  const namespace = given("namespace", "alumiini");
  const secret = given("secret", "alumiini");
  const image = given("image", "ghcr.io/alumiini/alumiini:latest");
  const replicas = given("replicas", "1");
  if (!NAME.test(namespace) || !NAME.test(secret)) {
    throw new CliError(EXIT.usage, "--namespace and --secret must be lower-case letters, digits and -");
  }
  if (!IMAGE.test(image))
    throw new CliError(EXIT.usage, "--image must be the name of an image, such as registry/name:tag");
  if (!/^[1-9]$/.test(replicas)) throw new CliError(EXIT.usage, "--replicas must be 1 to 9; 2 or more need PostgreSQL");
  const postgresql = replicas !== "1";
  const header = `# Make the secret first, one key for each source that delivers:
#   kubectl -n ${namespace} create secret generic ${secret} --from-literal=ALUMIINI_TOKEN="$(openssl rand -hex 32)" \\
#     --from-literal=ALUMIINI_FLUX_SECRET="$(openssl rand -hex 32)"${postgresql ? ` \\\n#     --from-literal=ALUMIINI_POSTGRES_URL=postgresql://user:password@host:5432/database` : ""}`;
  const workload = { namespace, secret, image, replicas };
  const parts = postgresql ? [statefulSet(workload), budget(namespace)] : [volume(namespace), deployment(workload)];
  return `${header}\n${[...parts, service(namespace)].join("\n---\n")}`;
}

interface Workload {
  readonly namespace: string;
  readonly secret: string;
  readonly image: string;
  readonly replicas: string;
}

const CLAIM = `accessModes: [ReadWriteOnce]
  resources: { requests: { storage: 10Gi } }`;

function volume(namespace: string): string {
  return `apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: alumiini, namespace: ${namespace} }
spec:
  ${CLAIM}`;
}

function deployment(workload: Workload): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: alumiini, namespace: ${workload.namespace}, labels: { app.kubernetes.io/name: alumiini } }
spec:
  # DuckDB: one replica, and the old one ends before the new one starts. --replicas 2 prints what PostgreSQL takes.
  replicas: 1
  strategy: { type: Recreate }
  selector: { matchLabels: { app.kubernetes.io/name: alumiini } }
  template:
${pod(workload, "")}
        - { name: data, persistentVolumeClaim: { claimName: alumiini } }
        - { name: tmp, emptyDir: {} }`;
}

function statefulSet(workload: Workload): string {
  // A secret without the key keeps the container from starting: with DuckDB, each replica would have a history of its own.
  const env = `
          env:
            - name: ALUMIINI_POSTGRES_URL
              valueFrom: { secretKeyRef: { name: ${workload.secret}, key: ALUMIINI_POSTGRES_URL } }`;
  return `apiVersion: apps/v1
kind: StatefulSet
metadata: { name: alumiini, namespace: ${workload.namespace}, labels: { app.kubernetes.io/name: alumiini } }
spec:
  # The history is in PostgreSQL; each replica has a volume of its own for what waits for sinks.
  replicas: ${workload.replicas}
  serviceName: alumiini
  podManagementPolicy: Parallel
  updateStrategy: { type: RollingUpdate }
  selector: { matchLabels: { app.kubernetes.io/name: alumiini } }
  template:
${pod(workload, env)}
        - { name: tmp, emptyDir: {} }
  volumeClaimTemplates:
    - metadata: { name: data }
      spec:
        accessModes: [ReadWriteOnce]
        resources: { requests: { storage: 1Gi } }`;
}

/** Up to its list of volumes. */
function pod({ secret, image }: Workload, env: string): string {
  return `    metadata: { labels: { app.kubernetes.io/name: alumiini } }
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
          envFrom: [{ secretRef: { name: ${secret} } }]${env}
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /readyz, port: http } }
          livenessProbe: { httpGet: { path: /healthz, port: http }, failureThreshold: 6 }
          resources: { requests: { cpu: 100m, memory: 384Mi }, limits: { memory: 1Gi } }
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
          volumeMounts: [{ name: data, mountPath: /data }, { name: tmp, mountPath: /tmp }]
      volumes:`;
}

function budget(namespace: string): string {
  return `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: alumiini, namespace: ${namespace} }
spec:
  maxUnavailable: 1
  selector: { matchLabels: { app.kubernetes.io/name: alumiini } }`;
}

function service(namespace: string): string {
  return `apiVersion: v1
kind: Service
metadata: { name: alumiini, namespace: ${namespace} }
spec:
  selector: { app.kubernetes.io/name: alumiini }
  ports: [{ name: http, port: 80, targetPort: http }]`;
}
