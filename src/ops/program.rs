//! Programs: who shows a token over HTTP, and what they are answered.
//!
//! A token is read from the database for each request, so that one that was taken back is refused at once. What its
//! program says is compared with the token's scope before anything is looked up: a program learns nothing of workflows
//! that its token does not name, not even that they are there.

mod handing;

use std::{collections::BTreeMap, sync::Arc};

use jiff::SignedDuration;
use tokio::sync::Mutex;

pub use self::handing::{HandedOut, OpenKey};
use super::{
    door::Door,
    failure::{Failure, Kind},
    identity::Identity,
    question::{Answers, Question},
    session::Session,
    token::{self, text::Shown},
    view::View,
};
use crate::{
    domain::{
        id::Id,
        link::encode,
        name::printable,
        people::Workspace,
        token::{Token, TokenScope},
        workflow::Selector,
    },
    resolve::query::At,
    store::TokenRow,
};

/// For how long one note of a token's use stands for those that follow.
const USED: SignedDuration = SignedDuration::from_mins(10);

/// What somebody is called who shows no token that is known.
const UNKNOWN: &str = "(a program)";

/// The programs of one database.
#[derive(Debug)]
pub struct Programs {
    door: Arc<Door>,
    read_only: bool,
    grounds: Mutex<BTreeMap<Id<Workspace>, Arc<Session>>>,
}

/// A program that was let in, for one request.
#[derive(Debug)]
pub struct Program {
    session: Session,
    token: Token,
}

/// Why a program is not let in.
#[derive(Debug)]
pub enum Turned {
    /// It proved nothing, or its token is over.
    Away(Failure),
    /// That could not be found out.
    Unknown(Failure),
}

impl Programs {
    /// Prepares to let programs in.
    pub fn of(door: Arc<Door>, read_only: bool) -> Self {
        Self { door, read_only, grounds: Mutex::default() }
    }

    /// Lets a program in by what it showed, which is nothing if it showed no token at all. `source` is where it comes
    /// from.
    pub async fn admit(&self, shown: Option<&Shown>, source: &str) -> Result<Program, Turned> {
        let Some(shown) = shown else { return Err(self.away(UNKNOWN, source, "no token was shown").await) };
        let row = self.door.store.token(shown.id).await.map_err(|error| Turned::Unknown(error.into()))?;
        let Some(TokenRow { workspace, token, .. }) = row.filter(|row| shown.is(&row.hash)) else {
            return Err(self.away(UNKNOWN, source, "the token is none of ours").await);
        };
        let ground = self.ground(workspace).await.map_err(Turned::Unknown)?;
        let view = ground.refresh().await.map_err(Turned::Unknown)?;
        let operator = view.catalogue().operators().by_id(token.operator);
        let Some(login) = operator.filter(|it| it.service).map(|it| &*it.login) else {
            return Err(self.away(UNKNOWN, source, "the token's service operator is gone").await);
        };
        let identity = Identity::program(login, &token.name, source);
        let now = self.door.now();
        if let Some(failure) = token::refusal(&token, now) {
            self.door.turned_away(&identity, &failure.message).await;
            return Err(Turned::Away(failure));
        }
        let session = ground.beside(identity, self.read_only);
        if !session.is_read_only() && token.last_used.is_none_or(|at| now.duration_since(at) > USED) {
            // Whether or not it can be noted: nothing hangs on it.
            let _ = self.door.store.note_token_used(token.id, now).await;
        }
        Ok(Program { session, token })
    }

    async fn away(&self, login: &str, source: &str, why: &str) -> Turned {
        let identity = Identity { login: login.to_owned(), source: source.to_owned(), ..Identity::nobody() };
        self.door.turned_away(&identity, why).await;
        Turned::Away(Failure::new(Kind::NotAllowed, why).hint("show a token: Authorization: Bearer kdt_…"))
    }

    /// Returns the session of nobody that loaded a workspace; all programs of it begin beside that one.
    async fn ground(&self, workspace: Id<Workspace>) -> Result<Arc<Session>, Failure> {
        let mut grounds = self.grounds.lock().await;
        if let Some(ground) = grounds.get(&workspace) {
            return Ok(Arc::clone(ground));
        }
        let ground = Session::of_nobody(Arc::clone(&self.door), workspace).await?;
        grounds.insert(workspace, Arc::clone(&ground));
        Ok(ground)
    }
}

impl Door {
    /// Puts on record that programs are let in somewhere from now on, or no longer.
    pub async fn note_serving(&self, identity: &Identity, action: &str, place: &str) -> Result<(), Failure> {
        if self.is_read_only() {
            return Ok(());
        }
        let mut entry = identity.entry(self.now(), action);
        entry.subject = "http".into();
        entry.details.insert("place".to_owned(), place.into());
        self.store.append_audit(&[entry]).await?;
        Ok(())
    }
}

impl Program {
    /// Returns the token's id, by which requests are counted.
    pub const fn token(&self) -> Id<Token> {
        self.token.id
    }

    /// Says which keys would be used, as far as the token lets the program ask.
    pub async fn resolve(&self, question: &Question) -> Result<Answers, Failure> {
        let view = self.session.view();
        if let Err(failure) = self.allows(&view, question) {
            let subject = format!("token/{}", encode(&self.token.name));
            return Err(self.session.denied("resolve", &subject, failure).await);
        }
        view.ask(question, self.session.door().now())
    }

    /// Judges what the program says by the token's scope.
    fn allows(&self, view: &View, question: &Question) -> Result<(), Failure> {
        let scope = &self.token.scope;
        let own = place(view, scope, &question.place).ok_or_else(|| {
            Failure::new(Kind::NotAllowed, "this token is for no such workflow")
                .hint("its name is written as keydeck has it; an admin makes a token for it: keydeck token add")
        })?;
        if let Some(named) = &question.environment
            && !own.iter().all(|own| scope.has_environment(named, own.as_deref()))
        {
            return Err(refused(&format!("name the environment \"{}\"", printable(named)), "--environment"));
        }
        for (variable, _) in &question.variables {
            let selector = variable.parse::<Selector>();
            if !selector.is_ok_and(|selector| scope.variables.contains(&selector)) {
                return Err(refused(&format!("set the variable \"{}\"", printable(variable)), "--variable"));
            }
        }
        if !question.overrides.is_empty() && !scope.overrides {
            return Err(refused("name keys for a run", "--allow-overrides"));
        }
        if question.operator.is_some() || question.at.is_some() || question.dify {
            return Err(Failure::new(Kind::NotAllowed, "a program asks as itself, for now, and as keydeck resolves"));
        }
        Ok(())
    }
}

/// Returns the environments of the workflows that a program asks about; none if its token does not let it, or if there
/// are no such workflows: both look the same.
fn place(view: &View, scope: &TokenScope, text: &str) -> Option<Vec<Option<crate::domain::Text>>> {
    match view.place(text).ok()? {
        At::Workflow(ix) => {
            let workflow = view.workflow(ix)?;
            scope.has_workflow(workflow.id, workflow.app).then(|| vec![workflow.environment.clone()])
        }
        At::App(ix) => {
            let environment = |ix| Some(view.workflow(ix)?.environment.clone());
            scope.has_app(view.app(ix)?.id).then(|| view.workflows_of_app(ix).filter_map(environment).collect())
        }
    }
}

fn refused(what: &str, option: &str) -> Failure {
    Failure::new(Kind::NotAllowed, format!("this token may not {what}"))
        .hint(format!("leave it out, or ask an admin for a token made with {option}"))
}
