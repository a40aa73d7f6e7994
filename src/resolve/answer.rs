//! Answers: outcome, layer, reason and trace. The words are the closed lists of the design (§2.4 to §2.6).

use serde::Serialize;

use crate::domain::{
    Text,
    assignment::Assignment,
    catalogue::{Ix, Symbol},
    credential::{Credential, Instance, Pool},
    people::Department,
    workflow::Node,
};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every one, in the order of the design.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The machine's word.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Reads the machine's word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    };
}

words! {
    /// How a search ends. Only the first two give a key.
    Outcome {
        /// One key.
        Resolved "resolved",
        /// A member of a pool.
        Pooled "pooled",
        /// A rule says no.
        Denied "denied",
        /// No rule speaks.
        NoMatch "no_match",
        /// A required target can't be used.
        Unusable "unusable",
        /// A variable has no value.
        MissingInput "missing_input",
        /// Two equal rules speak.
        Ambiguous "ambiguous",
    }
}

impl Outcome {
    /// Says whether it gives a key.
    pub const fn gives_key(self) -> bool {
        matches!(self, Self::Resolved | Self::Pooled)
    }
}

words! {
    /// The layers, most specific first.
    Layer {
        /// The caller's override for this run.
        Request "request",
        /// The key named on the node.
        Node "node",
        /// The key named on the node's instance.
        Instance "instance",
        /// Rules for the workflow.
        Workflow "workflow",
        /// Rules for its app.
        App "app",
        /// Rules for its owner.
        Owner "owner",
        /// Rules for its department and those above.
        Department "department",
        /// Rules for the workspace.
        Workspace "workspace",
        /// The last resort.
        System "system",
    }
}

words! {
    /// Why something is as it is. The order is the one in which a credential is checked.
    Reason {
        /// The named credential does not exist.
        UnknownKey "unknown_key",
        /// It belongs to another provider.
        WrongProvider "wrong_provider",
        /// It was revoked.
        Revoked "revoked",
        /// It is disabled.
        Disabled "disabled",
        /// Its time has not begun.
        NotYetValid "not_yet_valid",
        /// Its time is over.
        Expired "expired",
        /// It is for other models.
        ModelNotAllowed "model_not_allowed",
        /// It is for another environment.
        WrongEnvironment "wrong_environment",
        /// It belongs to somebody else.
        NotOwner "not_owner",
        /// The workflow's policy does not allow its owner.
        OwnerPolicy "owner_policy",
        /// A hard budget is spent.
        OverBudget "over_budget",
        /// A hard budget can't be kept, since the model has no known price.
        UnpricedModel "unpriced_model",
        /// Its secret does not open.
        Unreadable "unreadable",
        /// A rule says no.
        Deny "deny",
        /// The workspace does not allow overrides.
        OverridesNotAllowed "overrides_not_allowed",
        /// The caller may not use the key.
        NotPermitted "not_permitted",
        /// Nothing speaks.
        NoRule "no_rule",
        /// The variable's value stands for nothing.
        UnknownValue "unknown_value",
        /// No member of the pool can be chosen.
        PoolEmpty "pool_empty",
        /// The variable has no value.
        MissingInput "missing_input",
        /// Two equal rules speak.
        Ambiguous "ambiguous",
        /// Trace only: a nearer or more exact rule decided.
        OverriddenBy "overridden_by",
        /// Trace only: the layer does not concern this query.
        NotApplicable "not_applicable",
        /// Trace only: the rule's time is not now.
        OutsideWindow "outside_window",
        /// Trace only: the rule is for another model or kind of model.
        OtherModel "other_model",
        /// Trace only: the rule is for another environment.
        OtherEnvironment "other_environment",
    }
}

words! {
    /// What became of one step of the trace.
    Verdict {
        /// It decided.
        Decided "decided",
        /// It spoke, could not be used, and was only preferred.
        Skipped "skipped",
        /// It could have spoken, but something before it decided.
        Overridden "overridden",
        /// It does not speak here.
        NotApplicable "not_applicable",
    }
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The caller's override.
    Override,
    /// A node's own key or variable.
    Node(Ix<Node>),
    /// An instance's key.
    Instance(Ix<Instance>),
    /// A rule.
    Rule(Ix<Assignment>),
}

/// The short answer: everything but pool members, possible keys and trace. Cheap enough to ask for every node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How the search ended.
    pub outcome: Outcome,
    /// The key: of `resolved`, or of `pooled` with a run id; else none.
    pub credential: Option<Ix<Credential>>,
    /// The pool that decided, usable or not.
    pub pool: Option<Ix<Pool>>,
    /// The layer that decided.
    pub layer: Option<Layer>,
    /// The department whose rule decided, in the layer of departments.
    pub department: Option<Ix<Department>>,
    /// What decided. Of two ambiguous rules the first.
    pub source: Option<Source>,
    /// Why there is no key; none if there is one.
    pub reason: Option<Reason>,
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolution {
    /// The short answer.
    pub answer: Answer,
    /// The members of the pool that decided.
    pub pool: Vec<Share>,
    /// The variable that lacks its value.
    pub missing: Option<Missing>,
    /// Every layer in order, every rule looked at, winners and losers.
    pub trace: Vec<Step>,
    /// The revision of the configuration that it was computed on.
    pub revision: u64,
    /// The number of the facts that it was computed on.
    pub facts: u64,
}

/// One member of a pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The credential.
    pub key: Ix<Credential>,
    /// Its weight as written.
    pub weight: u32,
    /// Its part of the load, from 0 to 1.
    pub share: f64,
    /// Why it can't be used.
    pub reason: Option<Reason>,
}

/// A variable without a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The variable, bare.
    pub variable: Text,
    /// Every credential that could come out.
    pub could_be: Vec<Ix<Credential>>,
}

/// One thing that was looked at. Its sentence is made from it on demand, in the words that the viewer may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its layer.
    pub layer: Layer,
    /// The department, in the layer of departments.
    pub department: Option<Ix<Department>>,
    /// What it is; none where the layer holds nothing for this query.
    pub source: Option<Source>,
    /// What it points at, for people: `key/openai-finance`, `pool/shared`, `variable/env.llm_key`, `deny`.
    pub target: Option<Pointer>,
    /// What the value of its variable stands for, where it has one and the step was tried.
    pub led_to: Option<Pointer>,
    /// What became of it.
    pub verdict: Verdict,
    /// Why; none for a step that decided and gave a key.
    pub reason: Option<Reason>,
}

/// What a step points at. Names are looked up when it is written down, and masked for those who may not read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// A credential.
    Key(Ix<Credential>),
    /// A name or id that leads to no credential.
    Unknown(Text),
    /// A pool.
    Pool(Ix<Pool>),
    /// A variable.
    Variable(Symbol),
    /// Nothing, deliberately.
    Deny,
}
