//! Links: how the place under the cursor, or the screen itself, is written so that others can open it.

use super::{State, route::Screen};
use crate::{
    domain::link::Link,
    ops::{find::Thing, view::View},
};

/// Returns the link to a thing.
pub fn link_in(view: &View, thing: Thing) -> Option<Link> {
    match thing {
        Thing::Workflow(ix) => Link::new("workflow", &[&view.workflow(ix)?.name]),
        Thing::App(ix) => Link::new("app", &[&view.app(ix)?.name]),
        Thing::Node(ix) => {
            let workflow = view.workflow(view.workflow_of(ix)?)?;
            Link::new("node", &[&workflow.name, &view.node(ix)?.name])
        }
        Thing::Credential(ix) => Link::new("key", &[&view.credential(ix)?.name]),
        Thing::Pool(ix) => Link::new("pool", &[&view.pool(ix)?.name]),
        Thing::Instance(ix) => Link::new("instance", &[&view.instance(ix)?.name]),
        Thing::Department(ix) => Link::new("department", &[&view.department(ix)?.name]),
        Thing::Operator(ix) => Link::new("operator", &[&view.operator(ix)?.login]),
        Thing::Assignment(ix) => Link::new("assignment", &[&view.assignment(ix)?.id.to_string()]),
        Thing::Provider(ix) => Link::new("provider", &[view.provider_slug(ix)]),
        Thing::Model(ix) => {
            let entry = view.vocabulary().model_entry(ix)?;
            Link::new("model", &[view.provider_slug(entry.provider), &entry.name])
        }
    }
}

/// Returns the link to a thing that the operator sees.
pub fn link_of(state: &State, thing: Thing) -> Option<Link> {
    link_in(state.view()?, thing)
}

/// Returns the link to where the user is: to the thing under the cursor, else to the screen.
pub fn link_here(state: &State) -> Option<Link> {
    let view = state.view()?;
    if let Some(preview) = state.preview() {
        return Link::new("preview", &[&view.workflow(preview.workflow(view)?)?.name]);
    }
    if let Some(revision) = state.revision() {
        return Link::new("revision", &[&revision.number.to_string()]);
    }
    let thing = state.thing().and_then(|thing| link_in(view, thing));
    thing.or_else(|| Link::new("screen", &[&screen_name(&state.route().screen)]))
}

/// Returns the name of a screen in links: that of the action that goes there, without its first word.
pub fn screen_name(screen: &Screen) -> String {
    screen.title().to_lowercase()
}
