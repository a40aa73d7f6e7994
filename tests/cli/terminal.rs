//! What a person at a terminal is asked: names before things go, secrets without echo, and whatever a program with a key
//! asks.

use std::{
    io::{Read, Write},
    sync::{Arc, Condvar, Mutex},
    time::{Duration, Instant},
};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::home::Home;

/// Longer than anything here takes on a slow machine; only a failure waits for it.
const PATIENCE: Duration = Duration::from_mins(1);

/// A conversation with the program on a terminal of its own.
struct Talk {
    screen: Arc<(Mutex<(String, bool)>, Condvar)>,
    keyboard: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn portable_pty::Child + Send + Sync>,
}

impl Talk {
    fn begin(home: &Home, arguments: &[&str]) -> Self {
        Self::begin_in("C.UTF-8", home, arguments)
    }

    fn begin_in(locale: &str, home: &Home, arguments: &[&str]) -> Self {
        let size = PtySize { rows: 24, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_keydeck"));
        command.env_clear();
        command.env("HOME", home.path());
        command.env("TERM", "xterm-256color");
        command.env("LANG", locale);
        command.cwd(home.path());
        command.args(arguments);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let screen = Arc::new((Mutex::new((String::new(), false)), Condvar::new()));
        let (mut reader, seen) = (pair.master.try_clone_reader().unwrap(), Arc::clone(&screen));
        let keyboard = pair.master.take_writer().unwrap();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                let read = reader.read(&mut bytes).unwrap_or(0);
                let mut state = seen.0.lock().unwrap();
                state.0.push_str(&String::from_utf8_lossy(&bytes[..read]));
                state.1 = read == 0;
                seen.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Self { screen, keyboard, master: pair.master, child }
    }

    fn expect(&self, text: &str) {
        let state = self.screen.0.lock().unwrap();
        let waiting = |state: &mut (String, bool)| !state.0.contains(text) && !state.1;
        let (state, _) = self.screen.1.wait_timeout_while(state, PATIENCE, waiting).unwrap();
        assert!(state.0.contains(text), "waited for {text:?}, saw:\n{}", state.0);
    }

    /// Waits until the terminal no longer shows what is typed.
    fn expect_silence(&self) {
        const ECHO: u64 = 8;
        let begun = Instant::now();
        let echoes = || self.master.get_termios().is_none_or(|modes| u64::from(modes.local_flags.bits()) & ECHO != 0);
        while echoes() {
            assert!(begun.elapsed() < PATIENCE, "the terminal still echoes");
            std::thread::yield_now();
        }
    }

    fn say(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    fn end(mut self) -> (u32, String) {
        let code = self.child.wait().unwrap().exit_code();
        let state = self.screen.0.lock().unwrap();
        let (state, _) = self.screen.1.wait_timeout_while(state, PATIENCE, |state| !state.1).unwrap();
        (code, state.0.clone())
    }
}

#[test]
fn what_goes_is_named_first() {
    let home = Home::founded();
    home.done(&["add", "app", "billing"]);
    let mut talk = Talk::begin(&home, &["remove", "app/billing"]);
    talk.expect("Type \"billing\" to remove it: ");
    talk.say("biling\r");
    let (code, screen) = talk.end();
    assert_eq!(code, 2, "{screen}");
    assert!(home.done(&["list", "apps"]).contains("billing"));

    let mut talk = Talk::begin(&home, &["remove", "app/billing"]);
    talk.expect("to remove it: ");
    talk.say("billing\r");
    let (code, screen) = talk.end();
    assert_eq!(code, 0, "{screen}");
    assert!(!home.done(&["list", "apps"]).contains("billing"));
}

#[test]
fn a_secret_is_asked_for_without_echo() {
    let home = Home::founded();
    let mut talk = Talk::begin(&home, &["add", "credential", "main", "provider=openai"]);
    talk.expect("(leave empty to go without): ");
    talk.expect_silence();
    talk.say("sk-FAKE-typed-at-a-terminal-x9Kd\r");
    // Other secret fields of the form, if there are any, stay empty.
    talk.say("\r\r");
    let (code, screen) = talk.end();
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains("sk-FAKE"), "{screen}");
    assert_eq!(home.json(&["list", "credentials"])["credentials"][0]["last4"], "…x9Kd");
}

#[test]
fn init_offers_to_write_a_key_file() {
    let home = Home::empty();
    let mut talk = Talk::begin(&home, &["init"]);
    talk.expect("readable by you alone? [y/N] ");
    talk.say("y\r");
    let (code, screen) = talk.end();
    assert_eq!(code, 0, "{screen}");
    let key = std::fs::read_to_string(home.path().join(".config/keydeck/secret.key")).unwrap();
    assert!(!screen.contains(key.trim()), "the key itself is never printed");
    assert!(key.trim().len() >= 32);
}

#[test]
fn init_says_what_is_to_be_typed_and_leaves_nothing_of_what_was_not_taken() {
    let home = Home::empty();
    let mut talk = Talk::begin(&home, &["init"]);
    talk.expect("readable by you alone? [y/N] ");
    talk.say("n\r");
    talk.expect("16 characters or more");
    talk.expect("SECRET_KEY: ");
    talk.expect_silence();
    talk.say("short\r");
    let (code, screen) = talk.end();
    assert_ne!(code, 0, "{screen}");
    assert!(!home.path().join(".local").exists() && !home.path().join(".config").exists(), "{screen}");
}

#[test]
fn a_locale_without_utf_8_is_shown_ascii_alone() {
    let home = with_a_key();
    for (arguments, known) in
        [(&["why", "bot"][..], "main"), (&["why", "bott"], "did you mean bot?"), (&["--help"], "LLM-provider key")]
    {
        let (_, screen) = Talk::begin_in("C", &home, arguments).end();
        assert!(screen.is_ascii() && screen.contains(known), "{arguments:?}: {screen}");
        let (_, screen) = Talk::begin(&home, arguments).end();
        assert!(!screen.is_ascii() && screen.contains(known), "{arguments:?}: {screen}");
    }
    // What a program reads stays as it is.
    let piped = home.done(&["why", "bot"]);
    assert!(piped.contains('✓'), "{piped}");
}

/// A home with a workflow whose node uses a key.
fn with_a_key() -> Home {
    let home = Home::founded();
    let input = br#"{"api_key": "sk-FAKE-given-at-a-terminal-x9Kd"}"#;
    let add = ["add", "credential", "main", "provider=openai", "--stdin-json"];
    assert!(home.run(&add, Some(input)).status.success());
    home.done(&["add", "workflow", "bot"]);
    home.done(&["add", "node", "bot/ask", "provider=openai", "model=gpt-4o"]);
    home.done(&["assign", "workspace", "key/main", "--provider", "openai"]);
    home
}

/// A program that is handed a key talks with the person at the terminal as if nobody stood between: what it asks is seen at
/// once, it reads what is typed, also without echo, and only the key is not shown.
#[test]
fn a_program_with_a_key_asks_at_the_terminal() {
    const SCRIPT: &str = "test -t 0 && echo at-a-terminal; printf 'Name? '; read -r name; printf 'Word? ' > /dev/tty; \
         stty -echo < /dev/tty; read -r word < /dev/tty; stty echo < /dev/tty; \
         echo \"$name has $OPENAI_API_KEY and ${#word} letters\"; exit 3";
    let home = with_a_key();
    let mut talk = Talk::begin(&home, &["exec", "bot", "--", "/bin/sh", "-c", SCRIPT]);
    talk.expect("at-a-terminal");
    talk.expect("Name? ");
    talk.say("Ada\r");
    talk.expect("Word? ");
    talk.expect_silence();
    talk.say("hushhush\r");
    let (code, screen) = talk.end();
    assert_eq!(code, 3, "{screen}");
    assert!(screen.contains("Ada has [redacted] and 8 letters"), "{screen}");
    assert!(!screen.contains("hushhush") && !screen.contains("sk-FAKE"), "{screen}");
}

/// Ctrl-c is the program's to answer, and its end is ours.
#[test]
fn ctrl_c_at_the_terminal_reaches_the_program_with_the_key() {
    const SCRIPT: &str = "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.05; done";
    let home = with_a_key();
    let mut talk = Talk::begin(&home, &["exec", "bot", "--", "/bin/sh", "-c", SCRIPT]);
    talk.expect("ready");
    talk.say("\u{3}");
    let (code, screen) = talk.end();
    assert_eq!((code, screen.contains("caught")), (5, true), "{screen}");
}
