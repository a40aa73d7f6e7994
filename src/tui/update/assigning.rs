//! Assigning: the picker, for how much a choice speaks, and the changes that it comes to.

mod rule;

use std::collections::BTreeMap;

use crate::{
    domain::{
        Text,
        catalogue::{Ix, ProviderIx, row::OwnerIx},
        change::Change,
        record::Record,
        workflow::{Node, Workflow},
    },
    ops::{picker::Choice, view::View},
    resolve::{
        answer::Source,
        query::{Place, Query},
    },
    tui::{
        action::Action,
        effect::{Effect, Purpose},
        state::{
            State, available,
            finder::{Finder, Source as Finds},
            form::Form,
            matrix,
            overlay::{Deed, Overlay},
            picker::{Offer, Outlook, Picker, Reach},
            preview::{PreviewOf, cascade},
            tree::Spot,
        },
        widget::{dialog::Dialog, filter::Filter, input::TextInput, list::ListState, toast::ToastKind},
    },
};

use self::rule::{changes, place, scope};

/// Does an action of assigning.
pub(super) fn assign(state: &mut State, action: Action, argument: &str) -> Vec<Effect> {
    match action {
        Action::Assign => return begin(state, argument),
        Action::Unassign => return unassign(state),
        Action::Refine => return refine(state),
        _ => {}
    }
    let Some(Overlay::Picker(picker)) = state.overlays.last_mut() else { return Vec::new() };
    let count = picker.reaches.len();
    match action {
        Action::NextScope => picker.reach = (picker.reach + 1) % count,
        Action::PreviousScope => picker.reach = (picker.reach + count - 1) % count,
        Action::ToggleStrength => picker.preferred = !picker.preferred,
        _ => picker.model_only = !picker.model_only,
    }
    search(state)
}

/// Chooses the environment that the rule is for: any, then each that is known.
pub(super) fn environment(state: &mut State, known: &[String]) -> Vec<Effect> {
    if let Some(Overlay::Picker(picker)) = state.overlays.last_mut() {
        let here = picker.environment.as_deref().and_then(|here| known.iter().position(|name| name == here));
        let next = here.map_or(0, |at| at + 1);
        picker.environment = known.get(next).map(|name| name.as_str().into());
    }
    outlook(state)
}

/// Begins to assign: asks for the provider first, where the rows call several.
pub(super) fn begin(state: &mut State, provider: &str) -> Vec<Effect> {
    let Some(view) = state.ground().cloned() else { return Vec::new() };
    let spots = available::chosen_spots(state);
    if let (Some((workflow, slug)), "") = (pair(state, &view), provider) {
        let asks = matrix::place(&view, workflow, slug);
        let provider = view.provider_slug(slug).to_string();
        return open(state, &view, spots, &provider, asks);
    }
    let asking = asking(state, &view, &spots);
    if !provider.is_empty() {
        if let Some(&(node, _)) = asking.get(provider) {
            return open(state, &view, spots, provider, Place::Node(node));
        }
        state.say(ToastKind::Warn, format!("No node here calls {provider}"));
        return Vec::new();
    }
    let mut all = asking.iter();
    match (all.next(), all.next()) {
        (None, _) => state.say(ToastKind::Warn, "No node here calls a model, so there is nothing to assign a key for"),
        (Some((slug, &(node, _))), None) => return open(state, &view, spots, slug, Place::Node(node)),
        (Some(_), Some(_)) => {
            let all = asking.into_iter().map(|(slug, (_, count))| (slug.to_string(), count)).collect();
            let finder = Finder::new(Finds::Providers(all), "", state);
            state.overlays.push(Overlay::Finder(finder));
        }
    }
    Vec::new()
}

/// Returns the workflow and the provider that a place is about, where it is about both.
fn pair(state: &State, view: &View) -> Option<(Ix<Workflow>, ProviderIx)> {
    let of_preview = state.preview().filter(|it| matches!(it.of, PreviewOf::Pair(..)));
    let of_preview = of_preview.and_then(|it| it.workflow(view).zip(it.provider(view)));
    of_preview.or_else(|| state.pair().map(|pair| (pair.workflow, pair.provider)))
}

/// Returns the providers that nodes under some rows call: the first node of each, and how many there are.
fn asking(state: &State, view: &View, spots: &[Spot]) -> BTreeMap<Text, (Ix<Node>, usize)> {
    let mut asking: BTreeMap<Text, (Ix<Node>, usize)> = BTreeMap::new();
    let mut ask = |node: Ix<Node>| {
        if let Some((provider, _)) = view.model_of(node) {
            asking.entry(view.provider_slug(provider).clone()).or_insert((node, 0)).1 += 1;
        }
    };
    for spot in spots {
        match spot {
            Spot::Node(node) => ask(*node),
            Spot::Workflow(ix) => view.nodes_of(*ix).iter().copied().for_each(&mut ask),
            above => {
                let Some(data) = &state.data else { continue };
                let entries = data.tree.entries();
                let same = |entry: &&crate::tui::state::tree::Entry| {
                    entry.spot == *above
                        || matches!((entry.spot, above), (Spot::App(_, one), Spot::App(None, other)) if one == *other)
                };
                let Some(entry) = entries.iter().find(same) else { continue };
                let first = data.tree.find(entry.spot).unwrap_or(0);
                for under in &entries[first..entry.end as usize] {
                    if let Spot::Workflow(ix) = under.spot {
                        view.nodes_of(ix).iter().copied().for_each(&mut ask);
                    }
                }
            }
        }
    }
    asking
}

fn open(state: &mut State, view: &View, spots: Vec<Spot>, provider: &str, asks: Place) -> Vec<Effect> {
    let inputs = state.inputs();
    let query = Query { place: asks.clone(), now: state.now, inputs: &inputs };
    let mut offers: Vec<Offer> = view.candidates(&query).into_iter().map(Offer::Candidate).collect();
    let usable = offers.iter().filter(|offer| offer.is_usable()).count();
    offers.insert(usable, Offer::Deny);
    let reaches = match spots.as_slice() {
        [one] => reaches(view, *one),
        _ => vec![Reach::Marked],
    };
    let node = match asks {
        Place::Node(node) => Some(node),
        Place::Pair { .. } => None,
    };
    let model = node.and_then(|node| view.model_of(node)).map(|(_, model)| view.model_name(model).into());
    let picker = Picker {
        spots,
        asks,
        provider: provider.into(),
        model,
        kind: node.and_then(|node| view.node(node)).map(|node| node.kind).unwrap_or_default(),
        reaches,
        reach: 0,
        model_only: false,
        environment: None,
        preferred: false,
        offers,
        shown: Vec::new(),
        filter: TextInput::default(),
        list: ListState::default(),
        outlook: Outlook::Pending,
        generation: 0,
    };
    state.overlays.push(Overlay::Picker(Box::new(picker)));
    search(state)
}

/// Returns where a rule for a row could stand, from the row itself up.
fn reaches(view: &View, spot: Spot) -> Vec<Reach> {
    let mut all = Vec::new();
    let workflow = match spot {
        Spot::Node(node) => {
            all.push(Reach::Node(node));
            view.workflow_of(node)
        }
        Spot::Workflow(ix) => Some(ix),
        Spot::App(..) | Spot::Department(_) => None,
    };
    all.extend(workflow.map(Reach::Workflow));
    let app = match spot {
        Spot::App(_, ix) => Some(ix),
        _ => workflow.and_then(|ix| view.app_of(ix)),
    };
    all.extend(app.map(Reach::App));
    if let Some(OwnerIx::Operator(owner)) = workflow.and_then(|ix| view.owner_of(ix)) {
        all.push(Reach::Owner(owner));
    }
    let department = match spot {
        Spot::Department(department) => department,
        Spot::App(department, ix) => department.or_else(|| view.department_of_app(ix)),
        _ => workflow.and_then(|ix| view.department_of(ix)),
    };
    all.extend(view.path(department).into_iter().map(Reach::Department));
    all.extend([Reach::Workspace, Reach::System]);
    all
}

/// Shows the offers that fit what was typed and where the rule would stand; the best is under the cursor.
pub(super) fn search(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Picker(picker)) = state.overlays.last_mut() else { return Vec::new() };
    let on_nodes = picker.is_on_nodes();
    let filter = Filter::parse(picker.filter.text(), &[]);
    let names: Vec<Sought> = picker.offers.iter().map(|offer| Sought(offer.name().to_owned())).collect();
    let fits = |at: &usize| {
        let offer = &picker.offers[*at];
        // A node itself takes a key alone: pools and refusals are for rules.
        !on_nodes || matches!(offer.choice(), Some(Choice::Key(_)))
    };
    let here = picker.shown.get(picker.list.cursor).copied();
    picker.shown = filter.select(&names).into_iter().filter(fits).collect();
    let at = here.and_then(|here| picker.shown.iter().position(|&at| at == here));
    picker.list = ListState { cursor: at.unwrap_or(0), top: 0 };
    outlook(state)
}

struct Sought(String);

impl crate::tui::widget::filter::Searched for Sought {
    fn text(&self) -> std::borrow::Cow<'_, str> {
        self.0.as_str().into()
    }

    fn field(&self, _: &str) -> Option<std::borrow::Cow<'_, str>> {
        None
    }
}

/// Asks what the choice under the cursor would do.
pub(super) fn outlook(state: &mut State) -> Vec<Effect> {
    let (Some(base), now) = (state.ground().cloned(), state.now) else { return Vec::new() };
    let generation = state.next_generation();
    state.asked.choice = generation;
    let mut ids = state.ids.clone();
    let Some(Overlay::Picker(picker)) = state.overlays.last_mut() else { return Vec::new() };
    picker.generation = generation;
    match changes(picker, &base, &mut ids, now) {
        Err(reason) => {
            picker.outlook = Outlook::Impossible(reason);
            Vec::new()
        }
        Ok(changes) if changes.is_empty() => {
            picker.outlook = Outlook::Impossible("it is assigned this way already".to_owned());
            Vec::new()
        }
        Ok(changes) => {
            picker.outlook = Outlook::Pending;
            vec![Effect::Plan { generation, purpose: Purpose::Choice, base, changes, now }]
        }
    }
}

/// Stages the choice under the cursor, unless something stands in its way.
pub(super) fn accept(state: &mut State) -> Vec<Effect> {
    let Some(base) = state.ground().cloned() else { return Vec::new() };
    let Some(picker) = state.picker() else { return Vec::new() };
    match &picker.outlook {
        Outlook::Impossible(reason) => {
            let text = format!("Can't be assigned: {reason}");
            state.say(ToastKind::Warn, text);
            return Vec::new();
        }
        Outlook::Known(plan) if !plan.obstacles.is_empty() => {
            let failure = plan.obstacles[0].clone();
            state.fail(&failure);
            return Vec::new();
        }
        Outlook::Known(_) | Outlook::Pending => {}
    }
    let unusable = picker.offer().filter(|offer| !offer.is_usable()).map(|offer| offer.name().to_owned());
    let mut ids = state.ids.clone();
    let made = changes(picker, &base, &mut ids, state.now);
    state.ids = ids;
    match (made, unusable) {
        (Err(reason), _) => state.say(ToastKind::Warn, reason),
        (Ok(changes), Some(name)) => ask_for_unusable(state, &base, changes, &name),
        (Ok(changes), None) => {
            state.overlays.pop();
            state.route_mut().marks.clear();
            return super::staging::put(state, changes);
        }
    }
    Vec::new()
}

/// Opens the form of the rule that the choice under the cursor comes to, for what the picker does not ask.
fn refine(state: &mut State) -> Vec<Effect> {
    let (Some(base), now) = (state.ground().cloned(), state.now) else { return Vec::new() };
    let mut ids = state.ids.clone();
    let Some(picker) = state.picker() else { return Vec::new() };
    let made = changes(picker, &base, &mut ids, now);
    state.ids = ids;
    let rule = match &made {
        Ok(changes) => changes.iter().find_map(|change| match change.after() {
            Some(after @ Record::Assignment(_)) => Some((change.before().cloned(), after.clone())),
            _ => None,
        }),
        Err(reason) => {
            state.say(ToastKind::Warn, reason.clone());
            return Vec::new();
        }
    };
    let Some((before, after)) = rule else {
        state.say(ToastKind::Warn, "A key on a node has neither window nor note; tab makes it a rule for more");
        return Vec::new();
    };
    state.overlays.pop();
    state.overlays.push(Overlay::Form(Box::new(Form::new(before, after, &base))));
    Vec::new()
}

/// Asks before a key is assigned that can't be used here as things stand.
fn ask_for_unusable(state: &mut State, base: &View, changes: Vec<Change>, name: &str) {
    let said = format!("Staged: {}", super::staging::sentence(base, &changes));
    let dialog = Dialog {
        title: format!("Assign {name} all the same?"),
        body: "It can't be used here as things stand, so the nodes will fail until that is mended.".to_owned(),
        deed: "Stage it".to_owned(),
        danger: true,
        name: None,
    };
    super::staging::ask(state, dialog, Deed::Stage(changes, said));
}

/// Takes away what is written at the chosen places: the key of nodes, the rules of everything else.
fn unassign(state: &mut State) -> Vec<Effect> {
    let Some(view) = state.ground().cloned() else { return Vec::new() };
    if let Some(changes) = at_step(state, &view) {
        return super::staging::put(state, changes);
    }
    let mut changes = Vec::new();
    for spot in available::chosen_spots(state) {
        if let Spot::Node(ix) = spot {
            let bare = view.node(ix).map(|node| (node.clone(), Node { key: None, variable: None, ..node.clone() }));
            changes.extend(bare.and_then(|(before, after)| Change::edit(before, after)));
        } else if let Some(scope) = place(&view, spot).and_then(|reach| scope(&view, reach)) {
            let rules = view.assignments().filter(|(_, rule)| rule.scope == scope);
            changes.extend(rules.map(|(_, rule)| Change::remove(rule.clone())));
        }
    }
    if changes.is_empty() {
        state.say(ToastKind::Warn, "No key and no rule is written here; p shows what decides");
        return Vec::new();
    }
    state.route_mut().marks.clear();
    super::staging::put(state, changes)
}

/// Of a preview: takes away what stands behind the step under the cursor.
fn at_step(state: &State, view: &View) -> Option<Vec<Change>> {
    let preview = state.preview().filter(|_| state.route().pane == 0)?;
    let resolution = preview.resolution(state.view()?, state.now)?;
    let step = *cascade(&resolution).get(state.route().list.cursor)?;
    let change = match step.source? {
        Source::Rule(ix) => Some(Change::remove(view.assignment(ix)?.clone())),
        Source::Node(ix) => {
            let node = view.node(ix)?;
            Change::edit(node.clone(), Node { key: None, variable: None, ..node.clone() })
        }
        Source::Instance(ix) => {
            let instance = view.instance(ix)?;
            let bare = crate::domain::credential::Instance { key: None, ..instance.clone() };
            Change::edit(Record::from(instance.clone()), Record::from(bare))
        }
        Source::Override => return None,
    };
    change.map(|change| vec![change])
}
