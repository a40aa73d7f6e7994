//! What comes in as usage, and what is read of it: every way of summing up against one that anybody can check.

use std::collections::BTreeMap;

use super::office::office;
use crate::{
    domain::{
        change::Change, credential::Credential, fact::Usage, id::Id, money::MicroDollars, provider::Price,
        workflow::Workflow,
    },
    ops::{
        costs::{CostQuestion, Dimension, Period, Within},
        session::Request,
    },
};

const MONTH: &str = "2026-10";

/// A line on a day of October. `tokens` come out of gpt-4o, or of a model that no table knows.
fn line(day: i8, workflow: Id<Workflow>, key: Id<Credential>, tokens: u64, known: bool, customer: &str) -> Usage {
    Usage {
        day: jiff::civil::date(2026, 10, day),
        workflow: Some(workflow),
        node: Some("draft".into()),
        provider: "openai".into(),
        model: if known { "gpt-4o" } else { "house-model" }.into(),
        credential: Some(key),
        estimate: true,
        department: None,
        cost_centre: None,
        customer: Some(customer.into()),
        input_tokens: tokens,
        output_tokens: 0,
        requests: 2,
        recorded: known.then_some(MicroDollars(70)),
        spend: None,
    }
}

/// What gpt-4o takes for tokens that go in, in micro-dollars: 2.50 a million.
fn price(tokens: u64) -> i64 {
    i64::try_from(tokens * 25 / 10).unwrap()
}

#[tokio::test]
async fn spend_is_what_an_independent_sum_says_and_each_reads_their_own() {
    let office = office().await;
    let (books, leads) = {
        let view = office.founder.view();
        (view.find_workflow("books").unwrap(), view.find_workflow("leads").unwrap())
    };
    let view = office.founder.view();
    let (books, leads) = (view.workflow(books).unwrap().id, view.workflow(leads).unwrap().id);
    let (fin, sal, mems) = (office.key("fin").id, office.key("sal").id, office.key("mems").id);
    let lines = vec![
        line(1, books, fin, 1_000, true, "acme"),
        line(2, books, mems, 2_000, true, "globex"),
        line(2, leads, sal, 4_000, true, "acme"),
        line(3, leads, sal, 8_000, false, "acme"),
    ];
    for _ in 0..2 {
        assert_eq!(office.founder.take_usage("test", lines.clone()).await.unwrap(), 1, "one has no price");
    }
    let ask = |login: &'static str, by: Dimension, within: Option<Within>| {
        let office = &office;
        async move {
            let session = office.session(login).await;
            let question = CostQuestion { by, period: Period::Month(MONTH.parse().unwrap()), within };
            let costs = session.costs(&question).await.unwrap();
            let rows: BTreeMap<String, Option<i64>> =
                costs.rows.iter().map(|row| (row.name.clone(), row.figures.spend.map(|it| it.0))).collect();
            (costs.total.figures, rows)
        }
    };
    let map = |rows: &[(&str, Option<i64>)]| rows.iter().map(|(name, spend)| ((*name).to_owned(), *spend)).collect();
    let (total, rows) = ask("founder", Dimension::Department, None).await;
    assert_eq!(total.spend, Some(MicroDollars(price(7_000))));
    assert_eq!((total.recorded, total.requests, total.unpriced_requests), (Some(MicroDollars(210)), 8, 2));
    assert_eq!(rows, map(&[("Finance", Some(price(3_000))), ("Sales", Some(price(4_000)))]));
    let (_, rows) = ask("founder", Dimension::Customer, None).await;
    assert_eq!(rows, map(&[("acme", Some(price(5_000))), ("globex", Some(price(2_000)))]));
    let (_, rows) = ask("founder", Dimension::Model, None).await;
    assert_eq!(rows, map(&[("openai/gpt-4o", Some(price(7_000))), ("openai/house-model", None)]), "unknown is no zero");
    let (total, _) = ask("founder", Dimension::Day, Some(Within::Customer("acme".into()))).await;
    assert_eq!(total.spend, Some(MicroDollars(price(5_000))));
    // Finance's viewer reads Finance alone, and whose the private key is nobody tells them.
    let (total, rows) = ask("vic", Dimension::Credential, None).await;
    assert_eq!(total.spend, Some(MicroDollars(price(3_000))));
    assert_eq!(rows, map(&[("a private key", Some(price(2_000))), ("fin", Some(price(1_000)))]));
    // Whoever has no role here reads nothing.
    let (total, rows) = ask("mallory", Dimension::Department, None).await;
    assert_eq!((total.requests, rows.len()), (0, 0));
}

#[tokio::test]
async fn absurd_usage_is_refused_as_a_whole() {
    let office = office().await;
    let view = office.founder.view();
    let books = view.workflow(view.find_workflow("books").unwrap()).unwrap().id;
    let fin = office.key("fin").id;
    let lines = vec![line(1, books, fin, 1_000, true, "acme"), line(2, books, fin, u64::MAX, true, "acme")];
    let refused = office.founder.take_usage("test", lines).await.unwrap_err();
    assert!(refused.message.contains("no usage was taken"), "{refused:?}");
    let question = CostQuestion { by: Dimension::Day, period: Period::Month(MONTH.parse().unwrap()), within: None };
    assert_eq!(office.founder.costs(&question).await.unwrap().total.figures.requests, 0);
    office.founder.refresh().await.unwrap();
}

#[tokio::test]
async fn a_price_that_is_set_later_prices_what_had_none_and_rewrites_no_bill() {
    let office = office().await;
    let view = office.founder.view();
    let books = view.workflow(view.find_workflow("books").unwrap()).unwrap().id;
    let fin = office.key("fin").id;
    let lines = vec![
        line(1, books, fin, 1_000_000, true, "acme"),
        line(2, books, fin, 2_000_000, false, "acme"),
        line(20, books, fin, 4_000_000, false, "acme"),
    ];
    office.founder.take_usage("test", lines).await.unwrap();
    let figures = || async {
        let question =
            CostQuestion { by: Dimension::Workflow, period: Period::Month(MONTH.parse().unwrap()), within: None };
        let total = office.founder.costs(&question).await.unwrap().total.figures;
        (total.spend.map(|it| it.0), total.unpriced_requests, total.priced_later_requests, total.estimate)
    };
    let billed = price(1_000_000);
    assert_eq!(figures().await, (Some(billed), 4, 0, false));
    let own = |model: &str, input: i64, from: Option<&str>| Price {
        id: Id::new(office.house.door.new_id()),
        provider: "openai".into(),
        model: model.into(),
        input: MicroDollars(input),
        output: None,
        from: from.map(|from| from.parse().unwrap()),
        note: None,
        source: None,
    };
    let set = |change: Change| async { office.founder.apply(Request::new(vec![change], "price")).await.unwrap().view };
    // From the 10th on; what was used before stays unknown. And another price for a model whose bill is written.
    let house = own("house-model", 3_000_000, Some("2026-10-10T00:00:00Z"));
    set(Change::add(house.clone())).await;
    set(Change::add(own("gpt-4o", 9_000_000, None))).await;
    assert_eq!(figures().await, (Some(billed + 12_000_000), 2, 2, true));
    let view = office.founder.view();
    let departments = view.catalogue().departments();
    let finance = departments.id(departments.named("Finance").unwrap());
    let month = view.spent_by_department(finance, MONTH.parse().unwrap()).unwrap();
    assert!(month.estimate, "{month:?}");
    // Corrected, always valid: what was priced late is priced anew.
    let always = Price { input: MicroDollars(1_000_000), from: None, ..house.clone() };
    set(Change::edit(house, always.clone()).unwrap()).await;
    assert_eq!(figures().await, (Some(billed + 6_000_000), 0, 4, true));
    // Taken back: unknown again, not zero.
    set(Change::remove(always)).await;
    assert_eq!(figures().await, (Some(billed), 4, 0, false));
}
