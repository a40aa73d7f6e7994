//! Whoever means ill: bodies without end, garbage, split and smuggled requests, slow ones, and too many of them.

use std::{io::Write, time::Duration};

use serde_json::json;

use super::{
    client::{Answer, Serving},
    office::{CANARY, NAMES, books, office, serve, token},
};

#[test]
fn wrong_requests_are_refused_each_with_its_status_as_json() {
    let home = office();
    let token = token(&home, "ledger", &[]);
    let serving = serve(&home);
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let long = json!({ "workflow": "x".repeat(70_000) }).to_string();
    for (what, body, status) in [
        ("empty", &b""[..], 400),
        ("garbage", b"\xff\xfe\x00\x01", 400),
        ("no object", b"[]", 400),
        ("half", b"{\"workflow\": \"books\"", 400),
        ("unknown field", b"{\"workflow\": \"books\", \"at\": \"2020-01-01T00:00:00Z\"}", 400),
        ("another operator", b"{\"workflow\": \"books\", \"as\": \"root\"}", 400),
        ("unknown node", b"{\"workflow\": \"books\", \"node\": \"nope\"}", 400),
        ("model alone", b"{\"workflow\": \"books\", \"model\": \"gpt-4o\"}", 400),
        ("too long", long.as_bytes(), 413),
    ] {
        let answer = serving.post(&bearer, body);
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        assert!(answer.json()["error"]["kind"].is_string(), "{what}");
        assert!(!answer.body.contains(CANARY) && !answer.body.contains(&token), "{what}");
    }
    let form = format!(
        "POST /v1/resolve HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{bearer}Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{{}}"
    );
    assert_eq!(serving.say(form.as_bytes()).status, 415, "what a page of the web could send without asking");
    assert_eq!(serving.get("/v1/resolve").status, 405);
    assert_eq!(serving.get("/v1/resolve").header("allow"), Some("post"));
    assert_eq!(serving.get("/").status, 404);
    assert_eq!(serving.get("/../../etc/passwd").status, 404);
    assert_eq!(serving.get("/v1/resolve/../../metrics").status, 404);
    let delete = serving.say(b"DELETE /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_eq!(delete.status, 405);
    for answer in [serving.get("/nothing"), delete] {
        assert!(NAMES.iter().all(|name| !answer.body.contains(name)), "{answer:?}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
}

#[test]
fn bytes_that_are_no_request_end_the_connection_and_nothing_else() {
    let home = office();
    let token = token(&home, "ledger", &[]);
    let serving = serve(&home);
    let many = format!("GET /livez HTTP/1.1\r\n{}\r\n", "X-A: b\r\n".repeat(1000));
    let long = format!("GET /livez HTTP/1.1\r\nX-A: {}\r\n\r\n", "b".repeat(1_000_000));
    let smuggled = format!(
        "POST /v1/resolve HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 5\r\n\
         Content-Length: 50\r\n\r\n{{}}"
    );
    for (what, words) in [
        ("noise", &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no request\r\n\r\n"[..]),
        ("another protocol", b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        ("a split header", b"GET /livez HTTP/1.1\r\nX: a\rb\r\n\r\n"),
        ("a nul", b"GET /livez HTTP/1.1\r\nX: a\0b\r\n\r\n"),
        ("two lengths", smuggled.as_bytes()),
        ("many headers", many.as_bytes()),
        ("a long header", long.as_bytes()),
    ] {
        let answer = serving.say(words);
        assert!(matches!(answer.status, 0 | 400 | 431), "{what}: {answer:?}");
    }
    // Nothing that was said comes back as a header.
    let echo = serving.get("/x%0d%0aSet-Cookie:%20a=b");
    assert!(echo.status == 404 && !echo.head.contains("set-cookie"), "{echo:?}");
    assert_eq!(serving.ask(&token, &books()).status, 200);
}

#[test]
fn slow_ones_are_hung_up_on_while_others_are_answered() {
    let home = office();
    let token = token(&home, "ledger", &[]);
    let serving = serve(&home);
    let mut slow: Vec<_> = (0..20).map(|_| serving.connect()).collect();
    let mut body = serving.connect();
    let head = format!(
        "POST /v1/resolve HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    body.write_all(head.as_bytes()).unwrap();
    for wire in &mut slow {
        wire.write_all(b"GET /livez HTTP/1.1\r\nX-").unwrap();
    }
    assert_eq!(serving.ask(&token, &books()).status, 200);
    // A byte now and then keeps nobody inside.
    let mut dripping = slow.pop().unwrap();
    let dripped = std::thread::spawn(move || {
        let mut bytes = 0;
        while dripping.write_all(b"a").is_ok() && bytes < 1000 {
            bytes += 1;
            std::thread::sleep(Duration::from_millis(100));
        }
        bytes
    });
    for mut wire in slow {
        let answer = Answer::read(&mut *wire);
        assert!(matches!(answer.status, 0 | 408), "{answer:?}");
    }
    assert_eq!(Answer::read(&mut *body).status, 408);
    assert!(dripped.join().unwrap() < 1000);
    let metrics = serving.get("/metrics").body;
    assert!(metrics.contains("keydeck_http_refused_total{why=\"slow\"} 1"), "{metrics}");
}

#[test]
fn who_comes_too_often_waits_and_others_do_not() {
    let home = office();
    let (eager, calm) = (token(&home, "eager", &[]), token(&home, "calm", &[]));
    let mut command = home.command();
    command.env("KEYDECK_HTTP__REQUESTS_PER_MINUTE", "5");
    let serving = Serving::of(command, &["--http", "127.0.0.1:0"]);
    let answers: Vec<_> = (0..40).map(|_| serving.ask(&eager, &books())).collect();
    assert!(answers[..5].iter().all(|answer| answer.status == 200));
    let refused = answers.iter().find(|answer| answer.status == 429).expect("forty are too many");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() <= 61);
    assert_eq!(serving.ask(&calm, &books()).status, 200, "another token has its own measure");
    drop(serving);

    let mut command = home.command();
    command.env("KEYDECK_HTTP__REQUESTS_PER_MINUTE_ADDRESS", "50");
    let serving = Serving::of(command, &["--http", "127.0.0.1:0"]);
    let statuses: Vec<_> = (0..40).map(|_| serving.ask("kdt_guess", &books()).status).collect();
    assert_eq!(statuses[0], 401);
    assert!(statuses[10..].contains(&429), "who guesses is slowed down: {statuses:?}");
    let log = home.json(&["audit", "log", "--action", "login", "--outcome", "denied"]);
    assert!(log["rows"].as_array().unwrap().len() <= 3, "and does not flood the record: {log}");
}

#[test]
fn connections_have_an_end() {
    let home = office();
    let mut command = home.command();
    command.env("KEYDECK_HTTP__CONNECTIONS", "4");
    let serving = Serving::of(command, &["--http", "127.0.0.1:0"]);
    let mut inside = Vec::new();
    for _ in 0..2 {
        let mut wire = serving.connect();
        wire.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        // It is inside once it is answered, and stays there for its next request.
        let mut first = [0; 8];
        wire.read_exact(&mut first).unwrap();
        inside.push(wire);
    }
    assert_eq!(serving.get("/livez").status, 0, "one address gets half of the seats");
    drop(inside);
    while serving.get("/livez").status != 200 {
        std::thread::yield_now();
    }
}

#[test]
fn many_at_once_are_each_answered_rightly() {
    let home = office();
    let token = token(&home, "ledger", &[]);
    let serving = serve(&home);
    let expected = serving.ask(&token, &books()).json();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let answer = serving.ask(&token, &books());
                    assert_eq!((answer.status, answer.json()), (200, expected.clone()));
                }
            });
        }
    });
    let metrics = serving.get("/metrics").body;
    assert!(metrics.contains("keydeck_resolutions_total{outcome=\"resolved\"} 201"), "{metrics}");
}
