//! Tokens: made, listed and taken back by admins of the whole workspace, each deed on record.

pub mod text;

use jiff::SignedDuration;
use serde::Serialize;

use super::{
    failure::{Failure, Kind},
    session::Session,
    view::View,
};
use crate::{
    domain::{
        Timestamp,
        catalogue::Ix,
        id::Id,
        link::{Link, encode},
        name,
        people::Operator,
        token::{Token, TokenPlace, TokenScope, TokenState},
        workflow::Selector,
    },
    resolve::query::{At, Inputs, Place, Query},
    rights::{self, Right, Subject, Who},
    store::{TokenDeed, TokenRow},
    vault::Secret,
};

/// The longest that a token may last, in days.
pub const MOST_DAYS: u32 = 366;

/// How often a deed is judged anew when somebody else's change comes between.
const TRIES: usize = 8;

/// A token that somebody wants made.
#[derive(Clone, Debug)]
pub struct TokenWish {
    /// What to call it.
    pub name: String,
    /// The login of the service operator as whom the program acts.
    pub operator: String,
    /// The workflows that it may ask about: `NAME`, `workflow/NAME` or `app/NAME`.
    pub places: Vec<String>,
    /// The environments that it may name.
    pub environments: Vec<String>,
    /// The variables that it may set.
    pub variables: Vec<String>,
    /// Whether it may name keys for one run.
    pub overrides: bool,
    /// Whether it is handed secrets.
    pub secrets: bool,
    /// From when on it is refused.
    pub expires: Timestamp,
}

/// A token that was made. Its text is shown once and kept nowhere.
pub struct NewToken {
    /// What the program shows.
    pub text: Secret,
    /// The rest.
    pub row: ListedToken,
    /// What its maker should know.
    pub remarks: Vec<String>,
}

/// A token in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedToken {
    /// Its stable id.
    pub id: Id<Token>,
    /// Its name.
    pub name: String,
    /// The login as which it acts.
    pub operator: String,
    /// `active`, `expired` or `revoked`.
    pub state: &'static str,
    /// The places that it may ask about, as links.
    pub workflows: Vec<String>,
    /// The environments that it may name besides the workflow's own.
    pub environments: Vec<String>,
    /// The variables that it may set.
    pub variables: Vec<String>,
    /// Whether it may name keys for one run.
    pub overrides: bool,
    /// Whether it is handed secrets.
    pub secrets: bool,
    /// When it was made.
    pub made_at: Timestamp,
    /// By whom.
    pub made_by: String,
    /// From when on it is refused.
    pub expires_at: Timestamp,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// By whom.
    pub revoked_by: Option<String>,
    /// When it was used last, to within some minutes.
    pub last_used: Option<Timestamp>,
}

impl Session {
    /// Lists the tokens of the workspace, also those that are over.
    pub async fn tokens(&self) -> Result<Vec<ListedToken>, Failure> {
        let view = self.refresh().await?;
        self.judge(&view, "list-tokens").await?;
        let now = self.door().now();
        let tokens = self.door().store.tokens(self.workspace()).await?;
        Ok(tokens.iter().map(|token| view.listed_token(token, now)).collect())
    }

    /// Makes a token. Its text is in the answer, and nowhere else.
    pub async fn make_token(&self, wish: &TokenWish) -> Result<NewToken, Failure> {
        if self.identity().acting.is_some() {
            return Err(Failure::usage("nobody is handed a token as somebody else").hint("leave out --as"));
        }
        for _ in 0..TRIES {
            let (view, judged_on) = self.fresh().await?;
            self.judge(&view, "add-token").await?;
            let now = self.door().now();
            let (operator, scope) = view.read_wish(wish, now)?;
            self.check_name(&wish.name).await?;
            let id = Id::new(self.door().new_id());
            let shown = text::Shown::draw(id).map_err(|error| Failure::new(Kind::Internal, error))?;
            let made_by = self.identity().login.as_str().into();
            let (name, expires) = (wish.name.as_str().into(), wish.expires);
            let operator_id = view.catalogue().operators().id(operator);
            let token = Token {
                id,
                name,
                operator: operator_id,
                scope,
                made_at: now,
                made_by,
                expires,
                revoked: None,
                last_used: None,
            };
            let row = view.listed_token(&token, now);
            let mut entry = self.entry("add-token", &subject(&wish.name), "done");
            entry.details.insert("token".to_owned(), serde_json::to_value(&row).unwrap_or_default());
            let deed = TokenDeed { workspace: self.workspace(), judged_on, entry: &entry };
            let remarks = view.token_remarks(operator, &token.scope, now);
            let kept = TokenRow { workspace: self.workspace(), hash: shown.hash(), token };
            if self.door().store.add_token(deed, &kept).await? {
                return Ok(NewToken { text: shown.text(), row, remarks });
            }
        }
        Err(busy())
    }

    /// Takes a token back, by name or id. From then on it is refused, and no undo brings it back.
    pub async fn withdraw_token(&self, wanted: &str) -> Result<ListedToken, Failure> {
        for _ in 0..TRIES {
            let (view, judged_on) = self.fresh().await?;
            self.judge(&view, "revoke-token").await?;
            let tokens = self.door().store.tokens(self.workspace()).await?;
            let found = find(&tokens, wanted)?;
            let mut entry = self.entry("revoke-token", &subject(&found.name), "done");
            entry.details.insert("token".to_owned(), found.id.to_string().into());
            let deed = TokenDeed { workspace: self.workspace(), judged_on, entry: &entry };
            if self.door().store.revoke_token(deed, found.id).await? {
                let revoked = Token { revoked: Some((entry.at, entry.login.clone())), ..found.clone() };
                return Ok(view.listed_token(&revoked, entry.at));
            }
        }
        Err(busy())
    }

    /// Refuses, on record, whoever may not care for tokens. A session for reading may list them.
    async fn judge(&self, view: &View, action: &str) -> Result<(), Failure> {
        let reads = action.starts_with("list");
        let who = Who { read_only: view.who().read_only && !reads, ..view.who() };
        match rights::may(view.catalogue(), who, Right::Tokens, Subject::Workspace).allow() {
            Ok(()) => Ok(()),
            Err(denial) => Err(self.denied(action, "tokens", denial.into()).await),
        }
    }

    async fn check_name(&self, name: &str) -> Result<(), Failure> {
        name::check(name).map_err(|error| Failure::usage(format!("the token: {error}")))?;
        let tokens = self.door().store.tokens(self.workspace()).await?;
        if tokens.iter().any(|it| &*it.name == name && it.revoked.is_none()) {
            let message = format!("there is a token \"{}\" already", name::printable(name));
            return Err(Failure::new(Kind::Conflict, message).hint("choose another name, or revoke that one first"));
        }
        Ok(())
    }
}

impl View {
    /// Reads what a token is to be for. Its operator has to see every place, or the token could never be used there.
    fn read_wish(&self, wish: &TokenWish, now: Timestamp) -> Result<(Ix<Operator>, TokenScope), Failure> {
        let operator = self.find_operator(&wish.operator)?;
        if !self.operator(operator).is_some_and(|it| it.service) {
            let message = format!("{} is a person, and tokens are for programs", name::printable(&wish.operator));
            return Err(Failure::usage(message).hint("make a service operator: keydeck operator add LOGIN --service"));
        }
        let latest = now.checked_add(SignedDuration::from_hours(24 * i64::from(MOST_DAYS)));
        if wish.expires <= now || latest.is_ok_and(|latest| wish.expires > latest) {
            return Err(Failure::usage(format!("a token ends in the future, within {MOST_DAYS} days"))
                .hint("choose another end with --days or --expires"));
        }
        if wish.places.is_empty() {
            return Err(Failure::usage("a token is for certain workflows, and none is named")
                .hint("name them with --workflow NAME or --workflow app/NAME"));
        }
        let theirs = self.of_service(operator);
        let mut scope = TokenScope { overrides: wish.overrides, secrets: wish.secrets, ..TokenScope::default() };
        for text in &wish.places {
            let at = self.place(text)?;
            if theirs.place(text).is_err() {
                let (login, place) = (name::printable(&wish.operator), name::printable(text));
                return Err(Failure::usage(format!("{login} may not see {place}"))
                    .hint(format!("grant it a role there first: keydeck operator grant {login} viewer@DEPARTMENT")));
            }
            push(&mut scope.places, self.token_place(at)?);
        }
        for environment in &wish.environments {
            push(&mut scope.environments, environment.as_str().into());
        }
        for variable in &wish.variables {
            let selector: Selector =
                variable.parse().map_err(|error| Failure::usage(format!("--variable: {error}")))?;
            push(&mut scope.variables, selector);
        }
        Ok((operator, scope))
    }

    fn token_place(&self, at: At) -> Result<TokenPlace, Failure> {
        let gone = || Failure::usage("it is gone");
        Ok(match at {
            At::Workflow(ix) => TokenPlace::Workflow(self.workflow(ix).ok_or_else(gone)?.id),
            At::App(ix) => TokenPlace::App(self.app(ix).ok_or_else(gone)?.id),
        })
    }

    /// Returns what a service operator sees who comes over HTTP.
    fn of_service(&self, operator: Ix<Operator>) -> Self {
        Self::new(
            std::sync::Arc::clone(self.catalogue()),
            Who { operator: Some(operator), behind: None, read_only: false, afar: true },
        )
    }

    /// Says what keeps a token from being of use: keys that its operator may not use.
    fn token_remarks(&self, operator: Ix<Operator>, scope: &TokenScope, now: Timestamp) -> Vec<String> {
        if !scope.secrets {
            return Vec::new();
        }
        let inputs = Inputs { operator: Some(operator), ..Inputs::default() };
        let places = self.nodes().filter(|(_, node)| {
            let workflow = self.catalogue().workflows().by_id(node.workflow);
            workflow.is_some_and(|it| scope.has_workflow(it.id, it.app))
        });
        let keys = places
            .filter_map(|(ix, _)| self.answer(&Query { place: Place::Node(ix), now, inputs: &inputs }).credential);
        let (mut all, mut refused) = (0, 0);
        for key in keys {
            all += 1;
            refused += usize::from(!rights::may_use(self.catalogue(), Some(operator), key));
        }
        if refused == 0 {
            return Vec::new();
        }
        let login = self.operator_name(operator).into_owned();
        vec![format!(
            "{login} may not use the keys of {refused} of the {all} nodes that resolve now: to be handed them, it needs \
             the role assigner there (keydeck operator grant {login} assigner@DEPARTMENT)"
        )]
    }

    fn listed_token(&self, token: &Token, now: Timestamp) -> ListedToken {
        let catalogue = self.catalogue();
        let place = |place: &TokenPlace| match *place {
            TokenPlace::Workflow(id) => {
                catalogue.workflows().by_id(id).map_or_else(|| gone("workflow", id), |it| link("workflow", &it.name))
            }
            TokenPlace::App(id) => {
                catalogue.apps().by_id(id).map_or_else(|| gone("app", id), |it| link("app", &it.name))
            }
        };
        let operator = catalogue.operators().by_id(token.operator);
        ListedToken {
            id: token.id,
            name: token.name.to_string(),
            operator: operator.map_or_else(|| token.operator.to_string(), |it| it.login.to_string()),
            state: token.state(now).word(),
            workflows: token.scope.places.iter().map(place).collect(),
            environments: token.scope.environments.iter().map(ToString::to_string).collect(),
            variables: token.scope.variables.iter().map(ToString::to_string).collect(),
            overrides: token.scope.overrides,
            secrets: token.scope.secrets,
            made_at: token.made_at,
            made_by: token.made_by.to_string(),
            expires_at: token.expires,
            revoked_at: token.revoked.as_ref().map(|(at, _)| *at),
            revoked_by: token.revoked.as_ref().map(|(_, by)| by.to_string()),
            last_used: token.last_used,
        }
    }
}

fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

fn link(place: &str, name: &str) -> String {
    Link::new(place, &[name]).map_or_else(|| name.to_owned(), |link| link.to_string())
}

fn gone<T>(place: &str, id: Id<T>) -> String {
    format!("{place}/{id} (removed)")
}

/// Returns what the audit calls a token.
fn subject(name: &str) -> String {
    format!("token/{}", encode(name))
}

/// Finds a token that can still be taken back.
fn find<'a>(tokens: &'a [Token], wanted: &str) -> Result<&'a Token, Failure> {
    let wanted = wanted.strip_prefix("token/").map_or_else(|| wanted.to_owned(), crate::domain::link::decode);
    let is = |token: &&Token| *token.name == *wanted || token.id.to_string() == wanted;
    if let Some(found) = tokens.iter().filter(is).find(|token| token.revoked.is_none()) {
        return Ok(found);
    }
    let shown = name::printable(&wanted).into_owned();
    if tokens.iter().any(|token| is(&token)) {
        return Err(Failure::new(Kind::Conflict, format!("{shown} is revoked already")));
    }
    let known = tokens.iter().filter(|it| it.revoked.is_none()).map(|it| &*it.name);
    let failure = Failure::usage(format!("there is no token \"{shown}\""));
    Err(match crate::domain::guess::nearest(&wanted, known) {
        Some(guess) => failure.hint(format!("did you mean {guess}?")),
        None => failure.hint("\"keydeck token list\" shows them"),
    })
}

fn busy() -> Failure {
    Failure::new(Kind::Conflict, "others change things faster than this could be judged")
        .hint("try again in a moment; nothing was written")
}

/// Says why a token is refused that was genuine once; nothing if it is not.
pub(super) fn refusal(token: &Token, now: Timestamp) -> Option<Failure> {
    let message = match token.state(now) {
        TokenState::Active => return None,
        TokenState::Expired => format!("this token expired at {}", token.expires),
        TokenState::Revoked => "this token was revoked".to_owned(),
    };
    Some(Failure::new(Kind::NotAllowed, message).hint("an admin makes a new one: keydeck token add"))
}

#[cfg(test)]
mod tests;
