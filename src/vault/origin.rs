//! Where a secret may be sent: the origin of a base URL, compared as browsers do but stricter in what it reads.

use std::{fmt, net::Ipv6Addr};

use thiserror::Error;

/// Scheme, host and port of an `http` or `https` URL, in one canonical spelling: `https://api.openai.com`.
///
/// Source of the notion: RFC 6454. Two spellings of one origin are equal; a text that two programs could read
/// differently (user names, backslashes, escapes in the host) is refused instead of guessed at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UrlOrigin(String);

/// Why a base URL has no origin to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UrlOriginError {
    /// It does not begin with `http://` or `https://`.
    #[error("a base URL begins with https:// or http://")]
    Scheme,
    /// It holds blanks, control characters, backslashes or a user name.
    #[error("a base URL can't hold blanks, control characters, backslashes or a user name")]
    Ambiguous,
    /// Its host is empty or holds something else than letters, digits, dots, hyphens and underscores.
    #[error("the host of a base URL is a name in ASCII or an address; write an international name in its xn-- form")]
    Host,
    /// Its port is no number up to 65535.
    #[error("the port of a base URL is a number from 1 to 65535")]
    Port,
}

impl UrlOrigin {
    /// Reads the origin of `url`.
    pub fn of(url: &str) -> Result<Self, UrlOriginError> {
        if url.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err(UrlOriginError::Ambiguous);
        }
        let (scheme, rest) = url.split_once("://").ok_or(UrlOriginError::Scheme)?;
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "https" => 443,
            "http" => 80,
            _ => return Err(UrlOriginError::Scheme),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(UrlOriginError::Ambiguous);
        }
        let (host, port) = split_port(authority)?;
        let host = canonical_host(host)?;
        Ok(Self(match port {
            Some(port) if port != default_port => format!("{scheme}://{host}:{port}"),
            _ => format!("{scheme}://{host}"),
        }))
    }

    /// Returns the canonical spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UrlOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Splits `host:port`; a colon inside brackets belongs to an IPv6 address.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), UrlOriginError> {
    let after_brackets = authority.rfind(']').map_or(0, |at| at + 1);
    let Some(colon) = authority[after_brackets..].find(':').map(|at| at + after_brackets) else {
        return Ok((authority, None));
    };
    let port = &authority[colon + 1..];
    if port.is_empty() {
        return Ok((&authority[..colon], None));
    }
    let number = port.bytes().all(|b| b.is_ascii_digit()).then(|| port.parse::<u16>().ok()).flatten();
    match number {
        Some(1..) => Ok((&authority[..colon], number)),
        _ => Err(UrlOriginError::Port),
    }
}

fn canonical_host(host: &str) -> Result<String, UrlOriginError> {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let address: Ipv6Addr = address.parse().map_err(|_| UrlOriginError::Host)?;
        return Ok(format!("[{address}]"));
    }
    let lawful = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if host.is_empty() || !host.bytes().all(lawful) {
        return Err(UrlOriginError::Host);
    }
    Ok(host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_one_origin_are_equal() {
        let same = |a: &str, b: &str| assert_eq!(UrlOrigin::of(a).unwrap(), UrlOrigin::of(b).unwrap());
        same("https://api.openai.com/v1", "HTTPS://API.OpenAI.com:443");
        same("http://localhost:11434", "http://localhost:11434/api?x=1");
        same("http://h:80#f", "http://h:");
        same("http://[::1]:8080/v1", "http://[0:0:0:0:0:0:0:1]:8080");
        assert_eq!(UrlOrigin::of("https://h:8443/v1").unwrap().as_str(), "https://h:8443");
    }

    #[test]
    fn other_schemes_hosts_and_ports_are_other_origins() {
        let all = ["https://h", "http://h", "https://h:444", "https://h.", "https://x.h", "http://h:443"];
        let origins: std::collections::HashSet<_> = all.iter().map(|url| UrlOrigin::of(url).unwrap()).collect();
        assert_eq!(origins.len(), all.len());
    }

    #[test]
    fn what_two_programs_could_read_differently_is_refused() {
        for (url, error) in [
            ("", UrlOriginError::Scheme),
            ("api.openai.com", UrlOriginError::Scheme),
            ("ftp://h", UrlOriginError::Scheme),
            ("https://", UrlOriginError::Host),
            ("https:///v1", UrlOriginError::Host),
            ("https://good.example\\@evil.example", UrlOriginError::Ambiguous),
            ("https://good.example@evil.example", UrlOriginError::Ambiguous),
            ("https://h\n", UrlOriginError::Ambiguous),
            (" https://h", UrlOriginError::Ambiguous),
            ("https://good.example%2f.evil.example", UrlOriginError::Host),
            ("https://bücher.example", UrlOriginError::Host),
            ("https://[::zz]", UrlOriginError::Host),
            ("https://[::1]x", UrlOriginError::Host),
            ("https://h:99999", UrlOriginError::Port),
            ("https://h:0", UrlOriginError::Port),
            ("https://h:+80", UrlOriginError::Port),
            ("https://h:80:80", UrlOriginError::Port),
        ] {
            assert_eq!(UrlOrigin::of(url), Err(error), "{url:?}");
        }
    }
}
