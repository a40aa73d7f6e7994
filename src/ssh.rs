//! The door over SSH: operators come with their public keys, and get the console or the command line; nothing else.
//!
//! Two ways lead in. [`server`] is a server of its own (`keydeck serve`): it knows people by the keys in the database,
//! holds `SECRET_KEY` from its start, and runs each session apart from the others. [`forced`] runs under OpenSSH's server
//! (`ForceCommand keydeck --ssh`), which says which key was shown. Both hand the same words to the same command line, as
//! somebody from afar: there is no shell, no file and no other program to be reached.
//!
//! russh is known in this room alone; its API moves often.

pub mod forced;
pub mod host_key;
pub mod limits;
pub mod server;
pub mod words;

mod channel;
mod connection;
mod line;
mod refusal;
mod streams;
mod teletype;
mod terminal;
mod wire;
