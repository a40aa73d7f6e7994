//! What may be named when several must be able to read an answer: what each of them may read.

use std::borrow::Cow;

use super::view::View;
use crate::{
    domain::{
        catalogue::Ix,
        credential::{Credential, Instance, Pool},
        people::{Department, Operator},
        workflow::{App, Node, Workflow},
    },
    resolve::sentence::Naming,
};

/// Some readers at once.
///
/// Who asks what another would get must not learn the names that only the other may read.
#[derive(Clone, Copy, Debug)]
pub struct Readers<'a>(pub &'a [&'a View]);

macro_rules! names {
    ($($noun:ident: $record:ident, $name:ident;)*) => {
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
