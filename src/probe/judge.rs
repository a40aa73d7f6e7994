//! What an answer means. Vendors agree on the numbers of HTTP and on little else, so that their words count, too.

use serde_json::Value;

use crate::{
    config::probes::{Probe, Spent},
    domain::fact::Answer,
};

/// What a vendor answered, in our words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// How.
    pub answer: Answer,
    /// Why, in a few words that hold nothing of the vendor's.
    pub why: String,
}

impl Told {
    pub(super) fn new(answer: Answer, why: impl Into<String>) -> Self {
        Self { answer, why: why.into() }
    }
}

/// Words by which vendors say that the quota, or the money, is used up.
const SPENT: &[&str] = &[
    "insufficient_quota",
    "insufficient_balance",
    "insufficient balance",
    "insufficient_credits",
    "insufficient credits",
    "credit balance",
    "out of credits",
    "exceeded your current quota",
    "quota_exceeded",
    "billing_hard_limit",
    "billing_not_active",
    "spending limit",
    "arrearage",
    "overdue",
    "payment required",
];

/// Words by which they say that a key they know asks too often.
const TOO_FAST: &[&str] = &["rate limit", "rate_limit", "ratelimit", "too many requests", "per minute", "per second"];

/// Words by which they say that they know the key, and that it may do other things.
const NARROW: &[&str] =
    &["missing scope", "missing permission", "insufficient permissions", "missing_permissions", "insufficient_scope"];

/// Words by which they say, with a number that could mean anything, that they do not know the key.
const UNKNOWN: &[&str] = &[
    "api_key_invalid",
    "api key not valid",
    "invalid api key",
    "invalid_api_key",
    "incorrect api key",
    "invalid token",
];

/// Judges an answer by its number and its words.
pub fn judge(probe: &Probe, status: u16, body: &[u8]) -> Told {
    let document: Option<Value> = serde_json::from_slice(body).ok();
    let text = String::from_utf8_lossy(body).to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let out_of_quota = |why: &str| Told::new(Answer::OutOfQuota, why);
    match status {
        200..=299 => match document {
            Some(document) if probe.spent.iter().any(|it| it.holds(&document)) => {
                out_of_quota("it is known, and nothing of its quota is left")
            }
            Some(_) => Told::new(Answer::Works, "it is known there"),
            None => Told::new(Answer::Unreachable, "what answers there is not the vendor"),
        },
        402 => out_of_quota("it is known, and has to be paid for first"),
        400 | 403 | 429 if says(SPENT) => out_of_quota("it is known, and its quota is used up"),
        429 => Told::new(Answer::Works, "it is known there, and asks too often just now"),
        403 if says(NARROW) => Told::new(Answer::Works, "it is known there, and may not do everything"),
        403 if says(TOO_FAST) => Told::new(Answer::Works, "it is known there, and asks too often just now"),
        401 | 403 => Told::new(Answer::Refused, format!("the vendor refused it ({status})")),
        400 if says(UNKNOWN) => Told::new(Answer::Refused, "the vendor does not know it (400)"),
        300..=399 => {
            Told::new(Answer::Unreachable, format!("it sends on to another host ({status}), which is not followed"))
        }
        404 | 405 => Told::new(Answer::Unreachable, format!("there is no such place there ({status}): check base_url")),
        500..=599 => Told::new(Answer::Unreachable, format!("the vendor is out of order ({status})")),
        _ => Told::new(Answer::Unreachable, format!("its answer ({status}) says nothing about the key")),
    }
}

impl Spent {
    /// Says whether an answer holds it.
    fn holds(&self, document: &Value) -> bool {
        let found = document.pointer(&self.at);
        let is = self.is.is_some_and(|is| found.and_then(Value::as_bool) == Some(is));
        is || self.most.is_some_and(|most| found.and_then(Value::as_f64).is_some_and(|it| it <= most))
    }
}
