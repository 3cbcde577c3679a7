// Reads events from standard input, one a line, into structs with the fields of TAPIO's Go programs: TapioEvents with
// the argument "tapio", occurrences without. Prints what it read as JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

type tapioEvent struct {
	ID            string         `json:"id"`
	Type          string         `json:"type"`
	Subtype       string         `json:"subtype"`
	Severity      string         `json:"severity"`
	Outcome       string         `json:"outcome"`
	Timestamp     time.Time      `json:"timestamp"`
	Entities      []entity       `json:"entities"`
	Relationships []relationship `json:"relationships"`
	NetworkData   *struct {
		Protocol  string `json:"protocol,omitempty"`
		DstIP     string `json:"dst_ip,omitempty"`
		DstPort   uint16 `json:"dst_port,omitempty"`
		PodName   string `json:"pod_name,omitempty"`
		Namespace string `json:"namespace,omitempty"`
	} `json:"network_data,omitempty"`
	K8sData *struct {
		ResourceKind      string `json:"resource_kind,omitempty"`
		ResourceName      string `json:"resource_name,omitempty"`
		ResourceNamespace string `json:"resource_namespace,omitempty"`
		Reason            string `json:"reason,omitempty"`
		Message           string `json:"message,omitempty"`
	} `json:"k8s_data,omitempty"`
	ProcessData *struct {
		PID int32 `json:"pid,omitempty"`
	} `json:"process_data,omitempty"`
	ClusterID string            `json:"cluster_id"`
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels,omitempty"`
}

type entity struct {
	Type       string            `json:"type"`
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	ClusterID  string            `json:"cluster_id"`
	Namespace  string            `json:"namespace,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

type relationship struct {
	Type   string `json:"type"`
	Source entity `json:"source"`
	Target entity `json:"target"`
}

type occurrence struct {
	ID              string    `json:"id"`
	Timestamp       time.Time `json:"timestamp"`
	Source          string    `json:"source"`
	Type            string    `json:"type"`
	ProtocolVersion string    `json:"protocol_version"`
	Severity        string    `json:"severity"`
	Outcome         string    `json:"outcome"`
	Context         struct {
		Cluster         string   `json:"cluster"`
		Node            string   `json:"node,omitempty"`
		Namespace       string   `json:"namespace"`
		TraceID         string   `json:"trace_id,omitempty"`
		SpanID          string   `json:"span_id,omitempty"`
		CorrelationKeys []string `json:"correlation_keys"`
		Entities        []struct {
			Kind      string `json:"kind"`
			Type      string `json:"type"`
			ID        string `json:"id"`
			Name      string `json:"name"`
			Namespace string `json:"namespace,omitempty"`
		} `json:"entities"`
	} `json:"context"`
	Error *struct {
		Code       string `json:"code"`
		Message    string `json:"message"`
		WhatFailed string `json:"what_failed"`
	} `json:"error,omitempty"`
	Data json.RawMessage `json:"data"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var read any = new(occurrence)
		if len(os.Args) > 1 && os.Args[1] == "tapio" {
			read = new(tapioEvent)
		}
		if err := json.Unmarshal(lines.Bytes(), read); err != nil {
			read = map[string]string{"refused": err.Error()}
		}
		written, err := json.Marshal(read)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(written))
	}
	if err := lines.Err(); err != nil {
		panic(err)
	}
}
