//! Everything that the console knows and shows. It changes in `update` alone, and holds no secret but in masked fields.

pub mod asked;
mod audit;
pub mod available;
pub mod columns;
pub mod costs;
mod data;
mod entering;
pub mod equivalent;
pub mod export;
pub mod finder;
pub mod form;
pub mod ids;
pub mod importing;
pub mod jobs;
pub mod journal;
pub mod layer;
pub mod layout;
pub mod links;
pub mod matrix;
pub mod memory;
mod names;
pub mod others;
pub mod overlay;
pub mod overview;
pub mod picker;
pub mod preview;
pub mod rotation;
pub mod route;
mod sought;
mod start;
pub mod table;
mod telling;
pub mod tree;
mod unlocking;

use jiff::SignedDuration;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

pub use asked::Asked;
pub use audit::Audit;
pub use data::Data;
pub use sought::FIELDS as TREE_FIELDS;
pub use start::Start;
pub use unlocking::{Verifying, Waiting};

use self::{
    columns::Chosen,
    costs::Costing,
    ids::Ids,
    jobs::Jobs,
    journal::Journal,
    matrix::Grid,
    memory::Memories,
    others::{Lost, Unresolved},
    overlay::{Overlay, Reveal},
    overview::Attention,
    picker::Picker,
    preview::Preview,
    route::{History, Route, Screen},
    table::Table,
    tree::{Matching, Spot, TreeRow},
};
use super::{
    action::Action,
    event::Key,
    keymap::Keymap,
    theme::{BUILTIN, Following, Theme},
    widget::toast::Toasts,
};
use crate::{
    domain::{Text, Timestamp, change::Change, link::Link},
    ops::{
        approval::{self, Approver},
        audit::LogRow,
        failure::Failure,
        find::Thing,
        lint::Lint,
        meanwhile::Meanwhile,
        plan::Plan,
        presence::Other,
        view::View,
    },
    resolve::query::{Environment, Inputs},
    store::Revision,
};

/// What is staged.
#[derive(Clone, Debug, Default)]
pub struct Staging {
    /// The changes with their numbers, in the order in which they were staged.
    pub changes: Vec<(u64, Change)>,
    /// The revision up to which the operator knows what others applied.
    pub base: u64,
    /// What they come to; it comes a moment later.
    pub plan: Option<Arc<Plan>>,
    /// By how much that changes the nodes without a key: for each workflow where it does its entry in the tree, in order.
    pub swing: Vec<(u32, i64)>,
    /// What others applied since they were planned, if they did.
    pub meanwhile: Option<Arc<Meanwhile>>,
    /// Who approved them as they are, where the workspace wants that.
    pub approvals: Vec<Approver>,
    /// Which changes were staged together by this session, so that undo takes them back together.
    pub batches: Vec<Vec<u64>>,
    /// What undo took back of them.
    pub undone: Vec<Vec<Change>>,
}

/// What this session applied and undid.
#[derive(Clone, Debug, Default)]
pub struct Deeds {
    /// Its revisions that stand.
    pub applied: Vec<u64>,
    /// The revisions by which it undid others; redo undoes these.
    pub reverted: Vec<u64>,
}

/// Everything that the console knows.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of the session and none excludes another")]
pub struct State {
    /// Columns and rows of the window.
    pub size: (u16, u16),
    /// The time of the last tick.
    pub now: Timestamp,
    /// What the header calls the database.
    pub database: String,
    /// The database, once it is open.
    pub data: Option<Data>,
    /// Whether secrets can be sealed and opened.
    pub unlocked: bool,
    /// The way through the screens.
    pub history: History,
    /// What lies over the screen, the top last.
    pub overlays: Vec<Overlay>,
    /// The keys of a sequence that has begun.
    pub pending: Vec<Key>,
    /// The keys.
    pub keymap: Keymap<Action>,
    /// The look.
    pub theme: Theme,
    /// The names of all themes.
    pub themes: Vec<String>,
    /// The user's own themes.
    pub own_themes: BTreeMap<String, String>,
    /// What the theme follows, if it follows the terminal's background.
    pub follow: Option<Following>,
    /// How many days before its end a key is to be looked at.
    pub expiring_days: u32,
    /// How long an unlocked vault stays so without a key press.
    pub idle_lock: SignedDuration,
    /// When somebody last pressed a key.
    pub touched: Timestamp,
    /// How many lines of the box over the screen are scrolled away; drawing stops at the last.
    pub scrolled: usize,
    /// Whether `SECRET_KEY` is at hand without anybody typing it.
    pub has_key: bool,
    /// Whether it may be typed: not where a server holds it.
    pub types_key: bool,
    /// Whether nothing may move on the screen that nobody moved.
    pub still: bool,
    /// Whether the console is used line by line.
    pub line_by_line: bool,
    /// What goes on as soon as the vault is unlocked.
    pub when_unlocked: Option<Waiting>,
    /// Vendors that are being asked about keys.
    pub verifying: Option<Verifying>,
    /// When the clipboard is asked to forget the secret that was sent there.
    pub clipboard_until: Option<Timestamp>,
    /// Notes at the bottom right.
    pub toasts: Toasts,
    /// The branches of the tree that are open.
    pub open: HashSet<Spot>,
    /// The visible rows of the tree.
    pub tree_rows: Vec<TreeRow>,
    /// What the filter shows of the tree; none without a filter.
    pub matching: Option<Matching>,
    /// The rows of a flat list.
    pub table: Table,
    /// What needs attention.
    pub attention: Attention,
    /// Workflows by providers.
    pub grid: Grid,
    /// The environment that the tree is looked at in.
    pub environment: Environment,
    /// What is staged.
    pub staging: Staging,
    /// What others have staged and the operator may approve.
    pub waiting: Vec<approval::Waiting>,
    /// Since when the database can't be reached, and why; nothing while it can.
    pub lost: Option<Lost>,
    /// What may or may not have been written when the connection broke.
    pub unresolved: Option<Unresolved>,
    /// What this session did.
    pub deeds: Deeds,
    /// The newest revisions, newest first.
    pub log: Vec<Revision>,
    /// What was read of the audit log.
    pub audit: Audit,
    /// What was read of costs.
    pub costs: Costing,
    /// Whether deeds can't be put on record, so that nothing can be done but look.
    pub off_record: bool,
    /// The commands that were run by name, the newest last.
    pub commands: Vec<String>,
    /// What the last keys did.
    pub journal: Journal,
    /// What goes on outside.
    pub jobs: Jobs,
    /// When what is shown was last read.
    pub synced: Option<Timestamp>,
    /// What others changed a moment ago.
    pub changed: HashMap<Thing, Timestamp>,
    /// The revision that is the newest news of others.
    pub news: u64,
    /// Who else is here, once that is known.
    pub others: Option<Vec<Other>>,
    /// What is to be told of the user's keymap and columns.
    pub report: Vec<String>,
    /// What sessions remember, to be taken up.
    pub memories: Memories,
    /// The workspaces that the operator may see, once that is known.
    pub workspaces: Vec<Text>,
    /// Whether it has just begun anew: what was asked before is answered to nobody.
    pub starts_over: bool,
    /// Whether the mouse is heard.
    pub mouse: bool,
    /// What was chosen of the columns of lists, by the titles of their screens.
    pub columns: BTreeMap<&'static str, Chosen>,
    /// The last click: where, and when.
    pub clicked: Option<(u16, u16, Timestamp)>,
    /// Since when the database is being opened.
    pub opening: Option<Timestamp>,
    /// The number of the last question whose answer comes later.
    pub generation: u64,
    /// The newest question of each kind; an answer to an older one is dropped.
    pub asked: Asked,
    /// New ids.
    pub ids: Ids,
    /// Whether the user sits at another machine, so that no file and no program of this one is theirs.
    pub afar: bool,
    /// The place to open as soon as the database is there.
    pub link: Option<Link>,
    /// Whether the database was asked for.
    pub begun: bool,
    /// Whether the user has left.
    pub finished: bool,
    /// Why the database could not be opened.
    pub broken: Option<Failure>,
}

impl State {
    /// Begins at the tree of workflows, with nothing known yet.
    pub fn new(start: Start) -> Self {
        let themes = BUILTIN.iter().map(|(name, _)| (*name).to_owned());
        let own = start.own_themes.keys().filter(|name| !BUILTIN.iter().any(|(known, _)| known == name)).cloned();
        Self {
            size: (80, 24),
            now: Timestamp::UNIX_EPOCH,
            database: start.database,
            data: None,
            unlocked: false,
            history: History::new(Route::new(Screen::Workflows)),
            overlays: Vec::new(),
            pending: Vec::new(),
            keymap: start.keymap,
            theme: start.theme,
            themes: themes.chain(own).collect(),
            own_themes: start.own_themes,
            follow: start.follow,
            expiring_days: start.expiring_days,
            idle_lock: start.idle_lock,
            scrolled: 0,
            touched: Timestamp::UNIX_EPOCH,
            has_key: start.has_key,
            types_key: start.types_key,
            still: start.still,
            line_by_line: start.line_by_line,
            when_unlocked: None,
            verifying: None,
            clipboard_until: None,
            toasts: Toasts::default(),
            open: HashSet::new(),
            tree_rows: Vec::new(),
            matching: None,
            table: Table::default(),
            attention: Attention::default(),
            grid: Grid::default(),
            environment: Environment::Workflow,
            staging: Staging::default(),
            waiting: Vec::new(),
            lost: None,
            unresolved: None,
            deeds: Deeds::default(),
            log: Vec::new(),
            audit: Audit::default(),
            costs: Costing::default(),
            off_record: false,
            commands: Vec::new(),
            journal: Journal::default(),
            jobs: Jobs::default(),
            synced: None,
            changed: HashMap::new(),
            news: 0,
            others: None,
            report: Vec::new(),
            memories: start.memory.as_deref().and_then(Memories::read).unwrap_or_default(),
            workspaces: Vec::new(),
            starts_over: false,
            mouse: start.mouse,
            columns: BTreeMap::new(),
            clicked: None,
            opening: None,
            generation: 0,
            asked: Asked::default(),
            ids: Ids::new(start.seed),
            afar: start.afar,
            link: start.link,
            begun: false,
            finished: false,
            broken: None,
        }
    }

    /// Returns how long an unlocked vault still stays so, if nobody presses a key.
    pub fn until_lock(&self) -> Option<SignedDuration> {
        self.unlocked.then(|| self.idle_lock - self.now.duration_since(self.touched))
    }

    /// Returns what the operator sees, once the database is open.
    pub fn view(&self) -> Option<&View> {
        self.data.as_ref().map(|data| &data.view)
    }

    /// Returns the state that staging leads to, if anything is staged and its effect is known.
    pub fn after(&self) -> Option<&View> {
        self.staging.plan.as_ref().map(|plan| &plan.after)
    }

    /// Returns the state that new changes stand on: what is staged, else what is applied.
    pub fn ground(&self) -> Option<&View> {
        self.after().or_else(|| self.view())
    }

    /// Returns where the user is.
    pub fn route(&self) -> &Route {
        self.history.here()
    }

    /// Returns where the user is, to be changed.
    pub fn route_mut(&mut self) -> &mut Route {
        self.history.here_mut()
    }

    /// Returns the preview that is on the screen.
    pub fn preview(&self) -> Option<&Preview> {
        match &self.route().screen {
            Screen::Preview(preview) => Some(preview),
            _ => None,
        }
    }

    /// Returns the preview that is on the screen, to be changed.
    pub fn preview_mut(&mut self) -> Option<&mut Preview> {
        match &mut self.route_mut().screen {
            Screen::Preview(preview) => Some(preview),
            _ => None,
        }
    }

    /// Returns the secret that is shown, if one is.
    pub fn reveal(&self) -> Option<&Reveal> {
        match self.overlays.last() {
            Some(Overlay::Reveal(reveal)) => Some(reveal),
            _ => None,
        }
    }

    /// Returns the picker, if it lies on top.
    pub fn picker(&self) -> Option<&Picker> {
        match self.overlays.last() {
            Some(Overlay::Picker(picker)) => Some(picker),
            _ => None,
        }
    }

    /// Returns what the tree is asked with.
    pub fn inputs(&self) -> Inputs {
        Inputs {
            environment: self.environment.clone(),
            operator: self.view().and_then(|view| view.who().operator),
            ..Inputs::default()
        }
    }

    /// Returns how many rows the list of the screen has.
    pub fn row_count(&self) -> usize {
        match &self.route().screen {
            Screen::Workflows => self.tree_rows.len(),
            Screen::Overview => self.attention.lines.len(),
            Screen::Matrix => self.grid.shown.len(),
            Screen::Providers | Screen::Credentials | Screen::Records(_) | Screen::Audit | Screen::Costs(_) => {
                self.table.order.len()
            }
            Screen::Preview(preview) => self
                .view()
                .map_or(0, |view| preview.resolution(view, self.now).map_or(0, |resolution| resolution.trace.len())),
            Screen::Changes => self.staging.changes.len() + self.waiting.len() + self.log.len(),
        }
    }

    /// Returns the spot under the cursor of the tree.
    pub fn spot(&self) -> Option<Spot> {
        let on_tree = self.route().screen == Screen::Workflows;
        self.tree_rows.get(self.route().list.cursor).filter(|_| on_tree).map(|row| row.spot)
    }

    /// Returns the thing under the cursor.
    pub fn thing(&self) -> Option<Thing> {
        let at = self.route().list.cursor;
        match &self.route().screen {
            Screen::Workflows => self.spot().and_then(Spot::thing),
            Screen::Overview => self.finding().map(Lint::thing),
            Screen::Matrix => self.pair_thing(),
            Screen::Providers | Screen::Credentials | Screen::Records(_) | Screen::Costs(_) => {
                self.table.row(at)?.thing
            }
            Screen::Audit => None,
            Screen::Preview(preview) => {
                let view = self.view()?;
                let asks = preview.node(view).map(Thing::Node);
                asks.or_else(|| preview.workflow(view).map(Thing::Workflow))
            }
            Screen::Changes => {
                let (_, change) = self.staging.changes.get(at)?;
                self.ground()?.thing_of(change.subject())
            }
        }
    }

    /// Returns the thing on a line of the list, if it can be marked.
    pub fn markable(&self, line: usize) -> Option<Thing> {
        match &self.route().screen {
            Screen::Workflows => self.tree_rows.get(line).and_then(|row| row.spot.thing()),
            Screen::Providers | Screen::Credentials | Screen::Records(_) | Screen::Costs(_) => {
                self.table.row(line)?.thing
            }
            Screen::Overview | Screen::Matrix | Screen::Preview(_) | Screen::Changes | Screen::Audit => None,
        }
    }

    /// Returns the revision under the cursor of the screen of changes.
    pub fn revision(&self) -> Option<&Revision> {
        let before = self.staging.changes.len() + self.waiting.len();
        let at = self.route().list.cursor.checked_sub(before)?;
        self.log.get(at).filter(|_| self.route().screen == Screen::Changes)
    }

    /// Returns the row under the cursor of the audit log.
    pub fn logged(&self) -> Option<&LogRow> {
        let at = *self.table.order.get(self.route().list.cursor)?;
        self.audit.rows().get(at).filter(|_| self.route().screen == Screen::Audit)
    }

    /// Returns the set of somebody else under the cursor of the screen of changes.
    pub fn waiting(&self) -> Option<&approval::Waiting> {
        let at = self.route().list.cursor.checked_sub(self.staging.changes.len())?;
        self.waiting.get(at).filter(|_| self.route().screen == Screen::Changes)
    }

    /// Returns why nothing can be written now.
    pub fn refuses_writes(&self) -> Option<String> {
        let lost = self.lost.as_ref()?;
        Some(format!("there is no database since {}: {}", super::words::clock(lost.since), lost.why))
    }
}
