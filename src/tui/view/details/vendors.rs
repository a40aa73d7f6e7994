//! Details of providers and their models.

use crate::{
    domain::catalogue::{ModelIx, ProviderIx},
    ops::view::View,
    tui::{state::State, theme::Role, widget::detail::Detail, words},
};

use super::{plain, value};

/// A provider: what its keys consist of, and the models in use.
pub(super) fn provider(state: &State, view: &View, ix: ProviderIx) -> Vec<Detail> {
    let Some(entry) = view.vocabulary().provider_entry(ix) else { return Vec::new() };
    let mut lines = vec![Detail::Heading(format!("{} ({})", entry.name(), entry.slug))];
    let Some(form) = entry.provider() else {
        lines.push(Detail::Text("Nothing describes it; a adds a description.".to_owned(), Role::Muted));
        return lines;
    };
    if let Some(url) = &form.base_url {
        lines.push(plain("base url", &**url));
    }
    if !form.aliases.is_empty() {
        lines.push(plain("also known as", form.aliases.join(", ")));
    }
    lines.extend([Detail::Gap, Detail::Heading("A key consists of".to_owned())]);
    for field in &form.fields {
        let secret = if field.secret { "secret" } else { "public" };
        let env = field.env.as_deref().map(|env| format!(", {env}")).unwrap_or_default();
        lines.push(plain(&field.name, format!("{secret}{env}")));
    }
    let models: Vec<_> = view.vocabulary().models().filter(|(_, model)| model.provider == ix).collect();
    if !models.is_empty() {
        lines.extend([Detail::Gap, Detail::Heading("Models in use, $ per million tokens".to_owned())]);
        for (model, entry) in models {
            let price = words::price(view, model, state.now);
            let role = if price.is_some() { Role::Money } else { Role::Muted };
            lines.push(value(&entry.name, (price.unwrap_or_else(|| "unpriced".to_owned()), role)));
        }
    }
    lines
}

/// A model: what is known of it, and its prices, own ones first.
pub(super) fn model(state: &State, view: &View, ix: ModelIx) -> Vec<Detail> {
    let Some(entry) = view.vocabulary().model_entry(ix) else { return Vec::new() };
    let mut lines =
        vec![Detail::Heading(entry.name.to_string()), plain("provider", &**view.provider_slug(entry.provider))];
    match &entry.own {
        Some(own) => {
            lines.push(plain("kind", own.kind.word()));
            lines.extend(own.context.map(|tokens| plain("context", format!("{} tokens", words::grouped(tokens)))));
            lines.extend(own.note.as_ref().map(|note| Detail::Text(note.to_string(), Role::Muted)));
        }
        None => lines.push(Detail::Text("Nothing describes it; e does.".to_owned(), Role::Muted)),
    }
    lines.extend([Detail::Gap, Detail::Heading("Price, $ per million tokens in/out".to_owned())]);
    lines.push(match view.price(ix, state.now) {
        Some(price) => {
            let text = words::price(view, ix, state.now).unwrap_or_default();
            value(&price.source, (text, Role::Money))
        }
        None => Detail::Text("Unknown, so that hard budgets refuse it; $ sets one.".to_owned(), Role::Warn),
    });
    for price in &entry.prices {
        let from = price.from.map_or_else(|| "always".to_owned(), |at| format!("from {at:.0}"));
        let output = price.output.map(|output| format!("/{output}")).unwrap_or_default();
        let source = price.source.as_deref().unwrap_or("own");
        lines.push(plain(source, format!("{}{output} {from}", price.input)));
    }
    lines
}
