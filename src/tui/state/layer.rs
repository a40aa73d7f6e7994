//! Which layers of the keymap hear a key now: computed from the state, never stored.

use super::{State, overlay::Overlay, route::Screen};

/// Returns the layers that hear keys now, the innermost first.
pub fn layers(state: &State) -> Vec<&'static str> {
    match state.overlays.last() {
        None => below(state),
        Some(
            Overlay::Confirm(_)
            | Overlay::Others(_)
            | Overlay::Approve(_)
            | Overlay::Proposal(_)
            | Overlay::Told(_)
            | Overlay::Failure(_),
        ) => vec!["dialog"],
        Some(Overlay::Apply(dialog)) if dialog.at > 0 => vec!["dialog"],
        Some(Overlay::Import(importing)) => {
            vec![if importing.is_asking() { "text" } else { "dialog" }]
        }
        Some(Overlay::Picker(_)) => vec!["picker"],
        Some(Overlay::Finder(_)) => vec!["finder"],
        Some(Overlay::Reveal(_)) => vec!["secret"],
        Some(Overlay::Form(form)) if form.lines.get(form.at).is_some_and(|line| line.area.is_some()) => vec!["lines"],
        Some(Overlay::Columns(_)) => vec!["columns"],
        Some(
            Overlay::Apply(_) | Overlay::Form(_) | Overlay::Filter { .. } | Overlay::Prompt(_) | Overlay::Unlock(_),
        ) => vec!["text"],
    }
}

/// Returns the layers of the screen itself, whatever lies over it.
pub fn below(state: &State) -> Vec<&'static str> {
    let of_screen: &[&'static str] = match state.route().screen {
        Screen::Overview => &["overview", "tree"],
        Screen::Matrix => &["matrix"],
        Screen::Workflows => &["workflows", "tree"],
        Screen::Providers => &["providers"],
        Screen::Credentials => &["credentials"],
        Screen::Records(_) => &["records"],
        Screen::Preview(_) => &["preview"],
        Screen::Changes => &["changes"],
        Screen::Costs(_) => &["costs"],
        Screen::Audit => &[],
    };
    of_screen.iter().copied().chain(["browse", "global"]).collect()
}
