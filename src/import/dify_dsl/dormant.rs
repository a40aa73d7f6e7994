//! Dormant models: those that stand in a file though its own switches say that they are not called.
//!
//! Dify keeps what was chosen before a switch was turned: the model of a single retrieval in a node that now retrieves
//! from many, a reranker beside `reranking_enable: false`.

use crate::import::yaml::Value;

/// Says whether the model at `path` under `root` is switched off.
pub(super) fn is_dormant(root: &Value, path: &[String]) -> bool {
    let mut here = root;
    for (at, key) in path.iter().enumerate() {
        if switched_off(here, key, &path[at..]) {
            return true;
        }
        let below = match here {
            Value::List(items) => key.parse().ok().and_then(|at: usize| items.get(at)),
            _ => here.get(key),
        };
        let Some(below) = below else { return false };
        here = below;
    }
    here.get("enabled").and_then(Value::truth) == Some(false)
}

/// Says whether the switches in one map turn off what `key` leads to.
fn switched_off(here: &Value, key: &str, rest: &[String]) -> bool {
    let leads_to = |sign: &str| rest.iter().any(|key| key.contains(sign));
    let is_off = |switch: &str| here.get(switch).and_then(Value::truth) == Some(false);
    let reranks = leads_to("rerank") || leads_to("weights");
    is_off("enabled")
        || (is_off("reranking_enable") && reranks)
        || match (here.word_at("retrieval_mode"), here.word_at("retrieval_model")) {
            ("single", _) => key == "multiple_retrieval_config",
            (_, "single") => reranks,
            ("multiple", _) => key == "single_retrieval_config",
            _ => false,
        }
        || match here.word_at("reranking_mode") {
            "weighted_score" => key == "reranking_model",
            "reranking_model" => key == "weights",
            _ => false,
        }
        || (key == "metadata_model_config" && here.word_at("metadata_filtering_mode") != "automatic")
}
