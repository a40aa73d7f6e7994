//! The context of a command: its options, settings and folders, and from them the database, the session and the key.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    args::Common,
    caller::{Caller, Host, JudgeOfKeymaps},
    output::Output,
    prompt,
    streams::{End, Streams},
};
use crate::{
    config::{DatabaseUrl, Paths, Settings, Vendors},
    ops::{
        door::{Access, Door},
        failure::{Failure, Kind, Mendable},
        identity::Identity,
        session::Session,
    },
    vault::{KeySources, Prompt, ReferencePolicy, SecretKey},
};

/// The name of the key file that `init` writes into the folder of the settings.
const KEY_FILE: &str = "secret.key";

/// The name of the SSH server's own key in the folder of data.
const HOST_KEY_FILE: &str = "ssh_host_ed25519_key";

/// Everything that a command works with.
#[derive(Clone, Debug)]
pub struct Context {
    /// The common options.
    pub common: Common,
    /// The settings, with the options laid over them.
    pub settings: Settings,
    /// The user's folders.
    pub paths: Paths,
    /// The known providers.
    pub vendors: Vendors,
    /// Where to say what there is to say.
    pub out: Output,
    /// Where commands read and write.
    pub streams: Arc<dyn Streams>,
    /// Who gives the command.
    pub identity: Identity,
    /// What a server lends to whoever comes from afar.
    pub host: Option<Arc<Host>>,
    /// How the console would judge a keymap, where the program can say it.
    pub judge_of_keymaps: Option<JudgeOfKeymaps>,
    /// The databases that were opened.
    doors: Arc<Mutex<Vec<Arc<Door>>>>,
}

/// Whether the variables of this process are its owner's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// They are.
    Own,
    /// A client may have sent them.
    Foreign,
}

impl Environment {
    /// Reads the settings. Of a foreign environment nothing counts.
    fn load(self, common: &Common, paths: &Paths) -> Result<Settings, Failure> {
        let flags = common.flags()?;
        if self == Self::Own {
            return Ok(Settings::load(&flags, std::env::vars_os(), paths)?);
        }
        let mut settings = Settings::load(&flags, [], paths)?;
        settings.secret_key.environment = false;
        Ok(settings)
    }
}

impl Context {
    /// Reads the settings, or takes those of a server.
    pub fn new(common: Common, caller: Caller, environment: Environment) -> Result<Self, Failure> {
        let Caller { identity, streams, host, judge_of_keymaps } = caller;
        let (paths, settings, vendors) = if let Some(host) = &host {
            host.settings(&common)
        } else {
            let paths = Paths::of_user()?;
            let settings = environment.load(&common, &paths)?;
            let vendors = Vendors::load(settings.providers_file.as_deref())?;
            (paths, settings, vendors)
        };
        let ascii = settings.symbols.is_ascii(|name| streams.text_variable(name));
        let out = if common.plain {
            Output::plain(Arc::clone(&streams), common.json, common.quiet)
        } else {
            Output::new(Arc::clone(&streams), common.json, common.quiet, settings.color)
        };
        let out = out.in_ascii(ascii);
        Ok(Self {
            common,
            settings,
            paths,
            vendors,
            out,
            streams,
            identity,
            host,
            judge_of_keymaps,
            doors: Arc::default(),
        })
    }

    /// Returns where the database is.
    pub fn url(&self) -> DatabaseUrl {
        self.settings.database_or_default(&self.paths)
    }

    /// Opens the database; one of an older program is brought up to date after asking.
    pub async fn open(&self) -> Result<Arc<Door>, Failure> {
        self.open_at(&self.url()).await
    }

    /// Opens a database that may be another than the settings'.
    pub async fn open_at(&self, url: &DatabaseUrl) -> Result<Arc<Door>, Failure> {
        if let Some(host) = &self.host {
            return Ok(Arc::clone(host.door()));
        }
        let door = self.open_asking(url).await?;
        self.keep(&door);
        Ok(door)
    }

    /// Remembers a database that was opened, to be sealed at the end.
    pub fn keep(&self, door: &Arc<Door>) {
        self.doors.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(door));
    }

    /// Seals the audit of the databases that were opened and unlocked, and returns why that could not be done.
    pub async fn seal(&self) -> Vec<Failure> {
        let doors = std::mem::take(&mut *self.doors.lock().unwrap_or_else(PoisonError::into_inner));
        let mut why = Vec::new();
        for door in doors {
            door.seal_before_leaving().await;
            why.extend(door.why_unsealed());
        }
        why
    }

    async fn open_asking(&self, url: &DatabaseUrl) -> Result<Arc<Door>, Failure> {
        let access = Access { create: false, read_only: self.settings.read_only, migrate: self.common.yes };
        let opened = Door::open(url, &self.vendors, access).await;
        let door = match opened {
            Err(failure)
                if failure.mendable == Some(Mendable::OlderSchema) && self.can_ask() && !self.settings.read_only =>
            {
                let question = format!("{failure}. Bring it up to date? Make a backup first if others use it.");
                if !prompt::confirm(self, &question)? {
                    return Err(failure);
                }
                Door::open(url, &self.vendors, Access { migrate: true, ..access }).await
            }
            other => other,
        }?;
        door.allow_references(self.reference_policy());
        Ok(door)
    }

    /// Opens a session in the workspace of the options or settings, or the only one.
    pub async fn session(&self) -> Result<Arc<Session>, Failure> {
        self.session_of(&self.open().await?).await
    }

    /// Opens a session of an opened database.
    pub async fn session_of(&self, door: &Arc<Door>) -> Result<Arc<Session>, Failure> {
        let workspace = door.workspace(self.settings.workspace.as_deref()).await?;
        door.session(&workspace, self.identity.clone(), self.settings.read_only).await
    }

    /// Returns which references to secrets outside the database may be opened here.
    pub fn reference_policy(&self) -> ReferencePolicy {
        let settings = &self.settings.external;
        let variables = settings.env.iter().map(|name| format!("env:{name}"));
        let files = settings.files.iter().map(|path| format!("file:{}", path.display()));
        let allowed = variables.chain(files).filter_map(|text| text.parse().ok()).collect();
        // A list of which nothing can be read allows nothing; only where there is none is everything allowed.
        let is_listed = !settings.env.is_empty() || !settings.files.is_empty();
        ReferencePolicy { allowed: is_listed.then_some(allowed), forbidden: self.own_files() }
    }

    /// Returns the files that no reference may name: wherever `SECRET_KEY` may stand, the database and its journals.
    fn own_files(&self) -> Vec<PathBuf> {
        let url = self.url();
        let keys = [
            self.common.secret_key_file.clone(),
            self.settings.secret_key.file.clone(),
            Some(self.usual_key_file()),
            Some(demo_key_file(&url, &self.paths)),
            // Whatever the descriptor leads to is found by this name.
            self.common.secret_key_fd.map(|number| PathBuf::from(format!("/dev/fd/{number}"))),
        ];
        let beside = |path: &Path| {
            ["", "-wal", "-shm", "-journal"].map(|end| {
                let mut file = path.as_os_str().to_owned();
                file.push(end);
                PathBuf::from(file)
            })
        };
        keys.into_iter().flatten().chain(url.sqlite_path().into_iter().flat_map(beside)).collect()
    }

    /// Says whether somebody sits at a terminal and can be asked.
    pub fn can_ask(&self) -> bool {
        self.streams.is_terminal(End::Input) && self.streams.is_terminal(End::Error)
    }

    /// Returns where `init` writes a key file, and where it is looked for when nothing names one.
    pub fn usual_key_file(&self) -> PathBuf {
        self.paths.config_folder().join(KEY_FILE)
    }

    /// Returns the file of the SSH server's own key.
    pub fn host_key_file(&self) -> PathBuf {
        self.settings.ssh.host_key.clone().unwrap_or_else(|| self.paths.data_folder().join(HOST_KEY_FILE))
    }

    /// Returns where `SECRET_KEY` may come from: an option, the throwaway key beside a demo, the settings, the usual
    /// file.
    pub fn key_sources(&self, prompt: Prompt) -> KeySources {
        let there = |file: PathBuf| file.exists().then_some(file);
        let option = self.common.secret_key_file.clone();
        let file = match (option, self.common.secret_key_fd) {
            (Some(file), _) => Some(file),
            (None, Some(_)) => None,
            (None, None) => there(demo_key_file(&self.url(), &self.paths))
                .or_else(|| self.settings.secret_key.file.clone())
                .or_else(|| there(self.usual_key_file())),
        };
        KeySources {
            file,
            descriptor: self.common.secret_key_fd,
            prompt: (self.can_ask() && !self.is_in_environment()).then_some(prompt),
        }
    }

    /// Returns where `SECRET_KEY` is without anybody typing it, if it is anywhere.
    pub fn key_at_hand(&self) -> Option<KeySources> {
        let sources = KeySources { prompt: None, ..self.key_sources(Prompt::Existing) };
        (sources.file.is_some() || sources.descriptor.is_some() || self.is_in_environment()).then_some(sources)
    }

    /// Says whether `SECRET_KEY` stands in the environment, and the settings allow it there.
    ///
    /// Who exported it does not want to be asked for it.
    pub fn is_in_environment(&self) -> bool {
        self.settings.secret_key.environment && std::env::var_os(crate::vault::VARIABLE).is_some()
    }

    /// Reads the `SECRET_KEY` of an existing vault.
    pub fn secret_key(&self) -> Result<SecretKey, Failure> {
        let sources = self.key_sources(Prompt::Existing);
        let from_environment = sources.file.is_none() && sources.descriptor.is_none() && sources.prompt.is_none();
        if from_environment && !self.settings.secret_key.environment {
            return Err(Failure::new(
                Kind::NotAllowed,
                "no SECRET_KEY is given, and the settings forbid the environment",
            )
            .hint("use --secret-key-file FILE or --secret-key-fd N"));
        }
        sources.read().map_err(|error| match error {
            // Nothing is wrong with the settings: the vault stays locked.
            crate::vault::SourceError::None => Failure::new(Kind::NotAllowed, error),
            other => other.into(),
        })
    }

    /// Unlocks the vault for a session, unless it is. Where a server holds the keys, the command is the confirmation.
    pub async fn unlock(&self, session: &Session) -> Result<(), Failure> {
        if session.is_unlocked() {
            return Ok(());
        }
        if let Some(host) = &self.host {
            return session.confirm_unlock(host.keys()).await;
        }
        session.unlock(self.secret_key()?).await
    }
}

/// Returns where the throwaway key of a demo stands: beside its file, or among the user's data under the name of its
/// database on a server.
pub fn demo_key_file(url: &DatabaseUrl, paths: &Paths) -> PathBuf {
    if let Some(path) = url.sqlite_path() {
        return path.with_extension("key");
    }
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    paths.data_folder().join(format!("demo-{}.key", url.label().chars().map(plain).collect::<String>()))
}
