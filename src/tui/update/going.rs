//! Going from screen to screen: by name, by what is under the cursor, by links, back and forward.

use crate::{
    domain::{link::Link, record::Kind},
    ops::find::Thing,
    tui::{
        action::Action,
        effect::Effect,
        keymap::Vocabulary as _,
        state::{
            State, layout,
            links::link_of,
            preview::{Preview, PreviewOf},
            route::{Route, Screen},
            tree::Spot,
        },
        widget::{input::TextInput, toast::ToastKind},
    },
};

use super::{costing, gridding, listing, overviewing};

/// Goes where an action says.
pub(super) fn go(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Open => return open(state),
        Action::Preview => {
            if let Some(thing) = state.thing() {
                preview(state, thing);
            }
            return arrived(state);
        }
        Action::WhoUses => return who_uses(state),
        Action::Back => {
            state.history.back();
        }
        Action::Forward => {
            state.history.forward();
        }
        Action::GotoCosts => costing::visit(state),
        other => {
            if let Some(screen) = screen(other) {
                state.history.visit(screen);
            }
        }
    }
    arrived(state)
}

pub(super) fn screen(action: Action) -> Option<Screen> {
    Some(match action {
        Action::GotoOverview => Screen::Overview,
        Action::GotoMatrix => Screen::Matrix,
        Action::GotoWorkflows => Screen::Workflows,
        Action::GotoCredentials => Screen::Credentials,
        Action::GotoProviders => Screen::Providers,
        Action::GotoChanges => Screen::Changes,
        Action::GotoPools => Screen::Records(Kind::Pool),
        Action::GotoInstances => Screen::Records(Kind::Instance),
        Action::GotoRules => Screen::Records(Kind::Assignment),
        Action::GotoDepartments => Screen::Records(Kind::Department),
        Action::GotoModels => Screen::Records(Kind::Model),
        Action::GotoOperators => Screen::Records(Kind::Operator),
        Action::GotoAudit => Screen::Audit,
        _ => return None,
    })
}

/// Makes the rows of the screen that one came to, without moving its cursor.
pub(super) fn arrived(state: &mut State) -> Vec<Effect> {
    let list = state.route().list;
    state.tree_rows.clear();
    let mut effects = listing::filter(state);
    listing::rebuild(state);
    state.route_mut().list = list;
    if state.route().screen == Screen::Audit {
        effects.push(Effect::Audit);
    }
    effects.extend(overviewing::ask(state));
    effects.extend(gridding::ask(state));
    effects.extend(costing::ask(state));
    effects
}

/// Looks closer at what is under the cursor.
fn open(state: &mut State) -> Vec<Effect> {
    match &state.route().screen {
        Screen::Workflows => {
            match state.spot() {
                Some(Spot::Node(node)) => preview(state, Thing::Node(node)),
                Some(spot) => {
                    if !state.open.remove(&spot) {
                        state.open.insert(spot);
                    }
                    listing::rebuild(state);
                    return Vec::new();
                }
                None => return Vec::new(),
            }
            arrived(state)
        }
        Screen::Overview => overviewing::open(state),
        Screen::Matrix => gridding::open(state),
        Screen::Preview(_) if state.route().pane == 1 => super::editing::edit(state, Action::Edit, ""),
        Screen::Preview(_) => {
            state.route_mut().pane = 0;
            Vec::new()
        }
        Screen::Providers => {
            let Some(Thing::Provider(ix)) = state.thing() else { return Vec::new() };
            let slug = state.view().map(|view| view.provider_slug(ix).to_string()).unwrap_or_default();
            let mut route = Route::new(Screen::Credentials);
            route.filter = TextInput::new(format!("provider:{slug} "));
            state.history.go(route);
            arrived(state)
        }
        Screen::Costs(_) => costing::open(state),
        Screen::Credentials | Screen::Records(_) | Screen::Changes | Screen::Audit => {
            if layout::shows_details(state.route(), state.size) && state.thing().is_some() {
                return super::run(state, Action::Edit, "", None);
            }
            state.route_mut().details = Some(true);
            Vec::new()
        }
    }
}

/// Opens the preview of a workflow or node, and makes its rows.
pub(super) fn preview_of(state: &mut State, thing: Thing) -> Vec<Effect> {
    preview(state, thing);
    arrived(state)
}

/// Opens the preview of a workflow or node.
pub(super) fn preview(state: &mut State, thing: Thing) {
    let (of, pane) = match thing {
        Thing::Workflow(ix) => (PreviewOf::Workflow(ix), 2),
        Thing::Node(ix) => (PreviewOf::Node(ix), 0),
        _ => return,
    };
    open_preview(state, of, pane);
}

/// Opens a preview; where it is of several nodes, this pane hears keys.
pub(super) fn open_preview(state: &mut State, of: PreviewOf, pane: usize) {
    let screen = Screen::Preview(Box::new(Preview::new(of)));
    state.history.visit(screen);
    let several = state.view().zip(state.preview()).is_some_and(|(view, preview)| preview.nodes(view).len() > 1);
    state.route_mut().pane = if several { pane } else { 0 };
}

/// Goes to a thing: to its row in the tree or list it belongs to.
pub(super) fn visit(state: &mut State, thing: Thing) -> Vec<Effect> {
    let screen = match thing {
        Thing::Workflow(_) | Thing::App(_) | Thing::Node(_) | Thing::Department(_) => Screen::Workflows,
        Thing::Credential(_) => Screen::Credentials,
        Thing::Provider(_) | Thing::Model(_) => Screen::Providers,
        Thing::Pool(_) => Screen::Records(Kind::Pool),
        Thing::Instance(_) => Screen::Records(Kind::Instance),
        Thing::Operator(_) => Screen::Records(Kind::Operator),
        Thing::Assignment(_) => Screen::Records(Kind::Assignment),
    };
    // A model stands under its provider.
    let thing = match thing {
        Thing::Model(ix) => {
            let entry = state.view().and_then(|view| view.vocabulary().model_entry(ix));
            entry.map_or(thing, |entry| Thing::Provider(entry.provider))
        }
        other => other,
    };
    let on_tree = screen == Screen::Workflows;
    state.history.visit(screen);
    state.route_mut().filter.set("");
    let effects = arrived(state);
    if on_tree {
        reveal(state, thing);
    } else if let Some(line) = (0..state.row_count()).find(|&line| state.markable(line) == Some(thing)) {
        super::moving::by(state, crate::tui::widget::list::Motion::To(line));
    }
    effects
}

/// Opens what a thing of the tree hangs under, and puts the cursor on it.
pub(super) fn reveal(state: &mut State, thing: Thing) {
    let Some(data) = state.data.clone() else { return };
    let Some(spot) = Spot::of(thing) else { return };
    let entry = match thing {
        Thing::Node(node) => data.view.workflow_of(node).and_then(|ix| data.tree.find(Spot::Workflow(ix))),
        Thing::App(app) => {
            data.tree.entries().iter().position(|entry| matches!(entry.spot, Spot::App(_, ix) if ix == app))
        }
        _ => data.tree.find(spot),
    };
    let Some(entry) = entry else { return };
    let spot = if matches!(thing, Thing::Node(_)) { spot } else { data.tree.entries()[entry].spot };
    let above = data.tree.ancestors(entry).into_iter().chain([entry]);
    state.open.extend(above.map(|at| data.tree.entries()[at].spot));
    listing::rebuild(state);
    listing::put_cursor(state, spot);
}

/// Goes where a link leads, or says why it leads nowhere.
pub(super) fn follow(state: &mut State, link: &Link) -> Vec<Effect> {
    let Some(view) = state.view() else { return Vec::new() };
    match link.place() {
        "screen" => return to_screen(state, link.name()),
        "revision" => return to_revision(state, link.name()),
        _ => {}
    }
    match view.find(link) {
        Ok(thing) if link.place() == "preview" => {
            preview(state, thing);
            arrived(state)
        }
        Ok(thing) => visit(state, thing),
        Err(failure) => {
            state.fail(&failure);
            Vec::new()
        }
    }
}

/// Goes to a screen by the name of the action that leads there.
fn to_screen(state: &mut State, name: &str) -> Vec<Effect> {
    let action = Action::named(&format!("goto-{}", name.to_lowercase())).filter(|action| *action != Action::Goto);
    let Some(action) = action else {
        let known = Action::all().into_iter().filter_map(|action| action.name().strip_prefix("goto-"));
        let known: Vec<&str> = known.collect();
        state.say(ToastKind::Warn, format!("There is no screen {name}; there are {}", known.join(", ")));
        return Vec::new();
    };
    super::run(state, action, "", None)
}

/// Goes to a revision among the changes.
fn to_revision(state: &mut State, number: &str) -> Vec<Effect> {
    let effects = super::run(state, Action::GotoChanges, "", None);
    match state.log.iter().position(|revision| revision.number.to_string() == number) {
        Some(at) => {
            let line = state.staging.changes.len() + state.waiting.len() + at;
            super::moving::by(state, crate::tui::widget::list::Motion::To(line));
        }
        None => state.say(ToastKind::Warn, format!("Revision {number} is none of the newest; keydeck log shows more")),
    }
    effects
}

fn who_uses(state: &mut State) -> Vec<Effect> {
    let (Some(view), Some(thing)) = (state.view().cloned(), state.thing()) else { return Vec::new() };
    let Some(link) = link_of(state, thing) else { return Vec::new() };
    let verb = if matches!(thing, Thing::Credential(_)) { "use or require" } else { "use" };
    let title = format!("Nodes that {verb} {}", link.name());
    state.say(ToastKind::Ok, "Asking every node …");
    vec![Effect::Uses { title, thing, view, now: state.now }]
}
