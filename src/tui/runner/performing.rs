//! How effects are done: each by what `ops` offers, on a thread of its own where it computes.

use std::{path::PathBuf, sync::Arc};

use super::{LOG, aside, data, importing, reveal};
use crate::{
    disk::Draft,
    domain::{catalogue::Ix, change::Change, credential::Credential, fact::Answer, record::Record},
    ops::{
        audit::{self, AuditQuestion},
        failure::{Failure, Kind, Mendable},
        find::Thing,
        reverse::Using,
        session::{Applied, Request, Session},
        view::View,
    },
    store::Staged,
    tui::{
        KeyAtHand,
        effect::{Done, Effect, Sealing, Step, Typed},
        state::{matrix::Matrix, others::Unresolved, overview::Overview},
    },
    vault::{Secret, SecretKey},
};

/// Does an effect, and returns what comes of it.
pub(super) async fn perform(session: &Arc<Session>, keys: KeyAtHand, effect: Effect) -> Result<Option<Done>, Failure> {
    Ok(Some(match effect {
        Effect::Refresh => Done::Fresh(data(session.refresh().await?).await?),
        Effect::Workspaces => Done::Workspaces(session.workspaces().await?),
        Effect::Census(data, now) => {
            let of = (data.view.revision(), data.view.facts());
            let (view, shows_nodes) = (data.view.clone(), data.tree.workflows() > 0);
            let census = Arc::new(aside(move || data.tree.census(&data.view, now)).await?);
            if shows_nodes {
                drop(tokio::task::spawn_blocking(move || view.decode_prices(now)));
            }
            Done::Counted { of, census }
        }
        Effect::Search { generation, view, tree, filter, now } => {
            Done::Found { generation, matching: aside(move || tree.matching(&view, &filter, now)).await? }
        }
        Effect::Plan { generation, purpose, base, changes, now } => {
            let plan = Arc::new(aside(move || base.plan(changes, now)).await?);
            Done::Planned { generation, purpose, plan }
        }
        Effect::Overview { generation, view, within_days, now } => {
            let overview = Arc::new(aside(move || Overview::of(&view, within_days, now)).await?);
            Done::Overview { generation, overview }
        }
        Effect::Matrix { generation, view, before, inputs, now } => {
            let matrix = aside(move || Matrix::of(&view, before.as_ref(), &inputs, now)).await?;
            Done::Matrix { generation, matrix: Arc::new(matrix) }
        }
        Effect::MatrixRows { generation, matrix, view, filter } => {
            Done::MatrixRows { generation, rows: aside(move || matrix.select(&view, &filter)).await? }
        }
        Effect::Uses { title, thing, view, now } => {
            let things = aside(move || users(&view, thing, now)).await?;
            Done::Used { title, things }
        }
        Effect::Stage { changes, sealing, said } => stage(session, changes, sealing, said).await?,
        Effect::Unstage { numbers, said } => {
            Done::Staged { staged: session.unstage(&numbers).await?, said: Some(said) }
        }
        Effect::Discard => {
            session.discard().await?;
            Done::Staged { staged: Staged::default(), said: Some("Every staged change is taken back".to_owned()) }
        }
        Effect::Apply { message, staged } => {
            let after = session.view().revision();
            match session.apply_staged(&staged, &message, false).await {
                Err(failure) if failure.mendable == Some(Mendable::UnknownOutcome) => {
                    Done::Unknown { what: Unresolved::Apply { after, message, staged }, failure }
                }
                done => applied(session, done?, None).await?,
            }
        }
        Effect::Revert { number, redo } => revert(session, number, redo).await?,
        Effect::Rotate { key, step } => rotate(session, key, step).await?,
        Effect::RevokeNow { change, name } => revoke_now(session, *change, name).await?,
        Effect::Look { generation } => look(session, generation).await?,
        Effect::Rebase(seen) => Done::Staged { staged: session.rebase(Some(seen)).await?.0, said: None },
        Effect::Keep { side, numbers, said } => {
            Done::Staged { staged: session.keep(side, &numbers).await?, said: Some(said) }
        }
        Effect::Approve(waiting) => {
            session.approve(&waiting).await?;
            Done::Approved(waiting.login.to_string())
        }
        Effect::Audit => {
            let question = AuditQuestion { limit: audit::MOST, ..AuditQuestion::default() };
            Done::Audit(session.audit_log(&question).await)
        }
        Effect::Costs { generation, question } => {
            Done::Costs { generation, answer: session.cost_overview(&question).await.map(Box::new) }
        }
        Effect::Export { text, path, rows } => Done::Told(export(text, path, &rows).await?),
        Effect::Reveal { generation, key } => reveal(session, generation, key).await,
        Effect::Names(text) => importing::names(text).await?,
        Effect::Log => Done::Log(session.log(None, LOG).await?),
        Effect::Unlock(typed) => Done::Vault(unlock(session, read_typed(typed)).await),
        Effect::UnlockWithKeyAtHand => Done::Vault(unlock_at_hand(session, keys).await),
        Effect::Lock => {
            session.lock();
            Done::Vault(Ok(false))
        }
        Effect::Copy(_)
        | Effect::CopySecret { .. }
        | Effect::Verify { .. }
        | Effect::StopVerifying
        | Effect::ClearClipboard
        | Effect::EditOutside(_)
        | Effect::Stop(_)
        | Effect::Mouse(_)
        | Effect::Open
        | Effect::Enter(_)
        | Effect::Move
        | Effect::ImportRead { .. }
        | Effect::ImportTake { .. }
        | Effect::ImportForget => return Ok(None),
    }))
}

/// Writes an export whole, or not at all, and says so.
async fn export(text: String, path: PathBuf, rows: &str) -> Result<String, Failure> {
    let path = importing::expanded(&path);
    let shown = path.display().to_string();
    let written = aside(move || {
        let mut draft = Draft::begin(&path)?;
        std::io::Write::write_all(draft.file(), text.as_bytes())?;
        draft.finish()
    });
    match written.await? {
        Ok(()) => Ok(format!("{rows} written to {shown}")),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(Failure::new(Kind::Conflict, format!("{shown} is there already")).hint("name another file"))
        }
        Err(error) => Err(Failure::new(Kind::Usage, format!("{shown} can't be written: {error}"))),
    }
}

/// Returns what uses a thing: nodes that a key or pool is given to, nodes that call an instance.
fn users(view: &View, thing: Thing, now: crate::domain::Timestamp) -> Vec<Thing> {
    let nodes = match thing {
        Thing::Credential(ix) => view.nodes_using(Using::Key(ix), now),
        Thing::Pool(ix) => view.nodes_using(Using::Pool(ix), now),
        Thing::Instance(ix) => {
            view.nodes().map(|(node, _)| node).filter(|node| view.instance_of(*node) == Some(ix)).collect()
        }
        _ => Vec::new(),
    };
    nodes.into_iter().map(Thing::Node).collect()
}

async fn stage(
    session: &Arc<Session>,
    mut changes: Vec<Change>,
    sealing: Option<Box<Sealing>>,
    said: String,
) -> Result<Done, Failure> {
    let mut secrets = Vec::new();
    if let Some(sealing) = sealing {
        let (change, rows) = seal(session, *sealing)?;
        changes.extend(change);
        secrets.extend(rows);
    }
    Ok(Done::Staged { staged: session.stage(&changes, &secrets).await?, said: Some(said) })
}

fn seal(session: &Session, sealing: Sealing) -> Result<(Option<Change>, Vec<crate::ops::secret::SecretRow>), Failure> {
    let Sealing { before, mut after, fields } = sealing;
    let fields = fields.into_iter().map(|(name, typed)| (name, Secret::new(typed.into_inner()))).collect();
    let rows = session.seal_into(&mut after, &fields)?;
    let change = match before {
        Some(before) => Change::edit(Record::from(before), Record::from(after)),
        None => Some(Change::add(after)),
    };
    Ok((change, rows))
}

/// Does a step of a rotation. What is due by now is destroyed first, as the command does.
async fn rotate(session: &Arc<Session>, key: Ix<Credential>, step: Step) -> Result<Done, Failure> {
    session.purge().await?;
    let said = match step {
        Step::Store(fields) => {
            let fields = fields.into_iter().map(|(name, typed)| (name, Secret::new(typed.into_inner()))).collect();
            session.store_next(key, &fields).await?;
            "Stored beside the secret in use, and nothing uses it yet; try it at the vendor, then go on with R"
        }
        Step::Tested(answer) => {
            session.tell_test(key, answer).await?;
            if answer == Answer::Works { "Noted that it works; R puts it in use" } else { "Noted that it was refused" }
        }
        Step::Abandon => {
            session.abandon_next(key).await?;
            "Destroyed the new secret; what is in use stays"
        }
        Step::Promote { untested } => {
            let promotion = session.promotion(key, untested).await?;
            let staged = session.stage(&[promotion.change], &[]).await?;
            let said = format!("Staged: {} · u undo · ctrl-s apply", promotion.message);
            return Ok(Done::Staged { staged, said: Some(said) });
        }
    };
    Ok(Done::Rotated { data: data(session.refresh().await?).await?, said: said.to_owned() })
}

/// Revokes a key past staging and approval, and tells what that broke.
async fn revoke_now(session: &Arc<Session>, change: Change, name: String) -> Result<Done, Failure> {
    let base = session.view();
    let request = Request { emergency: true, ..Request::new(vec![change.clone()], format!("Revoke {name} at once")) };
    let done = session.apply(request).await?;
    let now = session.door().now();
    let damage = aside(move || {
        let plan = base.plan(vec![change], now);
        plan.told(&base).effects.iter().map(crate::ops::effects::EffectRow::sentence).collect()
    })
    .await?;
    Ok(Done::Revoked { name, damage, applied: Box::new(applied(session, done, None).await?) })
}

/// Undoes a revision; where changes wait for approval, what undoes it is staged.
async fn revert(session: &Arc<Session>, number: u64, redo: bool) -> Result<Done, Failure> {
    if session.view().wants_approval() {
        let (_, changes) = session.inverse(number).await?;
        let said = format!("Staged what undoes revision {number}: it waits for approval");
        return Ok(Done::Staged { staged: session.stage(&changes, &[]).await?, said: Some(said) });
    }
    let after = session.view().revision();
    match session.revert(number, false).await {
        Err(failure) if failure.mendable == Some(Mendable::UnknownOutcome) => {
            Ok(Done::Unknown { what: Unresolved::Revert { after, number }, failure })
        }
        done => applied(session, done?, Some((number, redo))).await,
    }
}

/// Reads what is staged, what others did to its ground, and what waits for approval.
async fn look(session: &Arc<Session>, generation: u64) -> Result<Done, Failure> {
    let staged = session.staged().await?;
    let meanwhile = session.meanwhile(&staged).await?.map(Arc::new);
    let waiting = session.waiting().await?;
    let approvals = waiting.iter().find(|it| it.own).map(|it| it.approvals.clone()).unwrap_or_default();
    Ok(Done::Looked { generation, staged, meanwhile, approvals, waiting })
}

async fn applied(session: &Arc<Session>, applied: Applied, reverted: Option<(u64, bool)>) -> Result<Done, Failure> {
    Ok(Done::Applied {
        revision: applied.revision,
        changes: applied.changes,
        reverted,
        data: data(applied.view).await?,
        staged: session.staged().await?,
        log: session.log(None, LOG).await?,
    })
}

fn read_typed(typed: Typed) -> Result<SecretKey, Failure> {
    SecretKey::typed(typed.into_inner())
        .map_err(|error| Failure::new(Kind::NotAllowed, error).hint("paste the SECRET_KEY of this database"))
}

async fn unlock_at_hand(session: &Arc<Session>, keys: KeyAtHand) -> Result<bool, Failure> {
    match keys {
        KeyAtHand::None => Err(Failure::new(Kind::NotAllowed, "no SECRET_KEY is at hand")),
        KeyAtHand::At(sources) => unlock(session, sources.read().map_err(Failure::from)).await,
        KeyAtHand::Held(keys) => session.confirm_unlock(keys.as_ref()).await.map(|()| true),
    }
}

async fn unlock(session: &Arc<Session>, key: Result<SecretKey, Failure>) -> Result<bool, Failure> {
    session.unlock(key?).await?;
    Ok(true)
}
