//! The console: bytes to events to actions to state to frames.
