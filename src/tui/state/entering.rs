//! Entering another workspace: what belongs to the one before is forgotten, what belongs to the person stays.

use super::{State, memory, start::Start};

impl State {
    /// Says why one can't go to another workspace now.
    pub fn keeps_here(&self) -> Option<&'static str> {
        if self.verifying.is_some() {
            return Some("vendors are still being asked about keys; esc stops that");
        }
        self.jobs.is_writing().then_some("something is still being written")
    }

    /// Begins anew, in a workspace that is still to be read. The way through the one before is remembered.
    pub fn start_over(&mut self) {
        memory::remember(self);
        let fresh = Self::new(Start {
            database: self.database.clone(),
            keymap: self.keymap.clone(),
            theme: self.theme.clone(),
            own_themes: self.own_themes.clone(),
            follow: self.follow.clone(),
            expiring_days: self.expiring_days,
            idle_lock: self.idle_lock,
            has_key: self.has_key,
            types_key: self.types_key,
            still: self.still,
            line_by_line: self.line_by_line,
            link: None,
            seed: 0,
            afar: self.afar,
            mouse: self.mouse,
            memory: None,
        });
        let before = std::mem::replace(self, fresh);
        self.begun = true;
        self.starts_over = true;
        self.opening = Some(before.now);
        (self.size, self.now, self.touched) = (before.size, before.now, before.touched);
        (self.ids, self.generation) = (before.ids, before.generation);
        (self.commands, self.columns, self.memories) = (before.commands, before.columns, before.memories);
        (self.journal, self.report, self.toasts) = (before.journal, before.report, before.toasts);
        (self.workspaces, self.clipboard_until) = (before.workspaces, before.clipboard_until);
    }
}
