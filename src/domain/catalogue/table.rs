//! Tables: the things of one kind, by dense index, by stable id and by name.

use std::{fmt, hash::Hash, hash::Hasher, marker::PhantomData, num::NonZeroU32};

use uuid::Uuid;

use super::{chunks::Chunks, index::Index, shards::Shards};
use crate::domain::{Text, id::Id};

/// A dense index of a `T` in one process. It is never renumbered, and means nothing outside.
pub struct Ix<T>(NonZeroU32, PhantomData<fn() -> T>);

impl<T> Ix<T> {
    pub(super) fn at(position: usize) -> Self {
        // Four thousand million things of one kind don't fit into memory; the last index then stands for the rest.
        Self::of_number(u32::try_from(position + 1).unwrap_or(u32::MAX))
    }

    fn of_number(number: u32) -> Self {
        Self(NonZeroU32::new(number).unwrap_or(NonZeroU32::MAX), PhantomData)
    }

    /// Returns the position in the table.
    #[inline]
    pub const fn position(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl<T> Clone for Ix<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Ix<T> {}
impl<T> PartialEq for Ix<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Ix<T> {}
impl<T> PartialOrd for Ix<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Ix<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> Hash for Ix<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Debug for Ix<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.position())
    }
}

/// A kind of thing that a [`Table`] holds: its record, and the dense form that resolution reads.
pub trait Noun: Clone {
    /// The dense form.
    type Row: Clone + fmt::Debug;

    /// Returns the stable id.
    fn uuid(&self) -> Uuid;

    /// Returns the name under which it is found, if names are unique among its kind.
    fn key(&self) -> Option<&Text>;
}

/// The things of one kind. A slot may be empty: somebody refers to an id that is not there, or not yet, or no more.
#[derive(Clone, Debug)]
pub struct Table<T: Noun> {
    records: Chunks<Option<T>>,
    rows: Chunks<Option<T::Row>>,
    /// The ids of empty slots; a record has its own.
    absent: Shards<Ix<T>, Uuid>,
    by_id: Index,
    by_name: Index,
    live: usize,
}

impl<T: Noun> Default for Table<T> {
    fn default() -> Self {
        Self {
            records: Chunks::default(),
            rows: Chunks::default(),
            absent: Shards::default(),
            by_id: Index::default(),
            by_name: Index::default(),
            live: 0,
        }
    }
}

impl<T: Noun> Table<T> {
    /// Returns how many things there are.
    pub const fn len(&self) -> usize {
        self.live
    }

    /// Says whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Returns how many slots there are, empty ones too: the bound of every [`Ix::position`].
    pub fn slots(&self) -> usize {
        self.records.len()
    }

    /// Returns the record; `None` if nothing is known but the id.
    #[inline]
    pub fn get(&self, ix: Ix<T>) -> Option<&T> {
        self.records.get(ix.position())?.as_ref()
    }

    /// Returns the dense form; `None` if nothing is known but the id.
    #[inline]
    pub fn row(&self, ix: Ix<T>) -> Option<&T::Row> {
        self.rows.get(ix.position())?.as_ref()
    }

    /// Returns the stable id of a slot.
    pub fn id(&self, ix: Ix<T>) -> Id<T> {
        let uuid = self.get(ix).map(Noun::uuid).or_else(|| self.absent.get(&ix).copied());
        Id::new(uuid.unwrap_or_default())
    }

    /// Finds the slot of a stable id, be it empty or not.
    pub fn find(&self, id: Id<T>) -> Option<Ix<T>> {
        self.by_id.find(&id.uuid(), |number| self.id(Ix::of_number(number)) == id).map(Ix::of_number)
    }

    /// Finds a thing by its stable id.
    pub fn by_id(&self, id: Id<T>) -> Option<&T> {
        self.find(id).and_then(|ix| self.get(ix))
    }

    /// Finds a thing by its name.
    pub fn named(&self, name: &str) -> Option<Ix<T>> {
        self.by_name.find(name, |number| is_named(&self.records, number, name)).map(Ix::of_number)
    }

    /// Returns the things in the order of their indexes.
    pub fn iter(&self) -> impl Iterator<Item = (Ix<T>, &T)> {
        self.records.iter().enumerate().filter_map(|(at, record)| Some((Ix::at(at), record.as_ref()?)))
    }

    /// Returns the dense forms in the order of their indexes.
    pub fn rows(&self) -> impl Iterator<Item = (Ix<T>, &T::Row)> {
        self.rows.iter().enumerate().filter_map(|(at, row)| Some((Ix::at(at), row.as_ref()?)))
    }

    /// Returns the slot of an id, making an empty one if it is new.
    pub(super) fn slot(&mut self, id: Id<T>) -> Ix<T> {
        if let Some(ix) = self.find(id) {
            return ix;
        }
        let ix = self.push(id, None, None);
        self.absent.insert(ix, id.uuid());
        ix
    }

    fn push(&mut self, id: Id<T>, record: Option<T>, row: Option<T::Row>) -> Ix<T> {
        let ix = Ix::at(self.records.len());
        self.records.push(record);
        self.rows.push(row);
        self.by_id.put(&id.uuid(), ix.0.get(), |_| false);
        ix
    }

    /// Fills the slot of a record, replacing what was there.
    pub(super) fn put(&mut self, record: T, row: T::Row) -> Ix<T> {
        let (id, name) = (Id::new(record.uuid()), record.key().cloned());
        let ix = match self.find(id) {
            Some(ix) => {
                self.take(ix);
                self.absent.remove(&ix);
                ix
            }
            None => Ix::at(self.records.len()),
        };
        if let Some(name) = &name {
            // Another of the same name is no longer found by it.
            let records = &self.records;
            self.by_name.put(&**name, ix.0.get(), |number| is_named(records, number, name));
        }
        if let (Some(record_slot), Some(row_slot)) =
            (self.records.get_mut(ix.position()), self.rows.get_mut(ix.position()))
        {
            *record_slot = Some(record);
            *row_slot = Some(row);
        } else {
            self.push(id, Some(record), Some(row));
        }
        self.live += 1;
        ix
    }

    /// Empties a slot. Its index and id stay, so that references to it dangle rather than lie.
    pub(super) fn take(&mut self, ix: Ix<T>) -> Option<T> {
        self.get(ix)?;
        let record = self.records.get_mut(ix.position())?.take()?;
        if let Some(row) = self.rows.get_mut(ix.position()) {
            *row = None;
        }
        self.absent.insert(ix, record.uuid());
        if let Some(name) = record.key() {
            self.by_name.drop(&**name, ix.0.get());
        }
        self.live -= 1;
        Some(record)
    }
}

fn is_named<T: Noun>(records: &Chunks<Option<T>>, number: u32, name: &str) -> bool {
    let record = records.get(Ix::<T>::of_number(number).position()).and_then(Option::as_ref);
    record.and_then(Noun::key).is_some_and(|key| **key == *name)
}
