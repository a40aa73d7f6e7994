//! What programs are answered, and how far their tokens reach.

use serde_json::json;

use super::office::{CANARY, NAMES, books, office, serve, token};

#[test]
fn a_program_is_answered_what_the_command_line_answers() {
    let home = office();
    let token = token(&home, "ledger", &[]);
    let serving = serve(&home);
    let answer = serving.ask(&token, &books());
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let ours = home.json(&["resolve", "books"]);
    assert_eq!(answer.json(), ours);
    assert_eq!(ours["nodes"][0]["credential"]["name"], "fin-key");

    let node =
        serving.ask(&token, &json!({ "workflow": "workflow/books", "node": "draft", "environment": "production" }));
    assert_eq!(node.json()["nodes"][0]["outcome"], "resolved");
    let pair = serving.ask(&token, &json!({ "workflow": "books", "provider": "anthropic", "run_id": "r1" }));
    assert_eq!((pair.status, &pair.json()["nodes"][0]["outcome"]), (200, &json!("no_match")));

    // What others change meanwhile counts at once.
    home.done(&["unassign", "department/Finance", "--provider", "openai"]);
    assert_eq!(serving.ask(&token, &books()).json()["nodes"][0]["outcome"], "no_match");
    home.done(&["token", "revoke", "ledger"]);
    assert_eq!(serving.ask(&token, &books()).status, 401);
    let (status, printed) = serving.end();
    assert!(status.success(), "{printed}");
    assert!(!printed.contains(CANARY) && !printed.contains(&token), "{printed}");
}

#[test]
fn what_a_program_says_counts_only_as_far_as_its_token_says() {
    let home = office();
    let narrow = token(&home, "narrow", &[]);
    let wide = token(&home, "wide", &["--environment", "staging", "--variable", "env.llm_key", "--allow-overrides"]);
    let serving = serve(&home);
    let sayings = [
        json!({ "workflow": "books", "environment": "staging" }),
        json!({ "workflow": "books", "environment": "" }),
        json!({ "workflow": "books", "variables": { "env.llm_key": "fin-key" } }),
        json!({ "workflow": "books", "variables": { "{{#env.llm_key#}}": "fin-key" } }),
        json!({ "workflow": "books", "overrides": { "openai": "fin-key" } }),
    ];
    for saying in &sayings {
        assert_eq!(serving.ask(&narrow, saying).status, 403, "{saying}");
        let expected = if saying["environment"] == "" { 403 } else { 200 };
        assert_eq!(serving.ask(&wide, saying).status, expected, "{saying}");
    }
    let other = json!({ "workflow": "books", "variables": { "env.other": "x" } });
    assert_eq!(serving.ask(&wide, &other).status, 403);
    // The workspace does not allow overrides: the resolver says so, not the door.
    assert_eq!(serving.ask(&wide, &sayings[4]).json()["nodes"][0]["reason"], "overrides_not_allowed");

    let denied = home.json(&["audit", "log", "--outcome", "denied"]);
    let rows = denied["rows"].as_array().unwrap();
    let found =
        |subject: &str| rows.iter().any(|row| row["subject"] == subject && row["proof"] == subject.replace('/', " "));
    assert!(found("token/narrow") && found("token/wide"), "{denied}");
    assert!(rows.iter().all(|row| row["source"] == "127.0.0.1"), "{denied}");
}

#[test]
fn a_program_learns_nothing_of_what_its_token_does_not_name() {
    let home = office();
    let token = token(&home, "ledger", &[]);
    let serving = serve(&home);
    // A workflow that is there, one that is not, a near miss, an app, and the other department.
    let refusals: Vec<_> = ["leads", "nothing", "book", "app/books", "workflow/leads", "x\u{1b}[2J"]
        .into_iter()
        .map(|name| serving.ask(&token, &json!({ "workflow": name })))
        .collect();
    for refusal in &refusals {
        assert_eq!((refusal.status, &refusal.body), (403, &refusals[0].body));
        assert!(NAMES.iter().all(|name| !refusal.body.contains(name)), "{refusal:?}");
    }
    let unknown = serving.ask("kdt_AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &books());
    assert_eq!(unknown.status, 401);
    assert!(NAMES.iter().all(|name| !unknown.body.contains(name)), "{unknown:?}");
}

#[test]
fn who_shows_no_good_token_is_turned_away_on_record() {
    let home = office();
    let good = token(&home, "ledger", &[]);
    let serving = serve(&home);
    let (id, secret) = good.split_once('.').unwrap();
    let (first, rest) = secret.split_at(1);
    let wrong = format!("{id}.{}{rest}", if first == "A" { "B" } else { "A" });
    let body = books().to_string();
    for (what, headers) in [
        ("none", String::new()),
        ("a wrong one", format!("Authorization: Bearer {wrong}\r\n")),
        ("half of one", format!("Authorization: Bearer {id}\r\n")),
        ("another scheme", format!("Authorization: Basic {good}\r\n")),
        ("two", format!("Authorization: Bearer {good}\r\nAuthorization: Bearer {good}\r\n")),
        ("nothing", "Authorization:\r\n".to_owned()),
        ("in a query", "X-Token: x\r\n".to_owned()),
    ] {
        let answer = serving.post(&headers, body.as_bytes());
        assert_eq!(answer.status, 401, "{what}: {answer:?}");
        assert_eq!(answer.header("www-authenticate"), Some("bearer realm=\"keydeck\""), "{what}");
    }
    assert_eq!(serving.ask(&good, &books()).status, 200);
    home.done(&["token", "revoke", "ledger"]);
    let revoked = serving.ask(&good, &books());
    assert_eq!((revoked.status, &*revoked.message()), (401, "this token was revoked"));
    let log = home.json(&["audit", "log", "--action", "login", "--outcome", "denied"]);
    let reasons: Vec<&str> =
        log["rows"].as_array().unwrap().iter().filter_map(|row| row["details"]["reason"].as_str()).collect();
    for reason in ["no token was shown", "the token is none of ours", "this token was revoked"] {
        assert!(reasons.contains(&reason), "{reason}: {log}");
    }
    assert!(!log.to_string().contains(secret), "the log holds no token");
}

#[test]
fn a_token_ends_when_it_ends() {
    let home = office();
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(3);
    let token = token(&home, "brief", &["--expires", &end.to_string()]);
    let serving = serve(&home);
    // Whatever time all this took: before its end it opens, and from then on never again.
    loop {
        let before = jiff::Timestamp::now();
        let answer = serving.ask(&token, &books());
        let after = jiff::Timestamp::now();
        match answer.status {
            200 => assert!(before < end),
            401 => {
                assert!(after >= end && answer.message().contains("expired"), "{answer:?}");
                break;
            }
            429 => {}
            _ => panic!("{answer:?}"),
        }
    }
    let list = home.json(&["token", "list"]);
    assert_eq!(list["tokens"][0]["state"], "expired");
}

#[test]
fn health_and_metrics_say_how_it_goes_and_name_nobody() {
    let home = office();
    let token = token(&home, "ledger", &[]);
    let serving = serve(&home);
    assert_eq!(serving.get("/livez").json(), json!({ "status": "ok" }));
    let health = serving.get("/healthz");
    assert_eq!((health.status, &health.json()["database"]), (200, &json!("up")));
    serving.ask(&token, &books());
    serving.ask("kdt_x", &books());
    let metrics = serving.get("/metrics");
    assert_eq!(metrics.status, 200);
    for line in [
        "keydeck_http_requests_total{path=\"/v1/resolve\",status=\"200\"} 1",
        "keydeck_http_requests_total{path=\"/v1/resolve\",status=\"401\"} 1",
        "keydeck_http_refused_total{why=\"unauthorised\"} 1",
        "keydeck_resolutions_total{outcome=\"resolved\"} 1",
        "keydeck_database_up 1",
    ] {
        assert!(metrics.body.lines().any(|it| it == line), "{line}\n{}", metrics.body);
    }
    for name in NAMES {
        assert!(!metrics.body.contains(name), "{name}\n{}", metrics.body);
    }
    let description = serving.get("/openapi.json").json();
    assert_eq!(description["openapi"], "3.1.0");
    assert_eq!(serving.get("/openapi.json?x=1").status, 200);
}
