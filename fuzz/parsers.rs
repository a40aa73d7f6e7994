//! The fuzzer of one parser, which the variable `FUZZ_TARGET` names.
#![no_main]

#[path = "targets.rs"]
#[expect(dead_code, reason = "seeds are read by `fuzz/run`")]
mod targets;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use targets::{TARGETS, Target};

static TARGET: LazyLock<&'static Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names the parser");
    TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| panic!("there is no target {name}"))
});

fuzz_target!(|bytes: &[u8]| (TARGET.check)(bytes));
