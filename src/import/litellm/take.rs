//! Taking: from a configuration to changes.

use std::collections::{BTreeMap, HashMap};

use thiserror::Error;

use super::config::Deployment;
use crate::{
    domain::{
        Text,
        assignment::{Assignment, Scope, Strength, Target},
        credential::{Credential, Instance, Member, Pool},
        id::Id,
        name,
    },
    import::{
        taking::{Ground, Taken, Taking},
        yaml::{self, Value, YamlError},
    },
};

/// Why a file is no configuration of `LiteLLM`.
#[derive(Debug, Error)]
pub enum LiteLlmError {
    /// It is no YAML.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// It is something else.
    #[error("it is no LiteLLM configuration: it has none of model_list, credential_list, teams and projects")]
    Foreign,
}

/// Which deployments answer to one name with one model.
type Group<'a> = ((&'a str, Text, &'a str), Vec<(Deployment<'a>, Option<Id<Credential>>)>);

/// One import of one configuration.
pub(super) struct Take<'a> {
    file: String,
    pub taking: Taking<'a>,
    /// The credentials of `credential_list`, with their providers.
    pub named: HashMap<String, (Id<Credential>, Text)>,
    /// The credentials that stand in deployments, by what they hold.
    pub inline: HashMap<[u8; 32], Id<Credential>>,
    turns: HashMap<String, usize>,
    /// The vendors' models behind each name, for what teams say of it.
    pub models: HashMap<String, Vec<(Text, Text)>>,
}

/// Returns the changes that bring what a configuration holds, and what there is to tell.
pub fn take(file: &str, bytes: &[u8], ground: Ground<'_>) -> Result<Taken, LiteLlmError> {
    let document = yaml::read(bytes)?;
    let known = ["model_list", "credential_list", "teams", "projects"];
    if !known.iter().any(|name| document.get(name).is_some()) {
        return Err(LiteLlmError::Foreign);
    }
    let mut take = Take {
        file: file.to_owned(),
        taking: Taking::begin("litellm", ground),
        named: HashMap::new(),
        inline: HashMap::new(),
        turns: HashMap::new(),
        models: HashMap::new(),
    };
    take.tell(&document);
    let deployments = take.deployments(document.get("model_list").unwrap_or(&Value::Null));
    let providers = take.providers_of_names(&deployments, &document);
    take.named_keys(document.get("credential_list").unwrap_or(&Value::Null), &providers);
    take.groups(deployments);
    take.teams(&document);
    Ok(take.taking.end(file))
}

impl Take<'_> {
    pub fn skip(&mut self, what: impl std::fmt::Display, reason: impl std::fmt::Display) {
        self.taking.report.skip(&self.file, what, reason);
    }

    pub fn warn(&mut self, message: impl std::fmt::Display) {
        self.taking.report.warn(&self.file, message);
    }

    pub fn provider(&mut self, raw: &str) -> Text {
        self.taking.provider(raw, &self.file)
    }

    pub fn place(&self) -> String {
        self.file.clone()
    }

    /// Counts how often a name was met, from 1.
    pub fn turn(&mut self, name: &str) -> usize {
        let turn = self.turns.entry(name.to_owned()).or_default();
        *turn += 1;
        *turn
    }

    /// Tells what stands in the configuration and has no place here.
    fn tell(&mut self, document: &Value) {
        let section = |name: &str| document.get(name).unwrap_or(&Value::Null);
        if !section("include").items().is_empty() {
            self.skip("the files of include", "import each of them");
        }
        for (name, _) in section("router_settings").get("model_group_alias").unwrap_or(&Value::Null).entries() {
            self.skip(format!("the alias \"{name}\""), "keydeck's instances have one name");
        }
        let fallbacks = ["fallbacks", "context_window_fallbacks", "content_policy_fallbacks", "default_fallbacks"];
        for place in ["litellm_settings", "router_settings"] {
            for name in fallbacks.into_iter().filter(|name| section(place).get(name).is_some()) {
                self.skip(
                    format!("{name} of {place}"),
                    "nothing falls back here unless somebody writes a preferred rule",
                );
            }
        }
        if section("general_settings").get("master_key").is_some() {
            self.skip("the proxy's master_key", "it is no key of a provider");
        }
    }

    fn deployments<'v>(&mut self, list: &'v Value) -> Vec<Deployment<'v>> {
        let mut found = Vec::new();
        for (at, entry) in list.items().iter().enumerate() {
            match Deployment::read(entry) {
                Ok(it) => found.push(it),
                Err(reason) => {
                    self.skip(format!("entry {} of model_list \"{}\"", at + 1, entry.word_at("model_name")), reason);
                }
            }
        }
        found
    }

    /// Finds whose the named credentials are: their deployments' or their teams' entries'.
    fn providers_of_names<'v>(
        &mut self,
        deployments: &[Deployment<'v>],
        document: &'v Value,
    ) -> HashMap<&'v str, Text> {
        let mut providers = HashMap::new();
        for it in deployments {
            let named = it.params.word_at("litellm_credential_name").trim();
            if !named.is_empty() {
                let provider = self.provider(it.provider);
                providers.entry(named).or_insert(provider);
            }
        }
        for (provider, named) in super::teams::mentions(document) {
            let provider = self.provider(provider);
            providers.entry(named).or_insert(provider);
        }
        providers
    }

    /// Makes instances of deployments, pools of those that share a name and a model, and rules of the last resort.
    fn groups<'v>(&mut self, deployments: Vec<Deployment<'v>>) {
        let mut groups: Vec<Group<'v>> = Vec::new();
        for it in deployments {
            let provider = self.provider(it.provider);
            let key = self.inline_key(&provider, &it);
            let same = (it.name, provider, it.model);
            match groups.iter_mut().find(|(other, _)| *other == same) {
                Some((_, members)) => members.push((it, key)),
                None => groups.push((same, vec![(it, key)])),
            }
        }
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for ((name, ..), _) in &groups {
            *names.entry(name).or_default() += 1;
        }
        for (name, count) in names.into_iter().filter(|(_, count)| *count > 1) {
            self.warn(format!(
                "\"{name}\" spreads over {count} models; each is an instance of its own, without balance between them"
            ));
        }
        for group in groups {
            self.group(group);
        }
    }

    fn group(&mut self, ((name, provider, model), members): Group<'_>) {
        let by =
            ["weight", "rpm", "tpm"].into_iter().find(|by| members.iter().all(|(it, _)| it.tells(by))).unwrap_or("");
        let mut weights: Vec<(Id<Credential>, u32)> = Vec::new();
        for (it, key) in &members {
            let Some(key) = *key else { continue };
            let weight = it.weight(by);
            match weights.iter_mut().find(|(known, _)| *known == key) {
                Some((_, sum)) => *sum = sum.saturating_add(weight),
                None => weights.push((key, weight)),
            }
        }
        reduce(&mut weights);
        let foreign = |kind: &str, it: &Taking<'_>| it.foreign(kind, format!("{name}/{provider}/{model}"));
        let target = match &weights[..] {
            [] => None,
            [(only, _)] => Some(Target::Key(*only)),
            several => {
                let members: Vec<Member> = several.iter().map(|&(key, weight)| Member { key, weight }).collect();
                let make = |id, foreign_id| Pool {
                    id,
                    name: name.into(),
                    provider: provider.clone(),
                    members: Vec::new(),
                    note: None,
                    foreign_id: Some(foreign_id),
                };
                let foreign = foreign("pool", &self.taking);
                Some(Target::Pool(self.taking.bring(&foreign, make, |it: &mut Pool| it.members = members)))
            }
        };
        let any_model = model == "*";
        let model: Text = name::clean(model, "model").into();
        if !any_model {
            self.models.entry(name.to_owned()).or_default().push((provider.clone(), model.clone()));
            let key = if let Some(Target::Key(key)) = target { Some(key) } else { None };
            let foreign = foreign("model", &self.taking);
            self.instance(&foreign, name, (&provider, &model), &members[0].0, key);
        }
        if let Some(target) = target {
            let foreign = foreign("default", &self.taking);
            let model = (!any_model).then_some(model);
            let rule = self.new_rule(Scope::System, provider, model, target);
            self.taking.rule(&foreign, rule, &self.file);
        }
    }

    fn instance(
        &mut self,
        foreign: &Text,
        name: &str,
        (provider, model): (&Text, &Text),
        it: &Deployment<'_>,
        key: Option<Id<Credential>>,
    ) {
        let (parameters, left_out) = it.parameters();
        for entry in left_out {
            self.skip(format!("{entry} of \"{name}\""), "it is no number and no yes or no, and might be a secret");
        }
        let owner = self.taking.placements.of("").owner.unwrap_or_default();
        let (kind, catalogue) = (it.kind, self.taking.catalogue);
        let make = |id, foreign_id| Instance {
            id,
            name: name.into(),
            provider: provider.clone(),
            model: model.clone(),
            kind,
            parameters: BTreeMap::new(),
            key,
            owner,
            note: None,
            foreign_id: Some(foreign_id),
        };
        let ours = self.taking.foreign("", "");
        let ours = ours.trim_end_matches(':').to_owned();
        self.taking.bring(foreign, make, |it: &mut Instance| {
            it.parameters = parameters;
            it.kind = kind;
            let known = it.key.and_then(|key| catalogue.credentials().by_id(key));
            if known.and_then(|it| it.foreign_id.as_ref()).is_some_and(|id| id.starts_with(&ours)) {
                it.key = key;
            }
        });
    }

    pub fn new_rule(&mut self, scope: Scope, provider: Text, model: Option<Text>, target: Target) -> Assignment {
        Assignment {
            id: self.taking.fresh(),
            scope,
            provider,
            model,
            kind: None,
            environment: self.taking.placements.of("").environment,
            target,
            strength: Strength::Required,
            from: None,
            until: None,
            note: None,
            foreign_id: None,
        }
    }
}

/// Divides weights by what divides them all.
fn reduce(weights: &mut [(Id<Credential>, u32)]) {
    let divide = |mut a: u32, mut b: u32| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let common = weights.iter().map(|(_, weight)| *weight).fold(0, divide);
    if common > 1 {
        for (_, weight) in weights {
            *weight /= common;
        }
    }
}
