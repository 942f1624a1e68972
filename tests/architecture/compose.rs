//! The servers in Docker: a file of the form that Docker reads, with pinned versions and nothing that others can reach.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::complaint::Complaint;
use crate::source::{Tree, root};

const FILE: &str = "infra/compose.yml";

/// What we use of a compose file; anything else is a slip, or has to be added here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some fields are read for their form only")]
struct Compose {
    name: String,
    /// What services have in common; it is read where they have it.
    #[serde(default, rename = "x-service")]
    shared: serde::de::IgnoredAny,
    services: BTreeMap<String, Service>,
    #[serde(default)]
    networks: BTreeMap<String, ()>,
    volumes: BTreeMap<String, ()>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some fields are read for their form only")]
struct Service {
    image: String,
    build: Option<Build>,
    command: Option<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    ports: Vec<String>,
    #[serde(default)]
    volumes: Vec<String>,
    #[serde(default)]
    depends_on: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    profiles: Vec<String>,
    #[serde(default)]
    networks: Vec<String>,
    restart: Option<String>,
    mem_limit: Option<String>,
    pids_limit: Option<u32>,
    cpus: Option<f32>,
    #[serde(default)]
    ulimits: BTreeMap<String, u32>,
    #[serde(default)]
    init: bool,
    #[serde(default)]
    read_only: bool,
    #[serde(default)]
    tmpfs: Vec<String>,
    #[serde(default)]
    cap_drop: Vec<String>,
    #[serde(default)]
    security_opt: Vec<String>,
    shm_size: Option<String>,
    stop_signal: Option<String>,
    stop_grace_period: Option<String>,
    healthcheck: Option<HealthCheck>,
}

/// An image that is built from our `Dockerfile`, which has the health check.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are read for their form only")]
struct Build {
    context: String,
    args: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some fields are read for their form only")]
struct HealthCheck {
    test: Vec<String>,
    interval: String,
    timeout: String,
    retries: u32,
}

/// What is wrong with the file of the servers.
pub(crate) fn faults(tree: &Tree) -> Vec<Complaint> {
    let Some(file) = tree.file(FILE) else { return vec![Complaint::about(FILE, "missing")] };
    match serde_yaml_ng::from_str::<Compose>(&file.text) {
        Ok(compose) => {
            compose.services.iter().flat_map(|(name, service)| in_service(&compose, name, service)).collect()
        }
        Err(error) => vec![Complaint::about(FILE, error.to_string())],
    }
}

fn in_service(compose: &Compose, name: &str, service: &Service) -> Vec<Complaint> {
    let unpinned = (!is_pinned(&service.image)).then(|| format!("`{}` is no full version", service.image));
    let command = match &service.healthcheck {
        Some(check) => check.test.first().is_some_and(|word| word.starts_with("CMD")),
        None => service.build.is_some(),
    };
    let unhealthy = (!command).then(|| "the health check is not a command".to_owned());
    let unlimited = service.mem_limit.is_none().then(|| "it may take all memory there is".to_owned());
    let open = service.ports.iter().filter(|port| !port.starts_with("127.0.0.1:"));
    let open = open.map(|port| format!("port `{port}` can be reached from other machines"));
    let unknown = service.depends_on.keys().filter(|other| !compose.services.contains_key(*other));
    let unknown = unknown.map(|other| format!("it waits for `{other}`, which is not there"));
    let missing = service.volumes.iter().filter(|volume| !is_there(compose, volume));
    let missing = missing.map(|volume| format!("it mounts `{volume}`, which is not there"));
    let elsewhere = service.networks.iter().filter(|network| !compose.networks.contains_key(*network));
    let elsewhere = elsewhere.map(|network| format!("its network `{network}` is not there"));
    let alone = unpinned.into_iter().chain(unhealthy).chain(unlimited).chain(open);
    let all = alone.chain(unknown).chain(missing).chain(elsewhere);
    all.map(|what| Complaint::about(FILE, format!("{name}: {what}"))).collect()
}

/// Whether the tag is made of at least two numbers, as in `18.4` and `v1.3.0`. Where a variable may say something else, the
/// image is the one without it.
fn is_pinned(image: &str) -> bool {
    let variable = image.strip_prefix("${").and_then(|image| image.strip_suffix('}'));
    let image = variable.and_then(|variable| variable.split_once(":-")).map_or(image, |(_, usual)| usual);
    let tag = image.split_once(':').map_or("", |(_, tag)| tag.trim_start_matches('v'));
    let numbers: Vec<_> = tag.split('.').map(str::parse::<u32>).collect();
    numbers.len() >= 2 && numbers.iter().all(Result::is_ok)
}

/// Whether a volume is declared, or a file beside the compose file.
fn is_there(compose: &Compose, volume: &str) -> bool {
    let source = volume.split(':').next().unwrap_or_default();
    match source.strip_prefix("./") {
        Some(beside) => root().join("infra").join(beside).is_file(),
        None => compose.volumes.contains_key(source),
    }
}

#[cfg(test)]
mod samples {
    use super::*;

    fn said_of(service: &str) -> Vec<String> {
        let health = "healthcheck: { test: [CMD, ask], interval: 1s, timeout: 1s, retries: 3 }";
        let limit = "mem_limit: 1g";
        let text = format!(
            "name: x\nvolumes: {{ data: }}\nnetworks: {{ n: }}\nservices:\n  a: {{ {service}, {limit}, {health} }}\n"
        );
        let tree = Tree::sample(&[(FILE, &text)]);
        faults(&tree).into_iter().map(|complaint| complaint.what).collect()
    }

    #[test]
    fn a_pinned_server_on_the_loopback_interface_is_left_alone() {
        let good = "image: '${A:-a/b:1.2}', networks: [n], ports: ['127.0.0.1:1:1'], volumes: ['data:/x', './run:/y:ro']";
        assert_eq!(said_of(good), [""; 0]);
    }

    #[test]
    fn a_version_that_moves_is_seen() {
        for image in ["a", "a:latest", "a:8", "a:8-alpine", "${A:-a:8}", "${A}"] {
            assert_eq!(said_of(&format!("image: '{image}', ports: []")).len(), 1, "{image}");
        }
    }

    #[test]
    fn a_port_that_others_reach_is_seen() {
        assert_eq!(said_of("image: a:1.2, ports: ['1:1', '0.0.0.0:2:2', '127.0.0.1:3:3']").len(), 2);
    }

    #[test]
    fn what_is_waited_for_or_mounted_and_not_there_is_seen() {
        let bad = "image: a:1.2, ports: [], depends_on: { b: { condition: x } }, volumes: ['c:/x', './nothing:/y'], networks: [m]";
        assert_eq!(said_of(bad).len(), 4);
    }

    #[test]
    fn a_misspelt_word_is_seen() {
        assert_eq!(said_of("image: a:1.2, ports: [], port: x").len(), 1);
    }

    #[test]
    fn a_missing_health_check_and_a_missing_limit_are_seen() {
        let without = "name: x\nvolumes: {}\nservices: { a: { image: a:1.2, ports: [] } }";
        assert_eq!(faults(&Tree::sample(&[(FILE, without)])).len(), 2);
    }
}
