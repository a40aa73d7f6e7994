//! Routes: what can be asked at which path, and how each is answered.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION, header::CONTENT_TYPE},
    middleware::{self, Next},
    routing::{get, post},
};
use serde_json::json;
use tokio::{sync::Mutex, time::timeout};

use super::{
    answer::{self, Answer},
    counts::{Counts, Gauges, Refused},
    keys,
    limits::{From, ONE, Open, Rate, UNPROVED},
    request::{Asked, MOST_BYTES},
};
use crate::{
    domain::{id::Id, token::Token},
    ops::{
        door::Door,
        failure::{Failure, Kind},
        program::{Programs, Turned},
        token::text::Shown,
    },
};

/// How long a request may take to come, and how long to be answered.
pub const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(30);

/// For how long the database is taken to be as it was when it was asked last.
const ASKED: Duration = Duration::from_secs(1);

/// The description of the interface.
pub const DESCRIPTION: &str = include_str!("openapi.json");

const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Every path with its method.
pub const ROUTES: [(&str, &str); 5] =
    [("POST", "/v1/resolve"), ("GET", "/healthz"), ("GET", "/livez"), ("GET", "/metrics"), ("GET", "/openapi.json")];

/// What all requests share.
pub struct Shared {
    /// The database.
    pub door: Arc<Door>,
    /// Who is let in.
    pub programs: Programs,
    /// How often one place may come.
    pub addresses: Rate<From>,
    /// How often one token may be shown.
    pub tokens: Rate<Id<Token>>,
    /// The open connections.
    pub open: Arc<Open>,
    /// What was done.
    pub counts: Counts,
    /// Whether the database answered, and when.
    pub health: Mutex<Option<(Instant, bool)>>,
}

/// Where the connection of a request comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// By what it is counted.
    pub from: From,
    /// How the audit log calls it.
    pub source: Arc<str>,
}

/// Makes the router.
pub fn router(shared: Arc<Shared>) -> Router {
    let wrong = |takes: &'static str| move || async move { answer::wrong_method(takes) };
    Router::new()
        .route("/v1/resolve", post(resolve).fallback(wrong("POST")))
        .route("/healthz", get(health).fallback(wrong("GET")))
        .route("/livez", get(live).fallback(wrong("GET")))
        .route("/metrics", get(metrics).fallback(wrong("GET")))
        .route("/openapi.json", get(description).fallback(wrong("GET")))
        .fallback(nothing)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), around))
        .with_state(shared)
}

/// Counts each request, and refuses it if its place comes too often or it takes too long.
async fn around(
    State(shared): State<Arc<Shared>>,
    Extension(origin): Extension<Origin>,
    request: Request,
    next: Next,
) -> Answer {
    let began = Instant::now();
    let place = ROUTES.iter().find(|(_, path)| *path == request.uri().path()).map_or("other", |(_, path)| path);
    let answer = match shared.addresses.take(origin.from, ONE, began) {
        Err(seconds) => {
            shared.counts.refuse(Refused::AddressRate);
            answer::too_many(seconds)
        }
        Ok(()) => timeout(LONGEST, next.run(request)).await.unwrap_or_else(|_| {
            let failure = Failure::new(Kind::Unavailable, "answering took too long").hint("try again later");
            answer::refusal(StatusCode::GATEWAY_TIMEOUT, &failure)
        }),
    };
    shared.counts.request(place, answer.status().as_u16(), began.elapsed());
    answer
}

/// `POST /v1/resolve`: the answers that `keydeck resolve --json` gives, as far as the token reaches.
async fn resolve(
    State(shared): State<Arc<Shared>>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let shown = shown(&headers);
    let program = match shared.programs.admit(shown.as_ref(), &origin.source).await {
        Ok(program) => program,
        Err(Turned::Away(why)) => {
            shared.counts.refuse(Refused::Unauthorised);
            shared.addresses.punish(origin.from, UNPROVED);
            return answer::unauthorised(&why);
        }
        Err(Turned::Unknown(failure)) => return answer::failure(&failure),
    };
    if let Err(seconds) = shared.tokens.take(program.token(), ONE, Instant::now()) {
        shared.counts.refuse(Refused::TokenRate);
        return answer::too_many(seconds);
    }
    let asked = match asked(&shared, &headers, body).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    let answered = if asked.wants_secrets() {
        let handed = program.hand_out(&asked.question()).await;
        handed.map(|handed| (keys::answer(&handed), handed.answers))
    } else {
        let answers = program.resolve(&asked.question()).await;
        answers.map(|answers| (answer::document(StatusCode::OK, &answers), answers))
    };
    match answered {
        Ok((answer, answers)) => {
            answers.nodes.iter().for_each(|node| shared.counts.outcome(node.outcome.word()));
            answer
        }
        Err(failure) => answer::failure(&failure),
    }
}

/// Reads the token that a program shows; none if it shows none, several, or something else.
fn shown(headers: &HeaderMap) -> Option<Shown> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (only, None) = (all.next()?, all.next()) else { return None };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    Shown::read(token.trim()).filter(|_| scheme.eq_ignore_ascii_case("bearer"))
}

/// Reads the body, which may be neither too long nor too slow.
async fn asked(shared: &Shared, headers: &HeaderMap, body: Body) -> Result<Asked, Answer> {
    let content = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json = content.split(';').next().is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json"));
    if !is_json {
        let failure = Failure::usage("the body has to be JSON").hint("send Content-Type: application/json");
        return Err(answer::refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, &failure));
    }
    match timeout(PATIENCE, to_bytes(body, MOST_BYTES)).await {
        Ok(Ok(bytes)) => Asked::read(&bytes).map_err(|failure| answer::failure(&failure)),
        Ok(Err(_)) => {
            let message = format!("the body is longer than {MOST_BYTES} bytes, or ended too early");
            Err(answer::refusal(StatusCode::PAYLOAD_TOO_LARGE, &Failure::usage(message)))
        }
        Err(_) => {
            shared.counts.refuse(Refused::Slow);
            let failure = Failure::usage("the body took too long to come");
            Err(answer::refusal(StatusCode::REQUEST_TIMEOUT, &failure))
        }
    }
}

/// `GET /healthz`: whether requests can be answered.
async fn health(State(shared): State<Arc<Shared>>) -> Answer {
    let up = shared.is_database_up().await;
    let status = if up { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = |good: bool, yes: &'static str, no: &'static str| if good { yes } else { no };
    let body = json!({
        "status": word(up, "ok", "unavailable"),
        "database": word(up, "up", "down"),
        "vault": word(shared.door.is_unlocked(), "unlocked", "locked"),
    });
    answer::document(status, &body)
}

/// `GET /livez`: whether the process answers at all.
async fn live() -> Answer {
    answer::document(StatusCode::OK, &json!({ "status": "ok" }))
}

/// `GET /metrics`.
async fn metrics(State(shared): State<Arc<Shared>>) -> Answer {
    let database = shared.is_database_up().await;
    let gauges = Gauges { connections: shared.open.count(), database, unlocked: shared.door.is_unlocked() };
    answer::text(StatusCode::OK, PROMETHEUS, shared.counts.text(gauges))
}

/// `GET /openapi.json`.
async fn description() -> Answer {
    answer::text(StatusCode::OK, "application/json", DESCRIPTION)
}

async fn nothing() -> Answer {
    let failure = Failure::usage("there is nothing here").hint("GET /openapi.json describes what there is");
    answer::refusal(StatusCode::NOT_FOUND, &failure)
}

impl Shared {
    /// Asks the database, once in a while however often it is wanted.
    async fn is_database_up(&self) -> bool {
        let mut known = self.health.lock().await;
        if let Some((at, up)) = *known
            && at.elapsed() < ASKED
        {
            return up;
        }
        let up = timeout(PATIENCE, self.door.answers()).await.is_ok_and(|answered| answered.is_ok());
        *known = Some((Instant::now(), up));
        up
    }
}
