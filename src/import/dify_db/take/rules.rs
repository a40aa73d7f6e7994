//! Rules and pools: what Dify uses today, as rules of the workspace.

use super::Take;
use crate::{
    domain::{
        Text,
        assignment::{Assignment, Scope, Strength, Target},
        credential::{Member, Pool},
        name,
        provider::ModelKind,
    },
    import::dify_db::choice::{Choices, Chosen, Obstacle, Slot},
};

impl Take<'_> {
    pub(super) fn pools(&mut self, choices: &Choices<'_>) {
        for (slot, shared) in &choices.pools {
            let Slot { provider, kind, model } = slot;
            let member =
                |(stored, weight): &(_, u32)| self.keys.get(stored).map(|key| Member { key: *key, weight: *weight });
            let members: Vec<Member> = shared.members.iter().filter_map(member).collect();
            let foreign = self.taking.foreign("pool", path(slot));
            let name = match kind {
                ModelKind::Llm => format!("{provider} {model}"),
                kind => format!("{provider} {model} ({})", kind.word()),
            };
            let say = |id, foreign_id| Pool {
                id,
                name: name::clean(&name, "pool").into(),
                provider: provider.clone(),
                members,
                note: None,
                foreign_id: Some(foreign_id),
            };
            if let Some(id) = self.taking.sync(&foreign, say, |_| ()) {
                self.pools.insert(slot.clone(), id);
            }
        }
    }

    pub(super) fn rules(&mut self, choices: &Choices<'_>) {
        for (provider, chosen) in &choices.providers {
            self.rule(provider, None, chosen);
        }
        for (slot, chosen) in &choices.models {
            self.rule(&slot.provider, Some(slot), chosen);
        }
        self.taking.end_rules("rule");
    }

    fn rule(&mut self, provider: &Text, slot: Option<&Slot>, chosen: &Chosen) {
        let (target, note) = match chosen {
            Chosen::Nothing => return,
            Chosen::Error(obstacle) => (Some(Target::Deny), Some(sentence(*obstacle))),
            Chosen::Key(stored) => (self.keys.get(stored).copied().map(Target::Key), None),
            Chosen::Pool => (slot.and_then(|slot| self.pools.get(slot)).copied().map(Target::Pool), None),
        };
        let what = slot.map_or_else(|| provider.to_string(), |slot| format!("{} of {provider}", slot.model));
        let foreign = match slot {
            Some(slot) => self.taking.foreign("rule", format!("model:{}", path(slot))),
            None => self.taking.foreign("rule", format!("provider:{provider}")),
        };
        let Some(target) = target else {
            self.taking.meet(&foreign);
            self.skip(format!("the rule for {what}"), "what Dify uses for it was removed here");
            return;
        };
        let rule = Assignment {
            id: self.taking.fresh(),
            scope: Scope::Workspace,
            provider: provider.clone(),
            model: slot.map(|slot| slot.model.clone()),
            kind: slot.map(|slot| slot.kind),
            environment: None,
            target,
            strength: Strength::Required,
            from: None,
            until: None,
            note: note.map(Text::from),
            foreign_id: None,
        };
        self.taking.sync_rule(&foreign, rule, &self.place);
    }
}

/// Says why Dify uses nothing.
const fn sentence(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Disabled => "switched off in Dify",
        Obstacle::Removed => "Dify: the active credential of the model was taken away, and none was chosen since",
        Obstacle::OtherProvider => "Dify: the active credential is one of another provider",
        Obstacle::OtherTenant => "Dify: the active credential is one of another workspace",
    }
}

/// Returns where a pool or a rule stands there, for its foreign id. The model stands last: it may hold anything.
fn path(slot: &Slot) -> String {
    format!("{}:{}:{}", slot.provider, slot.kind.word(), slot.model)
}
