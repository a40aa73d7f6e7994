//! Imports of the console: read and written beside the screen. What was read waits here, since it may hold secrets.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::task::AbortHandle;

use super::{LOG, aside, data};
use crate::{
    ops::{
        failure::{Failure, Kind},
        importing::{Coming, DifyWish, ImportWish, Imported, Manner},
        session::Session,
    },
    tui::{
        effect::Done,
        runtime::Handle,
        state::importing::{MOST_NAMES, Outlook},
    },
};

/// Where what was read waits for a yes.
#[derive(Clone, Default)]
pub(super) struct Desk(Arc<Mutex<Held>>);

/// What was read and not written yet, by the number of its question; and the reading that is on its way.
#[derive(Default)]
struct Held {
    read: Option<(u64, Coming)>,
    reading: Option<AbortHandle>,
}

impl Desk {
    /// Lets go of everything.
    pub(super) fn clear(&self) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.read = None;
        if let Some(reading) = held.reading.take() {
            reading.abort();
        }
    }

    fn put(&self, generation: u64, coming: Coming) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read = Some((generation, coming));
    }

    fn take(&self, generation: u64) -> Option<Coming> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.read.take_if(|(number, _)| *number == generation).map(|(_, coming)| coming)
    }

    /// Reads a source; what was asked for before is let go of.
    pub(super) fn read(&self, session: Arc<Session>, handle: Handle<Done>, generation: u64, wish: ImportWish) {
        self.clear();
        let desk = self.clone();
        let reading = tokio::spawn(async move {
            let read = desk.look(session, generation, wish).await;
            handle.done(Done::ImportLooked { generation, read: read.map(Box::new) });
        });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).reading = Some(reading.abort_handle());
    }

    async fn look(&self, session: Arc<Session>, generation: u64, wish: ImportWish) -> Result<Outlook, Failure> {
        let coming = session.read_source(at_home(wish)).await?;
        let secrets = coming.taken.secrets.len();
        let (coming, plan) = aside(move || {
            let plan = session.plan_coming(&coming);
            (coming, plan)
        })
        .await?;
        let told =
            Imported { usage: coming.taken.usage.len(), report: coming.taken.report.clone(), ..Imported::default() };
        let outlook =
            Outlook { counts: told.counts(), report: told.report, plan: Arc::new(plan), secrets, usage: told.usage };
        self.put(generation, coming);
        Ok(outlook)
    }

    /// Writes what was read, and tells the newest state and how it went.
    pub(super) async fn bring(&self, session: &Arc<Session>, handle: &Handle<Done>, generation: u64) {
        let taken = async {
            let gone = || Failure::new(Kind::Internal, "what was read is gone").hint("read the file again");
            let coming = self.take(generation).ok_or_else(gone)?;
            let imported = session.bring(coming, Manner::default()).await?;
            let staged = session.staged().await?;
            match imported.revision {
                Some(revision) => {
                    let (data, log) = (data(session.view()).await?, session.log(None, LOG).await?);
                    let changes = imported.report.taken.values().map(|it| it.added + it.edited + it.removed).sum();
                    handle.done(Done::Applied { revision, changes, reverted: None, data, staged, log });
                }
                None => handle.done(Done::Staged { staged, said: None }),
            }
            Ok::<_, Failure>(said(&imported))
        };
        let taken = taken.await;
        handle.done(Done::ImportTaken { generation, taken });
    }
}

/// Reads the paths of a wish as people write them.
fn at_home(wish: ImportWish) -> ImportWish {
    let path = expanded(&wish.path);
    let (secret_key_file, map_file) =
        (wish.secret_key_file.as_deref().map(expanded), wish.map_file.as_deref().map(expanded));
    let dify = DifyWish { storage: wish.dify.storage.as_deref().map(expanded), ..wish.dify };
    ImportWish { path, secret_key_file, map_file, dify, ..wish }
}

fn said(imported: &Imported) -> String {
    let counts = imported.counts().join(" · ");
    match (imported.revision, imported.staged) {
        (Some(revision), _) => format!("Imported as revision {revision}: {counts}"),
        (None, true) => format!("Staged · g s shows it: {counts}"),
        (None, false) => format!("Imported: {counts}"),
    }
}

/// Returns the names that a path could go on with; folders end in a slash.
pub(super) async fn names(text: String) -> Result<Done, Failure> {
    let typed = text.clone();
    let found = aside(move || {
        let (folder, begun) = typed.rfind('/').map_or(("", &*typed), |at| typed.split_at(at + 1));
        let folder = if folder.is_empty() { PathBuf::from(".") } else { expanded(Path::new(folder)) };
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut names: Vec<String> = entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let hidden = name.starts_with('.') && !begun.starts_with('.');
                let is_folder = entry.path().is_dir();
                let fits = name.starts_with(begun) && !hidden;
                fits.then(|| if is_folder { format!("{name}/") } else { name })
            })
            .take(10 * MOST_NAMES)
            .collect();
        names.sort();
        names.truncate(MOST_NAMES);
        names
    });
    Ok(Done::Named { text, names: found.await? })
}

/// Reads a path as people write it: `~` is their home.
pub(super) fn expanded(path: &Path) -> PathBuf {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}
