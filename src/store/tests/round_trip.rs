//! Whatever lawful records go in come out the same.
