//! A sign that something works on: words and a turning bar, no Braille, which screen readers spell out.

use std::time::Duration;

/// Work that is shorter than this shows nothing.
pub const QUIET: Duration = Duration::from_millis(150);

/// How long each position of the bar stands; also how often a state that shows one wants a tick.
pub const STEP: Duration = Duration::from_millis(120);

const BAR: [char; 4] = ['|', '/', '-', '\\'];

/// Returns what to show for work that has gone on for `elapsed`: nothing at first, then the bar and the words, after a
/// second also the time and how to stop it. Without motion the bar stands still.
pub fn spinner(words: &str, elapsed: Duration, motion: bool) -> Option<String> {
    working(words, elapsed, motion, true)
}

/// Does the same for work that can or can't be stopped.
pub fn working(words: &str, elapsed: Duration, motion: bool, can_stop: bool) -> Option<String> {
    if elapsed < QUIET {
        return None;
    }
    let turn = usize::try_from(elapsed.as_millis() / STEP.as_millis()).unwrap_or(0);
    let sign = if motion { BAR[turn % BAR.len()] } else { '*' };
    Some(match elapsed.as_secs() {
        0 => format!("{sign} {words}"),
        seconds if can_stop => format!("{sign} {words} {seconds} s · esc cancel"),
        seconds => format!("{sign} {words} {seconds} s"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_quiet_then_turns_then_tells_the_time() {
        assert_eq!(spinner("reading", Duration::from_millis(100), true), None);
        assert_eq!(spinner("reading", Duration::from_millis(250), true).as_deref(), Some("- reading"));
        assert_eq!(spinner("reading", Duration::from_millis(250), false).as_deref(), Some("* reading"));
        assert_eq!(
            spinner("reading", Duration::from_millis(2_100), false).as_deref(),
            Some("* reading 2 s · esc cancel")
        );
    }
}
