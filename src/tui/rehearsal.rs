//! A rehearsal: the console over the demo's organisation, without database, terminal or clock. Keys go in, effects are
//! done at once, and what is on the screen comes out.

mod answers;
mod elsewhere;
mod others;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock},
};

use jiff::civil::Date;
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};

use self::{
    answers::{logged, outlook},
    elsewhere::leads_elsewhere,
};
use super::{
    action::Action,
    effect::{Done, Effect, Step},
    event::{Event, Keys, Pasted},
    keymap::Keymap,
    picture,
    state::{Data, Start, State, matrix::Matrix, overlay::Revealed, overview::Overview},
    theme::Theme,
    update, view,
};
use crate::{
    config::Vendors,
    cost::price::BundledPrices,
    domain::{
        Text, Timestamp,
        catalogue::Catalogue,
        change::Change,
        credential::{Credential, Sealed, SecretRef},
        fact::{Answer, Facts, Month, Spent, Usage},
        id::Id,
        record::Record,
        usage::{UsageDetail, UsageSum},
    },
    import::demo::{Demo, Options},
    ops::{
        approval::{Approver, Waiting},
        audit::LogPage,
        costs::{CostOverview, CostQuestion, DRAWN_DAYS, Period},
        failure::{Failure, Kind},
        meanwhile::Meanwhile,
        verify::{VerifyRow, Which},
        view::View,
    },
    store::{Revision, Staged},
};

/// The instant of every rehearsal.
pub(crate) const NOW: &str = "2026-11-21T09:30:00Z";

static ORGANISATION: LazyLock<Catalogue> = LazyLock::new(organisation);

/// The demo's usage.
static USAGE: LazyLock<Vec<Usage>> = LazyLock::new(|| {
    let now: Timestamp = NOW.parse().unwrap();
    let prices = BundledPrices::new(Vendors::built_in().price_ids());
    Demo::generate(&Options { workflows: 100, seed: 7, now }).usage(&prices).collect()
});

fn organisation() -> Catalogue {
    let now: Timestamp = NOW.parse().unwrap();
    let demo = Demo::generate(&Options { workflows: 100, seed: 7, now });
    let vendors = Vendors::built_in();
    let prices = Arc::new(BundledPrices::new(vendors.price_ids()));
    let mut facts = Facts { number: 1, ..Facts::default() };
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let parents: HashMap<_, _> = demo
        .records()
        .filter_map(|record| match record {
            Record::Department(it) => Some((it.id, it.parent?)),
            _ => None,
        })
        .collect();
    for line in demo.usage(&*prices) {
        let (Some(workflow), Some(amount)) = (line.workflow, line.spend) else { continue };
        let spent = Spent { amount, estimate: line.estimate };
        if today.since(line.day).unwrap().get_days() < 30 {
            facts.recent.add(workflow, spent);
        }
        let noon = line.day.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let month = facts.spend.entry(Month::of(noon)).or_default();
        if let Some(key) = line.credential {
            month.credentials.add(key, spent);
        }
        let path = std::iter::successors(line.department, |id| parents.get(id).copied());
        path.for_each(|department| month.departments.add(department, spent));
        month.workflows.add(workflow, spent);
    }
    let catalogue = Catalogue::new(demo.workspace().clone(), &vendors.providers(), prices);
    catalogue.with_records(demo.records().map(|record| (record, None)), 1, Arc::new(facts))
}

/// The console, and the database that it believes to have.
pub(crate) struct Rehearsal {
    pub(crate) state: State,
    staged: Vec<(u64, Change)>,
    numbers: u64,
    applied: Vec<(Revision, Vec<Change>)>,
    /// The revision up to which the operator knows what others applied, and what they applied since.
    base: u64,
    came: Vec<(u64, Change)>,
    /// What others have staged.
    pub(crate) waiting: Vec<Waiting>,
    /// Who approved what is staged.
    pub(crate) approvals: Vec<Approver>,
    /// Whether undoing fails, as where others changed the same.
    pub(crate) stubborn: bool,
    /// What was sent to the clipboard.
    pub(crate) copied: Vec<String>,
    /// How many effects were asked for.
    pub(crate) effects: usize,
    /// The workspaces of the database, the first one that was open, and the name of the one that was entered last.
    workspaces: Vec<Text>,
    home: Option<View>,
    entered: String,
    /// Plans are held back while this is set, to see what stands there meanwhile.
    pub(crate) slow: bool,
}

impl Rehearsal {
    /// Opens the demo as an operator, on a screen of that size.
    pub(crate) fn new(login: &str, width: u16, height: u16) -> Self {
        Self::over(View::rehearsed(ORGANISATION.clone(), login, false), "keydeck-dark", width, height)
    }

    /// Opens the demo with a sealed secret in every key, as far as its record tells.
    pub(crate) fn with_secrets(login: &str, width: u16, height: u16) -> Self {
        let view = View::rehearsed(ORGANISATION.clone(), login, false);
        let seal = |key: &Credential| {
            let sealed = Sealed { version: Id::new(key.id.uuid()), last4: None, fields: vec!["api_key".into()] };
            Change::edit(key.clone(), Credential { secret: SecretRef::Sealed(sealed), ..key.clone() })
        };
        let changes: Vec<Change> = view.credentials().filter_map(|(_, key)| seal(key)).collect();
        Self::over(view.with_revision(&changes, 1), "keydeck-dark", width, height)
    }

    /// Opens a view.
    pub(crate) fn over(view: View, theme: &str, width: u16, height: u16) -> Self {
        let mut rehearsal = Self {
            state: begin(theme),
            staged: Vec::new(),
            numbers: 0,
            applied: Vec::new(),
            base: 1,
            came: Vec::new(),
            waiting: Vec::new(),
            approvals: Vec::new(),
            stubborn: false,
            copied: Vec::new(),
            effects: 0,
            workspaces: Vec::new(),
            home: None,
            entered: String::new(),
            slow: false,
        };
        rehearsal.hear(Event::Tick(NOW.parse().unwrap()));
        rehearsal.state.begun = true;
        rehearsal.hear(Event::Resize(width, height));
        let data = Data::of(view);
        rehearsal.hear(Event::Done(Done::Opened { data, staged: Staged::default(), log: Vec::new(), unlocked: true }));
        rehearsal
    }

    /// Returns the demo's catalogue.
    pub(crate) fn organisation() -> Catalogue {
        ORGANISATION.clone()
    }

    /// Takes one event, and does at once what comes of it.
    pub(crate) fn hear(&mut self, event: Event<Done>) {
        let effects = update::update(&mut self.state, event);
        for effect in effects {
            self.effects += 1;
            let done = if leads_elsewhere(&effect) { Some(self.elsewhere(effect)) } else { self.perform(effect) };
            if let Some(done) = done {
                self.hear(Event::Done(done));
            }
        }
    }

    /// Presses keys, in the notation of keymaps.
    pub(crate) fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.parse::<Keys>().unwrap().0 {
            self.hear(Event::Key(key));
        }
        self
    }

    /// Types a text.
    pub(crate) fn types(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            self.hear(Event::Key(letter.into()));
        }
        self
    }

    /// Pastes a text.
    pub(crate) fn pastes(&mut self, text: &str) -> &mut Self {
        self.hear(Event::Paste(Pasted::new(text.to_owned())));
        self
    }

    /// Returns the frame.
    pub(crate) fn frame(&self) -> Buffer {
        frame(&self.state)
    }

    /// Returns the frame as text.
    pub(crate) fn text(&self) -> String {
        picture::text(&self.frame())
    }

    fn perform(&mut self, effect: Effect) -> Option<Done> {
        let view = self.state.view().unwrap().clone();
        Some(match effect {
            Effect::Census(data, now) => {
                let of = (data.view.revision(), data.view.facts());
                Done::Counted { of, census: Arc::new(data.tree.census(&data.view, now)) }
            }
            Effect::Search { generation, view, tree, filter, now } => {
                Done::Found { generation, matching: tree.matching(&view, &filter, now) }
            }
            Effect::Overview { generation, view, within_days, now } => {
                Done::Overview { generation, overview: Arc::new(Overview::of(&view, within_days, now)) }
            }
            Effect::Matrix { generation, view, before, inputs, now } => {
                Done::Matrix { generation, matrix: Arc::new(Matrix::of(&view, before.as_ref(), &inputs, now)) }
            }
            Effect::MatrixRows { generation, matrix, view, filter } => {
                Done::MatrixRows { generation, rows: matrix.select(&view, &filter) }
            }
            Effect::Plan { .. } if self.slow => return None,
            Effect::Plan { generation, purpose, base, changes, now } => {
                Done::Planned { generation, purpose, plan: Arc::new(base.plan(changes, now)) }
            }
            Effect::Stage { changes, said, sealing } => {
                let sealed = sealing.map(|sealing| match sealing.before {
                    Some(before) => Change::edit(Record::from(before), Record::from(sealing.after)),
                    None => Some(Change::add(sealing.after)),
                });
                for change in changes.into_iter().chain(sealed.flatten()) {
                    self.numbers += 1;
                    self.staged.push((self.numbers, change));
                }
                self.staged(Some(said))
            }
            Effect::Unstage { numbers, said } => {
                self.staged.retain(|(number, _)| !numbers.contains(number));
                self.staged(Some(said))
            }
            Effect::Discard => {
                self.staged.clear();
                self.staged(None)
            }
            Effect::Apply { message, .. } => {
                let changes: Vec<Change> = self.staged.drain(..).map(|(_, change)| change).collect();
                self.apply(&view, changes, &message, None)
            }
            Effect::Revert { number, .. } if self.stubborn => {
                let failure = Failure::new(Kind::Conflict, format!("revision {number} can't be undone\n9: Rename it"));
                Done::Failed(failure.hint("undo the later ones first"))
            }
            Effect::Rotate { step: Step::Promote { .. }, .. } => self.staged(Some("Staged".to_owned())),
            Effect::Rotate { step, .. } => {
                Done::Rotated { data: Data::of(view.with_revision(&[], view.revision())), said: format!("{step:?}") }
            }
            Effect::RevokeNow { change, name } => {
                let plan = view.plan(vec![(*change).clone()], self.state.now);
                let damage = plan.told(&view).effects.iter().map(crate::ops::effects::EffectRow::sentence).collect();
                let applied = self.apply(&view, vec![*change], &format!("Revoke {name} at once"), None);
                Done::Revoked { name, damage, applied: Box::new(applied) }
            }
            Effect::Uses { title, .. } => Done::Used { title, things: Vec::new() },
            Effect::Log => Done::Log(self.log()),
            Effect::Audit => Done::Audit(Ok(LogPage { rows: logged(self.state.now), next: None })),
            Effect::Costs { generation, question } => {
                let answer = costs(&view, &question, self.state.now);
                Done::Costs { generation, answer: Ok(Box::new(answer)) }
            }
            Effect::Copy(text) => {
                self.copied.push(text);
                return None;
            }
            Effect::Names(text) => Done::Named { text, names: vec!["dify/".to_owned(), "dify.yml".to_owned()] },
            Effect::ImportRead { generation, .. } => {
                Done::ImportLooked { generation, read: Ok(Box::new(outlook(&view))) }
            }
            Effect::ImportTake { generation } => {
                Done::ImportTaken { generation, taken: Ok("Imported as revision 9: apps: 1 added".to_owned()) }
            }
            Effect::Export { path, rows, .. } => Done::Told(format!("{rows} written to {}", path.display())),
            Effect::Reveal { generation, .. } => {
                let fields = vec![Revealed { name: "api_key".to_owned(), lines: vec![51] }];
                Done::Shown { generation, fields }
            }
            Effect::CopySecret { .. } => Done::Copied("the key".into()),
            Effect::Verify { generation, keys, which } => return self.verifying(&view, generation, &keys, which),
            Effect::ClearClipboard => {
                self.copied.push(String::new());
                return None;
            }
            Effect::Unlock(_) | Effect::UnlockWithKeyAtHand => Done::Vault(Ok(true)),
            Effect::Lock => Done::Vault(Ok(false)),
            Effect::EditOutside(text) => Done::Edited(Ok(format!("{text}, from outside\n"))),
            Effect::ImportForget
            | Effect::Open
            | Effect::Refresh
            | Effect::StopVerifying
            | Effect::Stop(_)
            | Effect::Mouse(_) => return None,
            other => self.with_others(&view, other),
        })
    }

    /// Plays vendors to whom every key is unknown. Nothing is kept.
    fn verifying(&self, view: &View, generation: u64, keys: &[Id<Credential>], which: Which) -> Option<Done> {
        let row = |id: &Id<Credential>| VerifyRow {
            key: view
                .credentials()
                .find(|(_, it)| it.id == *id)
                .map_or_else(String::new, |(_, it)| it.name.to_string()),
            provider: None,
            next: which == Which::Next,
            answer: Some(Answer::Refused),
            why: "the vendor refused it (401)".to_owned(),
            at: self.state.now,
            failure: None,
        };
        let data = self.state.data.clone()?;
        Some(Done::Verified { generation, rows: keys.iter().map(row).collect(), data })
    }

    fn set(&self) -> Staged {
        Staged { base_revision: self.base, updated_at: None, changes: self.staged.clone() }
    }

    fn staged(&self, said: Option<String>) -> Done {
        Done::Staged { staged: self.set(), said }
    }

    fn settled(&mut self, seen: u64) {
        self.base = seen;
        self.came.clear();
    }

    fn look(&self, view: &View, generation: u64) -> Done {
        let behind = !self.came.is_empty() && !self.staged.is_empty();
        let meanwhile = behind.then(|| {
            let now = NOW.parse().unwrap();
            Arc::new(Meanwhile::rehearsed(view, self.base, &self.came, &self.log(), &self.staged, now))
        });
        let (approvals, waiting) = (self.approvals.clone(), self.waiting.clone());
        Done::Looked { generation, staged: self.set(), meanwhile, approvals, waiting }
    }

    /// Applies changes as somebody else, who is heard of at once.
    pub(crate) fn others_apply(&mut self, login: &str, changes: Vec<Change>) {
        let view = self.state.view().unwrap().clone();
        let number = view.revision() + 1;
        let next = view.with_revision(&changes, number);
        self.came.extend(changes.iter().map(|change| (number, change.clone())));
        let revision = Revision {
            number,
            author: None,
            login: login.into(),
            at: NOW.parse().unwrap(),
            message: "elsewhere".into(),
            reverts: None,
            plan: None,
            digest: Default::default(),
        };
        self.applied.push((revision, changes));
        self.hear(Event::Done(Done::Fresh(Data::of(next))));
    }

    fn apply(&mut self, view: &View, changes: Vec<Change>, message: &str, reverted: Option<(u64, bool)>) -> Done {
        let number = view.revision() + 1;
        let next = view.with_revision(&changes, number);
        let revision = Revision {
            number,
            author: view.me().map(|me| me.id),
            login: view.me().map_or_else(|| "?".into(), |me| me.login.clone()),
            at: NOW.parse().unwrap(),
            message: message.into(),
            reverts: reverted.map(|(number, _)| number),
            plan: None,
            digest: Default::default(),
        };
        let count = changes.len();
        self.applied.push((revision, changes));
        Done::Applied {
            revision: number,
            changes: count,
            reverted,
            data: Data::of(next),
            staged: Staged { base_revision: number, updated_at: None, changes: self.staged.clone() },
            log: self.log(),
        }
    }

    fn log(&self) -> Vec<Revision> {
        self.applied.iter().rev().map(|(revision, _)| revision.clone()).collect()
    }
}

/// Sums the demo's usage up, as the database would.
fn costs(view: &View, question: &CostQuestion, now: Timestamp) -> CostOverview {
    let of = |detail: UsageDetail, days: (Date, Date)| {
        let lines = USAGE.iter().filter(|line| days.0 <= line.day && line.day <= days.1);
        lines.map(|line| UsageSum::of(line, detail)).collect::<Vec<_>>()
    };
    let weeks = CostQuestion { period: Period::Days(DRAWN_DAYS), ..question.clone() };
    let (sums, daily) = (of(question.by.detail(), question.days(now)), of(UsageDetail::Place, weeks.days(now)));
    view.cost_overview(question.clone(), sums, daily, now)
}

/// Returns a state that has opened nothing yet.
pub(crate) fn begin(theme: &str) -> State {
    State::new(start(theme))
}

/// Returns what a rehearsal begins with.
pub(crate) fn start(theme: &str) -> Start {
    Start {
        database: "demo.db".to_owned(),
        keymap: Keymap::<Action>::defaults().unwrap(),
        theme: Theme::builtin(theme),
        own_themes: BTreeMap::new(),
        follow: None,
        expiring_days: 14,
        idle_lock: jiff::SignedDuration::from_mins(15),
        has_key: false,
        types_key: true,
        still: false,
        line_by_line: false,
        link: None,
        seed: 1,
        afar: false,
        mouse: true,
        memory: None,
    }
}

/// Draws a state.
pub(crate) fn frame(state: &State) -> Buffer {
    let (width, height) = state.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view::view(state, frame)).unwrap().buffer.clone()
}
