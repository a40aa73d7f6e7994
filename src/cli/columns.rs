//! The columns of `list`: for each kind, a heading and the key of the row that stands under it.

use super::list::What;

/// A heading, and the key of the row.
pub type Column = (&'static str, &'static str);

const PROVIDERS: &[Column] = &[
    ("ID", "id"),
    ("NAME", "name"),
    ("KEYS", "credentials"),
    ("NODES", "nodes"),
    ("BUILT IN", "built_in"),
    ("BASE URL", "base_url"),
];

const MODELS: &[Column] = &[
    ("PROVIDER", "provider"),
    ("NAME", "name"),
    ("KIND", "kind"),
    ("NODES", "nodes"),
    ("CONTEXT", "context"),
    ("$/M IN", "input_per_million"),
    ("$/M OUT", "output_per_million"),
    ("SOURCE", "source"),
    ("CHECK", "disagreement"),
];

const CREDENTIALS: &[Column] = &[
    ("NAME", "name"),
    ("PROVIDER", "provider"),
    ("OWNER", "owner"),
    ("ENVIRONMENT", "environment"),
    ("STATE", "state"),
    ("SECRET", "secret"),
    ("ENDS", "last4"),
    ("EXPIRES", "expires_at"),
    ("USES", "uses"),
    ("BUDGET", "budget"),
];

const POOLS: &[Column] = &[("NAME", "name"), ("PROVIDER", "provider"), ("MEMBERS", "members"), ("NOTE", "note")];

const INSTANCES: &[Column] = &[
    ("NAME", "name"),
    ("PROVIDER", "provider"),
    ("MODEL", "model"),
    ("KIND", "kind"),
    ("KEY", "key"),
    ("OWNER", "owner"),
];

const APPS: &[Column] = &[("NAME", "name"), ("DEPARTMENT", "department"), ("OWNER", "owner"), ("BUDGET", "budget")];

const WORKFLOWS: &[Column] = &[
    ("NAME", "name"),
    ("APP", "app"),
    ("DEPARTMENT", "department"),
    ("OWNER", "owner"),
    ("ENVIRONMENT", "environment"),
    ("FORCE", "force"),
    ("DRAFT", "draft"),
    ("BUDGET", "budget"),
];

const NODES: &[Column] = &[
    ("WORKFLOW", "workflow"),
    ("NAME", "name"),
    ("TITLE", "title"),
    ("TYPE", "type"),
    ("PROVIDER", "provider"),
    ("MODEL", "model"),
    ("KIND", "kind"),
    ("INSTANCE", "instance"),
    ("KEY", "key"),
    ("VARIABLE", "variable"),
    ("RUNS", "runs"),
];

const DEPARTMENTS: &[Column] = &[
    ("NAME", "name"),
    ("PARENT", "parent"),
    ("COST CENTRE", "cost_centre"),
    ("BUDGET", "budget"),
    ("POLICY", "owner_policy"),
];

const OPERATORS: &[Column] = &[
    ("LOGIN", "login"),
    ("E-MAIL", "email"),
    ("ROLES", "roles"),
    ("SSH KEYS", "fingerprints"),
    ("SERVICE", "service"),
];

const ASSIGNMENTS: &[Column] = &[
    ("SCOPE", "scope"),
    ("PROVIDER", "provider"),
    ("MODEL", "model"),
    ("KIND", "kind"),
    ("ENVIRONMENT", "environment"),
    ("TARGET", "target"),
    ("STRENGTH", "strength"),
    ("FROM", "from"),
    ("UNTIL", "until"),
    ("REVISION", "revision"),
    ("NOTE", "note"),
];

const BUDGETS: &[Column] = &[
    ("ON", "on"),
    ("NAME", "name"),
    ("MONTHLY", "monthly"),
    ("KIND", "kind"),
    ("SPENT", "spent"),
    ("LEFT", "left"),
    ("MONTH'S END", "month_end"),
    ("RUNS OUT", "runs_out"),
];

const PRICES: &[Column] = &[
    ("PROVIDER", "provider"),
    ("MODEL", "model"),
    ("$/M IN", "input_per_million"),
    ("$/M OUT", "output_per_million"),
    ("SOURCE", "source"),
    ("FROM", "from"),
    ("SINCE", "since"),
    ("COUNTS", "counts"),
    ("NOTE", "note"),
    ("CHECK", "disagreement"),
];

const WORKSPACES: &[Column] = &[
    ("NAME", "name"),
    ("POLICY", "owner_policy"),
    ("OVERRIDES", "allow_request_overrides"),
    ("APPROVAL", "approval"),
    ("NOTE", "note"),
];

/// Returns the columns of a kind.
pub const fn of(what: What) -> &'static [Column] {
    match what {
        What::Providers => PROVIDERS,
        What::Models => MODELS,
        What::Credentials => CREDENTIALS,
        What::Pools => POOLS,
        What::Instances => INSTANCES,
        What::Apps => APPS,
        What::Workflows => WORKFLOWS,
        What::Nodes => NODES,
        What::Departments => DEPARTMENTS,
        What::Operators => OPERATORS,
        What::Assignments => ASSIGNMENTS,
        What::Budgets => BUDGETS,
        What::Prices => PRICES,
        What::Workspaces => WORKSPACES,
    }
}
