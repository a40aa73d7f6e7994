//! Rotation and the emergency: a new secret in steps, and a key that is revoked at once.

use crate::{
    domain::{
        catalogue::Ix,
        change::Change,
        credential::{Credential, State as KeyState},
        fact::Answer,
        record::Record,
    },
    ops::find::Thing,
    tui::{
        effect::{Effect, Step, Typed},
        state::{
            State, Waiting,
            finder::{Finder, Source},
            form::{Asked, Form},
            overlay::{Deed, Overlay, Told},
            rotation::Choice,
        },
        widget::{dialog::Dialog, toast::ToastKind},
    },
};

use super::{editing, staging, verifying};

/// Begins a rotation by asking for the new secret, or shows the steps that come next.
pub(super) fn begin(state: &mut State) -> Vec<Effect> {
    let (Some(Thing::Credential(ix)), Some(view)) = (state.thing(), state.view().cloned()) else { return Vec::new() };
    let Some(key) = view.credential(ix).cloned() else { return Vec::new() };
    let Some(next) = view.next_secret(ix) else {
        let form = Form::rotation(key, &view);
        state.overlays.push(Overlay::Form(Box::new(form)));
        return Vec::new();
    };
    let works = next.tested.as_ref().is_some_and(|it| it.answer == Answer::Works);
    let source = Source::Rotation { key: ix, name: key.name.to_string(), told: next.sentence(), works };
    let finder = Finder::new(source, "", state);
    state.overlays.push(Overlay::Finder(finder));
    Vec::new()
}

/// Takes the new secret out of its form, to be stored beside the one in use.
pub(super) fn store(state: &mut State) -> Vec<Effect> {
    let unlocked = state.unlocked;
    let Some(Overlay::Form(form)) = state.overlays.last_mut() else { return Vec::new() };
    if let Some((at, fault)) = form.first_fault() {
        form.at = at;
        form.error = Some(fault);
        return Vec::new();
    }
    if form.lines.iter().all(|line| line.secret.is_empty()) {
        form.error = Some("no new secret was given: paste it here".to_owned());
        return Vec::new();
    }
    if !unlocked {
        state.when_unlocked = Some(Waiting::Form);
        state.say(ToastKind::Ok, "The vault is unlocked first, to seal the secret");
        return super::unlock(state);
    }
    let given = form.lines.iter_mut().filter(|line| line.is_secret() && !line.secret.is_empty());
    let fields = given.filter_map(|line| match &line.what {
        Asked::Secret { name, .. } => Some((name.to_string(), Typed::new(line.secret.take()))),
        _ => None,
    });
    let fields: Vec<(String, Typed)> = fields.collect();
    let record = form.record.clone();
    state.overlays.pop();
    let Some(Thing::Credential(key)) = state.view().and_then(|view| view.thing_of(&record)) else { return Vec::new() };
    vec![Effect::Rotate { key, step: Step::Store(fields) }]
}

/// Does a step that was chosen.
pub(super) fn choose(state: &mut State, key: Ix<Credential>, choice: Choice) -> Vec<Effect> {
    match choice {
        Choice::Ask => verifying::verify_next(state, key),
        Choice::Tested(answer) => vec![Effect::Rotate { key, step: Step::Tested(answer) }],
        Choice::Promote { .. } if !state.unlocked => {
            state.when_unlocked = Some(Waiting::Rotate(key, choice));
            state.say(ToastKind::Ok, "The vault is unlocked first, to see that the new secret opens");
            super::unlock(state)
        }
        Choice::Promote { untested } => vec![Effect::Rotate { key, step: Step::Promote { untested } }],
        Choice::Abandon => {
            let name = state.view().map(|view| view.credential_name(key).into_owned()).unwrap_or_default();
            let dialog = Dialog {
                title: format!("Destroy the new secret of {name}?"),
                body: "The secret in use stays as it is. What is destroyed can't be brought back; make another at the \
                       vendor if it is wanted."
                    .to_owned(),
                deed: "Destroy it".to_owned(),
                danger: true,
                name: None,
            };
            staging::ask(state, dialog, Deed::Abandon(key));
            Vec::new()
        }
    }
}

/// Asks before a key is revoked at once, past staging and approval.
pub(super) fn revoke_now(state: &mut State) -> Vec<Effect> {
    let (Some(Thing::Credential(ix)), Some(view)) = (state.thing(), state.view().cloned()) else { return Vec::new() };
    let Some(before) = view.credential(ix).cloned() else { return Vec::new() };
    let body = format!(
        "{} This is for an emergency: it is applied at once, past what is staged and past approval. Every version of the \
         secret is blocked, and only an admin can reinstate the key. The vendor still has to be told.",
        editing::uses(state)
    );
    let name = before.name.to_string();
    let after = Credential { state: KeyState::Revoked, ..before.clone() };
    let Some(change) = Change::edit(Record::from(before), Record::from(after)) else { return Vec::new() };
    let dialog = Dialog {
        title: format!("Revoke {name} now?"),
        body,
        deed: "Revoke now".to_owned(),
        danger: true,
        name: Some(name.clone()),
    };
    staging::ask(state, dialog, Deed::RevokeNow(change, name));
    Vec::new()
}

/// Tells what an emergency broke.
pub(super) fn damage(state: &mut State, name: &str, damage: Vec<String>) {
    let mut lines = damage;
    if lines.is_empty() {
        lines.push("No node used it.".to_owned());
    }
    lines.push(format!("The vendor does not know of it: revoke {name} there as well."));
    state.overlays.push(Overlay::Told(Box::new(Told { title: format!("{name} is revoked"), lines })));
}
