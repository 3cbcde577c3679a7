import { blindSpotComments } from "./blind-spots.js";
import { checkedName, checkedUrl, scalar } from "./yaml.js";

/** What `argocdManifests` takes. */
export interface ArgocdSetup {
  /** Where the handler takes Argo CD's deliveries. */
  readonly url: string | URL;
  /** The key of the Secret `argocd-notifications-secret` that holds the bearer token. */
  readonly secretKey: string;
  /** Where Argo CD is. Default `argocd`. */
  readonly namespace?: string | undefined;
  /** Names service, template and trigger. Default `alumiini`. */
  readonly name?: string | undefined;
}

/**
 * Prints the keys of the ConfigMap `argocd-notifications-cm`, as YAML: a webhook service, a template, a trigger and a
 * subscription of all Applications. The trigger fires once for each phase of each operation; the catalogue's fire once
 * for each revision, and say nothing of a rollback. The template leaves out what an Application has and no event needs.
 *
 * @throws {TypeError} when an option can't be used. The error does not show the URL.
 */
export function argocdManifests({ url, secretKey, namespace = "argocd", name = "alumiini" }: ArgocdSetup): string {
  const of = "argocdManifests";
  const address = checkedUrl(url, of);
  checkedName(namespace, "namespace", of);
  checkedName(name, "name", of);
  // Argo CD reads a reference to a key as far as these characters go.
  if (!/^[A-Za-z\d_-]+$/.test(secretKey)) throw new TypeError(`${of}: secretKey must be letters, digits, - and _`);
  return `${blindSpotComments("argocd")}# Merge into the ConfigMap; put the token into the Secret argocd-notifications-secret under ${secretKey}.
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-notifications-cm
  namespace: ${scalar(namespace)}
data:
  service.webhook.${name}: |
    url: ${scalar(address)}
    headers:
      - name: Authorization
        value: Bearer $${secretKey}
      - name: Content-Type
        value: application/json
  template.${name}: |
    webhook:
      ${name}:
        method: POST
        body: |
          {
            "context": {{toJson .context}},
            "app": {
              "metadata": {
                "name": {{toJson .app.metadata.name}},
                "namespace": {{toJson .app.metadata.namespace}},
                "uid": {{toJson .app.metadata.uid}},
                "labels": {{toJson .app.metadata.labels}},
                "annotations": {
                  "argocd.argoproj.io/skip-reconcile": {{toJson (index (default dict .app.metadata.annotations) "argocd.argoproj.io/skip-reconcile")}}
                }
              },
              "spec": {{toJson .app.spec}},
              "status": { "operationState": {{toJson .app.status.operationState}} }
            }
          }
  trigger.${name}: |
    - description: An operation has started or ended
      oncePer: app.status.operationState.startedAt + ' ' + app.status.operationState.phase
      when: app.status.operationState != nil and app.status.operationState.phase in ['Running', 'Succeeded', 'Failed', 'Error']
      send: [${name}]
  subscriptions: |
    - recipients: [${name}]
      triggers: [${name}]
`;
}
