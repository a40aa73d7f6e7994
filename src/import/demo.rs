//! The demo: a made-up organisation, the same for the same seed, day and size, every secret of it a marked fake.
//!
//! [`Demo::generate`] plans it, and the iterators make it: records in the order in which they can be written, secrets
//! to be sealed, usage of the last ninety days. The core is Larkspur Instruments, about a hundred workflows that show
//! everything that the console can show, much of it wrong on purpose; it is described by a declarative file,
//! `organisation.toml`. Larger demos add sites of fifty workflows each, made one at a time: 100,000 workflows are about
//! 295,000 nodes, 10,000 credentials, 50,000 rules, 2,000 departments and 330,000 lines of usage.
//!
//! Credentials come with their secret absent: whoever writes the records seals what [`Demo::secrets`] gives and puts
//! the sealed version into the credential. Those that stay absent are known by name only, on purpose.

mod everyday;
mod ledger;
mod organisation;
mod random;
mod secrets;
mod shape;
mod site;
mod traffic;
mod usage;

use std::collections::HashMap;

use self::{ledger::Ledger, random::Ids, site::Site, usage::Known};
pub use self::{
    secrets::{DemoSecret, MARK},
    usage::DAYS,
};
use crate::domain::{
    Text, Timestamp,
    fact::{PriceTable, Usage},
    people::Workspace,
    record::{Kind, Record},
};

/// How large a demo is if nobody says.
pub const WORKFLOWS: usize = 100;

/// The seed if nobody says.
pub const SEED: u64 = 7;

/// What decides every detail of a demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many workflows; never fewer than those that have something to tell (about thirty).
    pub workflows: usize,
    /// Chooses names' order, models, loads, ids and fake secrets.
    pub seed: u64,
    /// The present: what expires soon, which rules have begun, where usage ends. Only its UTC day counts.
    pub now: Timestamp,
}

/// A made-up organisation.
pub struct Demo {
    options: Options,
    ids: Ids,
    organisation: Vec<Record>,
    in_sites: u64,
}

impl Demo {
    /// Plans a demo. It costs a few milliseconds, whatever the size.
    ///
    /// # Panics
    /// Never: the file that it reads is part of the program, and tests read it.
    pub fn generate(options: &Options) -> Self {
        let today = usage::day_of(options.now);
        let now = today.to_zoned(jiff::tz::TimeZone::UTC).map_or(options.now, |midnight| midnight.timestamp());
        let options = Options { now, ..*options };
        let ids = Ids::new(options.seed, now);
        let organisation = organisation::records(ids, options.seed, today, options.workflows);
        let own = organisation.iter().filter(|record| record.kind() == Kind::Workflow).count();
        let in_sites = options.workflows.saturating_sub(own) as u64;
        Self { options, ids, organisation, in_sites }
    }

    /// Returns the workspace, the first of [`Demo::records`].
    ///
    /// # Panics
    /// Never: a test finds it there.
    pub fn workspace<'a>(&'a self) -> &'a Workspace {
        let workspace = |record: &'a Record| match record {
            Record::Workspace(it) => Some(it),
            _ => None,
        };
        self.organisation.iter().find_map(workspace).expect("the built-in file names it")
    }

    /// Returns every record, workspace included, in the order in which they can be written.
    pub fn records(&self) -> impl Iterator<Item = Record> + '_ {
        Kind::ALL.iter().flat_map(|&kind| {
            let own = self.organisation.iter().filter(move |record| record.kind() == kind).cloned();
            own.chain(self.sites().flat_map(move |site| site.records(kind)))
        })
    }

    /// Returns the secret of every credential that has one in the vault.
    pub fn secrets(&self) -> impl Iterator<Item = DemoSecret> + '_ {
        let own = self.organisation.iter().filter(|record| record.kind() == Kind::Credential).cloned();
        let all = own.chain(self.sites().flat_map(|site| site.records(Kind::Credential)));
        all.filter_map(|record| match record {
            Record::Credential(it) => secrets::of(self.options.seed, &it),
            _ => None,
        })
    }

    /// Returns what was used in the last [`DAYS`] days, priced by the organisation's own prices, else by `prices`.
    ///
    /// Spend is unknown where no price is. Lines are in no particular order.
    pub fn usage<'a>(&'a self, prices: &'a dyn PriceTable) -> impl Iterator<Item = Usage> + 'a {
        let ledger = Ledger::new(&self.organisation);
        let own = usage::of_organisation(&ledger, &self.options, prices);
        let mut known: Known = HashMap::new();
        let mut price = move |provider: &Text, model: &Text| {
            let asked = || ledger.price(prices, provider, model, self.options.now);
            known.entry((provider.clone(), model.clone())).or_insert_with(asked).clone()
        };
        let sites = self.sites().flat_map(move |site| usage::of_site(&site, &self.options, &mut price));
        own.into_iter().chain(sites)
    }

    fn sites(&self) -> impl Iterator<Item = Site> + use<> {
        Site::all(self.ids, &self.options, self.in_sites)
    }
}

#[cfg(test)]
mod tests;
