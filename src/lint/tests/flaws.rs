//! What was wrong in Dify's database when it was imported.

use super::*;
use crate::{
    domain::flaw::{Flaw, KnownFlaw, Wrong},
    rights::fixture::id,
};

/// The world with one thing wrong in Dify: of the model, or of its provider.
fn wrong(world: World, wrong: Wrong, model: Option<&str>, detail: Option<&str>) -> World {
    let flaw = Flaw {
        wrong,
        provider: "openai".into(),
        model: model.map(Into::into),
        kind: model.map(|_| ModelKind::Llm),
        key: (wrong == Wrong::Drifted).then(|| id("a")),
        detail: detail.map(Into::into),
    };
    world.knowing(|facts| facts.flaws = vec![KnownFlaw { source: "dify:db/1".into(), seen: now(), flaw }])
}

/// The working world, whose workflow is Dify's.
fn difys() -> World {
    let workflow = Workflow { foreign_id: Some("dify:db/1:workflow:1".into()), ..invoice_bot() };
    working().without(invoice_bot()).with(workflow)
}

#[test]
fn each_flaw_of_a_source_is_told_in_its_words() {
    for (flaw, model, detail, code, expected) in [
        (
            Wrong::Gone,
            None,
            Some("0190"),
            Code::DifyDangling,
            "error: In Dify the active credential of openai is not there any more (id 0190). 1 node of Dify's asks for \
             it. → Choose an active credential for it in Dify, and import again; it was so on 2026-06-15.",
        ),
        (
            Wrong::Orphan,
            Some("gpt-4o"),
            Some("0190"),
            Code::DifyDangling,
            "warning: In Dify a row of the pool of openai gpt-4o as llm was copied from a credential that is not there \
             any more (id 0190). → Take the row out of the pool in Dify, or choose its credential anew, and import \
             again; it was so on 2026-06-15.",
        ),
        (
            Wrong::OtherProvider,
            Some("gpt-4o"),
            Some("cohere"),
            Code::DifyCrossProvider,
            "error: In Dify the active credential of openai gpt-4o as llm is one of cohere, which can't work. 1 node of \
             Dify's asks for it. → Choose an active credential for it in Dify, and import again; it was so on \
             2026-06-15.",
        ),
        (
            Wrong::OtherWorkspace,
            Some("gpt-9"),
            None,
            Code::DifyOtherWorkspace,
            "warning: In Dify the active credential of openai gpt-9 as llm belongs to another workspace, and does not \
             open in this one. No node of Dify's asks for it. → Choose an active credential for it in Dify, and import \
             again; it was so on 2026-06-15.",
        ),
        (
            Wrong::Inactive,
            None,
            None,
            Code::DifyInactive,
            "error: In Dify openai has credentials and none of them is active: Dify uses none. 1 node of Dify's asks \
             for it. → Choose an active credential for it in Dify, and import again; it was so on 2026-06-15.",
        ),
        (
            Wrong::Drifted,
            Some("gpt-4o"),
            None,
            Code::DifyDrifted,
            "warning: In Dify the copy of a in the pool of openai gpt-4o as llm has drifted from it, and the copy is \
             what is used. → Save the credential in Dify once more, or take its row out of the pool, and import again; \
             it was so on 2026-06-15.",
        ),
        (
            Wrong::Alone,
            Some("gpt-4o"),
            None,
            Code::DifyThinPool,
            "warning: In Dify the load of openai gpt-4o as llm is to be shared, and fewer than two rows can be used: \
             Dify shares nothing. → Add a credential to the pool in Dify, or switch its sharing off, and import again; \
             it was so on 2026-06-15.",
        ),
        (
            Wrong::OldWord,
            Some("gpt-4o"),
            Some("text-generation"),
            Code::DifyModelType,
            "warning: In Dify openai gpt-4o is of the kind \"text-generation\", an old word that newer versions refuse. \
             → Run `flask data-migrate legacy-model-types` there, and import again; it was so on 2026-06-15.",
        ),
        (
            Wrong::NoKind,
            Some("gpt-4o"),
            Some("smell"),
            Code::DifyModelType,
            "warning: In Dify openai gpt-4o is of the kind \"smell\", which keydeck does not know; it was left out. → \
             Correct the row in Dify, and import again; it was so on 2026-06-15.",
        ),
        (
            Wrong::Invalid,
            None,
            None,
            Code::DifyDeadRow,
            "warning: In Dify the row of openai is marked invalid, and Dify passes it over. → Enter its credential anew \
             in Dify, or remove it, and import again; it was so on 2026-06-15.",
        ),
        (
            Wrong::Twofold,
            None,
            None,
            Code::DifyDeadRow,
            "warning: In Dify openai has two rows; the older one was taken. → Remove one of them in Dify, and import \
             again; it was so on 2026-06-15.",
        ),
    ] {
        says(&wrong(difys(), flaw, model, detail), code, expected);
    }
    is_silent(&difys(), Code::DifyDangling);
}

#[test]
fn a_provider_that_nobody_knows_is_told_all_the_same() {
    let world = difys().knowing(|facts| {
        let flaw = Flaw {
            wrong: Wrong::Gone,
            provider: "acme".into(),
            model: None,
            kind: None,
            key: None,
            detail: Some("x\u{1b}[2J".into()),
        };
        facts.flaws = vec![KnownFlaw { source: "dify:db/1".into(), seen: now(), flaw }];
    });
    let said = said(&world, Code::DifyDangling);
    assert!(said.len() == 1 && said[0].contains("of acme is") && !said[0].contains('\u{1b}'), "{said:?}");
}
