//! Usage summed up: what was used on a day at a place, in more or less detail.

use jiff::civil::Date;

use super::{
    Text, credential::Credential, fact::Usage, id::Id, money::MicroDollars, people::Department, workflow::Workflow,
};

/// The most tokens that one line of usage may have: sums of a million such lines still fit into the databases' numbers.
pub const MOST_TOKENS: u64 = 1_000_000_000_000;

/// The most money that one line of usage may come to, for the same reason.
pub const MOST_MONEY: MicroDollars = MicroDollars(10_000_000_000_000);

/// What a sum tells besides its day, workflow and department.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UsageDetail {
    /// Nothing more.
    Place,
    /// Where it was booked.
    CostCentre,
    /// Whose requests it served.
    Customer,
    /// Which node ran.
    Node,
    /// Whose model was called.
    Provider,
    /// Which model was called.
    Model,
    /// Which key was used.
    Credential,
}

impl UsageDetail {
    /// Every detail.
    pub const ALL: [Self; 7] =
        [Self::Place, Self::CostCentre, Self::Customer, Self::Node, Self::Provider, Self::Model, Self::Credential];
}

/// Which usage is summed up, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageWish {
    /// The first and the last day, both included.
    pub days: (Date, Date),
    /// What a sum tells.
    pub detail: UsageDetail,
    /// What alone is looked at.
    pub only: Option<UsageOnly>,
}

/// A part of all usage that workflows and departments don't tell apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UsageOnly {
    /// What was booked there.
    CostCentre(Text),
    /// What served this customer.
    Customer(Text),
    /// What nodes of this name used.
    Node(Text),
    /// What a provider's models were used.
    Provider(Text),
    /// What this model of a provider was used.
    Model(Text, Text),
    /// What was used with this key.
    Credential(Id<Credential>),
}

/// What was used on one day by one workflow on one department's account, and the detail that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageSum {
    /// The UTC day.
    pub day: Date,
    /// The workflow, by id.
    pub workflow: Option<Id<Workflow>>,
    /// The department that paid.
    pub department: Option<Id<Department>>,
    /// The cost centre, customer, node or provider, whichever was asked for.
    pub text: Option<Text>,
    /// The model, if it was asked for.
    pub model: Option<Text>,
    /// The credential, if it was asked for.
    pub credential: Option<Id<Credential>>,
    /// How much.
    pub amounts: Amounts,
}

impl UsageSum {
    /// Returns what one line is, in so much detail.
    pub fn of(line: &Usage, detail: UsageDetail) -> Self {
        Self {
            day: line.day,
            workflow: line.workflow,
            department: line.department,
            text: match detail {
                UsageDetail::CostCentre => line.cost_centre.clone(),
                UsageDetail::Customer => line.customer.clone(),
                UsageDetail::Node => line.node.clone(),
                UsageDetail::Provider | UsageDetail::Model => Some(line.provider.clone()),
                UsageDetail::Place | UsageDetail::Credential => None,
            },
            model: (detail == UsageDetail::Model).then(|| line.model.clone()),
            credential: line.credential.filter(|_| detail == UsageDetail::Credential),
            amounts: Amounts {
                input_tokens: line.input_tokens,
                output_tokens: line.output_tokens,
                requests: line.requests,
                unpriced: if line.spend.is_none() { line.requests } else { 0 },
                spend: line.spend,
                recorded: line.recorded,
                counted: line.spend.or(line.recorded),
                estimate: line.estimate,
                late: 0,
            },
        }
    }
}

/// How much was used, and what it came to. Unknown is `None`, never zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// Tokens that went in.
    pub input_tokens: u64,
    /// Tokens that came out.
    pub output_tokens: u64,
    /// Requests.
    pub requests: u64,
    /// Requests whose tokens had no known price.
    pub unpriced: u64,
    /// What our prices make of the tokens, as far as there are prices.
    pub spend: Option<MicroDollars>,
    /// What the source recorded, as far as it did.
    pub recorded: Option<MicroDollars>,
    /// What budgets count: our price, and what was recorded where there is none.
    pub counted: Option<MicroDollars>,
    /// Whether a key was attributed to some of it by estimate.
    pub estimate: bool,
    /// Requests whose price was set after they came in.
    pub late: u64,
}

/// What some model costs on some days, for usage that came in before its price was known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatePrice {
    /// The provider, as usage names it.
    pub provider: Text,
    /// The model.
    pub model: Text,
    /// The first and the last day.
    pub days: (Date, Date),
    /// What a million tokens cost that go in.
    pub input: MicroDollars,
    /// And of those that come out; without it only lines are priced of which none came out.
    pub output: Option<MicroDollars>,
}

/// A model and a day with usage that is not priced, or was priced late.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unpriced {
    /// The provider, as usage names it.
    pub provider: Text,
    /// The model.
    pub model: Text,
    /// The day.
    pub day: Date,
    /// Whether all of it has a price by now.
    pub late: bool,
}

impl Amounts {
    /// Adds more of the same. Sums stop at the largest number.
    pub fn add(&mut self, more: &Self) {
        let sum = |a: Option<MicroDollars>, b: Option<MicroDollars>| match (a, b) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        self.input_tokens = self.input_tokens.saturating_add(more.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(more.output_tokens);
        self.requests = self.requests.saturating_add(more.requests);
        self.unpriced = self.unpriced.saturating_add(more.unpriced);
        self.late = self.late.saturating_add(more.late);
        self.spend = sum(self.spend, more.spend);
        self.recorded = sum(self.recorded, more.recorded);
        self.counted = sum(self.counted, more.counted);
        self.estimate |= more.estimate;
    }

    /// Returns all tokens.
    pub const fn tokens(&self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }
}
