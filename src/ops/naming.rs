//! What may be named: a view as the naming of sentences and as the mask of descriptions.

use std::borrow::Cow;

use uuid::Uuid;

use super::view::View;
use crate::{
    domain::{
        catalogue::Ix,
        credential::{Credential, Instance, Pool},
        id::Id,
        people::{Department, Operator},
        workflow::{App, Node, Workflow},
    },
    form::lookup::Mask,
    resolve::sentence::Naming,
};

/// Some readers at once: named is what every one of them may read.
///
/// Who asks what another would get must not learn the names that only the other may read.
#[derive(Clone, Copy, Debug)]
pub struct Readers<'a>(pub &'a [&'a View]);

macro_rules! names {
    ($($noun:ident: $record:ident, $name:ident;)*) => {
        impl Naming for View {
            $(fn $noun(&self, ix: Ix<$record>) -> Option<Cow<'_, str>> {
                View::$noun(self, ix).map(|it| Cow::Borrowed(&*it.$name))
            })*
        }

        impl Naming for Readers<'_> {
            $(fn $noun(&self, ix: Ix<$record>) -> Option<Cow<'_, str>> {
                let (first, others) = self.0.split_first()?;
                let named = others.iter().all(|view| View::$noun(view, ix).is_some());
                View::$noun(first, ix).filter(|_| named).map(|it| Cow::Borrowed(&*it.$name))
            })*
        }
    };
}

names! {
    credential: Credential, name;
    pool: Pool, name;
    department: Department, name;
    operator: Operator, login;
    instance: Instance, name;
    app: App, name;
    workflow: Workflow, name;
    node: Node, name;
}

macro_rules! hidden {
    ($view:expr, $id:expr, $($table:ident $one:ident),*) => {{
        let catalogue = $view.catalogue();
        // A thing that was removed keeps its slot without a record: only what is there can be hidden.
        false $(|| catalogue.$table().find(Id::new($id)).is_some_and(|ix| {
            catalogue.$table().get(ix).is_some() && $view.$one(ix).is_none()
        }))*
    }};
}

impl Mask for View {
    fn hides(&self, id: Uuid) -> bool {
        hidden!(
            self, id,
            credentials credential, departments department, operators operator, workflows workflow, apps app,
            nodes node, pools pool, instances instance, assignments assignment
        )
    }
}
