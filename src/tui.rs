//! The console: bytes to events to actions to state to frames.
//!
//! ```text
//! bytes ─► decode ─► Event ─► Keymap ─► Action ─► update(&mut State) ─► effects ─► tasks
//!   ▲                                                 │                              │
//!   └── diff bytes ◄── Screen ◄── view(&State, &Theme)  ◄──── Event::Done(outcome) ◄─┘
//! ```

pub mod action;
pub mod decode;
pub mod event;
pub mod keymap;
pub mod picture;
pub mod runtime;
pub mod terminal;
pub mod theme;
pub mod widget;
