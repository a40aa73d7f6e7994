//! Settings and the built-in providers: what keydeck knows before it opens a database.
//!
//! [`Settings`] come in layers: defaults, then a file, then the environment, then flags. No secret passes through them,
//! only the places where secrets are kept. [`Vendors`] are the known providers, from a file of data in the program and
//! one of the user's own. [`Probes`] are the questions by which they tell whether a key works.

pub mod database_url;
pub mod error;
pub mod layer;
pub mod paths;
pub mod place;
pub mod probes;
pub mod settings;
pub mod subscriber;
pub mod vendors;

pub use database_url::DatabaseUrl;
pub use error::SettingsError;
pub use paths::Paths;
pub use probes::Probes;
pub use settings::{Flags, Settings};
pub use subscriber::subscriber;
pub use vendors::Vendors;
