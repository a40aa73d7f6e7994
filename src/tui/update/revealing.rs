//! Revealing: a secret is asked for, stands over the screen for a while, and goes with whatever comes next. The secret
//! itself is never here.

use std::time::Duration;

use crate::{
    domain::{
        Text,
        credential::{Credential, SecretRef},
        id::Id,
    },
    ops::{failure::Failure, find::Thing},
    tui::{
        action::Action,
        effect::Effect,
        state::{
            State, Waiting,
            overlay::{Overlay, Reveal, Revealed},
        },
        widget::toast::ToastKind,
    },
};

/// How long a secret is shown.
const SHOWN: Duration = Duration::from_secs(15);

/// How long a secret stays in the clipboard, as far as the terminal obeys.
const KEPT: Duration = Duration::from_secs(30);

/// Reveals the key under the cursor, or copies its secret; of what is shown already, the chosen field.
pub(super) fn reveal(state: &mut State, action: Action) -> Vec<Effect> {
    let field = |reveal: &Reveal| reveal.fields.get(reveal.at).map(|field| field.name.clone());
    let shown = state.reveal().filter(|reveal| reveal.until.is_some()).map(|reveal| (reveal.key, field(reveal)));
    if let Some((key, field)) = shown {
        return proceed(state, Waiting::Copy(key, field));
    }
    let Some(Thing::Credential(ix)) = state.thing() else { return Vec::new() };
    let Some(key) = state.view().and_then(|view| view.credential(ix)).cloned() else { return Vec::new() };
    let wish = match action {
        Action::Reveal => Waiting::Reveal(key.id, key.name),
        _ => Waiting::Copy(key.id, None),
    };
    if matches!(key.secret, SecretRef::Sealed(_)) && !state.unlocked && may(state) {
        if !state.has_key {
            state.say(ToastKind::Ok, "The vault is unlocked first, to open the secret");
        }
        state.when_unlocked = Some(wish);
        return super::unlock(state);
    }
    proceed(state, wish)
}

/// Says whether the right is there; without it nobody needs to unlock anything to be refused.
fn may(state: &State) -> bool {
    crate::tui::state::available::availability(state, Action::Reveal).is_yes()
}

/// Asks for what was wished for, once nothing stands before it.
pub(super) fn proceed(state: &mut State, wish: Waiting) -> Vec<Effect> {
    match wish {
        Waiting::Form => super::editing::submit(state),
        Waiting::Rotate(key, choice) => super::rotating::choose(state, key, choice),
        Waiting::Import => super::importing::take(state),
        Waiting::Copy(key, field) => vec![Effect::CopySecret { key, field }],
        Waiting::Reveal(key, name) => ask(state, key, name),
        Waiting::Verify(keys, which) => super::verifying::ask(state, keys, which),
    }
}

fn ask(state: &mut State, key: Id<Credential>, name: Text) -> Vec<Effect> {
    let generation = state.next_generation();
    state.overlays.push(Overlay::Reveal(Reveal { key, name, generation, fields: Vec::new(), at: 0, until: None }));
    vec![Effect::Reveal { generation, key }]
}

/// Shows what is told of a secret that is there now, unless it is not waited for any more.
pub(super) fn shown(state: &mut State, generation: u64, fields: Vec<Revealed>) {
    let until = state.now.checked_add(SHOWN).ok();
    if let Some(Overlay::Reveal(reveal)) = state.overlays.last_mut()
        && reveal.generation == generation
    {
        reveal.fields = fields;
        reveal.until = until;
    }
}

/// Tells why a secret was not disclosed.
pub(super) fn refused(state: &mut State, generation: u64, failure: &Failure) {
    state.overlays.retain(|overlay| !matches!(overlay, Overlay::Reveal(it) if it.generation == generation));
    state.fail(failure);
}

/// Notes that a secret is in the clipboard of the user's terminal, to have it forgotten after a while.
pub(super) fn copied(state: &mut State, name: &str) {
    state.clipboard_until = state.now.checked_add(KEPT).ok();
    state.say(
        ToastKind::Warn,
        format!(
            "The secret of {name} was sent to your terminal. In 30 s it is asked to forget it; not every one does."
        ),
    );
}

/// Takes a secret off the screen, if one is there.
pub(super) fn hide(state: &mut State) {
    state.overlays.retain(|overlay| !matches!(overlay, Overlay::Reveal(_)));
}

/// Hides what has been shown long enough, and clears what has been in the clipboard long enough.
pub(super) fn expire(state: &mut State) -> Vec<Effect> {
    if state.reveal().and_then(|reveal| reveal.until).is_some_and(|until| until <= state.now) {
        hide(state);
    }
    if state.clipboard_until.is_some_and(|until| until <= state.now) {
        return clear(state);
    }
    Vec::new()
}

/// Asks the terminal to forget the secret that it was sent, if it was.
pub(super) fn clear(state: &mut State) -> Vec<Effect> {
    state.clipboard_until.take().map(|_| Effect::ClearClipboard).into_iter().collect()
}
