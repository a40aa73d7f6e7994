//! How a workspace's own prices are named: `price/PROVIDER/MODEL`, and behind an `@` which of several.

use std::sync::Arc;

use super::Editable;
use crate::{
    domain::{
        link::{Link, encode},
        name::printable,
        provider::Price,
    },
    form::words::time,
    ops::{
        failure::Failure,
        find::{Thing, matches_glob},
        view::View,
    },
};

/// Stands for the time of a price that always held.
const ALWAYS: &str = "always";

impl View {
    /// Finds the prices that `PROVIDER/MODEL` names, or `PROVIDER/MODEL@WHICH`: when it begins to hold, `always`, its id, or
    /// `*` for all of them.
    pub fn prices_named(&self, rest: &str) -> Result<Vec<Arc<Price>>, Failure> {
        let whole = self.prices_of(rest)?;
        // Vendors' model ids may hold an @, too: the longest name wins.
        if !whole.is_empty() {
            return Ok(whole);
        }
        let found = match rest.rsplit_once('@') {
            Some((model, which)) => self.prices_of(model)?.into_iter().filter(|price| is_named(price, which)).collect(),
            None => whole,
        };
        if found.is_empty() {
            return Err(Failure::usage(format!("there is no own price of {}", printable(rest)))
                .hint("\"keydeck list prices\" shows those there are")
                .hint("\"keydeck add price PROVIDER/MODEL input=… output=…\" adds one"));
        }
        Ok(found)
    }

    /// Returns every price of a model; none, if there is no such model.
    fn prices_of(&self, model: &str) -> Result<Vec<Arc<Price>>, Failure> {
        let link = Link::parse(&format!("model/{model}"))?;
        let Ok(Thing::Model(ix)) = self.find(&link) else { return Ok(Vec::new()) };
        Ok(self.vocabulary().model_entry(ix).map(|entry| entry.prices.clone()).unwrap_or_default())
    }

    /// Finds prices that are to be changed. Of several, one has to be named: none goes unasked.
    pub(super) fn prices_at(&self, rest: &str) -> Result<Vec<Editable>, Failure> {
        let found = self.prices_named(rest)?;
        if found.len() > 1 && !rest.ends_with('*') {
            let message = format!("there are {} prices of {}", found.len(), printable(rest));
            let named = found.iter().map(|price| format!("name one: {}", self.price_link(price)));
            let failure = named.fold(Failure::usage(message), Failure::hint);
            return Err(failure.hint(format!("or all of them: 'price/{}@*'", model(&found[0]))));
        }
        Ok(found.iter().map(|it| Editable { record: (**it).clone().into(), is_there: true }).collect())
    }

    /// Returns the link that names this price alone.
    pub fn price_link(&self, price: &Price) -> String {
        let name = model(price);
        let others = self.prices_of(&name).unwrap_or_default();
        if others.len() < 2 {
            return format!("price/{name}");
        }
        let from = from_text(price);
        let is_clear = others.iter().filter(|other| other.from == price.from).count() < 2;
        format!("price/{name}@{}", if is_clear { from } else { price.id.to_string() })
    }
}

fn model(price: &Price) -> String {
    format!("{}/{}", encode(&price.provider), encode(&price.model))
}

fn from_text(price: &Price) -> String {
    price.from.map_or_else(|| ALWAYS.to_owned(), |from| from.to_string())
}

fn is_named(price: &Price, which: &str) -> bool {
    let is_time = || !which.is_empty() && time("from", which).is_ok_and(|from| from == price.from);
    matches_glob(which, &from_text(price)) || price.id.to_string() == which || is_time()
}
