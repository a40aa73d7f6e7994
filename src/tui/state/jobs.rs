//! Work that goes on outside: what it is, since when, and whether it can be stopped.

use std::time::Duration;

use crate::{domain::Timestamp, tui::widget::spinner};

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub number: u64,
    /// What it is, in words.
    pub words: &'static str,
    /// Whether stopping it leaves nothing half done.
    pub can_stop: bool,
    /// Whether it writes a revision, so that the news of it is no news.
    pub applies: bool,
    /// Since when it goes on.
    pub since: Timestamp,
}

/// What goes on, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    jobs: Vec<Job>,
}

impl Jobs {
    /// Adds a piece of work.
    pub fn begin(&mut self, job: Job) {
        self.jobs.push(job);
    }

    /// Takes one away that ended.
    pub fn end(&mut self, number: u64) {
        self.jobs.retain(|job| job.number != number);
    }

    /// Says whether something of this session is being written into a revision.
    pub fn is_applying(&self) -> bool {
        self.jobs.iter().any(|job| job.applies)
    }

    /// Says whether something goes on that must go to its end.
    pub fn is_writing(&self) -> bool {
        self.jobs.iter().any(|job| !job.can_stop)
    }

    /// Takes the newest work away that is seen and can be stopped, and returns its number.
    pub fn stop(&mut self, now: Timestamp) -> Option<u64> {
        let at = self.jobs.iter().rposition(|job| job.can_stop && elapsed(job, now) >= spinner::QUIET)?;
        Some(self.jobs.remove(at).number)
    }

    /// Says what goes on, once that takes long enough to be told.
    pub fn told(&self, now: Timestamp, motion: bool) -> Option<String> {
        let job = self.jobs.first()?;
        spinner::working(job.words, elapsed(job, now), motion, job.can_stop)
    }

    /// Returns how long after `now` something else is to be told.
    pub fn next_tick(&self, now: Timestamp, motion: bool) -> Option<Duration> {
        let elapsed = elapsed(self.jobs.first()?, now);
        if elapsed < spinner::QUIET {
            return Some(spinner::QUIET.saturating_sub(elapsed));
        }
        Some(if motion { spinner::STEP } else { Duration::from_secs(1) })
    }
}

fn elapsed(job: &Job, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(job.since)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_late_and_stopped_only_where_that_harms_nothing() {
        let at = |millisecond| Timestamp::from_millisecond(millisecond).unwrap();
        let job = |number, can_stop| Job { number, words: "Searching", can_stop, applies: !can_stop, since: at(0) };
        let mut jobs = Jobs::default();
        jobs.begin(job(1, false));
        jobs.begin(job(2, true));
        assert_eq!(jobs.told(at(100), true), None);
        assert_eq!(jobs.next_tick(at(100), true), Some(Duration::from_millis(50)));
        assert_eq!(jobs.stop(at(100)), None, "nobody stops what they don't see");
        assert!(jobs.told(at(200), false).unwrap().contains("Searching"));
        assert!(!jobs.told(at(2_000), false).unwrap().contains("esc"), "what writes goes to its end");
        assert_eq!(jobs.stop(at(2_000)), Some(2));
        assert_eq!(jobs.stop(at(2_000)), None);
        jobs.end(1);
        assert!(!jobs.is_applying() && jobs.next_tick(at(2_000), true).is_none());
    }
}
