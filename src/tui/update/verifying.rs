//! Verifying: vendors are asked about the marked keys, or about the one under the cursor, or about a
//! secret that is stored beside the one in use; Esc stops.

use crate::{
    domain::{
        catalogue::Ix,
        credential::{Credential, SecretRef},
        fact::Answer,
        id::Id,
    },
    ops::{
        failure::Failure,
        verify::{VerifyRow, Which},
    },
    tui::{
        effect::Effect,
        state::{Data, State, Verifying, Waiting, available},
        widget::toast::ToastKind,
        words,
    },
};

use super::arriving;

/// Asks about the secrets of keys that are in use, once the vault is unlocked.
pub(super) fn verify(state: &mut State) -> Vec<Effect> {
    let Some(view) = state.view() else { return Vec::new() };
    let keys: Vec<&Credential> = available::chosen_keys(state).iter().filter_map(|ix| view.credential(*ix)).collect();
    let sealed = keys.iter().any(|key| matches!(key.secret, SecretRef::Sealed(_)));
    let keys: Vec<Id<Credential>> = keys.iter().map(|key| key.id).collect();
    begin(state, keys, Which::Current, sealed)
}

/// Asks about the secret that is stored beside the one in use, once the vault is unlocked.
pub(super) fn verify_next(state: &mut State, key: Ix<Credential>) -> Vec<Effect> {
    let id = state.view().and_then(|view| Some(view.credential(key)?.id));
    begin(state, id.into_iter().collect(), Which::Next, true)
}

fn begin(state: &mut State, keys: Vec<Id<Credential>>, which: Which, sealed: bool) -> Vec<Effect> {
    if state.verifying.is_some() {
        state.say(ToastKind::Warn, "Vendors are being asked already; Esc stops that");
        return Vec::new();
    }
    if sealed && !state.unlocked {
        if !state.has_key {
            state.say(ToastKind::Ok, "The vault is unlocked first, since vendors are shown the secrets");
        }
        state.when_unlocked = Some(Waiting::Verify(keys, which));
        return super::unlock(state);
    }
    ask(state, keys, which)
}

/// Asks about keys.
pub(super) fn ask(state: &mut State, keys: Vec<Id<Credential>>, which: Which) -> Vec<Effect> {
    let generation = state.next_generation();
    state.verifying = Some(Verifying { generation, done: 0, all: keys.len(), is_stopping: false });
    vec![Effect::Verify { generation, keys, which }]
}

/// Stops asking, if vendors are being asked.
pub(super) fn stop(state: &mut State) -> Option<Vec<Effect>> {
    let verifying = state.verifying.as_mut().filter(|it| !it.is_stopping)?;
    verifying.is_stopping = true;
    Some(vec![Effect::StopVerifying])
}

/// Counts one answer more.
pub(super) fn answered(state: &mut State, generation: u64, done: usize) {
    if let Some(verifying) = state.verifying.as_mut().filter(|it| it.generation == generation) {
        verifying.done = done;
    }
}

/// Tells what came of it.
pub(super) fn verified(state: &mut State, generation: u64, rows: &[VerifyRow], data: Data) -> Vec<Effect> {
    let begun = state.verifying.take_if(|it| it.generation == generation);
    let all = begun.map_or(rows.len(), |it| it.all);
    let (text, kind) = told(rows, all);
    state.say(kind, text);
    if let Some(failure) = rows.iter().find_map(|row| row.failure.as_ref()).filter(|_| rows.len() == 1) {
        state.fail(failure);
    }
    arriving::replace(state, data)
}

/// Tells why nobody was asked.
pub(super) fn failed(state: &mut State, generation: u64, failure: &Failure) {
    state.verifying.take_if(|it| it.generation == generation);
    state.fail(failure);
}

/// Sums the answers up: of one key what was said, of several how many said what.
fn told(rows: &[VerifyRow], all: usize) -> (String, ToastKind) {
    if let ([row], 1) = (rows, all) {
        let answer = row.answer.map_or("not asked", Answer::phrase);
        let works = row.answer == Some(Answer::Works);
        let key = crate::domain::name::printable(&row.key);
        let what = if row.next { format!("new secret of {key}") } else { key.into_owned() };
        let text = format!("{what}: {answer} · {}", row.why);
        return (text, if works { ToastKind::Ok } else { ToastKind::Warn });
    }
    let count = |answer: Option<Answer>| rows.iter().filter(|row| row.answer == answer).count();
    let mut parts: Vec<String> = Answer::ALL
        .iter()
        .filter_map(|answer| Some((count(Some(*answer)), answer.phrase())).filter(|(count, _)| *count > 0))
        .map(|(count, phrase)| format!("{count} {phrase}"))
        .collect();
    if count(None) > 0 {
        parts.push(format!("{} not asked", count(None)));
    }
    if rows.len() < all {
        parts.push(format!("stopped before {}", all - rows.len()));
    }
    let fine = count(Some(Answer::Works)) == all;
    (format!("{}: {}", words::count(all, "key"), parts.join(" · ")), if fine { ToastKind::Ok } else { ToastKind::Warn })
}
