//! Does the effects of the console: each in a task of its own over the session, heavy work on threads for it.

mod importing;

use std::{
    future::Future,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio_util::sync::{CancellationToken, DropGuard};
use zeroize::Zeroizing;

use super::{
    KeyAtHand,
    effect::{Done, Effect, Plain, Sealing, Step, Typed},
    runtime::{Handle, Resident},
    state::{Data, matrix::Matrix, others::Unresolved, overview::Overview, tree::Tree},
};
use crate::{
    disk::Draft,
    domain::{catalogue::Ix, change::Change, credential::Credential, fact::Answer, id::Id, record::Record},
    ops::{
        audit::{self, AuditQuestion},
        disclose::{self, Wish},
        failure::{Failure, Kind, Mendable},
        find::Thing,
        session::{Applied, Request, Session},
        structure::Using,
        verify::VerifyRow,
        view::View,
    },
    probe::{Asker, PATIENCE},
    store::{Feed, Staged},
    vault::{Secret, SecretKey},
};

/// A session that is still being opened.
pub type Opening = Pin<Box<dyn Future<Output = Result<Arc<Session>, Failure>> + Send>>;

/// How many revisions the screen of changes shows.
const LOG: u32 = 200;

/// How long putting on record that somebody left may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// How often an engine that can't tell by itself is asked whether somebody wrote.
const WATCH: Duration = Duration::from_secs(1);

/// The shortest and the longest pause before a lost database is tried again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(20));

/// Does effects. Nothing but the opening is asked for before the session is open.
pub struct Runner {
    session: Arc<OnceLock<Arc<Session>>>,
    /// Held while it is put on record that the user came.
    coming: Arc<tokio::sync::Mutex<()>>,
    opening: Option<Opening>,
    keys: KeyAtHand,
    /// Stops the questions to vendors that are under way.
    stop: CancellationToken,
    /// What imports read.
    desk: importing::Desk,
    /// Dropped with this: what lasts as long as the session ends with it.
    lasting: (CancellationToken, DropGuard),
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("is_open", &self.session.get().is_some()).finish_non_exhaustive()
    }
}

impl Runner {
    /// Waits with the opening until it is asked for. `keys` leads to a `SECRET_KEY` that nobody has to type.
    pub fn new(opening: Opening, keys: KeyAtHand) -> Self {
        let (ended, stop) = (CancellationToken::new(), CancellationToken::new());
        let desk = importing::Desk::default();
        let lasting = (ended.clone(), ended.drop_guard());
        Self { session: Arc::default(), coming: Arc::default(), opening: Some(opening), keys, stop, desk, lasting }
    }

    /// Puts on record that the user left, if a session was open; after it was put on record that they came.
    pub fn leave(self) -> impl Future<Output = ()> + Send {
        let (session, coming) = (self.session.get().cloned(), self.coming);
        async move {
            if let Some(session) = session {
                let leave = async {
                    let _recorded = coming.lock().await;
                    session.log_out().await
                };
                let _ = tokio::time::timeout(FAREWELL, leave).await;
            }
        }
    }

    /// Starts an effect; it answers through the handle.
    pub fn start(&mut self, effect: Effect, handle: &Handle<Done>) {
        let handle = handle.clone();
        match effect {
            Effect::Copy(text) => handle.write(osc52(&text)),
            Effect::ClearClipboard => handle.write(osc52("")),
            Effect::StopVerifying => std::mem::take(&mut self.stop).cancel(),
            Effect::ImportForget => self.desk.clear(),
            Effect::Open => {
                if let Some(opening) = self.opening.take() {
                    let ended = self.lasting.0.clone();
                    tokio::spawn(open(opening, Arc::clone(&self.session), Arc::clone(&self.coming), handle, ended));
                }
            }
            other => {
                let Some(session) = self.session.get().cloned() else { return };
                let (keys, stop, desk) = (self.keys.clone(), self.stop.clone(), self.desk.clone());
                tokio::spawn(async move {
                    let done = match other {
                        Effect::ImportTake { generation } => {
                            desk.bring(&session, &handle, generation).await;
                            Ok(None)
                        }
                        Effect::ImportRead { generation, wish } => {
                            desk.read(session, handle, generation, *wish);
                            return;
                        }
                        Effect::CopySecret { key, field } => copy_secret(&session, &handle, key, field).await.map(Some),
                        Effect::Verify { generation, keys } => {
                            Ok(Some(verify(&session, &handle, generation, &keys, &stop).await))
                        }
                        other => perform(&session, keys, other).await,
                    };
                    match done {
                        Ok(Some(done)) => handle.done(done),
                        Ok(None) => {}
                        Err(failure) => handle.done(Done::Failed(failure)),
                    }
                });
            }
        }
    }
}

/// Opens the session, reports what is in it, and then whatever anybody changes.
///
/// What is only looked at does not wait for the disk that the record goes to: whatever is more writes a record of its
/// own first.
async fn open(
    opening: Opening,
    cell: Arc<OnceLock<Arc<Session>>>,
    coming: Arc<tokio::sync::Mutex<()>>,
    handle: Handle<Done>,
    ended: CancellationToken,
) {
    let session = match opening.await {
        Ok(session) => session,
        Err(failure) => return handle.done(Done::Broken(failure)),
    };
    let held = coming.lock().await;
    let session = Arc::clone(cell.get_or_init(|| session));
    let recorded = async {
        let recorded = session.log_in().await;
        drop(held);
        recorded
    };
    let shown = async {
        let opened = opened(&session).await;
        let is_open = opened.is_ok();
        handle.done(opened.unwrap_or_else(Done::Broken));
        is_open
    };
    let (recorded, is_open) = tokio::join!(recorded, shown);
    if !is_open {
        return;
    }
    if let Err(failure) = recorded {
        handle.done(Done::OffRecord(failure));
    }
    let resident = handle.resident();
    drop(handle);
    tokio::select! {
        () = watch(&session, &resident) => {}
        // A server outlives the consoles in it.
        () = ended.cancelled() => {}
    }
}

/// The sequence that sends a text to the clipboard of the user's terminal; an empty text clears it.
///
/// The text may be a secret: the buffer is large enough never to move, and zeroed when it is dropped.
fn osc52(text: &str) -> Zeroizing<Vec<u8>> {
    let mut sequence = Zeroizing::new(String::with_capacity(text.len().div_ceil(3) * 4 + 8));
    sequence.push_str("\x1b]52;c;");
    BASE64_STANDARD.encode_string(text, &mut sequence);
    sequence.push('\x07');
    Zeroizing::new(std::mem::take(&mut *sequence).into_bytes())
}

/// Discloses the secret of a key, and sends it to the clipboard of the user's terminal; there is no other clipboard.
async fn copy_secret(
    session: &Session,
    handle: &Handle<Done>,
    key: Id<Credential>,
    field: Option<String>,
) -> Result<Done, Failure> {
    let key = key.to_string();
    let wish = Wish { key: &key, field: field.as_deref(), purpose: disclose::Purpose::Copy };
    let disclosed = session.disclose(wish).await?;
    if let Some((_, secret)) = disclosed.fields.first() {
        handle.write(osc52(secret.expose()));
    }
    Ok(Done::Copied(disclosed.key))
}

/// Asks vendors about keys, and reports how many have answered.
async fn verify(
    session: &Session,
    handle: &Handle<Done>,
    generation: u64,
    keys: &[Id<Credential>],
    stop: &CancellationToken,
) -> Done {
    let asked = async {
        let asker = Asker::new(PATIENCE).map_err(|error| Failure::new(Kind::Configuration, error))?;
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        let mut done = 0;
        let tell = |_: &VerifyRow| {
            done += 1;
            handle.done(Done::Answered { generation, done });
        };
        let rows = session.verify(&keys, &asker, stop, tell).await?;
        Ok(Done::Verified { generation, rows, data: data(session.view()).await? })
    };
    asked.await.unwrap_or_else(|failure| Done::NotVerified { generation, failure })
}

async fn reveal(session: &Session, generation: u64, key: Id<Credential>) -> Done {
    let key = key.to_string();
    match session.disclose(Wish { key: &key, field: None, purpose: disclose::Purpose::Reveal }).await {
        Ok(disclosed) => Done::Revealed { generation, secret: Plain::new(disclosed) },
        Err(failure) => Done::NotRevealed { generation, failure },
    }
}

async fn opened(session: &Arc<Session>) -> Result<Done, Failure> {
    let asked = async { Ok::<_, Failure>((session.staged().await?, session.log(None, LOG).await?)) };
    let (data, (staged, log)) = tokio::try_join!(data(session.view()), asked)?;
    Ok(Done::Opened { data, staged, log, unlocked: session.is_unlocked() })
}

/// Reports what anybody writes, and that the database can't be reached or is back, as long as the console is there.
async fn watch(session: &Arc<Session>, handle: &Resident<Done>) {
    let mut known = (session.view().revision(), session.view().facts());
    let (mut lost, mut tries) = (false, 0);
    loop {
        // An engine that hears nothing any more is listened to anew; a broken one is tried again with a pause.
        let mut feed = match session.watch(WATCH).await {
            Ok(feed) => feed,
            Err(failure) => {
                lost = true;
                handle.done(Done::Lost(failure));
                pause(&mut tries).await;
                continue;
            }
        };
        loop {
            let news = if lost { hear(session, None).await } else { hear(session, Some(&mut feed)).await };
            match news {
                Err(failure) => {
                    handle.done(Done::Lost(failure));
                    lost = true;
                    pause(&mut tries).await;
                }
                Ok(view) if lost => {
                    let Ok(back) = back(session, view).await else { continue };
                    (lost, tries) = (false, 0);
                    known = (session.view().revision(), session.view().facts());
                    handle.done(back);
                    break;
                }
                Ok(view) => {
                    let news = (view.revision(), view.facts());
                    if std::mem::replace(&mut known, news) == news {
                        handle.done(Done::Stirred);
                    } else if let Ok(data) = data(view).await {
                        handle.done(Done::Fresh(data));
                    }
                }
            }
        }
    }
}

/// Waits before the next try: longer each time up to a bound, and never just as long as everybody else.
async fn pause(tries: &mut u32) {
    let longest = PAUSES.0.saturating_mul(1 << (*tries).min(16)).min(PAUSES.1);
    *tries += 1;
    let drawn = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), *tries) % 1000;
    tokio::time::sleep(longest.mul_f64(0.5 + f64::from(u32::try_from(drawn).unwrap_or(0)) / 2000.0)).await;
}

/// Waits until something was written, and reads it; without a feed, tries whether the database is back.
async fn hear(session: &Arc<Session>, feed: Option<&mut Feed>) -> Result<View, Failure> {
    if let Some(feed) = feed {
        feed.changed().await.map_err(Failure::from)?;
    }
    session.refresh().await
}

async fn back(session: &Arc<Session>, view: View) -> Result<Done, Failure> {
    let (staged, log) = (session.staged().await?, session.log(None, LOG).await?);
    Ok(Done::Back { data: data(view).await?, staged, log })
}

/// Builds what is computed from a state of the database, on a thread for such work.
async fn data(view: View) -> Result<Data, Failure> {
    aside(move || {
        let tree = Arc::new(Tree::of(&view));
        Data { view, tree, census: None }
    })
    .await
}

/// Does work that keeps a processor busy where it blocks nobody.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Failure::new(Kind::Internal, "work in the background was interrupted").hint("try it again"))
}

async fn perform(session: &Arc<Session>, keys: KeyAtHand, effect: Effect) -> Result<Option<Done>, Failure> {
    Ok(Some(match effect {
        Effect::Refresh => Done::Fresh(data(session.refresh().await?).await?),
        Effect::Census(data, now) => {
            let of = (data.view.revision(), data.view.facts());
            Done::Counted { of, census: Arc::new(aside(move || data.tree.census(&data.view, now)).await?) }
        }
        Effect::Search { generation, view, tree, filter, now } => {
            Done::Found { generation, shown: aside(move || tree.matching(&view, &filter, now)).await? }
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
        | Effect::Open
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
        Thing::Credential(ix) => view.nodes_using(&Using::Key(ix), now),
        Thing::Pool(ix) => view.nodes_using(&Using::Pool(ix), now),
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

#[cfg(test)]
mod tests;
