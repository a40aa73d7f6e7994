//! Who may ask about which key, what is kept of the answers, and what a stopped question leaves behind.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
    time::Duration,
};

use super::*;
use crate::{
    domain::{
        change::Change,
        record::{Kind as Noun, Record},
    },
    ops::{
        identity::Identity,
        session::Request,
        tests::{House, add, house, office::office, secret_key, somebody, thing},
    },
    store::AuditFilter,
    vault::{Fields, Secret},
};

const CANARY: &str = "sk-FAKE-CANARY-verified-x9Kd";

/// A vendor that answers one request with a number; none: it takes the request and says nothing.
fn vendor(status: Option<u16>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut block = [0; 4096];
        let _ = stream.read(&mut block);
        match status {
            Some(status) => {
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}");
                let _ = stream.write_all(answer.as_bytes());
            }
            // Until whoever asks has gone.
            None => drop(stream.read(&mut block)),
        }
    });
    url
}

/// Adds a key at a vendor.
async fn key_at(session: &Session, name: &str, provider: &str, url: &str) {
    let fields = [("name", name), ("provider", provider)];
    let Record::Credential(mut key) = thing(session, Noun::Credential, &fields) else { panic!("a credential") };
    key.fields.insert("base_url".into(), url.into());
    let secret = Fields::from([("api_key".to_owned(), Secret::new(CANARY.to_owned()))]);
    let secrets = session.seal_into(&mut key, &secret).unwrap();
    session.apply(Request { secrets, ..Request::new(vec![Change::add(key)], "test") }).await.unwrap();
}

async fn verify(session: &Session, keys: &[&str]) -> Vec<VerifyRow> {
    let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    let asker = Asker::direct(Duration::from_secs(20));
    session.verify(&keys, Which::Current, &asker, &CancellationToken::new(), |_| ()).await.unwrap()
}

/// Returns what the audit log says of verifying, oldest first: of what, how it went, what was answered.
async fn log(house: &House) -> Vec<(String, String, String)> {
    let filter = AuditFilter { action: Some("verify".into()), ..AuditFilter::default() };
    let rows = house.door.store.audit(&filter, 100).await.unwrap();
    assert!(!format!("{rows:?}").contains("CANARY"));
    let answer =
        |it: &crate::store::AuditRow| it.entry.details.get("answer").and_then(Json::as_str).unwrap_or("").to_owned();
    rows.iter().rev().map(|it| (it.entry.subject.to_string(), it.entry.outcome.to_string(), answer(it))).collect()
}

async fn with_vault() -> (House, std::sync::Arc<Session>) {
    let house = house().await;
    house.door.create_vault(secret_key("verify")).await.unwrap();
    let founder = house.session("founder").await;
    (house, founder)
}

#[tokio::test]
async fn answers_are_kept_with_their_time_between_intent_and_outcome() {
    let (house, founder) = with_vault().await;
    key_at(&founder, "good", "openai", &vendor(Some(200))).await;
    key_at(&founder, "bad", "anthropic", &vendor(Some(401))).await;
    let mut told = 0;
    let keys = ["good", "bad", "goood"].map(str::to_owned);
    let asker = Asker::direct(Duration::from_secs(20));
    let rows = founder.verify(&keys, Which::Current, &asker, &CancellationToken::new(), |_| told += 1).await.unwrap();
    let mut answers: Vec<_> = rows.iter().map(|row| (&*row.key, row.answer)).collect();
    answers.sort_unstable_by_key(|(key, _)| *key);
    assert_eq!(answers, [("bad", Some(Answer::Refused)), ("good", Some(Answer::Works)), ("goood", None)]);
    assert_eq!(told, 3, "each is told as it comes");
    let view = founder.view();
    let kept = view.verified(view.find_credential("bad").unwrap()).unwrap();
    let told_at = rows.iter().find(|it| it.key == "bad").map(|it| it.at.as_microsecond());
    assert_eq!((kept.answer, Some(kept.at.as_microsecond())), (Answer::Refused, told_at));
    let log = log(&house).await;
    let row = |of: &str, outcome: &str, answer: &str| (format!("key/{of}"), outcome.to_owned(), answer.to_owned());
    assert!(log.contains(&row("goood", "denied", "")), "{log:?}");
    for (key, answer) in [("good", "works"), ("bad", "refused")] {
        let intent = log.iter().position(|it| *it == row(key, "intent", "")).unwrap();
        let done = log.iter().position(|it| *it == row(key, "done", answer)).unwrap();
        assert!(intent < done);
    }
}

#[tokio::test]
async fn keys_are_asked_about_by_those_who_may() {
    let office = office().await;
    for (login, allowed) in [("vic", ""), ("aud", ""), ("mem", "mems"), ("ass", "fin"), ("adm", "fin"), ("mallory", "")]
    {
        let session = office.session(login).await;
        for name in ["fin", "mems", "sal"] {
            let view = session.refresh().await.unwrap();
            let judged = session.judge_verify(&view, name, Which::Current);
            assert_eq!(judged.is_ok(), allowed == name, "{login}, {name}: {:?}", judged.err());
        }
        let rows = verify(&session, &["sal"]).await;
        assert!(rows[0].answer.is_none() && rows[0].failure.is_some());
        assert!(office.told(login, "denied").await.contains(&("verify".to_owned(), "key/sal".to_owned())), "{login}");
    }
    let boss = office.session("boss").await;
    assert!(
        boss.judge_verify(&boss.view(), "mems", Which::Current).is_ok(),
        "an admin of the whole workspace, on record"
    );
}

#[tokio::test]
async fn a_key_goes_nowhere_but_where_it_was_sealed_for() {
    let (house, founder) = with_vault().await;
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    key_at(&founder, "moved", "openai", &vendor(Some(200))).await;
    let view = founder.view();
    let key = view.credential(view.find_credential("moved").unwrap()).unwrap().clone();
    let mut after = key.clone();
    after.fields.insert("base_url".into(), format!("http://{}", elsewhere.local_addr().unwrap()).into());
    founder.apply(Request::new(vec![Change::edit(key, after).unwrap()], "test")).await.unwrap();
    key_at(&founder, "good", "openai", &vendor(Some(200))).await;
    let rows = verify(&founder, &["moved", "good"]).await;
    let of = |name: &str| rows.iter().find(|row| row.key == name).unwrap();
    assert!(of("moved").why.contains("the secret may go to"), "{rows:?}");
    assert_eq!((of("moved").answer, of("good").answer), (None, Some(Answer::Works)), "one does not spoil the other");
    elsewhere.set_nonblocking(true).unwrap();
    assert!(elsewhere.accept().is_err(), "nobody came");
    assert!(log(&house).await.iter().any(|(of, outcome, _)| of == "key/moved" && outcome == "failed"));
}

#[tokio::test]
async fn from_afar_only_vendors_own_places_are_asked() {
    let (house, founder) = with_vault().await;
    key_at(&founder, "inside", "openai", "http://127.0.0.1:9/v1").await;
    key_at(&founder, "usual", "openai", "https://api.openai.com/v1").await;
    let identity = Identity { source: "192.0.2.7".to_owned(), ..somebody("founder") };
    let workspace = house.door.workspace(None).await.unwrap();
    let afar = house.door.session(&workspace, identity, false).await.unwrap();
    let refused = afar.judge_verify(&afar.view(), "inside", Which::Current).unwrap_err();
    assert_eq!(refused.failure.kind, Kind::NotAllowed);
    assert!(afar.judge_verify(&afar.view(), "usual", Which::Current).is_ok());
    assert!(founder.judge_verify(&founder.view(), "inside", Which::Current).is_ok());
}

#[tokio::test]
async fn what_is_described_here_is_asked_as_openai_is_and_what_tells_nothing_is_not_asked() {
    let (_house, founder) = with_vault().await;
    let url = vendor(Some(200));
    add(&founder, Noun::Provider, &[("id", "ours"), ("name", "Ours"), ("base_url", &url)]).await;
    key_at(&founder, "gateway", "ours", &url).await;
    assert_eq!(verify(&founder, &["gateway"]).await[0].answer, Some(Answer::Works));
    key_at(&founder, "public", "nvidia", "https://integrate.api.nvidia.com/v1").await;
    let refused = founder.judge_verify(&founder.view(), "public", Which::Current).unwrap_err();
    assert!(refused.failure.message.contains("answers no question"), "{:?}", refused.failure);
}

#[tokio::test]
async fn a_stopped_question_is_on_record_and_keeps_nothing() {
    let (house, founder) = with_vault().await;
    key_at(&founder, "slow", "openai", &vendor(None)).await;
    let asker = Asker::direct(Duration::from_mins(1));
    let stop = CancellationToken::new();
    let keys = ["slow".to_owned()];
    let asking = founder.verify(&keys, Which::Current, &asker, &stop, |_| ());
    // As soon as the intent is written.
    let stopping = async {
        while log(&house).await.is_empty() {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let (rows, ()) = tokio::join!(asking, stopping);
    assert_eq!(rows.unwrap(), Vec::new());
    let view = founder.view();
    assert_eq!(view.verified(view.find_credential("slow").unwrap()), None);
    let outcomes: Vec<String> = log(&house).await.into_iter().map(|it| it.1).collect();
    assert_eq!(outcomes, ["intent", "failed"]);
    assert_eq!(
        founder.verify(&keys, Which::Current, &asker, &stop, |_| ()).await.unwrap(),
        Vec::new(),
        "and nothing is begun any more"
    );
}
