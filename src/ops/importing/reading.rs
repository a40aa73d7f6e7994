//! Reading: a source by its kind and the path of a file, for faces that hand over a path alone.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use zeroize::Zeroizing;

use super::{
    Belonging, Coming,
    dify_db::{self, DifyDb},
};
use crate::{
    config::DatabaseUrl,
    domain::name::printable,
    import::{declarative::LARGEST, taking::Taken},
    ops::{
        failure::{Failure, Kind},
        session::Session,
    },
    vault::Secret,
};

/// The longest secret of another program, in bytes.
const LONGEST_SECRET: u64 = 64 << 10;

/// The ends of names that are taken from a folder.
const YAML: [&str; 2] = ["yml", "yaml"];

/// A kind of source that stands in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Dify's exports: a file, or a folder of them.
    DifyDsl,
    /// A database of Dify's: one of its workspaces.
    DifyDb,
    /// A `FeedForward` database.
    FeedForward,
    /// A configuration of `LiteLLM`.
    LiteLlm,
    /// A `.env` file.
    Dotenv,
    /// What was used.
    Usage,
    /// Prices.
    Prices,
}

impl Source {
    /// Every kind. One that is added here is offered everywhere.
    pub const ALL: [Self; 7] =
        [Self::DifyDsl, Self::DifyDb, Self::FeedForward, Self::LiteLlm, Self::Dotenv, Self::Usage, Self::Prices];

    /// The word of the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::DifyDsl => "dify-dsl",
            Self::DifyDb => "dify-db",
            Self::FeedForward => "feedforward",
            Self::LiteLlm => "litellm",
            Self::Dotenv => "dotenv",
            Self::Usage => "usage",
            Self::Prices => "prices",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.word() == word)
    }

    /// What it is, in a few words.
    pub const fn about(self) -> &'static str {
        match self {
            Self::DifyDsl => "Dify exports: a .yml file, or a folder of them",
            Self::DifyDb => "a Dify database: keys, pools, apps, people, usage",
            Self::FeedForward => "a FeedForward database: models, keys, courses, runs",
            Self::LiteLlm => "a LiteLLM configuration: models, keys, pools, teams",
            Self::Dotenv => "the keys of a .env file",
            Self::Usage => "what was used: a CSV, or LiteLLM's spend logs",
            Self::Prices => "prices: LiteLLM's table, or a list in TOML",
        }
    }

    /// Says whether it is a database on a server, and no file.
    pub const fn is_on_a_server(self) -> bool {
        matches!(self, Self::DifyDb)
    }

    /// Says whether its keys are sealed under a secret key of its own.
    pub const fn has_secret_key(self) -> bool {
        matches!(self, Self::FeedForward)
    }
}

/// A source that somebody wants read.
#[derive(Clone, Debug)]
pub struct ImportWish {
    /// What kind.
    pub source: Source,
    /// The file; a folder, if the kind takes one; the URL of a database on a server.
    pub path: PathBuf,
    /// The file with the source's own secret key.
    pub secret_key_file: Option<PathBuf>,
    /// The file with the map by app, as CSV.
    pub map_file: Option<PathBuf>,
    /// What a database of Dify's is told besides.
    pub dify: DifyWish,
    /// Where what comes in belongs.
    pub belonging: Belonging,
}

/// What a database of Dify's is told besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DifyWish {
    /// Dify's storage folder: the private keys in it open the secrets.
    pub storage: Option<PathBuf>,
    /// Which of its workspaces, by name or id, where it has several.
    pub tenant: Option<String>,
    /// The tags of apps that are departments, the more important first.
    pub tags: Option<Vec<String>>,
}

/// Says whether a text holds a URL with a password, which belongs into no field, list or log.
pub fn holds_password(text: &str) -> bool {
    let is_one = |word: &str| word.parse().is_ok_and(|url: DatabaseUrl| url.to_string().contains("***"));
    text.split_whitespace().any(is_one)
}

impl Session {
    /// Reads a source and says what it brings. Nothing is written.
    pub async fn read_source(self: &Arc<Self>, wish: ImportWish) -> Result<Coming, Failure> {
        if self.identity().is_afar() {
            return Err(Failure::new(Kind::NotAllowed, "files of the server can't be imported from afar")
                .hint("send the file through standard input: keydeck import … - < FILE"));
        }
        let read = tokio::task::spawn_blocking(move || wish.with_map());
        let wish = read.await.map_err(|_| interrupted())??;
        if wish.source == Source::DifyDb {
            return self.read_dify_db(wish).await;
        }
        if wish.source == Source::FeedForward {
            let key = wish.secret_key_file.as_deref().map(secret).transpose()?;
            let taken = self.import_feedforward(&wish.path, key, &wish.belonging).await?;
            return Ok(Coming::new("feedforward", "a FeedForward database", &wish.path, &wish.belonging, taken));
        }
        let this = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || this.read_file(&wish));
        let mut coming = read.await.map_err(|_| interrupted())??;
        self.losing(&mut coming).await?;
        Ok(coming)
    }

    /// Reads one workspace of a Dify database, which goes into this one.
    async fn read_dify_db(&self, wish: ImportWish) -> Result<Coming, Failure> {
        let ImportWish { path, dify, belonging, .. } = wish;
        let contents = dify_db::read(&path.to_string_lossy(), dify.tenant.as_deref()).await?;
        let names: Vec<_> = contents.tenants.iter().map(|it| printable(&it.name).into_owned()).collect();
        let [tenant] = <[_; 1]>::try_from(contents.tenants).map_err(|_| {
            Failure::usage("several workspaces of Dify's can't go into one")
                .hint(format!("choose one of them: {}", names.join(", ")))
        })?;
        let (tenant, here) = (Arc::new(tenant), self.view().workspace().name.clone());
        // What is here may belong to another workspace of Dify's.
        self.door().home_of(&tenant, Some(&here)).await?;
        let wanted = DifyDb { storage: dify.storage, departments: dify.tags, belonging };
        self.coming_from_dify(&tenant, &contents.place, &wanted).await
    }

    fn read_file(&self, wish: &ImportWish) -> Result<Coming, Failure> {
        let ImportWish { source, path, belonging, .. } = wish;
        if *source == Source::DifyDsl {
            return self.read_exports(path, belonging);
        }
        let bytes = Zeroizing::new(read(path).map_err(|error| unreadable(path, &error))?);
        let name = path.to_string_lossy();
        let (kind, what, taken) = match source {
            Source::LiteLlm => ("litellm", "a LiteLLM configuration", self.import_litellm(&name, &bytes, belonging)?),
            Source::Dotenv => ("dotenv", "keys of a .env file", self.import_dotenv(&name, &bytes, belonging)?),
            Source::Prices => ("prices", "prices", self.import_prices(&name, &bytes, belonging)?),
            Source::Usage | Source::DifyDsl | Source::DifyDb | Source::FeedForward => {
                let (kind, taken) = self.import_usage(&name, &bytes, belonging)?;
                let coming = Coming::new(kind, "usage", path, belonging, taken);
                return Ok(Coming { subject: "usage".to_owned(), ..coming });
            }
        };
        Ok(Coming::new(kind, what, path, belonging, taken))
    }

    fn read_exports(&self, path: &Path, belonging: &Belonging) -> Result<Coming, Failure> {
        let mut files = Vec::new();
        for file in exports(path)? {
            let bytes = read(&file).map_err(|error| unreadable(&file, &error))?;
            files.push((file.to_string_lossy().into_owned(), bytes));
        }
        let (changes, report) = self.import_dify(&files, belonging)?;
        if let Some(first) = report.failed.first().filter(|_| changes.is_empty() && report.failed.len() == files.len())
        {
            return Err(Failure::usage(format!("{}: {}", first.file, first.error)));
        }
        let taken = Taken { changes, report, ..Taken::default() };
        Ok(Coming::new("dify-dsl", "Dify exports", path, belonging, taken))
    }
}

impl ImportWish {
    /// Reads the map, if one was named.
    fn with_map(mut self) -> Result<Self, Failure> {
        if let Some(file) = &self.map_file {
            self.belonging.map = Some(read(file).map_err(|error| unreadable(file, &error))?);
        }
        Ok(self)
    }
}

fn interrupted() -> Failure {
    Failure::new(Kind::Internal, "reading the file was interrupted").hint("try it again")
}

/// Returns the files that a path names; of a folder, the YAML files in it, by name.
pub fn exports(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|end| YAML.iter().any(|yaml| end == *yaml));
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_yaml).collect();
    if found.is_empty() {
        return Err(Failure::usage(format!("{} holds no .yml or .yaml file", printable(&path.to_string_lossy()))));
    }
    found.sort();
    Ok(found)
}

/// Reads at most one byte more than the largest that any importer takes, so that it can say what is too large.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a secret of another program: all of the file but one final line end.
fn secret(path: &Path) -> Result<Secret, Failure> {
    let mut text = Zeroizing::new(Vec::with_capacity(usize::try_from(LONGEST_SECRET).unwrap_or(0) + 1));
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    file.take(LONGEST_SECRET).read_to_end(&mut text).map_err(|error| unreadable(path, &error))?;
    let end = text.strip_suffix(b"\n").map_or(&text[..], |rest| rest.strip_suffix(b"\r").unwrap_or(rest)).len();
    text.truncate(end);
    Secret::from_utf8(text)
        .ok_or_else(|| Failure::usage(format!("{} is not UTF-8 text", printable(&path.to_string_lossy()))))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("{} can't be read: {error}", printable(&path.to_string_lossy())))
        .hint("check the path and its permissions")
}
