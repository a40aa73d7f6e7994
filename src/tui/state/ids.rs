//! New ids without a clock or chance of their own, so that updating the state stays a plain function.

use uuid::{Builder, Uuid};

use crate::domain::Timestamp;

/// Makes ids from the time of the last tick and a seed that was drawn when the session began.
#[derive(Clone, Debug)]
pub struct Ids {
    seed: u128,
    given: u128,
}

impl Ids {
    /// Begins with a seed; two sessions need two.
    pub const fn new(seed: u128) -> Self {
        Self { seed, given: 0 }
    }

    /// Makes an id (`UUIDv7`) that was not given before.
    pub fn next(&mut self, now: Timestamp) -> Uuid {
        self.given += 1;
        // An odd factor makes the step a bijection, so that ids differ in their high bits, too.
        let random = self.seed.wrapping_add(self.given.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
        let bytes = random.to_be_bytes();
        let mut ten = [0; 10];
        ten.copy_from_slice(&bytes[..10]);
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &ten).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_is_given_twice() {
        let now: Timestamp = "2026-06-15T12:00:00Z".parse().unwrap();
        let mut ids = Ids::new(7);
        let given: std::collections::HashSet<Uuid> = (0..1000).map(|_| ids.next(now)).collect();
        assert_eq!(given.len(), 1000);
        assert!(given.iter().all(|id| id.get_version_num() == 7));
    }
}
