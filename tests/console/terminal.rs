//! A person at a terminal: the real binary in a pty, what it shows, and keys.

use std::{
    io::{Read, Write},
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// How long a person waits for something to appear before they give up.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program in a pty of its own.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    bytes: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// Everything that was ever written to the terminal.
    pub written: Vec<u8>,
}

impl Terminal {
    /// Starts the program with `arguments` and `home` as its home, in a window of that size.
    pub fn start(home: &Path, arguments: &[&str], columns: u16, rows: u16) -> Self {
        Self::start_with(home, arguments, &[], (columns, rows))
    }

    /// Starts the program with variables besides, or instead of those that it has anyway.
    pub fn start_with(home: &Path, arguments: &[&str], variables: &[(&str, &str)], size: (u16, u16)) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_keydeck"));
        command.args(arguments);
        Self::run_with(command, home, variables, size)
    }

    /// Starts any program, with `home` as its home and nothing else of this environment.
    pub fn run(command: CommandBuilder, home: &Path, columns: u16, rows: u16) -> Self {
        Self::run_with(command, home, &[], (columns, rows))
    }

    fn run_with(mut command: CommandBuilder, home: &Path, more: &[(&str, &str)], (columns, rows): (u16, u16)) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pty");
        command.env_clear();
        for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("PATH", "/usr/bin:/bin")] {
            command.env(name, value);
        }
        for (name, value) in more {
            command.env(name, value);
        }
        command.env("HOME", home);
        command.cwd(home);
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let keys = pair.master.take_writer().expect("a writer");
        let screen = vt100::Parser::new(nonzero(rows), nonzero(columns), 0);
        Self { master: pair.master, child, keys, bytes, screen, written: Vec::new() }
    }

    /// Returns the text of the screen.
    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Types keys. Every byte arrives at once, as on a slow line.
    pub fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("the program reads its keys");
        self.keys.flush().expect("the program reads its keys");
    }

    /// Waits until the screen shows `text`.
    #[track_caller]
    pub fn sees(&mut self, text: &str) {
        self.waits(&format!("\"{text}\""), |screen| screen.contains(text));
    }

    /// Waits until the screen no longer shows `text`.
    #[track_caller]
    pub fn loses(&mut self, text: &str) {
        self.waits(&format!("\"{text}\" to go"), |screen| !screen.contains(text));
    }

    /// Waits until the screen is as `condition` says.
    #[track_caller]
    pub fn waits(&mut self, what: &str, condition: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition(&self.text()) {
            match self.bytes.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.shows(&bytes),
                Err(RecvTimeoutError::Timeout) => panic!("waited for {what} in vain; the screen:\n{}", self.text()),
                Err(RecvTimeoutError::Disconnected) => panic!("the program ended before {what}:\n{}", self.text()),
            }
        }
    }

    fn shows(&mut self, bytes: &[u8]) {
        self.written.extend_from_slice(bytes);
        self.screen.process(bytes);
    }

    /// Gives the window another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.master
            .resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })
            .expect("the window resizes");
        self.screen.screen_mut().set_size(nonzero(rows), nonzero(columns));
    }

    /// Sends the process a signal by its number's name: `TERM`, `HUP`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.process_id().expect("it runs").to_string();
        let status = std::process::Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill runs");
        assert!(status.success());
    }

    /// Waits until the program ends, and returns how; everything that it wrote was shown.
    #[track_caller]
    pub fn ends(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.bytes.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.shows(&bytes),
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().expect("it ended"),
                Err(RecvTimeoutError::Timeout) => panic!("it does not end; the screen:\n{}", self.text()),
            }
        }
    }

    /// Says whether the terminal was left as it was found: no alternate screen, cursor shown, no mouse, no paste mode.
    pub fn is_restored(&self) -> bool {
        let screen = self.screen.screen();
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn nonzero(cells: u16) -> std::num::NonZeroU16 {
    std::num::NonZeroU16::new(cells).expect("a window has cells")
}

/// Not every crate of tests needs all of it.
const _: fn(&Path, &[&str], u16, u16) -> Terminal = Terminal::start;
const _: fn(CommandBuilder, &Path, u16, u16) -> Terminal = Terminal::run;
