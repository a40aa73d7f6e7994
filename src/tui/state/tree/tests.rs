use std::collections::HashSet;

use super::*;
use crate::tui::{rehearsal::Rehearsal, state::TREE_FIELDS};

fn view() -> View {
    View::rehearsed(Rehearsal::organisation(), "ana.moreau", false)
}

fn now() -> Timestamp {
    crate::tui::rehearsal::NOW.parse().unwrap()
}

#[test]
fn everything_that_is_seen_stands_in_the_tree_once() {
    let view = view();
    let tree = Tree::of(&view);
    let mut seen: Vec<usize> = tree
        .entries()
        .iter()
        .filter_map(|entry| if let Spot::Workflow(ix) = entry.spot { Some(ix.position()) } else { None })
        .collect();
    assert_eq!(seen.len(), tree.workflows());
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), view.workflows().count());
    for (at, entry) in tree.entries().iter().enumerate() {
        assert!(entry.end as usize > at);
        let above = tree.ancestors(at);
        assert_eq!(above.len(), usize::from(entry.depth));
        assert!(above.iter().all(|&ancestor| tree.entries()[ancestor].end >= entry.end));
    }
}

#[test]
fn sums_of_branches_are_those_of_their_workflows() {
    let view = view();
    let tree = Tree::of(&view);
    let census = tree.census(&view, now());
    let tops = tree.entries().iter().enumerate().filter(|(_, entry)| entry.depth == 0);
    let total = tops.fold(Summary::default(), |mut total, (at, _)| {
        total.add(census.sums[at]);
        total
    });
    assert_eq!(total.workflows as usize, tree.workflows());
    assert_eq!(total.nodes as usize, view.nodes().count());
    assert!(total.problems > 0 && total.problems < total.nodes);
}

#[test]
fn rows_open_close_and_join_their_lines() {
    let view = view();
    let tree = Tree::of(&view);
    let closed = tree.rows(&view, &HashSet::new(), None);
    assert!(closed.iter().all(|row| row.depth == 0));
    let open: HashSet<Spot> = tree.entries().iter().map(|entry| entry.spot).collect();
    let rows = tree.rows(&view, &open, None);
    assert_eq!(rows.len(), tree.entries().len() + view.nodes().count());
    for (at, row) in rows.iter().enumerate() {
        for depth in 0..=row.depth {
            let sibling = rows[at + 1..].iter().take_while(|below| below.depth >= depth).any(|it| it.depth == depth);
            assert_eq!(row.below & (1 << depth) != 0, sibling, "row {at} at {depth}");
        }
    }
}

#[test]
fn filters_look_into_nodes_answers_and_what_lies_above() {
    let view = view();
    let tree = Tree::of(&view);
    let find = |text: &str| {
        let matching = tree.matching(&view, &Filter::parse(text, TREE_FIELDS), now());
        let shown = tree.entries().iter().zip(&matching.shown);
        let shown = shown.filter(|(entry, shown)| **shown && matches!(entry.spot, Spot::Workflow(_))).count();
        assert_eq!(matching.workflows, shown, "{text}");
        shown
    };
    let all = tree.workflows();
    assert_eq!(find("is:problem") + find("!is:problem"), all);
    assert_eq!(find("dept:finance app:invoices"), 7);
    assert!(find("key:openai-finance-prod") > 0);
    assert_eq!(find("model:no-such-model"), 0);
    assert!(find("env:production") > find("env:staging"));
    let best = tree.matching(&view, &Filter::parse("invoi", TREE_FIELDS), now()).best.unwrap();
    assert_eq!(label(&view, tree.entries()[best as usize].spot), "invoice-bot", "others have these letters scattered");
}
