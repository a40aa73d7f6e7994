//! Streams: where a command reads and writes, and what may be known of the terminal there. The process's own, or a
//! channel from afar: commands can't tell.

use std::{
    ffi::OsString,
    fmt::Debug,
    io::{self, BufRead, IsTerminal, Read, Write},
    os::fd::AsFd,
    sync::Arc,
};

use zeroize::Zeroizing;

/// One of the three ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Standard input.
    Input,
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// Where a command reads and writes. Reading and writing may block.
pub trait Streams: Debug + Send + Sync {
    /// Reads some of standard input; nothing at its end.
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes all of it, past any buffer that would keep a copy.
    fn write(&self, end: End, bytes: &[u8]) -> io::Result<()>;

    /// Says whether a terminal is at an end.
    fn is_terminal(&self, end: End) -> bool;

    /// Returns how many columns the terminal of standard output has; none if there is none.
    fn width(&self) -> Option<usize>;

    /// Returns a variable of the environment of whoever sits there.
    fn variable(&self, name: &str) -> Option<OsString>;

    /// Returns the same, if it is text.
    fn text_variable(&self, name: &str) -> Option<String> {
        self.variable(name).and_then(|value| value.into_string().ok())
    }

    /// Reads a line that is typed at a terminal; with its end, which is missing at the end of input.
    fn line(&self) -> io::Result<String>;

    /// Asks for a line without echo.
    fn hidden(&self, question: &str) -> io::Result<Zeroizing<String>>;
}

/// The streams of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Own;

impl Own {
    /// Returns them in the form that commands take.
    pub fn shared() -> Arc<dyn Streams> {
        Arc::new(Self)
    }
}

impl Streams for Own {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        io::stdin().lock().read(buffer)
    }

    fn write(&self, end: End, mut bytes: &[u8]) -> io::Result<()> {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let to = if end == End::Error { stderr.as_fd() } else { stdout.as_fd() };
        while !bytes.is_empty() {
            match rustix::io::write(to, bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => bytes = &bytes[written..],
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn is_terminal(&self, end: End) -> bool {
        match end {
            End::Input => io::stdin().is_terminal(),
            End::Output => io::stdout().is_terminal(),
            End::Error => io::stderr().is_terminal(),
        }
    }

    fn width(&self) -> Option<usize> {
        let stdout = io::stdout();
        let size = rustix::termios::tcgetwinsize(&stdout).ok().filter(|_| stdout.is_terminal())?;
        Some(usize::from(size.ws_col)).filter(|width| *width > 0)
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    fn line(&self) -> io::Result<String> {
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        Ok(answer)
    }

    fn hidden(&self, question: &str) -> io::Result<Zeroizing<String>> {
        io::stderr().flush()?;
        rpassword::prompt_password(question).map(Zeroizing::new)
    }
}

/// Standard input as a reader, for whatever reads from one.
#[derive(Debug)]
pub struct Reader<'a>(pub &'a dyn Streams);

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}
