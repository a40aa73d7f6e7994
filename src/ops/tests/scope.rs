//! What each reader finds in the audit log, and in the log of revisions.

use super::{
    office::{Office, office},
    *,
};
use crate::ops::{
    audit::{AuditQuestion, LEFT_OUT, LogRow},
    disclose::{Purpose, Wish},
};

/// The office after four change sets and a look at a private key. Each message says what it was about.
async fn busy() -> Office {
    let office = office().await;
    let mem = office.session("mem").await;
    let note = |key: &str| office.edit_key(key, |key| key.note = Some("noted".into()));
    mem.apply(Request::new(vec![note("mems")], "about mem's own")).await.unwrap();
    let founder = &office.founder;
    founder.refresh().await.unwrap();
    for (keys, message) in
        [(&["sal"][..], "about Sales"), (&["fin"], "about Finance"), (&["fin", "mems"], "about both")]
    {
        let again = |key: &&str| office.edit_key(key, |it| it.note = Some(message.into()));
        founder.apply(Request::new(keys.iter().map(again).collect(), message)).await.unwrap();
    }
    founder.disclose(Wish { key: "mems", field: None, purpose: Purpose::Reveal }).await.map(drop).unwrap();
    office
}

async fn read(office: &Office, login: &str) -> Vec<LogRow> {
    let question = AuditQuestion { limit: 500, ..AuditQuestion::default() };
    office.session(login).await.audit_log(&question).await.unwrap().rows
}

fn about<'a>(rows: &'a [LogRow], message: &str) -> Option<&'a LogRow> {
    rows.iter().find(|row| row.details.get("message").and_then(|it| it.as_str()) == Some(message))
}

#[tokio::test]
async fn a_member_reads_what_they_did_themselves() {
    let office = busy().await;
    let rows = read(&office, "mem").await;
    assert!(rows.iter().all(|row| &*row.operator == "mem" && !row.masked), "{rows:?}");
    assert!(about(&rows, "about mem's own").is_some());
}

#[tokio::test]
async fn an_auditor_of_a_department_reads_what_lies_there() {
    let office = busy().await;
    let rows = read(&office, "aud").await;
    assert!(about(&rows, "about Finance").is_some_and(|row| !row.masked));
    for hidden in ["about Sales", "about mem's own", "about both"] {
        assert!(about(&rows, hidden).is_none(), "{hidden}");
    }
    // What was also about a private key is told without it: one row, its message and that deed left out.
    let both: Vec<_> = rows.iter().filter(|row| row.masked && row.details["message"] == LEFT_OUT).collect();
    let deeds = both.last().and_then(|row| row.details["deeds"].as_array()).unwrap();
    assert!(both.iter().any(|row| row.details["count"] == 2), "{both:?}");
    assert!(deeds.iter().all(|deed| deed.get("of").is_none()), "{deeds:?}");
    assert!(rows.iter().all(|row| &*row.action != "reveal"), "whose key was looked at is not theirs to read");
    let text = format!("{rows:?}");
    assert!(!text.contains("mems") && !text.contains(&office.key("mems").id.to_string()), "{text}");
    assert!(!text.contains("Sales"), "{text}");
}

#[tokio::test]
async fn an_auditor_of_the_whole_reads_every_row_and_no_name_of_a_private_key() {
    let office = busy().await;
    let rows = read(&office, "rev").await;
    assert!(about(&rows, "about Sales").is_some_and(|row| !row.masked));
    for private in ["about mem's own", "about both"] {
        assert!(about(&rows, private).is_none(), "{private}");
    }
    let reveal = rows.iter().find(|row| &*row.action == "reveal" && &*row.outcome == "intent").unwrap();
    assert_eq!((reveal.masked, &*reveal.subject, &*reveal.operator), (true, "key/(private)", "founder"));
    let text = format!("{rows:?}");
    assert!(!text.contains("mems") && !text.contains(&office.key("mems").id.to_string()), "{text}");
    let all = office.house.door.store.audit(&crate::store::AuditFilter::default(), 1000).await.unwrap();
    assert!(rows.len() + 1 >= all.len(), "nothing is left out: {} of {}", rows.len(), all.len());
}

#[tokio::test]
async fn the_log_of_revisions_tells_messages_to_whoever_sees_what_they_are_about() {
    let office = busy().await;
    let cases = [
        ("vic", [LEFT_OUT, "about Finance", LEFT_OUT, LEFT_OUT]),
        ("aud", [LEFT_OUT, "about Finance", LEFT_OUT, LEFT_OUT]),
        ("mem", [LEFT_OUT, "about Finance", "about both", "about mem's own"]),
        ("adm", [LEFT_OUT, "about Finance", LEFT_OUT, LEFT_OUT]),
        ("boss", ["about Sales", "about Finance", LEFT_OUT, LEFT_OUT]),
        ("rev", ["about Sales", "about Finance", LEFT_OUT, LEFT_OUT]),
        ("founder", ["about Sales", "about Finance", "about both", LEFT_OUT]),
    ];
    for (login, expected) in cases {
        let log = office.session(login).await.log(None, 4).await.unwrap();
        let told: Vec<&str> = log.iter().map(|revision| &*revision.message).collect();
        let [sales, finance, both, own] = expected;
        assert_eq!(told, [both, finance, sales, own], "{login}");
    }
    assert!(office.session("mallory").await.log(None, 4).await.unwrap().is_empty());
}
