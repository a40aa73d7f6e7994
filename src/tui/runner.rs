//! Does the effects of the console: each in a task of its own over the session, heavy work on threads for it.

mod editor;
mod importing;
mod performing;

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::task::{AbortHandle, JoinHandle};
use tokio_util::sync::{CancellationToken, DropGuard};
use zeroize::Zeroizing;

use self::performing::perform;
use super::{
    KeyAtHand,
    effect::{Done, Effect, Plain},
    runtime::{Handle, Resident},
    state::Data,
    terminal::modes,
};
use crate::{
    domain::{credential::Credential, id::Id},
    ops::{
        disclose::{self, Wish},
        failure::{Failure, Kind},
        presence,
        session::Session,
        verify::{VerifyRow, Which},
        view::View,
    },
    probe::{Asker, PATIENCE},
    store::{Feed, Seat},
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
    /// The number of the last piece of work that was told.
    jobs: u64,
    /// The work that can be stopped.
    running: HashMap<u64, AbortHandle>,
    /// This session, among those who are here.
    seat: Id<Seat>,
    /// Another workspace, once it is open.
    next: Arc<Mutex<Option<Arc<Session>>>>,
    /// What is still put on record about workspaces that the user went out of.
    left: Vec<JoinHandle<()>>,
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
        Self {
            session: Arc::default(),
            coming: Arc::default(),
            opening: Some(opening),
            keys,
            stop,
            desk,
            lasting,
            jobs: 0,
            running: HashMap::new(),
            seat: Id::new(uuid::Uuid::now_v7()),
            next: Arc::default(),
            left: Vec::new(),
        }
    }

    /// Puts on record that the user left, if a session was open; after it was put on record that they came.
    pub fn leave(self) -> impl Future<Output = ()> + Send {
        self.lasting.0.cancel();
        let (here, before) = (leave(self.session, self.coming, self.seat), self.left);
        async move {
            here.await;
            for left in before {
                let _ = left.await;
            }
        }
    }

    /// Goes on in the workspace that was opened: work on the one before is stopped, and what ends with it ends.
    fn go_on(&mut self, handle: &Handle<Done>) {
        let Some(next) = self.next.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let fresh = Self::new(Box::pin(async move { Ok(next) }), self.keys.clone());
        let before = std::mem::replace(self, fresh);
        before.running.values().for_each(AbortHandle::abort);
        before.desk.clear();
        self.jobs = before.jobs;
        self.left = before.left;
        before.lasting.0.cancel();
        self.left.push(tokio::spawn(leave(before.session, before.coming, before.seat)));
        self.start(Effect::Open, handle);
    }

    /// Starts an effect; it answers through the handle.
    pub fn start(&mut self, effect: Effect, handle: &Handle<Done>) {
        let handle = handle.clone();
        match effect {
            Effect::Copy(text) => handle.write(osc52(&text)),
            Effect::ClearClipboard => handle.write(osc52("")),
            Effect::StopVerifying => std::mem::take(&mut self.stop).cancel(),
            Effect::ImportForget => self.desk.clear(),
            Effect::Move => self.go_on(&handle),
            Effect::Mouse(on) => handle.write(modes::mouse(on).as_bytes().to_vec()),
            Effect::EditOutside(text) => handle.lend(move || Done::Edited(editor::edit(&text))),
            Effect::Stop(number) => {
                if let Some(task) = self.running.remove(&number) {
                    task.abort();
                }
            }
            Effect::Open => {
                if let Some(opening) = self.opening.take() {
                    let ended = self.lasting.0.clone();
                    let cells = (Arc::clone(&self.session), Arc::clone(&self.coming), self.seat);
                    tokio::spawn(open(opening, cells, handle, ended));
                }
            }
            other => {
                let Some(session) = self.session.get().cloned() else { return };
                let (keys, stop, desk) = (self.keys.clone(), self.stop.clone(), self.desk.clone());
                let next = Arc::clone(&self.next);
                let job = self.begin(&other, &handle);
                let task = tokio::spawn(async move {
                    let done = match other {
                        Effect::ImportTake { generation } => {
                            desk.bring(&session, &handle, generation).await;
                            Ok(None)
                        }
                        Effect::ImportRead { generation, wish } => {
                            desk.read(session, handle, generation, *wish);
                            return;
                        }
                        Effect::Enter(name) => enter(&session, &next, name).await.map(Some),
                        Effect::CopySecret { key, field } => copy_secret(&session, &handle, key, field).await.map(Some),
                        Effect::Verify { generation, keys, which } => {
                            Ok(Some(verify(&session, &handle, generation, (&keys, which), &stop).await))
                        }
                        other => perform(&session, keys, other).await,
                    };
                    match done {
                        Ok(Some(done)) => handle.done(done),
                        Ok(None) => {}
                        Err(failure) => handle.done(Done::Failed(failure)),
                    }
                    if let Some((number, _)) = job {
                        handle.done(Done::Ended(number));
                    }
                });
                self.running.retain(|_, task| !task.is_finished());
                if let Some((number, true)) = job {
                    self.running.insert(number, task.abort_handle());
                }
            }
        }
    }
}

impl Runner {
    /// Tells that work begins which may take a while; returns its number, and whether it can be stopped.
    fn begin(&mut self, effect: &Effect, handle: &Handle<Done>) -> Option<(u64, bool)> {
        let (words, can_stop) = effect.job()?;
        self.jobs += 1;
        let applies = matches!(effect, Effect::Apply { .. } | Effect::Revert { .. });
        handle.done(Done::Begun { number: self.jobs, words, can_stop, applies });
        Some((self.jobs, can_stop))
    }
}

/// What a session needs from its runner: where it is put, what is held while its coming is put on record, its seat.
type Cells = (Arc<OnceLock<Arc<Session>>>, Arc<tokio::sync::Mutex<()>>, Id<Seat>);

/// Opens the session, reports what is in it, and then whatever anybody changes.
///
/// What is only looked at does not wait for the disk that the record goes to: whatever is more writes a record of its
/// own first.
async fn open(opening: Opening, (cell, coming, seat): Cells, handle: Handle<Done>, ended: CancellationToken) {
    let session = match opening.await {
        Ok(session) => session,
        Err(failure) => return handle.done(Done::Broken(failure)),
    };
    let held = coming.lock().await;
    // Whoever has left already never came: nobody would put on record that they went.
    if ended.is_cancelled() {
        return;
    }
    let session = Arc::clone(cell.get_or_init(|| session));
    let recorded = async {
        let recorded = session.log_in().await;
        drop(held);
        recorded
    };
    let shown = async {
        let (opened, names) = tokio::join!(opened(&session), session.workspaces());
        let is_open = opened.is_ok();
        handle.done(opened.unwrap_or_else(Done::Broken));
        // With what is shown, so that nobody is told that there are no others before they are known.
        if let (true, Ok(names)) = (is_open, names) {
            handle.done(Done::Workspaces(names));
        }
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
        () = watch(&session, seat, &resident) => {}
        () = keep_present(&session, seat, &resident) => {}
        // A server outlives the consoles in it.
        () = ended.cancelled() => {}
    }
}

/// Opens another workspace, and keeps it until the user goes into it.
async fn enter(session: &Session, next: &Mutex<Option<Arc<Session>>>, name: String) -> Result<Done, Failure> {
    let opened = session.elsewhere(&name).await?;
    *next.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
    Ok(Done::MayEnter(name))
}

/// Puts on record that the user left a workspace, if it was put on record that they came. What ends with the session has
/// been told so before.
async fn leave(session: Arc<OnceLock<Arc<Session>>>, coming: Arc<tokio::sync::Mutex<()>>, seat: Id<Seat>) {
    let leave = async {
        let _recorded = coming.lock().await;
        let Some(session) = session.get() else { return };
        let _ = session.end_presence(seat).await;
        let _ = session.log_out().await;
    };
    let _ = tokio::time::timeout(FAREWELL, leave).await;
}

/// Says once a minute that this session is here, and reports who else is whenever that changes.
async fn keep_present(session: &Arc<Session>, seat: Id<Seat>, handle: &Resident<Done>) {
    let mut known = None;
    loop {
        // Who is out of reach is told elsewhere.
        if let Ok(others) = session.show_presence(seat).await
            && known.as_ref() != Some(&others)
        {
            known = Some(others.clone());
            handle.done(Done::Others(others));
        }
        tokio::time::sleep(presence::EVERY).await;
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
    (keys, which): (&[Id<Credential>], Which),
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
        let rows = session.verify(&keys, which, &asker, stop, tell).await?;
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
async fn watch(session: &Arc<Session>, seat: Id<Seat>, handle: &Resident<Done>) {
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
                    let before = std::mem::replace(&mut known, news);
                    if before == news {
                        handle.done(Done::Stirred);
                        if let Ok(others) = session.others_here(seat).await {
                            handle.done(Done::Others(others));
                        }
                    } else if let Ok(data) = data(view).await {
                        handle.done(Done::Fresh(data));
                        if let Ok(things) = session.touched_since(before.0).await {
                            handle.done(Done::Touched { revision: news.0, things });
                        }
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
    aside(move || Data::of(view)).await
}

/// Does work that keeps a processor busy where it blocks nobody.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Failure::new(Kind::Internal, "work in the background was interrupted").hint("try it again"))
}

#[cfg(test)]
mod tests;
