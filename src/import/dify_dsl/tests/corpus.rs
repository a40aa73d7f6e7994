//! Real exports, where they are at hand: all are taken, and every model that a cruder count finds.

use std::{collections::BTreeSet, fs, path::PathBuf};

use super::*;
use crate::{
    domain::record::{Kind, Record},
    import::sample,
};

/// The real exports by file name, or a note that there are none. `KEYDECK_DIFY_EXPORTS` names another folder.
pub(super) fn exports() -> Option<Vec<(String, Vec<u8>)>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/dify-dsl");
    let folder = std::env::var_os("KEYDECK_DIFY_EXPORTS").map_or_else(beside, PathBuf::from);
    let Ok(entries) = fs::read_dir(&folder) else {
        eprintln!("skipped: no real exports in {}", folder.display());
        return None;
    };
    let paths: BTreeSet<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    let yml = paths.into_iter().filter(|path| path.extension().is_some_and(|it| it == "yml"));
    Some(yml.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())).collect())
}

/// Counts lines that name a provider, without reading YAML: Dify writes one key a line.
fn crude_count(bytes: &[u8]) -> usize {
    const KEYS: [&str; 3] = ["provider", "embedding_provider_name", "reranking_provider_name"];
    let names_one = |line: &&str| {
        let (key, value) = line.trim().split_once(':').unwrap_or_default();
        KEYS.contains(&key) && !matches!(value.trim(), "" | "''" | "null")
    };
    std::str::from_utf8(bytes).unwrap().lines().filter(names_one).count()
}

#[test]
fn every_model_of_every_real_export_is_found() {
    let Some(files) = exports() else { return };
    for (file, bytes) in &files {
        assert_eq!(read(file, bytes).unwrap().uses.len(), crude_count(bytes), "{file}");
    }
}

#[test]
fn all_real_exports_are_taken_and_a_second_time_changes_nothing() {
    let Some(files) = exports() else { return };
    let catalogue = sample::catalogue();
    let all = || files.iter().map(|(file, bytes)| (file.as_str(), bytes.as_slice()));
    let (changes, report) = import(&catalogue, all(), &Placements::default(), &mut sample::ids(1000));
    assert_eq!(report.failed, []);
    let nodes: usize = files.iter().map(|(_, bytes)| crude_count(bytes)).sum();
    for (kind, expected) in [(Kind::App, files.len()), (Kind::Workflow, files.len()), (Kind::Node, nodes)] {
        assert_eq!(report.taken[&kind].added, expected, "{kind:?}");
    }
    let names: BTreeSet<_> = changes.iter().map(|change| (change.kind(), change.subject().name())).collect();
    assert!(names.contains(&(Kind::App, Some(&"MCP (2)".into()))));

    let catalogue = catalogue.with_changes(&changes, None);
    let again =
        |files: Vec<(&str, &[u8])>| import(&catalogue, files, &Placements::default(), &mut sample::ids(100_000)).0;
    assert_eq!(again(all().collect()), []);
    assert_eq!(again(all().rev().collect()), []);
    for one in all() {
        assert_eq!(again(vec![one]), [], "{}", one.0);
    }
}

#[test]
fn nodes_of_real_exports_can_be_asked_for() {
    let Some(files) = exports() else { return };
    let all = files.iter().map(|(file, bytes)| (file.as_str(), bytes.as_slice()));
    let (changes, _) = import(&sample::catalogue(), all, &Placements::default(), &mut sample::ids(1000));
    let after = sample::catalogue().with_changes(&changes, None);
    for change in &changes {
        let Record::Node(node) = change.subject() else { continue };
        let workflow = after.workflows().find(node.workflow).unwrap();
        assert_eq!(after.node_named(workflow, &node.name).and_then(|ix| after.nodes().get(ix)), Some(node));
        let foreign = changes.iter().filter(|other| {
            matches!(other.subject(), Record::Node(it) if it.workflow == node.workflow && it.foreign_id == node.foreign_id)
        });
        assert_eq!(foreign.count(), 1, "{:?}", node.foreign_id);
    }
}
