//! Findings: what is wrong, how badly, with what, and what would mend it.

use serde::Serialize;

use super::message::Message;
use crate::domain::{
    assignment::Assignment,
    catalogue::{Ix, ModelIx, ProviderIx},
    change::Change,
    credential::{Credential, Instance, Pool},
    people::{Department, Operator},
    workflow::{App, Node, Workflow},
};

/// How bad it is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something does not work, or is not what it says it is.
    Error,
    /// Something will not work, or not as people think.
    Warning,
    /// Something to tidy up, or to know.
    Hint,
}

impl Severity {
    /// Every severity, worst first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Hint];

    /// The word for screens and scripts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.word() == word)
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $code:ident $word:literal,)*) => {
        /// What is wrong, as scripts know it. The order is the one in which findings of one severity are told.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Code { $($(#[doc = $doc])+ $code,)* }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// The machine's word.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$code => $word,)* }
            }

            /// What it stands for, in one sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$code => concat!($($doc),+).trim_ascii_start(),)* }
            }

            /// Reads the machine's word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.word() == word)
            }
        }
    };
}

codes! {
    /// A node gets no key.
    NoKey "no_key",
    /// Something names a thing that is not there.
    Dangling "dangling",
    /// Something names a key or pool of another provider.
    CrossProvider "cross_provider",
    /// A key's secret does not open.
    UnreadableKey "unreadable_key",
    /// A key in use holds the secret of one that was revoked.
    RevokedSecret "revoked_secret",
    /// The vendor refused a key in use.
    RefusedKey "refused_key",
    /// A key in use expires soon.
    ExpiringKey "expiring_key",
    /// A program's token expires soon.
    ExpiringToken "expiring_token",
    /// The time of a rule that gives keys is over soon.
    EndingRule "ending_rule",
    /// A rule, node or instance names a key that expired.
    ExpiredKey "expired_key",
    /// A rule, node or instance names a key that was revoked.
    RevokedKey "revoked_key",
    /// A rule, node or instance names a key that is disabled.
    DisabledKey "disabled_key",
    /// A pool has a member that can never be chosen.
    DeadMember "dead_member",
    /// A pool has no member that can be used.
    EmptyPool "empty_pool",
    /// A pool has one member that can be used, and nothing to share the load with.
    ThinPool "thin_pool",
    /// What a rule gives can be used nowhere that it speaks.
    UnusableTarget "unusable_target",
    /// Something nearer decides wherever a rule speaks.
    ShadowedRule "shadowed_rule",
    /// Dify uses another key than keydeck answers.
    DifyDiffers "dify_differs",
    /// Dify's active credential is not there any more, or what a pool of its was copied from.
    DifyDangling "dify_dangling",
    /// Dify's active credential is one of another provider.
    DifyCrossProvider "dify_cross_provider",
    /// Dify's active credential is one of another workspace.
    DifyOtherWorkspace "dify_other_workspace",
    /// Dify holds credentials of a provider or model, and none is active.
    DifyInactive "dify_inactive",
    /// A copy in a pool of Dify's says something else than the credential that it was copied from.
    DifyDrifted "dify_drifted",
    /// Dify is to share a load, and has fewer than two rows to share it between.
    DifyThinPool "dify_thin_pool",
    /// Dify holds the kind of a model in a word that newer versions refuse, or that nobody knows.
    DifyModelType "dify_model_type",
    /// Dify passes a row over: it is marked invalid, or another stands at its place.
    DifyDeadRow "dify_dead_row",
    /// An enforced workflow gets a key whose secret is not here.
    AbsentSecret "absent_secret",
    /// One secret is stored under several names.
    DuplicateKey "duplicate_key",
    /// Production runs on a key that is for any environment.
    LooseKey "loose_key",
    /// A budget counts nothing, or another stops before it.
    UnreachableBudget "unreachable_budget",
    /// A model without a known price is used where a budget counts.
    UnpricedModel "unpriced_model",
    /// A private key is used by the workflows of others.
    LentKey "lent_key",
    /// A rule or key is for an environment in which nothing runs.
    UnknownEnvironment "unknown_environment",
    /// No node uses a key.
    UnusedKey "unused_key",
    /// A rule speaks for no node.
    IdleRule "idle_rule",
    /// A rule's time is over.
    PastRule "past_rule",
    /// A department has a budget and no cost centre to book it on.
    NoCostCentre "no_cost_centre",
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A node.
    Node(Ix<Node>),
    /// A workflow.
    Workflow(Ix<Workflow>),
    /// An app.
    App(Ix<App>),
    /// A department.
    Department(Ix<Department>),
    /// A credential.
    Key(Ix<Credential>),
    /// A pool.
    Pool(Ix<Pool>),
    /// A model instance.
    Instance(Ix<Instance>),
    /// A rule.
    Rule(Ix<Assignment>),
    /// An operator.
    Operator(Ix<Operator>),
    /// A provider.
    Provider(ProviderIx),
    /// A model.
    Model(ModelIx),
}

/// What would mend it.
#[derive(Clone, Debug, PartialEq)]
pub enum Suggestion {
    /// These changes: they can be staged as they are, make the finding disappear, and let no node fail.
    Changes(Vec<Change>),
    /// Something that somebody has to decide or know: no change can be made of it.
    Advice(Message),
}

impl Suggestion {
    /// Suggests one change; advice where nothing would change.
    pub fn change(change: Option<Change>) -> Self {
        match change {
            Some(change) => Self::Changes(vec![change]),
            None => Self::Advice(Message::default()),
        }
    }

    /// Returns the changes; none for advice.
    pub fn changes(&self) -> &[Change] {
        match self {
            Self::Changes(changes) => changes,
            Self::Advice(_) => &[],
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What is wrong.
    pub code: Code,
    /// How badly.
    pub severity: Severity,
    /// With what.
    pub subject: Subject,
    /// The sentence.
    pub message: Message,
    /// What would mend it.
    pub suggestion: Suggestion,
}
