//! What is wrong in Dify's database, as its last import found it. It is mended there, and gone with the next import.

use std::collections::HashMap;

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{Message, Part, count, say},
};
use crate::domain::{
    catalogue::{Catalogue, ModelIx, ProviderIx},
    flaw::{KnownFlaw, Wrong},
    name::printable,
    workflow::Workflow,
};

/// How many nodes of Dify's workflows ask for each provider and model.
#[derive(Default)]
struct Demand {
    providers: HashMap<ProviderIx, usize>,
    models: HashMap<ModelIx, usize>,
}

/// Returns what is known to be wrong in the sources of a workspace.
pub fn flaws(catalogue: &Catalogue) -> Vec<Finding> {
    let known = &catalogue.facts().flaws;
    if known.is_empty() {
        return Vec::new();
    }
    let demand = Demand::of(catalogue);
    known.iter().filter_map(|it| tell(catalogue, it, &demand)).collect()
}

fn tell(catalogue: &Catalogue, known: &KnownFlaw, demand: &Demand) -> Option<Finding> {
    let KnownFlaw { seen, flaw, .. } = known;
    let provider = catalogue.vocabulary().provider(&flaw.provider)?;
    let model = flaw.model.as_ref().and_then(|name| catalogue.vocabulary().model(provider, name));
    let place = model.map_or(Subject::Provider(provider), Subject::Model);
    let uses = match model {
        Some(model) => demand.models.get(&model),
        None => demand.providers.get(&provider),
    };
    let uses = uses.copied().unwrap_or_default();
    let key = flaw.key.and_then(|id| catalogue.credentials().find(id));
    let of_kind = flaw.kind.map_or_else(String::new, |kind| format!(" as {}", kind.word()));
    let detail = flaw.detail.as_ref().map_or_else(String::new, |detail| printable(detail).into_owned());
    let found = Found { place, of_kind, detail, key: key.map(Subject::Key) };
    let (code, message, remedy) = found.words(flaw.wrong);
    let fails = matches!(flaw.wrong, Wrong::Gone | Wrong::OtherProvider | Wrong::OtherWorkspace | Wrong::Inactive);
    let asked = match (fails, uses) {
        (false, _) => String::new(),
        (true, 0) => " No node of Dify's asks for it.".to_owned(),
        (true, 1) => " 1 node of Dify's asks for it.".to_owned(),
        (true, some) => format!(" {} of Dify's ask for it.", count(some, "node")),
    };
    let day = seen.to_zoned(jiff::tz::TimeZone::UTC).date();
    Some(Finding {
        code,
        severity: if fails && uses > 0 { Severity::Error } else { Severity::Warning },
        subject: match flaw.wrong {
            Wrong::Drifted => found.key.unwrap_or(place),
            _ => place,
        },
        message: message.and(asked),
        suggestion: Suggestion::Advice(say![format!("{remedy}, and import again; it was so on {day}.")]),
    })
}

/// A flaw in the words of the catalogue.
struct Found {
    /// The provider or model.
    place: Subject,
    /// The model's kind.
    of_kind: String,
    /// What the source has there.
    detail: String,
    /// The credential that it is about.
    key: Option<Subject>,
}

impl Found {
    /// Says what is wrong, and what to do there.
    fn words(&self, wrong: Wrong) -> (Code, Message, &'static str) {
        let Self { place, of_kind, detail, key } = self;
        let kind = of_kind.clone();
        let key = || key.map_or_else(|| Part::from("a credential"), Part::from);
        let activate = "Choose an active credential for it in Dify";
        match wrong {
            Wrong::Gone => {
                let rest = format!("{kind} is not there any more (id {detail}).");
                (Code::DifyDangling, say!["In Dify the active credential of ", *place, rest], activate)
            }
            Wrong::Orphan => {
                let rest = format!("{kind} was copied from a credential that is not there any more (id {detail}).");
                let message = say!["In Dify a row of the pool of ", *place, rest];
                (Code::DifyDangling, message, "Take the row out of the pool in Dify, or choose its credential anew")
            }
            Wrong::OtherProvider => {
                let rest = format!("{kind} is one of {detail}, which can't work.");
                (Code::DifyCrossProvider, say!["In Dify the active credential of ", *place, rest], activate)
            }
            Wrong::OtherWorkspace => {
                let rest = format!("{kind} belongs to another workspace, and does not open in this one.");
                (Code::DifyOtherWorkspace, say!["In Dify the active credential of ", *place, rest], activate)
            }
            Wrong::Inactive => {
                let rest = format!("{kind} has credentials and none of them is active: Dify uses none.");
                (Code::DifyInactive, say!["In Dify ", *place, rest], activate)
            }
            Wrong::Drifted => {
                let rest = format!("{kind} has drifted from it, and the copy is what is used.");
                let message = say!["In Dify the copy of ", key(), " in the pool of ", *place, rest];
                (Code::DifyDrifted, message, "Save the credential in Dify once more, or take its row out of the pool")
            }
            Wrong::Alone => {
                let rest = format!("{kind} is to be shared, and fewer than two rows can be used: Dify shares nothing.");
                let message = say!["In Dify the load of ", *place, rest];
                (Code::DifyThinPool, message, "Add a credential to the pool in Dify, or switch its sharing off")
            }
            Wrong::OldWord => {
                let rest = format!(" is of the kind \"{detail}\", an old word that newer versions refuse.");
                let message = say!["In Dify ", *place, rest];
                (Code::DifyModelType, message, "Run `flask data-migrate legacy-model-types` there")
            }
            Wrong::NoKind => {
                let rest = format!(" is of the kind \"{detail}\", which keydeck does not know; it was left out.");
                (Code::DifyModelType, say!["In Dify ", *place, rest], "Correct the row in Dify")
            }
            Wrong::Invalid => {
                let rest = format!("{kind} is marked invalid, and Dify passes it over.");
                let message = say!["In Dify the row of ", *place, rest];
                (Code::DifyDeadRow, message, "Enter its credential anew in Dify, or remove it")
            }
            Wrong::Twofold => {
                let rest = format!("{kind} has two rows; the older one was taken.");
                (Code::DifyDeadRow, say!["In Dify ", *place, rest], "Remove one of them in Dify")
            }
        }
    }
}

impl Demand {
    fn of(catalogue: &Catalogue) -> Self {
        let mut demand = Self::default();
        for (_, row) in catalogue.nodes().rows() {
            let is_difys = catalogue.workflows().get(row.workflow).is_some_and(Workflow::is_difys);
            if let Some((provider, model)) = catalogue.model_of(row.uses).filter(|_| is_difys) {
                *demand.providers.entry(provider).or_default() += 1;
                *demand.models.entry(model).or_default() += 1;
            }
        }
        demand
    }
}
