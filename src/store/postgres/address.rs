//! The address of a database on a server, read from its URL. A password never leaves the options.

use std::{net::IpAddr, str::FromStr};

use sqlx::{
    ConnectOptions,
    postgres::{PgConnectOptions, PgSslMode},
};

use super::super::error::StoreError;

/// The options after `?` that mean something here. Any other is refused: one that is passed over in silence may be the
/// one on which somebody relies.
const KNOWN: [&str; 17] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
];

/// How many statements a connection keeps prepared, unless the URL says otherwise.
const PREPARED: usize = 256;

/// Reads a URL as libpq does, what it leaves open from `PGHOST` and its like and from the password file.
///
/// Unless the URL or `PGSSLMODE` says otherwise, a server beyond this machine must prove by its certificate that it is
/// the one that was meant.
pub(in crate::store) fn read(url: &str) -> Result<PgConnectOptions, StoreError> {
    let malformed = || StoreError::Location { reason: "the URL is not well formed" };
    let names: Vec<&str> = options(url).map(|(name, _)| name).collect();
    if names.iter().any(|name| !KNOWN.contains(name) && *name != "options" && !name.starts_with("options[")) {
        return Err(StoreError::Location { reason: "the URL has an option that keydeck does not know" });
    }
    let mut address = PgConnectOptions::from_str(url).map_err(|_| malformed())?.disable_statement_logging();
    if !names.contains(&"application_name") && std::env::var_os("PGAPPNAME").is_none() {
        address = address.application_name("keydeck");
    }
    if !names.contains(&"statement-cache-capacity") {
        address = address.statement_cache_capacity(PREPARED);
    }
    let chosen = names.iter().any(|name| matches!(*name, "sslmode" | "ssl-mode"));
    if !chosen && std::env::var_os("PGSSLMODE").is_none() && !is_here(&address) {
        address = address.ssl_mode(PgSslMode::VerifyFull);
    }
    Ok(address)
}

/// Returns the options after `?`, names and values as they are written.
fn options(url: &str) -> impl Iterator<Item = (&str, &str)> {
    let options = url.split_once('?').map_or("", |(_, options)| options);
    let options = options.split_once('#').map_or(options, |(options, _)| options);
    options.split('&').filter(|option| !option.is_empty()).map(|option| option.split_once('=').unwrap_or((option, "")))
}

/// Says whether the server is on this machine.
pub(super) fn is_here(address: &PgConnectOptions) -> bool {
    let host = address.get_host();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    address.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// Writes an address for people: where the server is, and the name of the database.
pub(super) fn shown(address: &PgConnectOptions) -> String {
    let database = address.get_database().unwrap_or_else(|| address.get_username());
    match address.get_socket() {
        Some(socket) => format!("{database} at {}", socket.display()),
        None => format!("postgres://{}:{}/{database}", address.get_host(), address.get_port()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_beyond_this_machine_must_prove_who_it_is() {
        let mode = |url| read(url).map(|address| format!("{:?}", address.get_ssl_mode())).expect("is read");
        for here in
            ["postgres://u@localhost/d", "postgres://u@127.0.0.7/d", "postgres://u@[::1]/d", "postgres://%2Frun/d"]
        {
            assert_eq!(mode(here), "Prefer", "{here}");
        }
        assert_eq!(mode("postgres://u@db.example.com/d"), "VerifyFull");
        assert_eq!(mode("postgres://u@localhost.example.com/d"), "VerifyFull");
        assert_eq!(mode("postgres://u@localhost/d?host=db.example.com"), "VerifyFull");
        assert_eq!(mode("postgres://u@db.example.com/d?sslmode=require"), "Require");
    }

    #[test]
    fn what_is_wrong_is_said_without_the_url() {
        for url in ["postgres://u:hunter2@h:port/d", "postgres://u:hunter2@h/d?ssl=on", "postgres://u@h/d?port=hunter2"]
        {
            let Err(error) = read(url) else { panic!("{url}") };
            assert!(matches!(error, StoreError::Location { .. }), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn an_address_is_shown_without_user_and_password() {
        let shown = |url| shown(&read(url).expect("is read"));
        assert_eq!(shown("postgres://u:hunter2@db.example.com:5433/keys"), "postgres://db.example.com:5433/keys");
        assert_eq!(shown("postgres://u@%2Frun%2Fpostgresql/keys"), "keys at /run/postgresql");
    }
}
