//! The lines that draw a tree in front of its rows.

/// Where a row stands in its tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch<'a> {
    /// For each ancestor, the root's children first, whether it has a sibling below; then the same for the row itself.
    /// Empty for a root.
    pub below: &'a [bool],
    /// Whether the row has children, and whether they are shown.
    pub children: Children,
}

/// What hangs under a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Children {
    /// Nothing.
    None,
    /// Rows that are hidden.
    Closed,
    /// Rows that are shown.
    Open,
}

/// Returns what stands in front of a row: the guides, then a sign for its children. Each level takes two columns.
pub fn tree_prefix(branch: &Branch<'_>) -> (String, &'static str) {
    let mut guides = String::new();
    if let Some((own, ancestors)) = branch.below.split_last() {
        for below in ancestors {
            guides.push_str(if *below { "│ " } else { "  " });
        }
        guides.push_str(if *own { "├╴" } else { "└╴" });
    }
    let sign = match branch.children {
        Children::None => "  ",
        Children::Closed => "▸ ",
        Children::Open => "▾ ",
    };
    (guides, sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guides_join() {
        let rows: [(&[bool], Children, &str); 6] = [
            (&[], Children::Open, "Research"),
            (&[true], Children::Open, "chat"),
            (&[true, true], Children::None, "llm"),
            (&[true, false], Children::None, "rerank"),
            (&[false], Children::Closed, "invoice"),
            (&[], Children::Closed, "Sales"),
        ];
        let lines = rows.map(|(below, children, name)| {
            let (guides, sign) = tree_prefix(&Branch { below, children });
            format!("{guides}{sign}{name}")
        });
        insta::assert_snapshot!(lines.join("\n"), @r"
        ▾ Research
        ├╴▾ chat
        │ ├╴  llm
        │ └╴  rerank
        └╴▸ invoice
        ▸ Sales
        ");
    }
}
