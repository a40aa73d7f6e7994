//! Counts: what the server did, in the text form of Prometheus. No name of a workflow, key, token or person is ever one of
//! their labels.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// The upper ends of the histogram's steps, in seconds.
const STEPS: [f64; 11] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Why a request or connection was refused before anything was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refused {
    /// No token, or one that does not count.
    Unauthorised,
    /// Too many requests with one token.
    TokenRate,
    /// Too many requests from one place.
    AddressRate,
    /// Too many connections.
    Connections,
    /// A connection that could not be encrypted.
    Handshake,
    /// A request that took too long to come.
    Slow,
}

impl Refused {
    const fn word(self) -> &'static str {
        match self {
            Self::Unauthorised => "unauthorised",
            Self::TokenRate => "token_rate",
            Self::AddressRate => "address_rate",
            Self::Connections => "connections",
            Self::Handshake => "handshake",
            Self::Slow => "slow",
        }
    }
}

/// Everything that is counted.
#[derive(Debug)]
pub struct Counts {
    since: Instant,
    requests: Mutex<BTreeMap<(&'static str, u16), u64>>,
    refused: Mutex<BTreeMap<Refused, u64>>,
    outcomes: Mutex<BTreeMap<&'static str, u64>>,
    steps: [AtomicU64; STEPS.len()],
    slower: AtomicU64,
    micros: AtomicU64,
}

/// What is measured when somebody asks.
#[derive(Clone, Copy, Debug)]
pub struct Gauges {
    /// Open connections.
    pub connections: usize,
    /// Whether the database answers.
    pub database: bool,
    /// Whether secrets can be opened.
    pub unlocked: bool,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            requests: Mutex::default(),
            refused: Mutex::default(),
            outcomes: Mutex::default(),
            steps: Default::default(),
            slower: AtomicU64::new(0),
            micros: AtomicU64::new(0),
        }
    }
}

fn more<K: Ord>(counts: &Mutex<BTreeMap<K, u64>>, key: K) {
    *counts.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
}

impl Counts {
    /// Counts a request that was answered. `place` is one of the server's own.
    pub fn request(&self, place: &'static str, status: u16, took: Duration) {
        more(&self.requests, (place, status));
        let seconds = took.as_secs_f64();
        let step = STEPS.iter().position(|end| seconds <= *end);
        step.map_or(&self.slower, |step| &self.steps[step]).fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Counts a refusal.
    pub fn refuse(&self, why: Refused) {
        more(&self.refused, why);
    }

    /// Counts an answer about one node.
    pub fn outcome(&self, word: &'static str) {
        more(&self.outcomes, word);
    }

    /// Writes everything down.
    pub fn text(&self, gauges: Gauges) -> String {
        let mut text = String::new();
        let version = env!("CARGO_PKG_VERSION");
        head(&mut text, "keydeck_build_info", "gauge", "The version that runs.");
        line(&mut text, &format!("keydeck_build_info{{version=\"{version}\"}}"), 1);
        head(&mut text, "keydeck_uptime_seconds", "gauge", "For how long the server runs.");
        line(&mut text, "keydeck_uptime_seconds", self.since.elapsed().as_secs());
        head(&mut text, "keydeck_database_up", "gauge", "Whether the database answers.");
        line(&mut text, "keydeck_database_up", u64::from(gauges.database));
        head(&mut text, "keydeck_vault_unlocked", "gauge", "Whether secrets can be opened.");
        line(&mut text, "keydeck_vault_unlocked", u64::from(gauges.unlocked));
        head(&mut text, "keydeck_http_connections", "gauge", "Open connections.");
        line(&mut text, "keydeck_http_connections", gauges.connections as u64);
        head(&mut text, "keydeck_http_requests_total", "counter", "Requests that were answered.");
        for ((place, status), count) in &*self.requests.lock().unwrap_or_else(PoisonError::into_inner) {
            let name = format!("keydeck_http_requests_total{{path=\"{place}\",status=\"{status}\"}}");
            line(&mut text, &name, *count);
        }
        head(&mut text, "keydeck_http_refused_total", "counter", "Requests and connections that were refused.");
        for (why, count) in &*self.refused.lock().unwrap_or_else(PoisonError::into_inner) {
            line(&mut text, &format!("keydeck_http_refused_total{{why=\"{}\"}}", why.word()), *count);
        }
        head(&mut text, "keydeck_resolutions_total", "counter", "Nodes that were answered for, by outcome.");
        for (outcome, count) in &*self.outcomes.lock().unwrap_or_else(PoisonError::into_inner) {
            line(&mut text, &format!("keydeck_resolutions_total{{outcome=\"{outcome}\"}}"), *count);
        }
        self.histogram(&mut text);
        text
    }

    fn histogram(&self, text: &mut String) {
        let name = "keydeck_http_request_duration_seconds";
        head(text, name, "histogram", "How long requests took.");
        let mut sum = 0;
        for (end, count) in STEPS.iter().zip(&self.steps) {
            sum += count.load(Ordering::Relaxed);
            line(text, &format!("{name}_bucket{{le=\"{end}\"}}"), sum);
        }
        sum += self.slower.load(Ordering::Relaxed);
        line(text, &format!("{name}_bucket{{le=\"+Inf\"}}"), sum);
        let seconds = Duration::from_micros(self.micros.load(Ordering::Relaxed)).as_secs_f64();
        let _ = writeln!(text, "{name}_sum {seconds}");
        line(text, &format!("{name}_count"), sum);
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(text: &mut String, name: &str, value: u64) {
    let _ = writeln!(text, "{name} {value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_written_as_prometheus_reads_them() {
        let counts = Counts::default();
        counts.request("/v1/resolve", 200, Duration::from_millis(3));
        counts.request("/v1/resolve", 200, Duration::from_millis(30));
        counts.request("/v1/resolve", 403, Duration::from_secs(11));
        counts.refuse(Refused::TokenRate);
        counts.outcome("resolved");
        let text = counts.text(Gauges { connections: 2, database: true, unlocked: false });
        for line in [
            "keydeck_http_requests_total{path=\"/v1/resolve\",status=\"200\"} 2",
            "keydeck_http_requests_total{path=\"/v1/resolve\",status=\"403\"} 1",
            "keydeck_http_refused_total{why=\"token_rate\"} 1",
            "keydeck_resolutions_total{outcome=\"resolved\"} 1",
            "keydeck_http_connections 2",
            "keydeck_vault_unlocked 0",
            "keydeck_http_request_duration_seconds_bucket{le=\"0.001\"} 0",
            "keydeck_http_request_duration_seconds_bucket{le=\"0.005\"} 1",
            "keydeck_http_request_duration_seconds_bucket{le=\"10\"} 2",
            "keydeck_http_request_duration_seconds_bucket{le=\"+Inf\"} 3",
            "keydeck_http_request_duration_seconds_count 3",
            "keydeck_http_request_duration_seconds_sum 11.033",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
        let named = |line: &str| line.split([' ', '{']).next().unwrap().to_owned();
        for name in text.lines().filter(|line| !line.starts_with('#')).map(named) {
            let family = name.trim_end_matches("_bucket").trim_end_matches("_sum").trim_end_matches("_count");
            assert!(text.contains(&format!("# TYPE {family} ")), "{name} has no type");
        }
    }
}
