//! Hearing of commits on a server: by LISTEN, or by asking where the engine has none.
//!
//! A task of its own holds the connection, so that a wait that is given up loses nothing. It connects anew when the
//! connection breaks, and tells both: that it broke, and that it is back, when something may have been missed.

use std::time::Duration;

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use uuid::Uuid;

use super::{
    super::{
        engine::{Answer, Listener},
        error::StoreError,
    },
    error::explain,
};

/// The channel on which every transaction that writes is told of.
pub(super) const CHANNEL: &str = "keydeck";

/// Asks how many transactions have written.
const NUMBER: &str = "SELECT number FROM turn WHERE one = 1";

/// How long a connection or an answer may take.
const ANSWER: Duration = Duration::from_secs(5);

/// How long the notification that we send ourselves may take, before the engine counts as one that can't tell.
const ECHO: Duration = Duration::from_secs(2);

/// How long it may be quiet before the connection is asked whether it still stands.
const QUIET: Duration = Duration::from_secs(30);

/// How long one waits before connecting anew: at first, and at most.
const WAITS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// What there is to tell; what nobody heard yet comes to one.
#[derive(Debug, Default)]
enum News {
    /// Something was committed, or may have been.
    #[default]
    Committed,
    /// The server can't be reached.
    Lost(String),
}

/// What others committed, as a task hears of it.
pub(super) struct PostgresListener(watch::Receiver<News>);

impl PostgresListener {
    /// Begins to listen; what is committed after this returns is told. `every` is for engines that can't tell.
    pub(super) async fn begin(address: PgConnectOptions, every: Duration) -> Result<Self, StoreError> {
        let source = Source::connect(&address, every).await?;
        let (news, heard) = watch::channel(News::default());
        tokio::spawn(async move {
            tokio::select! {
                () = news.closed() => {}
                () = follow(source, &address, every, &news) => {}
            }
        });
        Ok(Self(heard))
    }
}

impl Listener for PostgresListener {
    fn heard(&mut self) -> Answer<'_, ()> {
        Box::pin(async move {
            let ended = || StoreError::Unavailable("nobody listens any more".to_owned());
            self.0.changed().await.map_err(|_| ended())?;
            match &*self.0.borrow_and_update() {
                News::Committed => Ok(()),
                News::Lost(reason) => Err(StoreError::Unavailable(reason.clone())),
            }
        })
    }
}

/// Tells what is heard, and connects anew whenever the connection breaks.
async fn follow(mut source: Source, address: &PgConnectOptions, every: Duration, news: &watch::Sender<News>) {
    loop {
        let mut reason = loop {
            match source.heard().await {
                Ok(()) => drop(news.send(News::Committed)),
                Err(error) => break error,
            }
        };
        let mut wait = WAITS.0;
        source = loop {
            let _ = news.send(News::Lost(reason.to_string()));
            sleep(wait).await;
            wait = WAITS.1.min(wait * 2);
            match Source::connect(address, every).await {
                Ok(source) => break source,
                Err(error) => reason = error,
            }
        };
        let _ = news.send(News::Committed);
    }
}

/// A connection by which one hears of commits.
enum Source {
    /// The engine tells.
    Told(Box<PgListener>),
    /// The engine is asked from time to time.
    Asked { pool: PgPool, every: Duration, last: i64 },
}

impl Source {
    /// Connects, and tries whether the engine tells: one that understands LISTEN may still keep silent, as some that
    /// speak PostgreSQL's protocol do, and a standby refuses it.
    async fn connect(address: &PgConnectOptions, every: Duration) -> Result<Self, StoreError> {
        let one = PgPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None).acquire_timeout(ANSWER);
        let pool = one.connect_with(address.clone()).await.map_err(explain)?;
        match timeout(ECHO, tells(&pool)).await {
            Ok(Ok(listener)) => Ok(Self::Told(Box::new(listener))),
            Ok(Err(sqlx::Error::Database(_))) | Err(_) => {
                let last = sqlx::query_scalar(NUMBER).fetch_one(&pool).await.map_err(explain)?;
                Ok(Self::Asked { pool, every, last })
            }
            Ok(Err(error)) => Err(explain(error)),
        }
    }

    /// Waits until something was committed.
    async fn heard(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Told(listener) => told(listener).await,
            Self::Asked { pool, every, last } => loop {
                sleep(*every).await;
                let asked = timeout(ANSWER, sqlx::query_scalar(NUMBER).fetch_one(&*pool)).await;
                let number = asked.map_err(|_| silent())?.map_err(explain)?;
                if std::mem::replace(last, number) != number {
                    return Ok(());
                }
            },
        }
    }
}

/// Listens, and waits for a notification of one's own on a channel that nobody else hears.
async fn tells(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    listener.ignore_pool_close_event(true);
    let own = format!("{CHANNEL} {}", Uuid::now_v7());
    listener.listen_all([CHANNEL, &own]).await?;
    sqlx::query("SELECT pg_notify($1, '')").bind(&own).execute(&mut listener).await?;
    loop {
        match listener.try_recv().await? {
            Some(heard) if heard.channel() == own => break,
            // Somebody commits meanwhile: whoever begins to listen loads afterwards.
            Some(_) => {}
            None => return Err(sqlx::Error::WorkerCrashed),
        }
    }
    listener.unlisten(&own).await?;
    Ok(listener)
}

/// Waits for a notification, and asks in between whether the connection still stands.
async fn told(listener: &mut PgListener) -> Result<(), StoreError> {
    loop {
        match timeout(QUIET, listener.try_recv()).await {
            Ok(Ok(Some(_))) => return Ok(()),
            Ok(Ok(None)) => return Err(StoreError::Unavailable("the connection broke".to_owned())),
            Ok(Err(error)) => return Err(explain(error)),
            Err(_) => {
                let asked = timeout(ANSWER, sqlx::query("SELECT 1").execute(&mut *listener)).await;
                asked.map_err(|_| silent())?.map_err(explain)?;
            }
        }
    }
}

fn silent() -> StoreError {
    StoreError::Unavailable("it does not answer".to_owned())
}
