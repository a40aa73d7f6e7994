//! Editing: forms for every kind of thing, keys put out of use, things removed.

use crate::{
    domain::{
        change::Change,
        credential::{Credential, State as KeyState},
        record::{Kind, Record},
    },
    form,
    ops::{find::Thing, view::View},
    tui::{
        action::Action,
        effect::{Effect, Sealing, Typed},
        state::{
            State, Waiting, available,
            finder::{Finder, Source},
            form::{Asked, Form, Meant, kind_words},
            overlay::{Deed, Overlay, Prompt},
            route::Screen,
            table::columns,
        },
        widget::{dialog::Dialog, input::TextInput, toast::ToastKind},
        words,
    },
};

use super::staging;

/// Does an action that changes a thing.
pub(super) fn edit(state: &mut State, action: Action, argument: &str) -> Vec<Effect> {
    match action {
        Action::Add => add(state, argument),
        Action::Edit if state.preview().is_some() => prompt(state),
        Action::Edit => {
            match record(state) {
                Some((record, view)) => {
                    let mut form = Form::new(Some(record.clone()), record, &view);
                    if let Some(field) = cell(state) {
                        form.narrow(field);
                    }
                    state.overlays.push(Overlay::Form(Box::new(form)));
                }
                None => describe(state),
            }
            Vec::new()
        }
        Action::Disable => disable(state),
        Action::Revoke => revoke(state),
        _ => remove(state),
    }
}

/// Opens the form of a record of the workspace's own for what is built in.
fn describe(state: &mut State) {
    let (Some(view), Some(thing), now) = (state.ground().cloned(), state.thing(), state.now) else { return };
    let Some(record) = view.own_copy(thing, state.ids.next(now)) else { return };
    let form = Form { meant: Meant::BuiltIn, ..Form::new(None, record, &view) };
    state.overlays.push(Overlay::Form(Box::new(form)));
}

/// Opens the settings of the workspace.
pub(super) fn settings(state: &mut State) -> Vec<Effect> {
    let Some(view) = state.ground().cloned() else { return Vec::new() };
    let record = Record::from(view.workspace().clone());
    state.overlays.push(Overlay::Form(Box::new(Form::new(Some(record.clone()), record, &view))));
    Vec::new()
}

/// Opens the price of the model under the cursor: the workspace's own that holds now, or a new one.
pub(super) fn set_price(state: &mut State) -> Vec<Effect> {
    let (Some(view), Some(Thing::Model(ix)), now) = (state.ground().cloned(), state.thing(), state.now) else {
        return Vec::new();
    };
    if view.vocabulary().model_entry(ix).is_none() {
        return Vec::new();
    }
    let own = available::own_price(state).filter(|price| price.from.is_none_or(|from| from <= now));
    let form = if let Some(price) = own {
        let record = Record::from(price);
        Form::new(Some(record.clone()), record, &view)
    } else {
        let mut record = form::blank(Kind::Price, state.ids.next(now));
        fill(&mut record, suggested(state, &view, Kind::Price), &view);
        Form::new(None, record, &view)
    };
    state.overlays.push(Overlay::Form(Box::new(form)));
    Vec::new()
}

/// Takes the workspace's own price of the model under the cursor away: what the tables say holds again.
pub(super) fn remove_price(state: &mut State) -> Vec<Effect> {
    let Some(price) = available::own_price(state) else { return Vec::new() };
    staging::put(state, vec![Change::remove(price)])
}

/// Sets what a place says about a new thing.
fn fill(record: &mut Record, suggested: Vec<(&'static str, String)>, view: &View) {
    for (field, text) in suggested {
        // What does not fit is left for the operator to write.
        let _ = form::set(record, field, &text, &view.lookup());
    }
}

/// Returns the field that the cell under the cursor shows, if a column was chosen that shows one.
fn cell(state: &State) -> Option<&'static str> {
    let screen = &state.route().screen;
    columns(screen).get(state.route().column?)?.edited(screen)
}

/// Returns the record under the cursor as staging leaves it.
fn record(state: &State) -> Option<(Record, View)> {
    let view = state.ground()?.clone();
    Some((view.record(state.thing()?)?, view))
}

fn add(state: &mut State, argument: &str) -> Vec<Effect> {
    let kinds = available::addable(&state.route().screen);
    let kind = match (Kind::from_word(argument), kinds) {
        (Some(kind), _) => kind,
        (None, [one]) => *one,
        (None, several) => {
            let finder = Finder::new(Source::Kinds(several.to_vec()), "", state);
            state.overlays.push(Overlay::Finder(finder));
            return Vec::new();
        }
    };
    let Some(view) = state.ground().cloned() else { return Vec::new() };
    let now = state.now;
    let mut record = form::blank(kind, state.ids.next(now));
    fill(&mut record, suggested(state, &view, kind), &view);
    let form = Form::new(None, record, &view);
    state.overlays.push(Overlay::Form(Box::new(form)));
    Vec::new()
}

/// Returns what the place says about a new thing: the provider under the cursor, the app that it would hang under.
fn suggested(state: &State, view: &View, kind: Kind) -> Vec<(&'static str, String)> {
    if let (Screen::Credentials, Kind::Credential, None) = (&state.route().screen, kind, state.thing()) {
        let provider = state.route().only_provider().map(|slug| ("provider", slug.to_owned()));
        return provider.into_iter().collect();
    }
    let name = |thing: Thing| view.record(thing).and_then(|record| record.name().map(ToString::to_string));
    match (kind, state.thing()) {
        (Kind::Model | Kind::Price, Some(Thing::Model(ix))) => {
            let Some(entry) = view.vocabulary().model_entry(ix) else { return Vec::new() };
            let provider = ("provider", view.provider_slug(entry.provider).to_string());
            let model = (kind == Kind::Price).then(|| ("model", entry.name.to_string()));
            [provider].into_iter().chain(model).collect()
        }
        (
            Kind::Credential | Kind::Pool | Kind::Instance | Kind::Assignment | Kind::Model | Kind::Price,
            Some(Thing::Provider(ix)),
        ) => {
            vec![("provider", view.provider_slug(ix).to_string())]
        }
        (Kind::Workflow | Kind::App, Some(thing @ Thing::Department(_))) => {
            name(thing).map(|name| ("department", name)).into_iter().collect()
        }
        (Kind::Department, Some(thing @ Thing::Department(_))) => {
            name(thing).map(|name| ("parent", name)).into_iter().collect()
        }
        (Kind::Workflow, Some(thing @ Thing::App(_))) => name(thing).map(|name| ("app", name)).into_iter().collect(),
        (Kind::Node, Some(thing @ Thing::Workflow(_))) => {
            name(thing).map(|name| ("workflow", name)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Opens the input under the cursor of the preview.
fn prompt(state: &mut State) -> Vec<Effect> {
    let Some(view) = state.view().cloned() else { return Vec::new() };
    state.route_mut().pane = 1;
    let now = state.now;
    if let Some(preview) = state.preview() {
        let lines = preview.lines(&view, now);
        if let Some(input) = lines.get(preview.input.min(lines.len().saturating_sub(1))).cloned() {
            let text = TextInput::new(preview.text(&input));
            state.overlays.push(Overlay::Prompt(Prompt { input, text, error: None }));
        }
    }
    Vec::new()
}

fn key(state: &State) -> Option<Credential> {
    match record(state)?.0 {
        Record::Credential(key) => Some(key),
        _ => None,
    }
}

fn disable(state: &mut State) -> Vec<Effect> {
    let Some(before) = key(state) else { return Vec::new() };
    let next = if before.state == KeyState::Active { KeyState::Disabled } else { KeyState::Active };
    let after = Credential { state: next, ..before.clone() };
    staging::put(state, Change::edit(before, after).into_iter().collect())
}

fn revoke(state: &mut State) -> Vec<Effect> {
    let Some(before) = key(state) else { return Vec::new() };
    let after = Credential { state: KeyState::Revoked, ..before.clone() };
    let uses = uses(state);
    let title = format!("Revoke {}?", before.name);
    let body = format!("{uses} Only an admin can reinstate it. The vendor still has to be told.");
    let said = format!("Staged: revoke {}", before.name);
    let changes = Change::edit(before, after).into_iter().collect();
    let dialog = Dialog { title, body, deed: "Stage it".to_owned(), danger: true, name: None };
    staging::ask(state, dialog, Deed::Stage(changes, said));
    Vec::new()
}

/// Says how many nodes use the key under the cursor.
pub(super) fn uses(state: &State) -> String {
    let count = match (state.thing(), state.data.as_ref().and_then(|data| data.census.as_ref())) {
        (Some(Thing::Credential(ix)), Some(census)) => census.uses.of(ix),
        _ => return "Nodes that use it will fail.".to_owned(),
    };
    match count {
        0 => "No node uses it.".to_owned(),
        1 => "1 node uses it and will fail, unless a preferred rule lets the search go on.".to_owned(),
        more => format!(
            "{} use it and will fail, unless a preferred rule lets the search go on.",
            words::count(more, "node")
        ),
    }
}

fn remove(state: &mut State) -> Vec<Effect> {
    let Some((record, view)) = record(state) else { return Vec::new() };
    let kind = kind_words(record.kind());
    let name = record.name().map_or_else(|| kind.to_owned(), ToString::to_string);
    let Some(thing) = state.thing() else { return Vec::new() };
    let changes = with_what_hangs_on_it(thing, &view, record);
    let others = match changes.len() {
        0 | 1 => String::new(),
        more => format!(" With it go {} that hang on it.", words::count(more - 1, "thing")),
    };
    let secret = if kind == "key" { " Its secret can't be brought back." } else { "" };
    let dialog = Dialog {
        title: format!("Remove the {kind} {name}?"),
        body: format!("It is staged, and gone when the changes are applied.{others}{secret}"),
        deed: "Stage it".to_owned(),
        danger: true,
        name: Some(name.clone()),
    };
    staging::ask(state, dialog, Deed::Stage(changes, format!("Staged: remove the {kind} {name}")));
    Vec::new()
}

/// Returns the removal of a thing after that of its nodes and of the rules at its scope.
pub(super) fn with_what_hangs_on_it(thing: Thing, view: &View, record: Record) -> Vec<Change> {
    let mut changes = Vec::new();
    if let Thing::Workflow(ix) = thing {
        changes.extend(view.nodes_of(ix).iter().filter_map(|&node| view.node(node)).cloned().map(Change::remove));
    }
    let id = record.uuid();
    let at = |scope: crate::domain::assignment::Scope| {
        use crate::domain::assignment::Scope;
        match scope {
            Scope::Workflow(it) => it.uuid() == id,
            Scope::App(it) => it.uuid() == id,
            Scope::Owner(it) => it.uuid() == id,
            Scope::Department(it) => it.uuid() == id,
            Scope::Workspace | Scope::System => false,
        }
    };
    changes.extend(view.assignments().filter(|(_, rule)| at(rule.scope)).map(|(_, rule)| Change::remove(rule.clone())));
    changes.push(Change::remove(record));
    changes
}

/// Stages what a form says, or shows what is wrong with it.
pub(super) fn submit(state: &mut State) -> Vec<Effect> {
    if matches!(state.overlays.last(), Some(Overlay::Form(form)) if form.meant == Meant::Rotation) {
        return super::rotating::store(state);
    }
    let Some(view) = state.ground().cloned() else { return Vec::new() };
    let unlocked = state.unlocked;
    let Some(Overlay::Form(form)) = state.overlays.last_mut() else { return Vec::new() };
    form.read(&view);
    if let Some((at, fault)) = form.first_fault() {
        form.at = at;
        form.error = Some(fault);
        return Vec::new();
    }
    let has_secret = form.lines.iter().any(|line| line.is_secret() && !line.secret.is_empty());
    if has_secret && !unlocked {
        state.when_unlocked = Some(Waiting::Form);
        state.say(ToastKind::Ok, "The vault is unlocked first, to seal the secret");
        return super::unlock(state);
    }
    let change = match &form.before {
        Some(before) => Change::edit(before.clone(), form.record.clone()),
        None => Some(Change::add(form.record.clone())),
    };
    // A new secret changes a key that looks the same: sealing gives it another version.
    let changes: Vec<Change> = change.into_iter().collect();
    if let Some(obstacle) = view.obstacles(&changes).first() {
        let next = obstacle.hints.first().map(|hint| format!("; {hint}")).unwrap_or_default();
        form.error = Some(format!("{}{next}", obstacle.message));
        return Vec::new();
    }
    if !has_secret {
        state.overlays.pop();
        return staging::put(state, changes);
    }
    let effect = seal(form, &view, &changes);
    state.overlays.pop();
    effect.into_iter().collect()
}

/// Takes the secrets out of a form, to be sealed.
fn seal(form: &mut Form, view: &View, changes: &[Change]) -> Option<Effect> {
    let Record::Credential(after) = form.record.clone() else { return None };
    let before = match &form.before {
        Some(Record::Credential(before)) => Some(before.clone()),
        _ => None,
    };
    let given = form.lines.iter_mut().filter(|line| line.is_secret() && !line.secret.is_empty());
    let fields = given.filter_map(|line| match &line.what {
        Asked::Secret { name, .. } => Some((name.to_string(), Typed::new(line.secret.take()))),
        _ => None,
    });
    let fields = fields.collect();
    let what =
        if changes.is_empty() { format!("new secret for {}", after.name) } else { staging::sentence(view, changes) };
    let said = format!("Staged: {what} · u undo · ctrl-s apply");
    Some(Effect::Stage { changes: Vec::new(), sealing: Some(Box::new(Sealing { before, after, fields })), said })
}
