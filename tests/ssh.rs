//! The door over SSH as people meet it: OpenSSH's own client against `keydeck serve`, and against OpenSSH's server with
//! `keydeck --ssh` behind it.

#[path = "ssh/ground.rs"]
mod ground;
#[path = "ssh/limits.rs"]
mod limits;
#[path = "console/newcomer.rs"]
mod newcomer;
#[path = "postgres/server.rs"]
mod postgres;
#[path = "ssh/reach.rs"]
mod reach;
#[path = "ssh/rough.rs"]
mod rough;
#[path = "ssh/sessions.rs"]
mod sessions;
#[path = "ssh/sshd.rs"]
mod sshd;
#[path = "console/terminal.rs"]
mod terminal;
#[path = "ssh/together.rs"]
mod together;

use ground::{Ground, Server, has};

const OPENSSH: &[&str] = &["ssh", "ssh-keygen"];

#[test]
fn an_operator_logs_in_works_resizes_and_leaves() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::new();
    let server = Server::start(&ground, &[]);
    assert!(server.said.contains("Host key (made just now): SHA256:"), "{}", server.said);
    let mut terminal = server.way.open(&ground, "admin", &["preview/Invoice\\ reader"], 80, 24);
    terminal.sees("no rule");
    terminal.keys("a");
    terminal.sees("1 node starts to work");
    terminal.keys("\r");
    terminal.sees("1 STAGED");
    terminal.resize(120, 40);
    terminal.waits("the new size", |screen| screen.lines().any(|line| line.trim_end().chars().count() > 100));
    terminal.keys("\u{13}"); // ctrl-s
    terminal.sees("message");
    terminal.keys("give it a key\r\r");
    terminal.loses("STAGED");
    terminal.waits("the answer to change", |screen| screen.contains("openai-house") && screen.contains("decides"));
    terminal.keys("qq");
    assert!(terminal.ends().success());
    assert!(terminal.is_restored(), "the terminal is left as it was found");

    let proof = format!("SSH key {}", ground.fingerprint("admin"));
    let applied = ground.audit("apply");
    assert_eq!(applied[0], ["admin", &proof, "127.0.0.1", "done"].map(str::to_owned));
    let logins = ground.audit("login");
    assert!(logins.iter().all(|row| row[..3] == ["admin", &proof, "127.0.0.1"].map(str::to_owned)), "{logins:?}");
    let told = server.way.exec(&ground, "admin", &["resolve", "'Invoice reader'", "--json"]);
    assert!(told.code == Some(0) && told.out.contains("openai-house"), "{told:?}");
}

#[test]
fn one_session_goes_from_workspace_to_workspace_with_the_rights_that_are_held_in_each() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::new();
    ground.keydeck(&["init", "--yes", "--workspace", "zeta"]);
    ground.keydeck(&["--workspace", "zeta", "operator", "grant", "admin", "viewer"]);
    let server = Server::start(&ground, &[]);
    let mut terminal = server.way.open(&ground, "admin", &[], 120, 30);
    terminal.sees("in default");
    terminal.sees("Invoice reader");
    terminal.keys("gi");
    terminal.sees("where you are");
    terminal.keys("zet\r");
    terminal.sees("in zeta");
    terminal.loses("Invoice reader");
    // A viewer there, and told so before anything is staged.
    terminal.keys(":add department\r");
    terminal.sees("New department");
    terminal.keys("Legal\r");
    terminal.sees("only admins may change this");
    terminal.keys("\u{1b}");
    terminal.sees("Leave the form?");
    terminal.keys("\t\r");
    terminal.loses("New department");
    terminal.keys(":workspace default\r");
    terminal.sees("in default");
    terminal.sees("Invoice reader");
    terminal.keys("q");
    assert!(terminal.ends().success());

    let mut terminal = server.way.open(&ground, "viv", &[], 120, 30);
    terminal.sees("in default");
    terminal.sees("Invoice reader");
    terminal.keys("gi");
    terminal.sees("see no other; ");
    terminal.keys("q");
    assert!(terminal.ends().success());
}

#[test]
fn commands_end_with_their_own_codes_read_standard_input_and_need_no_terminal() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::new();
    let server = Server::start(&ground, &[]);
    let run = |words: &[&str]| server.way.exec(&ground, "admin", words);

    let listed = run(&["list", "workflows", "--json"]);
    assert_eq!((listed.code, &*listed.err), (Some(0), ""), "{listed:?}");
    let rows: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    assert_eq!(rows["workflows"][0]["name"], "Invoice reader");
    // The words are split as a shell would quote, and by no shell.
    let resolved = run(&["resolve", "'Invoice reader'"]);
    assert_eq!(resolved.code, Some(7), "{resolved:?}");
    assert_eq!(run(&["resolve", "Invoice"]).code, Some(2));
    let nothing = run(&["lst"]);
    assert!(nothing.code == Some(2) && nothing.err.contains("did you mean list?"), "{nothing:?}");
    assert_eq!(run(&["list 'workflows"]).code, Some(2), "a quote that is not closed");

    // Files go through standard input and output.
    let file = run(&["export"]);
    assert_eq!(file.code, Some(0));
    let changed = file.out.replace("Invoice reader", "Bill reader");
    let applied = server.way.exec_with(
        &ground,
        "admin",
        &["-T"],
        &["apply", "-f", "-", "-m", "rename", "--prune", "--yes"],
        changed.as_bytes(),
    );
    assert_eq!(applied.code, Some(0), "{applied:?}");
    assert!(run(&["list", "workflows"]).out.contains("Bill reader"));
    let words = ["add", "credential", "second", "provider=openai", "--stdin-json"];
    let added = server.way.exec_with(&ground, "admin", &["-T"], &words, br#"{"api_key": "sk-FAKE-second-98765"}"#);
    assert_eq!(added.code, Some(0), "{added:?}");
    let revealed = run(&["reveal", "second"]);
    assert_eq!((revealed.code, &*revealed.out), (Some(0), "sk-FAKE-second-98765\n"), "{revealed:?}");
    // The server holds SECRET_KEY; that an operator unlocked is on record each time.
    assert_eq!(ground.audit("unlock").iter().filter(|row| row[0] == "admin" && row[3] == "done").count(), 2);

    let asked = run(&["remove", "key/second"]);
    assert!(asked.code == Some(2) && asked.err.contains("--yes"), "nobody is there to answer: {asked:?}");
    let shell = run(&[]);
    assert_eq!(shell.code, Some(2));
    assert!(shell.err.contains("there is no shell here") && shell.out.contains("Usage: keydeck"), "{shell:?}");
    let place = run(&["workflow/Bill\\ reader"]);
    assert!(place.code == Some(2) && place.err.contains("the console needs a terminal"), "{place:?}");
}

#[test]
fn a_command_at_a_terminal_asks_there_and_hides_secrets() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::new();
    let server = Server::start(&ground, &[]);
    let words = ["add", "credential", "typed", "provider=openai"];
    let mut terminal = server.way.open(&ground, "admin", &words, 100, 24);
    terminal.sees("leave empty to go without");
    terminal.keys("sk-FAKE-typed-4242\r");
    assert!(terminal.ends().success(), "{}", terminal.text());
    assert!(!terminal.text().contains("4242") || terminal.text().contains("…4242"), "{}", terminal.text());
    let mut terminal = server.way.open(&ground, "admin", &["remove", "key/typed"], 100, 24);
    terminal.sees("typed");
    terminal.keys("typer\u{7f}d\r");
    assert!(terminal.ends().success(), "{}", terminal.text());
    assert!(!ground.keydeck(&["list", "credentials"]).contains("typed"));
}

#[test]
fn the_console_works_line_by_line_from_afar_for_those_who_listen_and_for_scripts() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::new();
    let server = Server::start(&ground, &[]);
    let script = b"goto-credentials\nquit\n";
    let told = server.way.exec_with(&ground, "admin", &["-T"], &["--plain"], script);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("Credentials") && told.out.contains("openai-house"), "{told:?}");
    assert!(!told.out.contains('\u{1b}'), "nothing but lines: {told:?}");
    let mut terminal = server.way.open(&ground, "admin", &["--plain"], 80, 24);
    terminal.sees("Invoice reader");
    terminal.keys("goto-credd\u{7f}entials\r");
    terminal.sees("openai-house");
    terminal.keys("quit\r");
    assert!(terminal.ends().success(), "{}", terminal.text());
}

#[test]
fn a_stranger_is_told_the_fingerprint_to_give_to_an_admin_and_is_on_record() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::new();
    let server = Server::start(&ground, &[]);
    let told = server.way.exec(&ground, "stranger", &["list", "workflows"]);
    let fingerprint = ground.fingerprint("stranger");
    assert_eq!((told.code, &*told.out), (Some(255), ""), "{told:?}");
    assert!(
        told.err.contains("knows nobody by the key that you offered") && told.err.contains(&fingerprint),
        "{told:?}"
    );
    // The connection is concluded after the client is gone.
    let row = ["unknown".to_owned(), format!("SSH key {fingerprint}"), "127.0.0.1".to_owned(), "denied".to_owned()];
    rough::wait("the refusal on record", || ground.audit("login").contains(&row));

    ground.make_key("old", &["-t", "rsa", "-b", "2048"]);
    let told = server.way.exec(&ground, "old", &["list", "workflows"]);
    assert_eq!(told.code, Some(255), "{told:?}");
    let kinds = if cfg!(feature = "ssh-rsa") { "knows nobody by the key" } else { "ed25519 and ecdsa" };
    assert!(told.err.contains(kinds), "it says which kinds work: {told:?}");

    // An admin lets the stranger in, and takes the key away again.
    let added = server.way.exec_with(
        &ground,
        "admin",
        &["-T"],
        &["operator", "add-key", "viv", "-"],
        &std::fs::read(ground.path("stranger.pub")).unwrap(),
    );
    assert_eq!(added.code, Some(0), "{added:?}");
    let mut open = server.way.open(&ground, "stranger", &[], 80, 24);
    open.sees("Invoice reader");
    assert_eq!(server.way.exec(&ground, "stranger", &["list", "workflows"]).code, Some(0));
    let removed = server.way.exec(&ground, "admin", &["operator", "remove-key", "viv", &fingerprint]);
    assert_eq!(removed.code, Some(0), "{removed:?}");
    assert_eq!(server.way.exec(&ground, "stranger", &["list", "workflows"]).code, Some(255));
    // Whoever is still in sees nothing any more.
    open.loses("Invoice reader");
}

/// `cargo nextest run --features ssh-rsa --test ssh`.
#[test]
#[cfg(feature = "ssh-rsa")]
fn an_rsa_key_opens_with_the_hashes_of_today_and_with_no_older_one() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::new();
    ground.make_key("old", &["-t", "rsa", "-b", "3072"]);
    ground.keydeck(&["operator", "add-key", "viv", "old.pub"]);
    let server = Server::start(&ground, &[]);
    let list = |algorithm: &str| {
        let options = ["-T", "-o", &format!("PubkeyAcceptedAlgorithms={algorithm}")];
        server.way.exec_with(&ground, "old", &options, &["list", "workflows"], b"").code
    };
    assert_eq!(["rsa-sha2-256", "rsa-sha2-512"].map(list), [Some(0); 2]);
    let proof = format!("SSH key {}", ground.fingerprint("old"));
    assert_eq!(ground.audit("login")[0][..2], ["viv".to_owned(), proof]);
    assert_eq!(list("ssh-rsa"), Some(255), "it signs with SHA-1");
}

#[test]
fn keys_split_anywhere_pastes_the_mouse_and_newer_keys_arrive_as_what_they_are() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::new();
    for name in ["alpha", "beta", "gamma"] {
        ground.keydeck(&["add", "credential", name, "provider=openai"]);
    }
    let server = Server::start(&ground, &[]);
    let mut terminal = server.way.open(&ground, "admin", &[], 100, 30);
    terminal.sees("Invoice reader");
    terminal.keys("gc");
    terminal.sees("gamma");
    // A paste is text, whatever it holds: "q" would leave.
    terminal.keys("/\u{1b}[200~gam");
    terminal.keys("ma\u{1b}[201~");
    terminal.loses("alpha");
    // A lone Esc gives the filter up, though nothing follows it.
    terminal.keys("\u{1b}");
    terminal.sees("alpha");
    // An arrow in pieces is an arrow, and no Esc.
    terminal.keys("/be\u{1b}");
    terminal.keys("[");
    terminal.keys("D");
    terminal.loses("alpha");
    terminal.keys("\u{1b}");
    terminal.sees("alpha");
    // The same key as the kitty protocol writes it.
    terminal.keys("\u{1b}[47u");
    terminal.keys("alph");
    terminal.loses("gamma");
    terminal.keys("\u{1b}[27u");
    terminal.sees("gamma");
    // A click on a row chooses it; the wheel moves on.
    let row = terminal.text().lines().position(|line| line.contains("gamma")).unwrap() + 1;
    terminal.keys(&format!("\u{1b}[<0;12;{row}M\u{1b}[<0;12;{row}m"));
    terminal.keys("\r");
    terminal.sees("gamma");
    terminal.keys("\u{3}\u{3}\u{3}"); // ctrl-c: out of whatever is open
    assert!(terminal.ends().success());
}

#[test]
fn a_newcomer_gets_on_from_afar_by_what_the_screen_says() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::of_the_demo();
    let server = Server::start(&ground, &[]);
    for size in [(80, 24), (40, 12)] {
        let mut terminal = server.way.open_with(&ground, "admin", &[], &[], size);
        newcomer::walk(&mut terminal, size.0 > 40);
        // The next one begins where this one did.
        ground.keydeck(&["remove", "key/newcomers", "--yes"]);
    }
}

#[test]
fn a_server_that_is_stopped_says_farewell_and_ends_well() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::new();
    let mut server = Server::start(&ground, &[]);
    let mut terminal = server.way.open(&ground, "viv", &[], 80, 24);
    terminal.sees("Invoice reader");
    server.signal("TERM");
    assert!(terminal.ends().success(), "{}", terminal.text());
    assert!(terminal.is_restored());
    assert!(terminal.text().contains("the server is being stopped"), "{}", terminal.text());
    assert_eq!(server.ends(), Some(0));
    // The server is known again by its key.
    let again = Server::start(&ground, &[]);
    assert!(again.said.contains("Host key: ") && !again.said.contains("made just now"), "{}", again.said);
    let doctor = ground.keydeck(&["doctor"]);
    let fingerprint = again.said.split_whitespace().find(|word| word.starts_with("SHA256:")).unwrap();
    assert!(doctor.contains(fingerprint), "{doctor}");
}
