import type { Changes } from "./local-remote.js";

/** Where the sample's manifests are. */
export const SAMPLE_PATH = "deploy";

/** The sample repository: a small shop, with what else lies around in a repository. */
export const SAMPLE_FILES: Changes = {
  "README.md": "# Shop\n",
  "compose.yaml": "services:\n  web:\n    image: shop/web:1.0.0\n",
  [`${SAMPLE_PATH}/namespace.yaml`]: `apiVersion: v1
kind: Namespace
metadata:
  name: shop
`,
  [`${SAMPLE_PATH}/web.yaml`]: `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 2
  selector:
    matchLabels: { app: web }
  template:
    metadata:
      labels: { app: web }
    spec:
      containers:
        - name: web
          image: shop/web:1.0.0
          envFrom:
            - configMapRef: { name: web }
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector: { app: web }
  ports:
    - port: 80
      targetPort: 8080
`,
  [`${SAMPLE_PATH}/config.json`]: `${JSON.stringify(
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "web", namespace: "shop" },
      data: { GREETING: "Terve" },
    },
    null,
    2,
  )}\n`,
  [`${SAMPLE_PATH}/kustomization.yaml`]: `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [namespace.yaml, web.yaml, config.json]
`,
};
