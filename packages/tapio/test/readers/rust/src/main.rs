//! Reads occurrences from standard input, one a line, as TAPIO and POLKU do: into structs with the same fields, required
//! and optional, under the same names. Prints what TAPIO's command line would show of each.
use serde::Deserialize;
use std::io::BufRead;

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

mod tapio {
    use super::Severity;
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub struct Occurrence {
        pub id: String,
        pub timestamp: String,
        pub source: String,
        #[serde(rename = "type")]
        pub occurrence_type: String,
        pub severity: Severity,
        pub outcome: Outcome,
        pub protocol_version: String,
        pub error: Option<Failure>,
        pub context: Option<Context>,
        pub data: Option<serde_json::Value>,
    }

    #[derive(Deserialize, Debug)]
    #[serde(rename_all = "snake_case")]
    pub enum Outcome {
        Success,
        Failure,
        Timeout,
        InProgress,
        Unknown,
    }

    #[derive(Deserialize)]
    pub struct Failure {
        pub code: String,
        pub message: String,
    }

    #[derive(Deserialize)]
    pub struct Context {
        pub cluster: Option<String>,
        pub namespace: Option<String>,
        #[serde(default)]
        pub entities: Vec<Entity>,
        #[serde(default)]
        pub correlation_keys: Vec<String>,
    }

    #[derive(Deserialize)]
    pub struct Entity {
        pub kind: String,
        pub id: String,
    }
}

mod polku {
    use super::Severity;
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub struct Occurrence {
        #[serde(rename = "id")]
        pub _id: String,
        #[serde(rename = "severity")]
        pub _severity: Severity,
        #[serde(rename = "outcome")]
        pub _outcome: Outcome,
        pub context: Option<Context>,
        pub error: Option<Failure>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Outcome {
        Success,
        Failure,
        Timeout,
        InProgress,
        Unknown,
    }

    #[derive(Deserialize)]
    pub struct Context {
        #[serde(default)]
        pub correlation_keys: Vec<String>,
        #[serde(default)]
        pub entities: Vec<Entity>,
    }

    #[derive(Deserialize)]
    pub struct Failure {
        #[serde(rename = "code")]
        pub _code: String,
        pub what_failed: String,
    }

    #[derive(Deserialize)]
    pub struct Entity {
        #[serde(rename = "type")]
        pub entity_type: String,
        #[serde(rename = "id")]
        pub _id: String,
    }
}

fn main() {
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        let shown = match (serde_json::from_str(&line), serde_json::from_str(&line)) {
            (Ok(tapio), Ok(polku)) => show(tapio, polku),
            (Err(error), _) => serde_json::json!({ "refused": "tapio", "error": error.to_string() }),
            (_, Err(error)) => serde_json::json!({ "refused": "polku", "error": error.to_string() }),
        };
        println!("{shown}");
    }
}

fn show(tapio: tapio::Occurrence, polku: polku::Occurrence) -> serde_json::Value {
    let segments: Vec<&str> = tapio.occurrence_type.split('.').collect();
    let valid = segments.len() == 3 && segments.iter().all(|segment| !segment.is_empty());
    let context = tapio.context.expect("a context");
    let polku_context = polku.context.expect("a context");
    let pod = context.entities.iter().find(|entity| entity.kind == "pod");
    let critical = matches!(tapio.severity, Severity::Critical | Severity::Error);
    serde_json::json!({
        "id": tapio.id,
        "timestamp": tapio.timestamp,
        "valid": valid && !tapio.source.is_empty() && !tapio.protocol_version.is_empty(),
        "grave": critical,
        "outcome": format!("{:?}", tapio.outcome),
        "error": tapio.error.map(|error| [error.code, error.message]),
        "what_failed": polku.error.map(|error| error.what_failed),
        "place": [context.cluster, context.namespace],
        "pod": pod.map(|entity| &entity.id),
        "entities": context.entities.len(),
        "types": polku_context.entities.iter().all(|entity| !entity.entity_type.is_empty()),
        "group": polku_context.correlation_keys.first(),
        "keys": context.correlation_keys.len(),
        "pid": tapio.data.and_then(|data| data.get("pid").cloned()),
    })
}
