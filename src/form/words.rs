//! Words: how owners, scopes, targets, budgets, times and lists are spelled, both ways.

use super::{FormError, lookup::Lookup};
use crate::domain::{
    Text, Timestamp,
    assignment::{Scope, Target, ValueTarget},
    credential::{Owner, UsableBy},
    link::{decode, encode},
    money::{Budget, BudgetKind},
    provider::ModelKind,
};

/// Reads `system`, `department/NAME` or `operator/LOGIN`.
pub fn owner(field: &'static str, text: &str, lookup: &Lookup<'_>) -> Result<Owner, FormError> {
    match text.split_once('/') {
        None if text == "system" => Ok(Owner::System),
        Some(("department", name)) => Ok(Owner::Department(lookup.department(&decode(name))?)),
        Some(("operator", login)) => Ok(Owner::Operator(lookup.operator(&decode(login))?)),
        _ => Err(FormError::value(
            field,
            format!("\"{text}\" is no owner: write system, department/NAME or operator/LOGIN"),
        )),
    }
}

/// Writes an owner.
pub fn owner_text(owner: Owner, lookup: &Lookup<'_>) -> String {
    let catalogue = lookup.catalogue();
    match owner {
        Owner::System => "system".to_owned(),
        Owner::Department(id) => format!("department/{}", encode(&lookup.name_of(catalogue.departments(), id))),
        Owner::Operator(id) => format!("operator/{}", encode(&lookup.name_of(catalogue.operators(), id))),
    }
}

/// Reads `department/NAME`, `app/NAME` or `workflow/NAME`.
pub fn usable_by(text: &str, lookup: &Lookup<'_>) -> Result<UsableBy, FormError> {
    match text.split_once('/') {
        Some(("department", name)) => Ok(UsableBy::Department(lookup.department(&decode(name))?)),
        Some(("app", name)) => Ok(UsableBy::App(lookup.app(&decode(name))?)),
        Some(("workflow", name)) => Ok(UsableBy::Workflow(lookup.workflow(&decode(name))?)),
        _ => Err(FormError::value(
            "usable_by",
            format!("\"{text}\" is none: write department/NAME, app/NAME or workflow/NAME"),
        )),
    }
}

/// Writes whom a key is lent to.
pub fn usable_by_text(by: UsableBy, lookup: &Lookup<'_>) -> String {
    let catalogue = lookup.catalogue();
    match by {
        UsableBy::Department(id) => format!("department/{}", encode(&lookup.name_of(catalogue.departments(), id))),
        UsableBy::App(id) => format!("app/{}", encode(&lookup.name_of(catalogue.apps(), id))),
        UsableBy::Workflow(id) => format!("workflow/{}", encode(&lookup.name_of(catalogue.workflows(), id))),
    }
}

/// Reads a scope other than a node's: `workflow/NAME`, `app/NAME`, `owner/LOGIN`, `department/NAME`, `workspace`,
/// `system`.
pub fn scope(text: &str, lookup: &Lookup<'_>) -> Result<Scope, FormError> {
    match text.split_once('/') {
        None if text == "workspace" => Ok(Scope::Workspace),
        None if text == "system" => Ok(Scope::System),
        Some(("workflow", name)) => Ok(Scope::Workflow(lookup.workflow(&decode(name))?)),
        Some(("app", name)) => Ok(Scope::App(lookup.app(&decode(name))?)),
        Some(("owner", login)) => Ok(Scope::Owner(lookup.operator(&decode(login))?)),
        Some(("department", name)) => Ok(Scope::Department(lookup.department(&decode(name))?)),
        _ => Err(FormError::value(
            "scope",
            format!(
                "\"{text}\" is no scope: write workflow/NAME, app/NAME, owner/LOGIN, department/NAME, workspace or system"
            ),
        )),
    }
}

/// Writes a scope.
pub fn scope_text(scope: Scope, lookup: &Lookup<'_>) -> String {
    let catalogue = lookup.catalogue();
    match scope {
        Scope::Workflow(id) => format!("workflow/{}", encode(&lookup.name_of(catalogue.workflows(), id))),
        Scope::App(id) => format!("app/{}", encode(&lookup.name_of(catalogue.apps(), id))),
        Scope::Owner(id) => format!("owner/{}", encode(&lookup.name_of(catalogue.operators(), id))),
        Scope::Department(id) => format!("department/{}", encode(&lookup.name_of(catalogue.departments(), id))),
        Scope::Workspace => "workspace".to_owned(),
        Scope::System => "system".to_owned(),
    }
}

/// Reads `key/NAME`, `pool/NAME`, `variable/SELECTOR` or `deny`. A variable comes without values.
pub fn target(text: &str, lookup: &Lookup<'_>) -> Result<Target, FormError> {
    match text.split_once('/') {
        None if text == "deny" => Ok(Target::Deny),
        Some(("key", name)) => Ok(Target::Key(lookup.credential(&decode(name))?)),
        Some(("pool", name)) => Ok(Target::Pool(lookup.pool(&decode(name))?)),
        Some(("variable", selector)) => {
            let selector = decode(selector).parse().map_err(|error| FormError::value("target", error))?;
            Ok(Target::Variable { selector, values: Vec::new(), by_name: false })
        }
        _ => Err(FormError::value(
            "target",
            format!("\"{text}\" is no target: write key/NAME, pool/NAME, variable/SELECTOR or deny"),
        )),
    }
}

/// Writes a target, without a variable's values.
pub fn target_text(target: &Target, lookup: &Lookup<'_>) -> String {
    match target {
        Target::Key(id) => value_target_text(ValueTarget::Key(*id), lookup),
        Target::Pool(id) => value_target_text(ValueTarget::Pool(*id), lookup),
        Target::Variable { selector, .. } => format!("variable/{selector}"),
        Target::Deny => "deny".to_owned(),
    }
}

/// Reads what one value of a variable stands for: `key/NAME`, `pool/NAME` or `deny`.
pub fn value_target(text: &str, lookup: &Lookup<'_>) -> Result<ValueTarget, FormError> {
    match target(text, lookup)? {
        Target::Key(id) => Ok(ValueTarget::Key(id)),
        Target::Pool(id) => Ok(ValueTarget::Pool(id)),
        Target::Deny => Ok(ValueTarget::Deny),
        Target::Variable { .. } => {
            Err(FormError::value("values", "a value stands for key/NAME, pool/NAME or deny, not for another variable"))
        }
    }
}

/// Writes what one value of a variable stands for.
pub fn value_target_text(target: ValueTarget, lookup: &Lookup<'_>) -> String {
    let catalogue = lookup.catalogue();
    match target {
        ValueTarget::Key(id) => format!("key/{}", encode(&lookup.name_of(catalogue.credentials(), id))),
        ValueTarget::Pool(id) => format!("pool/{}", encode(&lookup.name_of(catalogue.pools(), id))),
        ValueTarget::Deny => "deny".to_owned(),
    }
}

/// Reads `200.00 soft` or `200.00 hard`, or `200:hard`, which needs no quotes in a shell; an amount alone is soft, the
/// empty text is none.
pub fn budget(text: &str) -> Result<Option<Budget>, FormError> {
    let mut parts = text.split(|c: char| c.is_whitespace() || c == ':').filter(|part| !part.is_empty());
    let Some(amount) = parts.next() else { return Ok(None) };
    let monthly = amount.parse().map_err(|error| FormError::value("budget", error))?;
    let kind = match (parts.next(), parts.next()) {
        (None | Some("soft"), None) => BudgetKind::Soft,
        (Some("hard"), None) => BudgetKind::Hard,
        _ => return Err(FormError::value("budget", format!("\"{text}\": write 200.00 soft or 200.00 hard"))),
    };
    Ok(Some(Budget { monthly, kind }))
}

/// Writes a budget.
pub fn budget_text(budget: Option<Budget>) -> String {
    budget.map_or_else(String::new, |budget| match budget.kind {
        BudgetKind::Soft => format!("{} soft", budget.monthly),
        BudgetKind::Hard => format!("{} hard", budget.monthly),
    })
}

/// Reads an instant: RFC 3339 with an offset, or a day, which begins at midnight UTC. The empty text is none.
pub fn time(field: &'static str, text: &str) -> Result<Option<Timestamp>, FormError> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(Some(instant));
    }
    let midnight = text
        .parse::<jiff::civil::Date>()
        .ok()
        .filter(|_| text.len() == 10)
        .and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).ok());
    midnight.map(|zoned| Some(zoned.timestamp())).ok_or_else(|| {
        FormError::value(
            field,
            format!("\"{text}\" is no time: write 2027-01-01T00:00:00Z, with an offset, or a day such as 2027-01-01"),
        )
    })
}

/// Reads a kind of model, in our word or one of Dify's; the empty text is none.
pub fn kind(text: &str) -> Result<Option<ModelKind>, FormError> {
    if text.is_empty() {
        return Ok(None);
    }
    ModelKind::from_foreign(text).map(Some).ok_or_else(|| {
        let words = ModelKind::ALL.map(ModelKind::word).join(", ");
        FormError::value("kind", format!("\"{text}\" is no kind of model: write one of {words}"))
    })
}

/// Splits a list with commas; blanks around the parts and empty parts don't count.
pub fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// Reads `yes`/`no` and their like.
pub fn flag(field: &'static str, text: &str) -> Result<bool, FormError> {
    match text {
        "true" | "yes" | "on" => Ok(true),
        "false" | "no" | "off" | "" => Ok(false),
        _ => Err(FormError::value(field, format!("\"{text}\": write true or false"))),
    }
}

/// Reads one word of a closed list through its `from_word`.
pub fn word<T>(
    field: &'static str,
    text: &str,
    words: &[&str],
    from_word: impl Fn(&str) -> Option<T>,
) -> Result<T, FormError> {
    from_word(text)
        .ok_or_else(|| FormError::value(field, format!("\"{text}\" is none: write one of {}", words.join(", "))))
}

/// Reads one entry of a table, `NAME=VALUE`, split at the first `=`.
pub fn pair<'a>(field: &'static str, text: &'a str) -> Result<(Text, &'a str), FormError> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| FormError::value(field, format!("\"{text}\": write NAME=VALUE")))?;
    Ok((name.trim().into(), value.trim()))
}
