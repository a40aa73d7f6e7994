//! Keeps the memory of this process out of core dumps and away from other processes of the same user.
//!
//! Swap is not locked out: `mlock` would need unsafe code or pin the whole process, which the usual limits refuse. The
//! report says whether the machine swaps at all, so that `doctor` can advise.

use std::io;

/// What [`harden_process`] achieved; each part is best effort and none is fatal.
#[derive(Debug)]
pub struct Hardening {
    /// Core dumps are off (`RLIMIT_CORE` is 0, hard and soft).
    pub no_core_dumps: io::Result<()>,
    /// Other processes of the same user can't trace this one or read its memory (`PR_SET_DUMPABLE` is 0; Linux only).
    pub not_traceable: io::Result<()>,
    /// Whether the machine has active swap, into which secrets could be written; `None` where that can't be told.
    pub swap_active: Option<bool>,
}

/// Hardens this process; called once at its start, before any secret is read.
pub fn harden_process() -> Hardening {
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    Hardening {
        no_core_dumps: rustix::process::setrlimit(rustix::process::Resource::Core, none).map_err(Into::into),
        not_traceable: forbid_tracing(),
        swap_active: std::fs::read_to_string("/proc/swaps").ok().map(|table| table.lines().count() > 1),
    }
}

#[cfg(target_os = "linux")]
fn forbid_tracing() -> io::Result<()> {
    Ok(rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?)
}
#[cfg(not(target_os = "linux"))]
fn forbid_tracing() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
