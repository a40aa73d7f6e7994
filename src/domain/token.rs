//! Tokens: what a program shows to be answered over HTTP, and how far what it says counts.
//!
//! Where a secret is handed out, what the caller says is authority. So a token says it before: which workflows, and which
//! environments, variables and overrides the program may name. What it does not say is refused.

use serde::{Deserialize, Serialize};

use super::{
    Text, Timestamp,
    id::Id,
    people::Operator,
    workflow::{App, Selector, Workflow},
};

/// What a program shows, without the secret part. It acts as a service operator and never outlives its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The stable id, which the program shows beside the secret part.
    pub id: Id<Self>,
    /// Its name, unique in the workspace among those that are not revoked.
    pub name: Text,
    /// As whom the program acts.
    pub operator: Id<Operator>,
    /// What it may ask for and say.
    pub scope: TokenScope,
    /// When it was made.
    pub made_at: Timestamp,
    /// The login of whoever made it.
    pub made_by: Text,
    /// From when on it is refused.
    pub expires: Timestamp,
    /// When it was revoked, and by whom.
    pub revoked: Option<(Timestamp, Text)>,
    /// When it was used last, to within some minutes.
    pub last_used: Option<Timestamp>,
}

/// What a token's program may ask for and say. The default is no workflow, its own environment, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenScope {
    /// The workflows that it may ask about, by themselves or by their app.
    pub places: Vec<TokenPlace>,
    /// The environments that it may name besides the workflow's own; the empty one means none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<Text>,
    /// The variables that it may give a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Selector>,
    /// Whether it may name keys for one run.
    #[serde(default)]
    pub overrides: bool,
    /// Whether it is handed secrets, and not only told which key would be used.
    #[serde(default)]
    pub secrets: bool,
}

/// Where a token's program may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenPlace {
    /// About one workflow.
    Workflow(Id<Workflow>),
    /// About an app and each of its workflows.
    App(Id<App>),
}

/// Why a token is refused that was genuine once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// It may be used.
    Active,
    /// Its time is over.
    Expired,
    /// Somebody took it back.
    Revoked,
}

impl TokenState {
    /// The word for lists and refusals.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl Token {
    /// Returns how it stands. It is expired from the very instant of its end on.
    pub fn state(&self, now: Timestamp) -> TokenState {
        match &self.revoked {
            Some(_) => TokenState::Revoked,
            None if now >= self.expires => TokenState::Expired,
            None => TokenState::Active,
        }
    }
}

impl TokenScope {
    /// Says whether the program may ask about a workflow that belongs to `app`.
    pub fn has_workflow(&self, workflow: Id<Workflow>, app: Option<Id<App>>) -> bool {
        self.places.iter().any(|place| match *place {
            TokenPlace::Workflow(id) => id == workflow,
            TokenPlace::App(id) => Some(id) == app,
        })
    }

    /// Says whether the program may ask about an app as a whole.
    pub fn has_app(&self, app: Id<App>) -> bool {
        self.places.contains(&TokenPlace::App(app))
    }

    /// Says whether the program may name an environment, given the workflow's own; the empty text means none.
    pub fn has_environment(&self, named: &str, own: Option<&str>) -> bool {
        named == own.unwrap_or_default() || self.environments.iter().any(|it| **it == *named)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_scope_is_what_was_written_and_nothing_else() {
        let (workflow, app) = (Id::new(Uuid::from_u128(1)), Id::new(Uuid::from_u128(2)));
        let nothing = TokenScope::default();
        assert!(!nothing.has_workflow(workflow, Some(app)) && !nothing.has_app(app) && !nothing.secrets);
        let one = TokenScope { places: vec![TokenPlace::Workflow(workflow)], ..TokenScope::default() };
        assert!(one.has_workflow(workflow, None) && !one.has_app(app));
        assert!(!one.has_workflow(Id::new(Uuid::from_u128(3)), Some(app)));
        let all = TokenScope { places: vec![TokenPlace::App(app)], ..TokenScope::default() };
        assert!(all.has_workflow(workflow, Some(app)) && all.has_app(app) && !all.has_workflow(workflow, None));
    }

    #[test]
    fn the_workflows_own_environment_needs_no_permission_and_every_other_does() {
        let mut scope = TokenScope::default();
        assert!(scope.has_environment("production", Some("production")) && scope.has_environment("", None));
        assert!(!scope.has_environment("", Some("production")) && !scope.has_environment("staging", None));
        scope.environments.push("staging".into());
        assert!(scope.has_environment("staging", Some("production")));
        assert!(!scope.has_environment("Staging", Some("production")), "compared exactly");
    }

    #[test]
    fn a_token_is_refused_from_its_end_on() {
        let end = Timestamp::from_second(100).unwrap();
        let token = Token {
            id: Id::new(Uuid::from_u128(1)),
            name: "bot".into(),
            operator: Id::new(Uuid::from_u128(2)),
            scope: TokenScope::default(),
            made_at: Timestamp::UNIX_EPOCH,
            made_by: "root".into(),
            expires: end,
            revoked: None,
            last_used: None,
        };
        assert_eq!(token.state(Timestamp::from_second(99).unwrap()), TokenState::Active);
        assert_eq!(token.state(end), TokenState::Expired);
        let revoked = Token { revoked: Some((end, "root".into())), ..token };
        assert_eq!(revoked.state(end), TokenState::Revoked);
    }
}
