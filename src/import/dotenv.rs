//! `.env` files: the keys in them, found by the names of variables that the vendors' own programs read.
//!
//! A name with something behind it is another key of the same vendor: `OPENAI_API_KEY` is `openai`,
//! `OPENAI_API_KEY_2` is `openai-2`, `OPENAI_API_KEY_FINANCE` is `openai-finance`. The public fields (a base URL, a
//! region) of a name without ending stand in for those that a key lacks. Variables that no vendor reads are told by
//! their names; no value is ever told.
//!
//! A key is recognised by its variables and the environment that it was imported for; a changed value is a new version
//! of its secret. Files of several programs are told apart by `--source`.

mod names;
mod parse;

use std::collections::{BTreeMap, HashMap};

use self::names::{Meaning, Names};
pub use self::parse::{DotenvError, Entry, LARGEST, parse};
use super::{
    placeholder::is_placeholder,
    taking::{Ground, Taken, Taking},
};
use crate::{
    domain::{
        Text,
        credential::{Credential, Owner},
        name,
        provider::Field,
    },
    form,
    vault::{Fields, Secret, UrlOrigin},
};

/// The variables of one key.
#[derive(Default)]
struct Found {
    public: BTreeMap<Text, Text>,
    secret: Fields,
}

/// Returns the credentials that the variables of `file` hold, and what there is to tell.
pub fn take(file: &str, entries: Vec<Entry>, ground: Ground<'_>) -> Taken {
    let mut taking = Taking::begin("dotenv", ground);
    let names = Names::of(taking.catalogue);
    let mut found: BTreeMap<(Text, String), Found> = BTreeMap::new();
    for entry in last_of_each(entries, file, &mut taking) {
        sort(entry, &names, &mut found, file, &mut taking);
    }
    let shared: HashMap<Text, BTreeMap<Text, Text>> = found
        .iter()
        .filter(|((_, ending), _)| ending.is_empty())
        .map(|((provider, _), it)| (provider.clone(), it.public.clone()))
        .collect();
    for ((provider, ending), mut it) in found {
        for (field, value) in shared.get(&provider).into_iter().flatten() {
            it.public.entry(field.clone()).or_insert_with(|| value.clone());
        }
        credential(&provider, &ending, it, file, &mut taking);
    }
    taking.end_of_part()
}

/// Keeps the last value of each name, as programs do.
fn last_of_each(entries: Vec<Entry>, file: &str, taking: &mut Taking<'_>) -> Vec<Entry> {
    let mut last: HashMap<String, usize> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        if last.insert(entry.name.clone(), at).is_some() {
            taking
                .report
                .warn(file, format!("line {}: {} stands there again; the last one counts", entry.line, entry.name));
        }
    }
    entries.into_iter().enumerate().filter(|(at, entry)| last[&entry.name] == *at).map(|(_, entry)| entry).collect()
}

/// Puts a variable where it belongs, or tells why it belongs nowhere.
fn sort(entry: Entry, names: &Names, found: &mut BTreeMap<(Text, String), Found>, file: &str, taking: &mut Taking<'_>) {
    let what = format!("the variable {}", entry.name);
    let Some(Meaning { provider, field, is_secret, ending }) = names.meaning(&entry.name) else {
        taking.report.skip(file, what, "no vendor that keydeck knows reads it");
        return;
    };
    let value = match judge(&entry.value, &field, is_secret) {
        Ok(()) => entry.value,
        Err(reason) => {
            taking.report.skip(file, what, reason);
            return;
        }
    };
    let place = found.entry((provider, ending)).or_default();
    let is_taken = if is_secret { place.secret.contains_key(&*field) } else { place.public.contains_key(&field) };
    if is_taken {
        taking.report.skip(file, what, format!("another variable gives the {field} of this key already"));
    } else if is_secret {
        place.secret.insert(field.to_string(), value);
    } else {
        place.public.insert(field, value.expose().trim().into());
    }
}

/// Judges a value; a reason repeats nothing of it.
fn judge(value: &Secret, field: &str, is_secret: bool) -> Result<(), String> {
    let text = value.expose();
    if text.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.contains("${") {
        return Err("it refers to another variable; write the value itself".to_owned());
    }
    if is_placeholder(value) {
        return Err("it is a placeholder, no key".to_owned());
    }
    if !is_secret && text.trim().chars().any(name::is_unprintable) {
        return Err("it holds control characters".to_owned());
    }
    if field == "base_url" {
        UrlOrigin::of(text.trim()).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn credential(provider: &Text, ending: &str, found: Found, file: &str, taking: &mut Taking<'_>) {
    let wanted = if ending.is_empty() { provider.to_string() } else { format!("{provider}-{ending}") };
    if found.secret.is_empty() {
        if !found.public.is_empty() && !ending.is_empty() {
            taking.report.skip(file, format!("the address of \"{wanted}\""), "no key stands beside it");
        } else if !found.public.is_empty() {
            let fields: Vec<&str> = found.public.keys().map(|field| &**field).collect();
            let what = format!("{} of {provider}", fields.join(", "));
            taking.report.skip(file, what, "no key stands beside it under the same name");
        }
        return;
    }
    let form = form(taking, provider);
    let lacks = |field: &&Field| {
        field.required
            && if field.secret {
                !found.secret.contains_key(&*field.name)
            } else {
                !found.public.contains_key(&field.name)
            }
    };
    if let Some(field) = form.iter().filter(|field| field.secret).find(lacks) {
        taking.report.skip(file, format!("the key \"{wanted}\""), format!("it lacks its {}", field.name));
        return;
    }
    if let Some(field) = form.iter().find(lacks) {
        let sentence = format!("the key \"{wanted}\" lacks its {}; `keydeck edit key/{wanted}` sets it", field.name);
        taking.report.warn(file, sentence);
    }
    let placement = taking.placements.of("");
    let owner = placement.owner.or(placement.department.map(Owner::Department)).unwrap_or_default();
    let environment = placement.environment;
    let foreign = taking.foreign("key", format!("{}/{provider}/{ending}", environment.as_deref().unwrap_or_default()));
    let make = |id, foreign_id| Credential {
        name: wanted.into(),
        provider: provider.clone(),
        owner,
        environment,
        foreign_id: Some(foreign_id),
        ..form::blank_credential(id)
    };
    let id = taking.bring(&foreign, make, |it: &mut Credential| it.fields.extend(found.public));
    taking.keep_secret(id, found.secret);
}

/// Returns the fields of a provider's credentials.
fn form(taking: &Taking<'_>, provider: &str) -> Vec<Field> {
    let vocabulary = taking.catalogue.vocabulary();
    let entry = vocabulary.provider(provider).and_then(|ix| vocabulary.provider_entry(ix));
    entry.and_then(|entry| entry.provider()).map(|it| it.fields.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
