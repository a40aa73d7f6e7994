//! Details of operators.

use crate::{
    domain::{catalogue::Ix, name::printable, people::Operator},
    form,
    ops::view::View,
    tui::{theme::Role, widget::detail::Detail},
};

use super::plain;

/// A person: roles, and the SSH keys by their fingerprints, as those who have them see them.
pub(super) fn operator(view: &View, ix: Ix<Operator>) -> Vec<Detail> {
    let Some(it) = view.operator(ix) else { return Vec::new() };
    let lookup = view.lookup();
    let mut lines = vec![Detail::Heading(it.login.to_string())];
    if it.service {
        lines.push(Detail::Text("A program, which logs in by its tokens or keys.".to_owned(), Role::Muted));
    }
    lines.extend(it.email.as_ref().map(|email| plain("e-mail", printable(email))));
    let roles: Vec<String> = it.grants.iter().filter_map(|grant| form::people::role_text(*grant, &lookup)).collect();
    lines.extend([Detail::Gap, Detail::Heading("Roles".to_owned())]);
    if roles.is_empty() {
        lines.push(Detail::Text("None, so that nothing may be done here; e grants one.".to_owned(), Role::Warn));
    }
    lines.extend(roles.into_iter().map(|role| Detail::Text(role, Role::Text)));
    lines.extend([Detail::Gap, Detail::Heading("SSH keys".to_owned())]);
    if it.ssh_keys.is_empty() {
        let text = "None, so that nobody logs in as this operator over SSH; e adds one, as it stands in a .pub file.";
        lines.push(Detail::Text(text.to_owned(), Role::Muted));
    }
    for key in &it.ssh_keys {
        match form::ssh_key::PublicKey::parse(key) {
            Ok(key) => {
                lines.push(Detail::Text(format!("{} {}", key.kind(), printable(key.comment())), Role::Text));
                lines.push(Detail::Text(format!("  {}", key.fingerprint()), Role::Muted));
            }
            Err(error) => lines.push(Detail::Text(error.to_string(), Role::Danger)),
        }
    }
    if let Some(note) = &it.note {
        lines.extend([Detail::Gap, Detail::Text(note.to_string(), Role::Muted)]);
    }
    lines
}
