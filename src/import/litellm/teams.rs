//! Teams and projects: departments and apps, and the rules that their `model_config` stands for.

use std::collections::HashMap;

use super::take::Take;
use crate::{
    domain::{
        Text,
        assignment::{Scope, Target},
        id::Id,
        money::{Budget, BudgetKind, MicroDollars},
        name,
        people::Department,
        workflow::App,
    },
    import::yaml::Value,
};

/// The entry of a `model_config` that is for every model without one of its own.
const ANY: &str = "defaultconfig";

/// Returns every team of a configuration: of the proxy's own lists, and of the settings' defaults.
fn all_teams(document: &Value) -> impl Iterator<Item = &Value> {
    let defaults = document.get("litellm_settings").and_then(|it| it.get("default_team_settings"));
    let listed = document.get("teams").into_iter().chain(defaults);
    listed.flat_map(Value::items)
}

fn all_projects(document: &Value) -> &[Value] {
    document.get("projects").map_or(&[], Value::items)
}

fn model_config(of: &Value) -> &Value {
    let inside = of.get("metadata").and_then(|it| it.get("model_config"));
    inside.or_else(|| of.get("model_config")).unwrap_or(&Value::Null)
}

/// Returns each provider with the credential that some team or project names for it.
pub(super) fn mentions(document: &Value) -> Vec<(&str, &str)> {
    let all = all_teams(document).chain(all_projects(document));
    all.flat_map(|of| model_config(of).entries())
        .flat_map(|(_, providers)| providers.entries())
        .map(|(provider, entry)| (&**provider, entry.word_at("litellm_credentials").trim()))
        .filter(|(_, named)| !named.is_empty())
        .collect()
}

impl Take<'_> {
    pub(super) fn teams(&mut self, document: &Value) {
        let mut teams: HashMap<String, Id<Department>> = HashMap::new();
        let mut speak = false;
        for team in all_teams(document) {
            let number = team.word_at("team_id").trim();
            let called = [team.word_at("team_alias").trim(), number].into_iter().find(|it| !it.is_empty());
            let Some(called) = called else {
                self.skip("a team", "it has neither team_id nor team_alias");
                continue;
            };
            let id = self.team(if number.is_empty() { called } else { number }, called, team);
            teams.insert(number.to_owned(), id);
            speak |= !model_config(team).entries().is_empty();
            self.rules(Scope::Department(id), &format!("team/{called}"), model_config(team));
        }
        for project in all_projects(document) {
            let number = project.word_at("project_id").trim();
            let called = [project.word_at("project_alias").trim(), number].into_iter().find(|it| !it.is_empty());
            let Some(called) = called else {
                self.skip("a project", "it has neither project_id nor project_alias");
                continue;
            };
            let department = teams.get(project.word_at("team_id").trim()).copied();
            let id = self.project(if number.is_empty() { called } else { number }, called, department);
            speak |= !model_config(project).entries().is_empty();
            self.rules(Scope::App(id), &format!("project/{called}"), model_config(project));
        }
        let switch = document.get("litellm_settings").and_then(|it| it.get("enable_model_config_credential_overrides"));
        if speak && switch.and_then(Value::truth) != Some(true) {
            self.warn("the proxy heeds no model_config unless litellm_settings say enable_model_config_credential_overrides: true");
        }
    }

    fn team(&mut self, number: &str, called: &str, team: &Value) -> Id<Department> {
        let foreign = self.taking.foreign("team", number);
        let wanted = name::clean(called, "team");
        let departments = self.taking.catalogue.departments();
        if self.taking.known::<Department>(&foreign).is_none()
            && let Some(ix) = departments.named(&wanted)
        {
            return departments.id(ix);
        }
        let budget = self.budget(called, team);
        let make = |id, foreign_id| Department {
            id,
            name: wanted.into(),
            parent: None,
            cost_centre: None,
            owner_policy: None,
            budget,
            note: None,
            foreign_id: Some(foreign_id),
        };
        self.taking.bring(&foreign, make, |_| ())
    }

    /// Reads a team's budget: ours are by the month.
    fn budget(&mut self, called: &str, team: &Value) -> Option<Budget> {
        let most = team.word_at("max_budget").parse().ok().and_then(MicroDollars::from_dollars)?;
        if !matches!(team.word_at("budget_duration"), "30d" | "31d" | "1mo") || most < MicroDollars::ZERO {
            self.skip(
                format!("the budget of team \"{called}\""),
                "it is not by the month; set one with `keydeck edit`",
            );
            return None;
        }
        Some(Budget { monthly: most, kind: BudgetKind::Hard })
    }

    fn project(&mut self, number: &str, called: &str, department: Option<Id<Department>>) -> Id<App> {
        let foreign = self.taking.foreign("project", number);
        let placement = self.taking.placements.of(called);
        let make = |id, foreign_id| App {
            id,
            name: called.into(),
            department: None,
            owner: None,
            budget: None,
            note: None,
            foreign_id: Some(foreign_id),
        };
        self.taking.bring(&foreign, make, |it: &mut App| {
            it.department = it.department.or(department).or(placement.department);
            it.owner = it.owner.or(placement.owner);
        })
    }

    /// Makes a rule of each entry: by the proxy's own name of a model for every vendor's model behind it.
    fn rules(&mut self, scope: Scope, whose: &str, entries: &Value) {
        for (group, providers) in entries.entries() {
            for (raw, entry) in providers.entries() {
                let provider = self.provider(raw);
                let named = entry.word_at("litellm_credentials").trim();
                let what = format!("the entry {group}/{raw} of {whose}");
                if named.is_empty() {
                    self.skip(what, "it names no credential, which the proxy takes for nothing said");
                    continue;
                }
                let key = match self.named.get(named) {
                    None => {
                        self.skip(what, format!("credential_list has no \"{named}\""));
                        continue;
                    }
                    Some((_, theirs)) if *theirs != provider => {
                        self.skip(
                            what,
                            format!("\"{named}\" is of {theirs}; the proxy would use it, keydeck does not"),
                        );
                        continue;
                    }
                    Some((key, _)) => *key,
                };
                for model in self.models_of(group, &provider) {
                    let part = model.as_deref().unwrap_or("*");
                    let foreign = self.taking.foreign("rule", format!("{whose}/{provider}/{group}/{part}"));
                    let rule = self.new_rule(scope, provider.clone(), model, Target::Key(key));
                    self.taking.rule(&foreign, rule, &self.place());
                }
            }
        }
    }

    /// Returns the vendor's models that the proxy calls `group`; that name itself if it knows none of the provider.
    fn models_of(&self, group: &str, provider: &Text) -> Vec<Option<Text>> {
        if group == ANY {
            return vec![None];
        }
        let behind = self.models.get(group).into_iter().flatten();
        let mut models: Vec<Text> =
            behind.filter(|(theirs, _)| theirs == provider).map(|(_, model)| model.clone()).collect();
        models.dedup();
        if models.is_empty() {
            models.push(name::clean(group, "model").into());
        }
        models.into_iter().map(Some).collect()
    }
}
