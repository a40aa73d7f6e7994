//! `exec`: a program runs with the keys that a workflow resolves to, in the variables that their vendors' programs read.
//!
//! Resolved at the present time, on the state on which the intent is written; refused from afar. The vault is locked
//! again before the program runs, and how the program ended is the outcome on record.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
};

use serde_json::{Map, Value as Json};

use super::{
    disclose::{Granted, Handed, Purpose, Refused},
    failure::{Failure, Kind},
    question::Question,
    served::Served,
    session::Session,
    view::View,
};
use crate::{
    domain::{
        Text,
        catalogue::Ix,
        credential::{Credential, Reference, SecretRef},
        link::Link,
        name::printable,
        provider::may_be_set,
    },
    resolve::answer::Reason,
    run::{self, Job, RunError},
    vault::Secret,
};

/// How many nodes a refusal names.
const NAMED: usize = 5;

/// A program to run.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its name or path, and its arguments.
    pub words: Vec<OsString>,
    /// Whether keys are taken out of what it prints.
    pub redact: bool,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// The code to end with.
    pub code: u8,
    /// What else went wrong.
    pub warnings: Vec<Failure>,
}

/// The variables of one key.
#[derive(Clone, Debug, Default)]
struct Variables {
    /// Secret fields, each with its variable.
    secret: BTreeMap<Text, Text>,
    /// Variables with values that anybody may see.
    open: Vec<(String, String)>,
    /// Every variable that the vendor's programs read: an inherited one would mix with ours.
    all: Vec<String>,
}

impl Session {
    /// Says whether a program would be given keys, and whether that takes an unlocked vault. A refusal is noted.
    pub async fn may_exec(&self, question: &Question, program: &Program) -> Result<bool, Failure> {
        find(program)?;
        let question = self.of_a_run(question);
        let (view, _) = self.fresh().await?;
        let (granted, _) = self.granted(Purpose::Exec, self.judge_exec(&view, &question, program)).await?;
        Ok(granted.iter().any(Granted::is_sealed))
    }

    /// Runs a program with the keys of a workflow until it ends, and locks the vault before.
    pub async fn exec(&self, question: &Question, program: &Program) -> Result<Ended, Failure> {
        let found = find(program)?;
        let question = self.of_a_run(question);
        let judge = |view: &View| self.judge_exec(view, &question, program);
        let (handed, variables) = self.hand_out(Purpose::Exec, judge).await?;
        self.door().seal_before_leaving().await;
        self.door().lock();

        let mut job = Job {
            program: found,
            words: program.words.clone(),
            without: self.withheld(&variables),
            open: variables.iter().flat_map(|it| it.open.clone()).collect(),
            keys: Vec::new(),
            redact: program.redact,
        };
        let mut granted = Vec::new();
        for (Handed { granted: of, fields }, variables) in handed.into_iter().zip(&variables) {
            let named = |(field, secret): (String, Secret)| Some((variables.secret.get(&*field)?.to_string(), secret));
            job.keys.extend(fields.into_iter().filter_map(named));
            granted.push(of);
        }
        let mut warnings = short_ones(&job);
        let ended = run::run(job).await;
        let (outcome, details) = outcome(&ended);
        if let Err(failure) = self.conclude(Purpose::Exec, &granted, outcome, &details).await {
            warnings.push(failure.hint("that the program ran is on record; how it ended is not"));
        }
        Ok(Ended { code: ended?, warnings })
    }

    /// Gives a question a run if it has none: a pool gives each run one of its keys.
    fn of_a_run(&self, question: &Question) -> Question {
        let run_id = question.run_id.clone().or_else(|| Some(self.door().new_id().to_string()));
        Question { run_id, ..question.clone() }
    }

    /// Judges what a program may be given, on one state.
    fn judge_exec(
        &self,
        view: &View,
        question: &Question,
        program: &Program,
    ) -> Result<(Vec<Granted>, Vec<Variables>), Refused> {
        if self.identity().is_afar() {
            let message = "programs run on the machine that holds the database, never from afar";
            return Err(Refused { failure: Failure::new(Kind::NotAllowed, message), subject: Some(place(question)) });
        }
        let served = view.served(question, self.door().now())?;
        let keys = one_for_each_vendor(view, question, &served)?;
        let details = details(&served, question, program);
        let mut granted = Vec::new();
        let mut variables = Vec::new();
        for ix in keys {
            let judged = Granted::of(view, ix, Purpose::Exec, None);
            let mut one = judged.map_err(|failure| refused(view, ix, question, failure))?;
            variables.push(variables_of(view, &one)?);
            one.details.clone_from(&details);
            granted.push(one);
        }
        no_variable_twice(&granted, &variables)?;
        Ok((granted, variables))
    }

    /// Returns the variables that a program does not inherit: ours, those that its keys' vendors know, and those in
    /// which other keys are kept.
    fn withheld(&self, variables: &[Variables]) -> Vec<String> {
        let ours = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let ours = ours.filter(|name| name.starts_with("KEYDECK_") || name == "SECRET_KEY");
        let view = self.view();
        let kept = |(_, key): (Ix<Credential>, &Credential)| match &key.secret {
            SecretRef::External(Reference::Env(name)) => Some(name.to_string()),
            _ => None,
        };
        let kept: Vec<String> = view.catalogue().credentials().iter().filter_map(kept).collect();
        let all = ours.chain(kept).chain(variables.iter().flat_map(|it| it.all.clone()));
        all.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

fn find(program: &Program) -> Result<std::path::PathBuf, Failure> {
    let name = program.words.first().ok_or_else(|| Failure::usage("there is no program to run"))?;
    Ok(run::find(name, std::env::var_os("PATH").as_ref())?)
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let kind = match error {
            RunError::NoProgram(_) => Kind::Usage,
            RunError::Unlawful(_) => Kind::NoKey,
            RunError::System { .. } => Kind::Internal,
        };
        Self::new(kind, error)
    }
}

fn refused(view: &View, ix: Ix<Credential>, question: &Question, failure: Failure) -> Refused {
    if failure.kind != Kind::NotAllowed {
        return failure.into();
    }
    let message = format!("{}: {}", printable(&view.credential_name(ix)), failure.message);
    Refused { failure: Failure { message, ..failure }, subject: Some(place(question)) }
}

/// Returns what a question is about, as a link.
fn place(question: &Question) -> String {
    let (place, name) = match question.place.split_once('/') {
        Some(("app", name)) => ("app", name),
        Some(("workflow", name)) => ("workflow", name),
        _ => ("workflow", &*question.place),
    };
    Link::new(place, &[name]).map_or_else(|| place.to_owned(), |link| link.to_string())
}

/// Returns the keys of all places; refuses where one has none, or where two of one vendor differ.
fn one_for_each_vendor(view: &View, question: &Question, served: &[Served]) -> Result<Vec<Ix<Credential>>, Refused> {
    if served.is_empty() {
        let message = format!("{} has no nodes, so no vendor is asked for", printable(&question.place));
        return Err(Failure::new(Kind::NoKey, message).hint("name a vendor: --provider").into());
    }
    let mut chosen: BTreeMap<&str, Vec<(Ix<Credential>, String)>> = BTreeMap::new();
    for one in served {
        let Some(key) = one.key.filter(|_| one.row.outcome.gives_key()) else {
            return Err(no_key(question, one));
        };
        let of_vendor = chosen.entry(one.provider()).or_default();
        if !of_vendor.iter().any(|(other, _)| *other == key) {
            of_vendor.push((key, one.label()));
        }
    }
    for (vendor, keys) in &chosen {
        if keys.len() > 1 {
            let told = keys.iter().take(NAMED);
            let told = told.map(|(ix, label)| format!("{label} gets {}", printable(&view.credential_name(*ix))));
            let message = format!("several keys of {vendor} are in use there, and one program is given one");
            return Err(told.fold(Failure::usage(message).hint("choose with --node"), Failure::hint).into());
        }
    }
    Ok(chosen.into_values().flatten().map(|(ix, _)| ix).collect())
}

fn no_key(question: &Question, one: &Served) -> Refused {
    let message = format!("{} gets no key: {}", one.label(), one.row.sentence);
    let failure =
        Failure::new(Kind::NoKey, message).hint("\"keydeck why\" shows each rule; --node runs with one node's");
    let subject = (one.row.reason == Some(Reason::NotPermitted)).then(|| place(question));
    Refused { failure, subject }
}

/// Returns what the intent says of a run. Arguments are left out: they may hold anything.
fn details(served: &[Served], question: &Question, program: &Program) -> Map<String, Json> {
    let mut details = Map::new();
    details.insert("for".to_owned(), place(question).into());
    let nodes: BTreeSet<&str> = served.iter().filter_map(|it| it.row.node.as_deref()).collect();
    if !nodes.is_empty() {
        details.insert("nodes".to_owned(), nodes.into_iter().collect());
    }
    let name = program.words.first().map(|word| std::path::Path::new(word).file_name().unwrap_or(word));
    details.insert("program".to_owned(), name.unwrap_or_default().to_string_lossy().into());
    if let Some(run) = question.run_id.as_deref().filter(|_| served.iter().any(|it| !it.pool.is_empty())) {
        details.insert("run".to_owned(), run.into());
    }
    if !program.redact {
        details.insert("redacted".to_owned(), false.into());
    }
    details
}

/// Returns the variables of a key, by its vendor's form.
fn variables_of(view: &View, granted: &Granted) -> Result<Variables, Failure> {
    let mut variables = Variables::default();
    let form = view.form_of(&granted.key.provider);
    let of_own_vendor = is_described_here(view, &granted.key.provider);
    for field in &form {
        let Some(name) = &field.env else { continue };
        if !may_be_set(name) {
            let message = format!("provider {} names {name} for a field, which steers programs", granted.key.provider);
            return Err(Failure::new(Kind::NotAllowed, message)
                .hint("name another: keydeck edit provider/NAME fields=NAME:secret:VARIABLE"));
        }
        variables.all.push(name.to_string());
        if granted.fields.contains(&field.name) {
            variables.secret.insert(field.name.clone(), name.clone());
            continue;
        }
        // Programs know their vendor's own place; not that of one that somebody described here.
        let of_vendor = (of_own_vendor && &*field.name == "base_url").then(|| granted.base_url.clone()).flatten();
        if let Some(value) = granted.key.fields.get(&field.name).cloned().or(of_vendor) {
            variables.open.push((name.to_string(), value.to_string()));
        }
    }
    if variables.secret.is_empty() {
        let message = format!("provider {} names no variable for the secret of a key", granted.key.provider);
        return Err(Failure::usage(message).hint("name one: keydeck edit provider/NAME fields=api_key:secret:VARIABLE"));
    }
    Ok(variables)
}

fn is_described_here(view: &View, provider: &str) -> bool {
    let vocabulary = view.vocabulary();
    vocabulary.provider(provider).and_then(|ix| vocabulary.provider_entry(ix)).is_some_and(|it| it.own.is_some())
}

/// Refuses two keys that want the same variable.
fn no_variable_twice(granted: &[Granted], variables: &[Variables]) -> Result<(), Failure> {
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    for (of, variables) in granted.iter().zip(variables) {
        let names = variables.secret.values().map(|name| &**name).chain(variables.open.iter().map(|it| &*it.0));
        for name in names {
            if let Some(other) = taken.insert(name, &of.key.provider) {
                let message = format!("{other} and {} both read {name}, and one program is given one", of.key.provider);
                return Err(Failure::usage(message).hint("choose with --node, or with --provider"));
            }
        }
    }
    Ok(())
}

/// Warns of keys that are too short to be looked for in what the program prints.
fn short_ones(job: &Job) -> Vec<Failure> {
    let names = run::unredacted(&job.keys);
    let warn = |name: &&str| {
        let message = format!("the value of {name} is too short to be taken out of what the program prints");
        Failure::new(Kind::Internal, message).hint("give the key a real secret, if it is a stand-in")
    };
    names.iter().filter(|_| job.redact).map(warn).collect()
}

/// Returns how a run ended, for the record.
fn outcome(ended: &Result<u8, RunError>) -> (&'static str, Map<String, Json>) {
    match ended {
        Ok(code) => ("done", Map::from_iter([("code".to_owned(), Json::from(*code))])),
        Err(error) => ("failed", Map::from_iter([("reason".to_owned(), error.to_string().into())])),
    }
}

#[cfg(test)]
mod tests;
