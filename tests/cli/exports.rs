//! Real exports of Dify, where they are at hand: all come in, every model use is listed, and nothing comes twice.

use std::path::{Path, PathBuf};

use super::home::Home;

#[test]
fn every_real_export_comes_in_once() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/dify-dsl");
    let folder = std::env::var_os("KEYDECK_DIFY_EXPORTS").map_or_else(beside, PathBuf::from);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: no real exports in {}", folder.display());
        return;
    };
    let yml = |path: &PathBuf| path.extension().is_some_and(|end| end == "yml");
    let files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(yml).collect();
    let texts: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let home = Home::founded();
    let import: Vec<&str> = ["import", "dify-dsl"].into_iter().chain(texts.iter().map(String::as_str)).collect();

    let report = home.json(&import);
    assert_eq!(report["failed"], serde_json::json!([]));
    assert_eq!(report["taken"]["app"]["added"], files.len());
    let nodes = home.json(&["list", "nodes"]);
    let nodes = nodes["nodes"].as_array().unwrap();
    assert_eq!(report["taken"]["node"]["added"], nodes.len());
    assert!(nodes.iter().all(|node| node["provider"].is_string() && node["model"].is_string()));

    let again = home.json(&import);
    assert_eq!(again["revision"], serde_json::Value::Null, "a second import changes nothing");
    assert_eq!(again["taken"]["node"]["unchanged"], nodes.len());
}
