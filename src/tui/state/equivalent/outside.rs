//! The commands of what is done past the staged changes: rotation, vendors, imports.

use std::path::PathBuf;

use super::{super::State, line};
use crate::{
    domain::{catalogue::Ix, credential::Credential, fact::Answer, id::Id, link::Link},
    ops::{importing::ImportWish, verify::Which},
    tui::effect::Step,
};

/// Says what a step of a rotation does. A new secret is asked for, and stands in no line.
pub(super) fn rotated(state: &State, key: Ix<Credential>, step: &Step) -> Option<(String, Vec<String>)> {
    let name = state.view()?.credential(key)?.name.to_string();
    let link = Link::new("key", &[&name])?.to_string();
    let (words, options): (String, &[&str]) = match step {
        Step::Store(_) => (format!("Store a new secret of {name} beside the one in use"), &[]),
        Step::Tested(Answer::Works) => (format!("Note that the new secret of {name} works"), &["--tested", "works"]),
        Step::Tested(_) => (format!("Note that the new secret of {name} was refused"), &["--tested", "refused"]),
        Step::Promote { untested: false } => {
            (format!("Stage that the new secret of {name} is put in use"), &["--promote", "--stage"])
        }
        Step::Promote { untested: true } => (
            format!("Stage that the new secret of {name} is put in use untested"),
            &["--promote", "--untested", "--stage"],
        ),
        Step::Abandon => (format!("Destroy the new secret of {name}"), &["--abandon"]),
    };
    Some((words, vec![line(&[&["rotate", &link], options].concat())]))
}

/// Says whose vendors are asked.
pub(super) fn verified(state: &State, keys: &[Id<Credential>], which: Which) -> Option<(String, Vec<String>)> {
    let view = state.view()?;
    let known = view.credentials().filter(|(_, key)| keys.contains(&key.id));
    let names: Vec<String> = known.map(|(_, key)| key.name.to_string()).collect();
    let option = (which == Which::Next).then(|| "--next".to_owned());
    let what = match names.as_slice() {
        [one] if option.is_some() => format!("Ask the vendor of {one} whether its new secret works"),
        [one] => format!("Ask the vendor of {one} whether it works"),
        many => format!("Ask the vendors of {} whether they work", crate::tui::words::count(many.len(), "key")),
    };
    // Where there are very many, each line names as many as fit on one.
    let commands = names.chunks(super::TOLD).map(|names| {
        let links = names.iter().filter_map(|name| Some(Link::new("key", &[name])?.to_string()));
        let words: Vec<String> = std::iter::once("verify".to_owned()).chain(links).chain(option.clone()).collect();
        line(&words.iter().map(String::as_str).collect::<Vec<_>>())
    });
    Some((what, commands.collect()))
}

/// Returns the words of the command that imports the same.
pub(super) fn imported(state: &State, wish: &ImportWish) -> Vec<String> {
    let (place, dify) = (&wish.belonging, &wish.dify);
    let path = |path: &Option<PathBuf>| path.as_ref().map(|file| file.to_string_lossy().into_owned());
    let options = [
        ("--source-secret-key-file", path(&wish.secret_key_file)),
        ("--storage", path(&dify.storage)),
        ("--tenant", dify.tenant.clone()),
        ("--department-tags", dify.tags.as_ref().map(|tags| tags.join(","))),
        ("--department", place.department.clone()),
        ("--environment", place.environment.clone()),
        ("--owner", place.owner.clone()),
        ("--map", path(&wish.map_file)),
        ("--source", place.source.clone()),
    ];
    let options = options.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value?]));
    // By itself a workspace of Dify's would go into one of its own name.
    let here = state.view().filter(|_| wish.source.is_on_a_server());
    let here = here.map(|view| ["--workspace".to_owned(), view.workspace().name.to_string()]);
    let source = ["import", wish.source.word()].map(str::to_owned);
    let path = wish.path.to_string_lossy().into_owned();
    here.into_iter().flatten().chain(source).chain([path]).chain(options.flatten()).collect()
}
