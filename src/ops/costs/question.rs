//! Questions about costs: by what, over which days, and of what alone.

use jiff::{Span, civil::Date, tz::TimeZone};

use crate::{
    cost::report::Dimension,
    domain::{
        Text, Timestamp,
        catalogue::{Catalogue, row::OwnerIx},
        credential::{Credential, Owner},
        fact::Month,
        id::Id,
        link::{Link, encode},
        name,
        people::Department,
        usage::{UsageOnly, UsageSum},
        workflow::{App, Workflow},
    },
    ops::{failure::Failure, find::Thing, view::View},
};

/// The most days that are summed up at once: ten years.
pub const LONGEST_DAYS: u32 = 3_660;

/// What is asked about costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostQuestion {
    /// By what usage is summed up.
    pub by: Dimension,
    /// Over which days.
    pub period: Period,
    /// Of what alone.
    pub within: Option<Within>,
}

/// Which days are meant. All days are UTC days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// The last so many, today included.
    Days(u32),
    /// A calendar month.
    Month(Month),
    /// One day.
    Day(Date),
}

/// A part of all usage.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Within {
    /// A department and those below.
    Department(Id<Department>),
    /// An app.
    App(Id<App>),
    /// A workflow.
    Workflow(Id<Workflow>),
    /// A node of a workflow, by its name.
    Node(Id<Workflow>, Text),
    /// The workflows of an owner.
    Owner(Owner),
    /// A cost centre.
    CostCentre(Text),
    /// A customer.
    Customer(Text),
    /// A provider.
    Provider(Text),
    /// A model of a provider.
    Model(Text, Text),
    /// A key.
    Credential(Id<Credential>),
}

impl CostQuestion {
    /// Returns the first and the last day that are meant at `now`.
    pub fn days(&self, now: Timestamp) -> (Date, Date) {
        let today = now.to_zoned(TimeZone::UTC).date();
        match self.period {
            Period::Days(days) => (today.saturating_sub(Span::new().days(i64::from(days.max(1)) - 1)), today),
            Period::Month(month) => month.days().unwrap_or((today.first_of_month(), today.last_of_month())),
            Period::Day(day) => (day, day),
        }
    }
}

impl Within {
    /// Returns the part of it that a database tells apart by itself.
    pub(super) fn only(&self) -> Option<UsageOnly> {
        match self {
            Self::Department(_) | Self::App(_) | Self::Workflow(_) | Self::Owner(_) => None,
            Self::Node(_, name) => Some(UsageOnly::Node(name.clone())),
            Self::CostCentre(text) => Some(UsageOnly::CostCentre(text.clone())),
            Self::Customer(text) => Some(UsageOnly::Customer(text.clone())),
            Self::Provider(slug) => Some(UsageOnly::Provider(slug.clone())),
            Self::Model(provider, model) => Some(UsageOnly::Model(provider.clone(), model.clone())),
            Self::Credential(id) => Some(UsageOnly::Credential(*id)),
        }
    }

    /// Says whether a sum belongs to it, as far as its day and place tell.
    pub(super) fn holds(&self, catalogue: &Catalogue, sum: &UsageSum) -> bool {
        let workflow = || sum.workflow.and_then(|id| catalogue.workflows().find(id));
        match self {
            Self::Department(id) => {
                let from = sum.department.and_then(|id| catalogue.departments().find(id));
                catalogue.path(from).any(|ix| catalogue.departments().id(ix) == *id) || sum.department == Some(*id)
            }
            Self::App(id) => workflow()
                .and_then(|ix| catalogue.workflows().row(ix)?.app)
                .is_some_and(|ix| catalogue.apps().id(ix) == *id),
            Self::Workflow(id) | Self::Node(id, _) => sum.workflow == Some(*id),
            Self::Owner(owner) => {
                let found = workflow().and_then(|ix| catalogue.owner_of(ix));
                found.is_some_and(|found| match (found, owner) {
                    (OwnerIx::System, Owner::System) => true,
                    (OwnerIx::Department(ix), Owner::Department(id)) => catalogue.departments().id(ix) == *id,
                    (OwnerIx::Operator(ix), Owner::Operator(id)) => catalogue.operators().id(ix) == *id,
                    _ => false,
                })
            }
            Self::CostCentre(_) | Self::Customer(_) | Self::Provider(_) | Self::Model(..) | Self::Credential(_) => true,
        }
    }

    /// Reads what alone is to be looked at: a link, `customer/NAME` or `cost-centre/NAME`.
    pub fn read(text: &str, view: &View) -> Result<Self, Failure> {
        if let Some(name) = text.strip_prefix("customer/").filter(|name| !name.is_empty()) {
            return Ok(Self::Customer(name.into()));
        }
        if let Some(name) = text.strip_prefix("cost-centre/").filter(|name| !name.is_empty()) {
            return Ok(Self::CostCentre(name.into()));
        }
        if text == "owner/system" {
            return Ok(Self::Owner(Owner::System));
        }
        let refuse = || {
            Failure::usage(format!("costs can't be asked of {}", name::printable(text)))
                .hint("name a department, app, workflow, node, owner, key, provider or model, customer/NAME or cost-centre/NAME")
        };
        Self::of(view, view.find(&Link::parse(text)?)?).ok_or_else(refuse)
    }

    /// Writes it so that [`Within::read`] reads it back; `None` if the viewer may not name it, or nobody can.
    pub fn text(&self, view: &View) -> Option<String> {
        let catalogue = view.catalogue();
        let seen =
            |thing: Option<Thing>| thing.filter(|thing| Self::of(view, *thing).is_some()).map(|it| view.link(it));
        match self {
            Self::Department(id) => seen(catalogue.departments().find(*id).map(Thing::Department)),
            Self::App(id) => seen(catalogue.apps().find(*id).map(Thing::App)),
            Self::Workflow(id) => seen(catalogue.workflows().find(*id).map(Thing::Workflow)),
            Self::Node(workflow, name) => {
                let ix = catalogue.workflows().find(*workflow)?;
                seen(catalogue.node_named(ix, name).map(Thing::Node))
            }
            Self::Owner(Owner::System) => Some("owner/system".to_owned()),
            Self::Owner(Owner::Operator(id)) => {
                let login = &view.operator(catalogue.operators().find(*id)?)?.login;
                Some(format!("owner/{}", encode(login)))
            }
            Self::Owner(Owner::Department(_)) => None,
            Self::CostCentre(text) => Some(format!("cost-centre/{text}")),
            Self::Customer(text) => Some(format!("customer/{text}")),
            Self::Provider(slug) => Some(format!("provider/{slug}")),
            Self::Model(provider, model) => Some(format!("model/{provider}/{model}")),
            Self::Credential(id) => seen(catalogue.credentials().find(*id).map(Thing::Credential)),
        }
    }

    /// Returns the usage of a thing, if it has any of its own.
    pub fn of(view: &View, thing: Thing) -> Option<Self> {
        Some(match thing {
            Thing::Department(ix) => Self::Department(view.department(ix)?.id),
            Thing::App(ix) => Self::App(view.app(ix)?.id),
            Thing::Workflow(ix) => Self::Workflow(view.workflow(ix)?.id),
            Thing::Node(ix) => {
                let node = view.node(ix)?;
                Self::Node(node.workflow, node.name.clone())
            }
            Thing::Operator(ix) => Self::Owner(Owner::Operator(view.operator(ix)?.id)),
            Thing::Credential(ix) => Self::Credential(view.credential(ix)?.id),
            Thing::Provider(ix) => Self::Provider(view.provider_slug(ix).clone()),
            Thing::Model(ix) => {
                let entry = view.vocabulary().model_entry(ix)?;
                Self::Model(view.provider_slug(entry.provider).clone(), entry.name.clone())
            }
            Thing::Pool(_) | Thing::Instance(_) | Thing::Assignment(_) => return None,
        })
    }
}
