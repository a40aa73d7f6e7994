//! Arriving: what work outside brings back. An answer to an old question is dropped.

use std::sync::Arc;

use crate::{
    ops::{failure::Mendable, plan::Plan, presence::Other},
    store::Staged,
    tui::{
        effect::{Done, Effect, Purpose},
        state::{
            Audit, Data, State,
            finder::{Finder, Source},
            jobs::Job,
            overlay::{Overlay, Unlock},
            picker::Outlook,
            route::Screen,
            tree::{Census, Spot},
        },
        widget::toast::ToastKind,
        words,
    },
};

use super::{
    assigning, costing, entering, going, gridding, importing, listing, others, overviewing, remembering, revealing,
    rotating, staging, typing, verifying,
};

/// A tree with at most so many entries begins open down to its workflows.
const SMALL: usize = 60;

/// Takes what came back.
pub(super) fn arrive(state: &mut State, done: Done) -> Vec<Effect> {
    match done {
        Done::MayEnter(name) => entering::enter(state, &name),
        Done::Opened { data, staged, log, unlocked } => opened(state, data, staged, log, unlocked),
        Done::Fresh(data) => {
            state.synced = Some(state.now);
            fresh(state, data)
        }
        Done::Staged { staged, said } => {
            take_staged(state, staged);
            if let Some(said) = said {
                state.say(ToastKind::Ok, said);
            }
            staging::replan(state)
        }
        Done::Applied { revision, changes, reverted, data, staged, log } => {
            applied(state, revision, changes, reverted);
            state.off_record = false;
            state.log = log;
            take_staged(state, staged);
            replace(state, data)
        }
        Done::Looked { generation, staged, meanwhile, approvals, waiting } if generation == state.asked.look => {
            others::looked(state, staged, meanwhile, approvals, waiting)
        }
        Done::Rotated { data, said } => {
            state.say(ToastKind::Ok, said);
            fresh(state, data)
        }
        Done::Revoked { name, damage, applied } => {
            let effects = arrive(state, *applied);
            // Undo does not reinstate a key.
            state.deeds.applied.pop();
            state.toasts.dismiss();
            rotating::damage(state, &name, damage);
            effects
        }
        Done::Stirred => others::look(state),
        Done::Approved(login) => {
            state.say(ToastKind::Ok, format!("Approved: {login} can apply it as it is"));
            others::look(state)
        }
        Done::Lost(failure) => others::lost(state, &failure),
        Done::Back { data, staged, log } => others::back(state, data, staged, log),
        Done::Vault(answer) => vault(state, answer),
        Done::Verified { generation, rows, data } => verifying::verified(state, generation, &rows, data),
        Done::Planned { generation, purpose: Purpose::Staged, plan } if generation == state.asked.staged => {
            state.staging.swing = state.data.as_ref().map(|data| data.tree.swing(&plan)).unwrap_or_default();
            state.staging.plan = Some(plan);
            let mut effects = overviewing::ask(state);
            effects.extend(gridding::ask(state));
            effects
        }
        Done::Matrix { generation, matrix } if generation == state.asked.matrix => gridding::found(state, matrix),
        answer => {
            keep(state, answer);
            Vec::new()
        }
    }
}

/// Takes an answer that nothing else follows from. What was asked before the newest question is dropped.
fn keep(state: &mut State, answer: Done) {
    match answer {
        Done::Broken(failure) => {
            state.broken = Some(failure);
            state.finished = true;
        }
        Done::Counted { of, census } => counted(state, of, &census),
        Done::Found { generation, matching } if generation == state.asked.search => {
            state.matching = Some(matching);
            listing::rebuild(state);
            listing::best_match(state);
        }
        Done::Planned { generation, purpose, plan } => planned(state, generation, purpose, plan),
        Done::Overview { generation, overview } if generation == state.asked.overview => {
            overviewing::found(state, overview);
        }
        Done::MatrixRows { generation, rows } if generation == state.asked.rows => gridding::shown(state, rows),
        Done::Used { title, things } => {
            let count = things.len();
            let finder = Finder::new(Source::Uses(format!("{title}: {count}"), things), "", state);
            state.overlays.push(Overlay::Finder(finder));
        }
        Done::Shown { generation, fields } => revealing::shown(state, generation, fields),
        Done::NotRevealed { generation, failure } => revealing::refused(state, generation, &failure),
        Done::Copied(name) => revealing::copied(state, &name),
        Done::Answered { generation, done } => verifying::answered(state, generation, done),
        Done::NotVerified { generation, failure } => verifying::failed(state, generation, &failure),
        Done::Unknown { what, failure } => {
            state.unresolved = Some(what);
            state.fail(&failure);
        }
        Done::Named { text, names } => importing::named(state, &text, names),
        Done::ImportLooked { generation, read } => importing::looked(state, generation, read),
        Done::ImportTaken { generation, taken } => importing::taken(state, generation, taken),
        Done::Begun { number, words, can_stop, applies } => {
            state.jobs.begin(Job { number, words, can_stop, applies, since: state.now });
        }
        Done::Ended(number) => state.jobs.end(number),
        Done::Touched { revision, things } if revision == state.news => {
            let now = state.now;
            state.changed.extend(things.into_iter().map(|thing| (thing, now)));
        }
        Done::Workspaces(names) => entering::listed(state, names),
        Done::Others(others) => others_here(state, others),
        Done::Edited(Ok(text)) => typing::edited(state, &text),
        Done::Edited(Err(failure)) => state.fail(&failure),
        Done::Told(said) => state.say(ToastKind::Ok, said),
        Done::Log(log) => state.log = log,
        Done::OffRecord(failure) => {
            state.off_record = true;
            state.fail(&failure);
        }
        Done::Audit(read) => {
            state.audit = read.map_or_else(Audit::Refused, Audit::Read);
            if state.route().screen == Screen::Audit {
                listing::rebuild(state);
            }
        }
        Done::Costs { generation, answer } if generation == state.asked.costs => costing::answered(state, answer),
        Done::Failed(failure) => {
            state.off_record |= failure.mendable == Some(Mendable::OffRecord);
            state.fail(&failure);
        }
        // Late answers; and a secret, which the console keeps to itself, telling only what there is of it.
        _ => {}
    }
}

fn counted(state: &mut State, of: (u64, u64), census: &Arc<Census>) {
    if let Some(data) = &mut state.data
        && (data.view.revision(), data.view.facts()) == of
    {
        data.census = Some(Arc::clone(census));
        if state.route().screen == Screen::Credentials {
            listing::count(state, census);
        }
    }
}

fn planned(state: &mut State, generation: u64, purpose: Purpose, plan: Arc<Plan>) {
    match purpose {
        Purpose::Choice if generation == state.asked.choice => {
            if let Some(Overlay::Picker(picker)) = state.overlays.last_mut() {
                picker.outlook = Outlook::Known(plan);
            }
        }
        Purpose::Proposal if generation == state.asked.proposal => {
            if let Some(Overlay::Proposal(proposal)) = state.overlays.last_mut() {
                proposal.plan = Some(plan);
            }
        }
        Purpose::Approval if generation == state.asked.approve => {
            if let Some(Overlay::Approve(dialog)) = state.overlays.last_mut() {
                dialog.plan = Some(plan);
            }
        }
        Purpose::Staged | Purpose::Choice | Purpose::Approval | Purpose::Proposal => {}
    }
}

fn opened(
    state: &mut State,
    data: Data,
    staged: Staged,
    log: Vec<crate::store::Revision>,
    unlocked: bool,
) -> Vec<Effect> {
    let entries = data.tree.entries();
    let opens = |spot: &Spot| match spot {
        Spot::Department(_) => true,
        Spot::App(..) => entries.len() <= SMALL,
        Spot::Workflow(_) | Spot::Node(_) => false,
    };
    state.open.extend(entries.iter().map(|entry| entry.spot).filter(opens));
    state.opening = None;
    state.unlocked = unlocked;
    state.log = log;
    let problem = data.view.me().is_none();
    take_staged(state, staged);
    let mut effects = replace(state, data);
    if problem {
        state.say(
            ToastKind::Warn,
            "You are no operator of this database, so you see nothing; an admin can add you with keydeck add operator",
        );
    }
    if !state.staging.changes.is_empty() {
        let count = words::count(state.staging.changes.len(), "change");
        state.say(ToastKind::Ok, format!("{count} staged from before · g s shows them"));
    }
    effects.extend(remembering::take_up(state));
    if let Some(link) = state.link.take() {
        effects.extend(going::follow(state, &link));
    }
    effects
}

/// Takes a state that may be somebody else's doing.
fn fresh(state: &mut State, data: Data) -> Vec<Effect> {
    let known = state.view().map(|view| (view.revision(), view.facts()));
    let news = (data.view.revision(), data.view.facts());
    if known == Some(news) {
        return Vec::new();
    }
    // What this session writes itself is heard of twice, and no news.
    let is_own = state.jobs.is_applying();
    if let Some((revision, _)) = known.filter(|(revision, _)| *revision < news.0 && !is_own) {
        state.news = news.0;
        let text = match news.0 - revision {
            1 => format!("Revision {} was applied elsewhere", news.0),
            more => format!("{more} revisions were applied elsewhere"),
        };
        state.say(ToastKind::Warn, format!("{text} · g s shows them"));
    }
    let mut effects = replace(state, data);
    effects.push(Effect::Log);
    effects
}

/// Puts a state in the place of the one before, and asks anew what depends on it.
pub(super) fn replace(state: &mut State, data: Data) -> Vec<Effect> {
    state.synced = Some(state.now);
    let before = state.data.replace(data.clone());
    let mut data = data;
    // The old sums stand until the new ones are there, if the tree is the same.
    if let (Some(before), Some(here)) = (before, &mut state.data)
        && before.tree.entries().len() == here.tree.entries().len()
    {
        here.census.clone_from(&before.census);
        data.census = None;
    }
    let list = state.route().list;
    let mut effects = vec![Effect::Census(data, state.now)];
    if state.route().screen == Screen::Workflows && !state.route().filter.text().is_empty() {
        effects.extend(listing::filter(state));
    } else {
        state.matching = None;
    }
    listing::rebuild(state);
    if state.route().screen != Screen::Workflows {
        state.route_mut().list = list;
    }
    effects.extend(staging::replan(state));
    effects.extend(overviewing::ask(state));
    effects.extend(gridding::ask(state));
    effects.extend(assigning::outlook(state));
    if state.route().screen == Screen::Audit {
        effects.push(Effect::Audit);
    }
    effects.extend(costing::ask(state));
    effects
}

/// Takes what is staged now; new changes that came together are one step of undo.
pub(super) fn take_staged(state: &mut State, staged: Staged) {
    let known: Vec<u64> = state.staging.changes.iter().map(|(number, _)| *number).collect();
    let new: Vec<u64> = staged.changes.iter().map(|(number, _)| *number).filter(|it| !known.contains(it)).collect();
    let still: Vec<u64> = staged.changes.iter().map(|(number, _)| *number).collect();
    for batch in &mut state.staging.batches {
        batch.retain(|number| still.contains(number));
    }
    state.staging.batches.retain(|batch| !batch.is_empty());
    if !new.is_empty() {
        state.staging.batches.push(new);
    }
    state.staging.changes = staged.changes;
    state.staging.base = staged.base_revision;
}

/// Notes what this session applied or undid, and says so.
fn applied(state: &mut State, revision: u64, changes: usize, reverted: Option<(u64, bool)>) {
    let count = words::count(changes, "change");
    let text = match reverted {
        _ if changes == 0 => "Nothing had to be changed".to_owned(),
        None => {
            state.deeds.applied.push(revision);
            state.deeds.reverted.clear();
            format!("Applied {count} as revision {revision} · u undo")
        }
        Some((number, false)) => {
            state.deeds.applied.retain(|known| *known != number);
            state.deeds.reverted.push(revision);
            format!("Undid revision {number} by revision {revision} · U redo")
        }
        Some((number, true)) => {
            state.deeds.reverted.retain(|known| *known != number);
            state.deeds.applied.push(revision);
            format!("Done again as revision {revision} · u undo")
        }
    };
    state.say(ToastKind::Ok, text);
}

/// Notes who else is here, and says who came.
fn others_here(state: &mut State, others: Vec<Other>) {
    // Who was here before oneself is no news.
    if let Some(known) = &state.others {
        let new = others.iter().filter(|other| !known.iter().any(|known| known.login == other.login));
        let came: Vec<String> = new.filter_map(|other| other.login.as_ref().map(ToString::to_string)).collect();
        if let [one] = came.as_slice() {
            state.say(ToastKind::Ok, format!("{one} is here, too · W shows who"));
        }
    }
    state.others = Some(others);
}

fn vault(state: &mut State, answer: Result<bool, crate::ops::failure::Failure>) -> Vec<Effect> {
    match answer {
        Ok(unlocked) => {
            state.unlocked = unlocked;
            state.overlays.retain(|overlay| !matches!(overlay, Overlay::Unlock(_)));
            state.touched = state.now;
            state.say(ToastKind::Ok, if unlocked { "The vault is unlocked" } else { "The vault is locked" });
            let waiting = state.when_unlocked.take();
            if unlocked {
                return waiting.map(|wish| revealing::proceed(state, wish)).unwrap_or_default();
            }
            revealing::hide(state);
        }
        Err(failure) if !state.types_key => {
            state.when_unlocked = None;
            state.fail(&failure);
        }
        Err(failure) => {
            // The key at hand is of another database: from now on it is asked for.
            state.has_key = false;
            if !matches!(state.overlays.last(), Some(Overlay::Unlock(_))) {
                state.overlays.push(Overlay::Unlock(Unlock::default()));
            }
            if let Some(Overlay::Unlock(unlock)) = state.overlays.last_mut() {
                unlock.busy = false;
                unlock.error = Some(failure.message);
            }
        }
    }
    Vec::new()
}
