//! Files to feed the program with: declarative files and Dify exports of any size.

use std::fmt::Write;

/// Writes a declarative file with this many workflows, a rule each, and some keys.
pub fn declarative(workflows: u32) -> String {
    let mut text = "[workspace]\nname = \"default\"\n\n[[department]]\nname = \"Finance\"\n".to_owned();
    for key in 0..10 {
        writeln!(text, "\n[[credential]]\nname = \"key-{key}\"\nprovider = \"openai\"").unwrap();
    }
    for number in 0..workflows {
        let key = number % 10;
        write!(
            text,
            r#"
[[app]]
name = "app-{number}"
department = "Finance"

[[workflow]]
name = "workflow-{number}"
app = "app-{number}"
[[workflow.node]]
name = "draft"
provider = "openai"
model = "gpt-4o"
[[workflow.node]]
name = "check"
provider = "anthropic"
model = "claude-3-haiku-20240307"

[[assignment]]
scope = "workflow/workflow-{number}"
provider = "openai"
target = "key/key-{key}"
"#
        )
        .unwrap();
    }
    text
}

/// Writes one Dify export of a workflow with a few nodes. The name is put between double quotes as it is.
pub fn dify(name: &str) -> String {
    let mut text = format!(
        "app: {{description: '', icon: x, mode: workflow, name: \"{name}\"}}\nkind: app\nversion: 0.6.0\n\
         workflow:\n  graph:\n    edges: []\n    nodes:\n"
    );
    for node in 1..=5 {
        writeln!(
            text,
            "    - {{id: '{node}', type: custom, data: {{type: llm, title: \"{name} {node}\", \
             model: {{provider: langgenius/openai/openai, name: gpt-4o, mode: chat, completion_params: {{}}}}}}}}"
        )
        .unwrap();
    }
    text
}
