//! Ways in: an address of the network, or a socket in the file system, whose mode says who may come.

use std::{
    fmt, io,
    net::SocketAddr,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, UnixListener, UnixStream},
};

use super::limits::From;
use crate::{
    domain::name::printable,
    ops::failure::{Failure, Kind},
};

/// What a socket in the file system is written with.
const UNIX: &str = "unix:";

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// At an address.
    Address(SocketAddr),
    /// At a socket in the file system.
    Socket(PathBuf),
}

/// Both ways of a connection.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A connection, and where it comes from.
pub struct Came {
    /// Its bytes.
    pub wire: Box<dyn Wire>,
    /// By what it is counted.
    pub from: From,
    /// How the audit log calls the place.
    pub source: String,
}

/// A place where connections come in.
#[derive(Debug)]
pub enum Listener {
    /// At an address.
    Address(TcpListener),
    /// At a socket, which goes away with it.
    Socket(UnixListener, PathBuf),
}

impl Listen {
    /// Reads `ADDRESS:PORT`, `localhost:PORT` or `unix:PATH`.
    pub fn read(text: &str) -> Result<Self, Failure> {
        if let Some(path) = text.strip_prefix(UNIX) {
            let path = Path::new(path);
            if path.file_name().is_none() {
                return Err(Failure::usage(format!("\"{}\" names no socket", printable(text)))
                    .hint("write unix:/run/keydeck/http.sock"));
            }
            return Ok(Self::Socket(path.to_owned()));
        }
        let numbers = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
        let address = numbers.as_deref().unwrap_or(text).parse();
        address.map(Self::Address).map_err(|_| {
            Failure::usage(format!("\"{}\" is no place to listen", printable(text)))
                .hint("write 127.0.0.1:8443, [::1]:8443 or unix:/run/keydeck/http.sock")
        })
    }

    /// Says whether what goes there never leaves this machine.
    pub const fn stays_here(&self) -> bool {
        match self {
            Self::Address(address) => address.ip().is_loopback(),
            Self::Socket(_) => true,
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Socket(path) => write!(f, "{UNIX}{}", path.display()),
        }
    }
}

impl Listener {
    /// Begins to listen; a socket gets `mode`.
    pub async fn bind(listen: &Listen, mode: u32) -> Result<Self, Failure> {
        let failed = |error: io::Error| {
            Failure::new(Kind::Configuration, format!("nobody can be let in at {listen}: {error}"))
                .hint("choose another place with --http, or end what listens there")
        };
        match listen {
            Listen::Address(address) => TcpListener::bind(address).await.map(Self::Address).map_err(failed),
            Listen::Socket(path) => {
                let listener = socket(path, mode).await.map_err(failed)?;
                Ok(Self::Socket(listener, path.clone()))
            }
        }
    }

    /// Returns where it listens, with the port that the system chose.
    pub fn place(&self) -> io::Result<Listen> {
        match self {
            Self::Address(listener) => listener.local_addr().map(Listen::Address),
            Self::Socket(_, path) => Ok(Listen::Socket(path.clone())),
        }
    }

    /// Waits for the next connection.
    pub async fn accept(&self) -> io::Result<Came> {
        match self {
            Self::Address(listener) => {
                let (wire, peer) = listener.accept().await?;
                // Answers are small, and each is waited for.
                let _ = wire.set_nodelay(true);
                let ip = peer.ip().to_canonical();
                Ok(Came { wire: Box::new(wire), from: From::address(ip), source: ip.to_string() })
            }
            Self::Socket(listener, _) => {
                let (wire, _) = listener.accept().await?;
                let uid = wire.peer_cred()?.uid();
                Ok(Came { wire: Box::new(wire), from: From::User(uid), source: format!("unix uid {uid}") })
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Self::Socket(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Makes a socket that nobody can reach before it has its mode. One that nobody listens at any more is replaced.
async fn socket(path: &Path, mode: u32) -> io::Result<UnixListener> {
    if let Ok(there) = std::fs::symlink_metadata(path) {
        if !there.file_type().is_socket() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a file of that name is there"));
        }
        match UnixStream::connect(path).await {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
            Err(error) => return Err(error),
            Ok(_) => return Err(io::Error::new(io::ErrorKind::AddrInUse, "somebody listens there already")),
        }
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = PathBuf::from(beside);
    let _ = std::fs::remove_file(&beside);
    let listener = UnixListener::bind(&beside)?;
    let moved = std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(mode))
        .and_then(|()| std::fs::rename(&beside, path));
    moved.inspect_err(|_| drop(std::fs::remove_file(&beside)))?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_mistakes_explained() {
        for (text, stays) in [
            ("127.0.0.1:8080", true),
            ("[::1]:0", true),
            ("localhost:8080", true),
            ("0.0.0.0:443", false),
            ("[::]:443", false),
            ("10.0.0.1:443", false),
            ("unix:/run/keydeck.sock", true),
            ("unix:http.sock", true),
        ] {
            let listen = Listen::read(text).unwrap();
            assert_eq!(listen.stays_here(), stays, "{text}");
            assert_eq!(listen.to_string(), text.replace("localhost", "127.0.0.1"));
        }
        for text in ["", "8080", ":8080", "example.org:80", "unix:", "unix:/", "127.0.0.1", "127.0.0.1:99999"] {
            assert_eq!(Listen::read(text).unwrap_err().kind, Kind::Usage, "{text}");
        }
    }

    #[tokio::test]
    async fn a_socket_has_its_mode_replaces_a_dead_one_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("http.sock");
        let listen = Listen::Socket(path.clone());
        let first = Listener::bind(&listen, 0o660).await.unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o660);
        assert!(Listener::bind(&listen, 0o600).await.is_err(), "somebody listens there");
        drop(first);
        assert!(!path.exists(), "it goes away with the listener");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let again = Listener::bind(&listen, 0o600).await.unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
        drop(again);
        std::fs::write(&path, "a file").unwrap();
        assert!(Listener::bind(&listen, 0o600).await.is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a file");
    }
}
