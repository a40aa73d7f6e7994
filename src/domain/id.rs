//! Stable ids: one type per kind of record, never reused, UUID version 7 when new.

use std::{cmp::Ordering, fmt, hash::Hash, hash::Hasher, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::Timestamp;

/// The stable id of a `T`. Two ids of different kinds can't be mixed up.
///
/// Made by `ops` (it needs a clock and randomness); here it is only carried, compared and printed.
pub struct Id<T>(Uuid, PhantomData<fn() -> T>);

impl<T> Id<T> {
    /// Wraps a UUID that is known to name a `T`.
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// Returns the UUID, for the database and for maps over several kinds.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// Returns the second in which it was made, as ids of version 7 tell it; others tell nothing.
    pub fn made_at(self) -> Option<Timestamp> {
        let told = self.0.get_timestamp().filter(|_| self.0.get_version_num() == 7)?;
        Timestamp::from_second(i64::try_from(told.to_unix().0).ok()?).ok()
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<T> FromStr for Id<T> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self::new)
    }
}
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_when_it_was_made_if_it_can() {
        let made_at = |text: &str| text.parse::<Id<()>>().unwrap().made_at().map(|at| at.to_string());
        // The example of RFC 9562, appendix A.6.
        assert_eq!(made_at("017f22e2-79b0-7cc3-98c4-dc0c0c07398f").as_deref(), Some("2022-02-22T19:22:22Z"));
        // Versions 4, 1 and 8, and a version 7 that is later than any calendar.
        for silent in [
            "919108f7-52d1-4320-9bac-f847db4148a8",
            "c232ab00-9414-11ec-b3c8-9f6bdeced846",
            "2489e9ad-2ee2-8e00-8ec9-32d5f69181c0",
            "ffffffff-ffff-7cc3-98c4-dc0c0c07398f",
        ] {
            assert_eq!(made_at(silent), None, "{silent}");
        }
    }
}
