//! Secrets: sealing, opening, and where `SECRET_KEY` comes from.
