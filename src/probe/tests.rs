//! A server on the loopback plays each vendor's answers.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use super::*;
use crate::config::probes::Probes;

const CANARY: &str = "sk-FAKE-CANARY-probe-x9Kd";

/// A vendor: answers each request with the next of its answers, and remembers the requests.
struct Vendor {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Vendor {
    fn new(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            for answer in answers {
                let (stream, _) = listener.accept().unwrap();
                seen.lock().unwrap().push(request(&stream));
                let mut stream = stream;
                let _ = stream.write_all(&answer);
                // Until whoever asks has gone.
                let _ = stream.shutdown(std::net::Shutdown::Write);
                let _ = stream.read_to_end(&mut Vec::new());
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn request(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n").to_lowercase()
}

fn http(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()).into_bytes()
}

fn asker() -> Asker {
    Asker::direct(Duration::from_secs(20))
}

fn secret() -> Vec<(String, Secret)> {
    vec![("api_key".to_owned(), Secret::new(CANARY.to_owned()))]
}

fn probe(provider: &str) -> Probe {
    Probes::built_in().get(provider).cloned().unwrap()
}

fn question(provider: &str, base_url: &str) -> Question {
    Question::new(&probe(provider), base_url, &secret(), &BTreeMap::new()).unwrap()
}

async fn told(provider: &str, status: &str, body: &str) -> Told {
    let vendor = Vendor::new(vec![http(status, body)]);
    let told = asker().ask(question(provider, &vendor.url)).await;
    assert!(vendor.asked()[0].contains(&CANARY.to_lowercase()), "the key was shown in a header");
    assert!(!told.why.contains("FAKE"), "{told:?}");
    told
}

#[tokio::test]
async fn each_vendors_answers_are_told_in_four_words() {
    use Answer::{OutOfQuota, Refused, Unreachable, Works};
    let echo = format!(
        "{{\"error\": {{\"message\": \"Incorrect API key provided: {CANARY}\", \"code\": \"invalid_api_key\"}}}}"
    );
    let cases: Vec<(&str, &str, &str, Answer)> = vec![
        ("openai", "200 OK", r#"{"object": "list", "data": []}"#, Works),
        ("openai", "401 Unauthorized", &echo, Refused),
        (
            "openai",
            "403 Forbidden",
            r#"{"error": "You have insufficient permissions. Missing scopes: api.model.read"}"#,
            Works,
        ),
        ("openai", "403 Forbidden", r#"{"error": {"code": "unsupported_country_region_territory"}}"#, Refused),
        (
            "openai",
            "429 Too Many Requests",
            r#"{"error": {"code": "insufficient_quota", "message": "You exceeded your current quota, please check your plan and billing details."}}"#,
            OutOfQuota,
        ),
        (
            "openai",
            "429 Too Many Requests",
            r#"{"error": {"code": "rate_limit_exceeded", "message": "Rate limit reached"}}"#,
            Works,
        ),
        ("anthropic", "200 OK", r#"{"data": [], "has_more": false}"#, Works),
        (
            "anthropic",
            "401 Unauthorized",
            r#"{"error": {"type": "authentication_error", "message": "invalid x-api-key"}}"#,
            Refused,
        ),
        (
            "anthropic",
            "400 Bad Request",
            r#"{"error": {"message": "Your credit balance is too low to access the Anthropic API."}}"#,
            OutOfQuota,
        ),
        ("anthropic", "529 Overloaded", r#"{"error": {"type": "overloaded_error"}}"#, Unreachable),
        (
            "gemini",
            "400 Bad Request",
            r#"{"error": {"status": "INVALID_ARGUMENT", "message": "API key not valid.", "details": [{"reason": "API_KEY_INVALID"}]}}"#,
            Refused,
        ),
        (
            "gemini",
            "429 Too Many Requests",
            r#"{"error": {"status": "RESOURCE_EXHAUSTED", "message": "Quota exceeded for quota metric 'requests' and limit 'requests per minute'"}}"#,
            Works,
        ),
        ("deepseek", "200 OK", r#"{"is_available": true, "balance_infos": []}"#, Works),
        ("deepseek", "200 OK", r#"{"is_available": false, "balance_infos": []}"#, OutOfQuota),
        ("deepseek", "402 Payment Required", r#"{"error": {"message": "Insufficient Balance"}}"#, OutOfQuota),
        ("openrouter", "200 OK", r#"{"data": {"limit": null, "limit_remaining": null}}"#, Works),
        ("openrouter", "200 OK", r#"{"data": {"limit": 5, "limit_remaining": -0.2}}"#, OutOfQuota),
        ("xai", "200 OK", r#"{"api_key_blocked": true}"#, OutOfQuota),
        ("mistral", "404 Not Found", "{}", Unreachable),
        ("groq", "500 Internal Server Error", "oh no", Unreachable),
        ("groq", "200 OK", "<html>Welcome to the hotel's network</html>", Unreachable),
        ("groq", "418 I'm a teapot", "{}", Unreachable),
    ];
    for (provider, status, body, answer) in cases {
        let told = told(provider, status, body).await;
        assert_eq!(told.answer, answer, "{provider}, {status}, {body}: {told:?}");
    }
}

#[tokio::test]
async fn what_is_no_answer_leaves_the_key_unjudged() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let told = asker().ask(question("openai", &format!("http://{nobody}"))).await;
    assert_eq!(told, Told::new(Answer::Unreachable, "nothing answers there"));

    for garbage in [
        &b"\0\x01\x02 what"[..],
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"data\"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ] {
        let vendor = Vendor::new(vec![garbage.to_vec()]);
        let told = asker().ask(question("openai", &vendor.url)).await;
        assert_eq!(told.answer, Answer::Unreachable, "{garbage:?}: {told:?}");
    }
    // What answers speaks no TLS.
    let vendor = Vendor::new(vec![http("200 OK", "{}")]);
    let told = asker().ask(question("openai", &vendor.url.replace("http:", "https:"))).await;
    assert_eq!(told.answer, Answer::Unreachable);
    assert!(told.why.contains("TLS"), "{told:?}");

    // It takes the question and says nothing: waiting ends.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let impatient = Asker::direct(Duration::from_millis(200));
    let told = impatient.ask(question("openai", &url)).await;
    assert_eq!(told, Told::new(Answer::Unreachable, "there was no answer within 0.2 s"));
    drop(silent);

    // More than anybody lists: only so much is read.
    let huge = format!("[{}1]", "1,".repeat(2 * MOST_READ));
    let told = asker().ask(question("openai", &Vendor::new(vec![http("200 OK", &huge)]).url)).await;
    assert_eq!(told.answer, Answer::Unreachable);
}

#[tokio::test]
async fn a_key_follows_no_redirect_to_another_host() {
    let other = Vendor::new(vec![http("200 OK", "{}")]);
    let moved = |to: &str| {
        format!("HTTP/1.1 307 Moved\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").into_bytes()
    };
    let vendor = Vendor::new(vec![moved(&format!("{}/v1/models", other.url))]);
    let told = asker().ask(question("openai", &vendor.url)).await;
    assert_eq!(told.answer, Answer::Unreachable);
    assert!(told.why.contains("another host"), "{told:?}");
    assert!(other.asked().is_empty(), "the other host was not even connected to");

    let vendor = Vendor::new(vec![moved("/v1/elsewhere"), http("200 OK", "{}")]);
    assert_eq!(asker().ask(question("openai", &vendor.url)).await.answer, Answer::Works);
    assert!(vendor.asked()[1].starts_with("get /v1/elsewhere"), "within the host it does");
    let vendor = Vendor::new(vec![moved("/v1/models"); 9]);
    assert_eq!(asker().ask(question("openai", &vendor.url)).await.answer, Answer::Unreachable, "and not for ever");
}

#[test]
fn a_question_has_the_key_in_headers_and_never_in_its_url() {
    let public = BTreeMap::from([(Text::from("organization"), Text::from("org-1"))]);
    let asked = Question::new(&probe("openai"), "https://api.openai.com/v1/", &secret(), &public).unwrap();
    assert_eq!(asked.url.as_str(), "https://api.openai.com/v1/models");
    assert_eq!((asked.headers.len(), &asked.headers["openai-organization"]), (2, &HeaderValue::from_static("org-1")));
    assert!(!format!("{:?}", asked.headers).contains("FAKE"), "and no log of headers shows it");
    for (provider, base, url) in [
        ("openai", "https://gateway.example.com", "https://gateway.example.com/v1/models"),
        ("groq", "https://api.groq.com/openai/v1", "https://api.groq.com/openai/v1/models"),
        ("anthropic", "https://api.anthropic.com/v1", "https://api.anthropic.com/v1/models?limit=1"),
        ("azure-openai", "https://x.example.com/?a=b#c", "https://x.example.com/openai/models?api-version=2024-10-21"),
    ] {
        let asked = Question::new(&probe(provider), base, &secret(), &BTreeMap::new()).unwrap();
        assert_eq!(asked.url.as_str(), url);
    }
    let refused = |base: &str, secrets: &[(String, Secret)]| {
        Question::new(&probe("openai"), base, secrets, &BTreeMap::new()).err().unwrap()
    };
    for base in ["", "api.openai.com", "file:///etc/passwd", "ftp://example.com"] {
        assert_eq!(refused(base, &secret()), AskError::Address, "{base}");
    }
    let of = |name: &str, value: &str| vec![(name.to_owned(), Secret::new(value.to_owned()))];
    assert_eq!(refused("https://example.com", &of("api_key", "a\nb: c")), AskError::Unlawful);
    assert_eq!(refused("https://example.com", &of("other", "x")), AskError::Incomplete);
    assert!(Question::new(&probe("ollama"), "http://localhost:11434", &[], &BTreeMap::new()).is_ok(), "it has no key");
}
