// Prints deliveries as Flux's notification-controller sends them, made with Flux's own event type: a line of JSON for
// each, with its headers and its body in base 64. The argument is the key of the signatures.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	eventv1 "github.com/fluxcd/pkg/apis/event/v1beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type delivery struct {
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body"`
}

var groups = map[string]string{
	"GitRepository": "source.toolkit.fluxcd.io",
	"Kustomization": "kustomize.toolkit.fluxcd.io",
	"HelmRelease":   "helm.toolkit.fluxcd.io",
}

const commit = "0123456789abcdef0123456789abcdef01234567"

// event makes an event with the metadata as controllers send it, the group before each key.
func event(kind, severity, reason, message string, second int, metadata map[string]string) eventv1.Event {
	group := groups[kind]
	prefixed := map[string]string{}
	for key, value := range metadata {
		prefixed[group+"/"+key] = value
	}
	return eventv1.Event{
		InvolvedObject: corev1.ObjectReference{
			Kind: kind, Namespace: "shop", Name: "web", UID: "6b6d1c2e-0000-4000-8000-000000000001",
			APIVersion: group + "/v1", ResourceVersion: "42",
		},
		Severity:            severity,
		Timestamp:           metav1.NewTime(time.Date(2026, 5, 1, 8, 0, second, 987654321, time.UTC)),
		Message:             message,
		Reason:              reason,
		Metadata:            prefixed,
		ReportingController: "controller",
	}
}

// withoutGroup takes the group away from the keys, as newer versions do before they send.
func withoutGroup(e eventv1.Event) eventv1.Event {
	bare := map[string]string{}
	for key, value := range e.Metadata {
		bare[key[strings.Index(key, "/")+1:]] = value
	}
	e.Metadata = bare
	return e
}

func main() {
	key := []byte(os.Args[1])
	revision := map[string]string{eventv1.MetaRevisionKey: "feature/<x>&y@sha1:" + commit}
	origin := map[string]string{
		eventv1.MetaRevisionKey:       "latest@sha256:" + strings.Repeat("ab", 32),
		eventv1.MetaOriginRevisionKey: "main@sha1:" + commit,
	}
	events := []eventv1.Event{
		event("GitRepository", eventv1.EventSeverityInfo, "NewArtifact", "stored artifact for commit 'a <b> & \u2028'", 0, revision),
		event("GitRepository", eventv1.EventSeverityTrace, "ArtifactUpToDate", "artifact up-to-date", 1, revision),
		event("Kustomization", eventv1.EventSeverityInfo, "Progressing", "Deployment/shop/web configured\nService/shop/web created", 2, revision),
		event("Kustomization", eventv1.EventSeverityInfo, "ReconciliationSucceeded",
			fmt.Sprintf("Reconciliation finished in %s, next run in %s", 64500*time.Millisecond, 5*time.Minute), 3, origin),
		event("Kustomization", eventv1.EventSeverityError, "BuildFailed", "kustomize build failed: <nil> & more", 4, revision),
		event("HelmRelease", eventv1.EventSeverityInfo, "UpgradeSucceeded",
			"Helm upgrade succeeded for release shop/web.v2 with chart web@1.2.3", 5, map[string]string{eventv1.MetaRevisionKey: "1.2.3"}),
	}
	out := json.NewEncoder(os.Stdout)
	for _, original := range events {
		for _, sent := range []eventv1.Event{original, withoutGroup(original)} {
			body, err := json.Marshal(sent)
			if err != nil {
				panic(err)
			}
			mac := hmac.New(sha256.New, key)
			mac.Write(body)
			headers := map[string]string{
				"Content-Type":   "application/json",
				"gotk-component": sent.ReportingController,
				"X-Signature":    fmt.Sprintf("sha256=%x", mac.Sum(nil)),
			}
			if err := out.Encode(delivery{headers, body}); err != nil {
				panic(err)
			}
		}
	}
}
