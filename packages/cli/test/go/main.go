// Reads manifests from standard input and decodes each as the API server does: with the Go types of its API, where an
// unknown field, a field that stands twice and a wrong type are errors. Prints the kind of each, a line each.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"

	notificationv1 "github.com/fluxcd/notification-controller/api/v1beta3"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/yaml"
)

func main() {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, policyv1.AddToScheme, notificationv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			panic(err)
		}
	}
	strict := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Yaml: true, Strict: true})
	reader := yaml.NewYAMLReader(bufio.NewReader(os.Stdin))
	failed := false
	for {
		document, err := reader.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		_, kind, err := strict.Decode(document, nil, nil)
		if err != nil {
			fmt.Println(err)
			failed = true
			continue
		}
		fmt.Println(kind.GroupVersion().String(), kind.Kind)
	}
	if failed {
		os.Exit(1)
	}
}
