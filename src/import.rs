//! Foreign formats in: each source becomes records, never writes.
