//! Money and budgets. Amounts are whole micro-dollars, so that sums are exact; unknown is `None`, never zero.

use std::{fmt, iter::Sum, ops::Add, ops::AddAssign, ops::Sub, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An amount in millionths of a US dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MicroDollars(pub i64);

/// Why a text is no amount.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("\"{text}\" is no amount in dollars: write it as 12.50, with at most six decimals")]
pub struct MoneyError {
    text: String,
}

impl MicroDollars {
    /// No money at all. A budget of it means never.
    pub const ZERO: Self = Self(0);

    /// Returns the amount in dollars, for charts; sums stay in whole micro-dollars.
    #[expect(clippy::cast_precision_loss, reason = "a chart's bar needs no more than 52 bits")]
    pub fn dollars(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Rounds an amount in dollars to the nearest micro-dollar; `None` if it isn't finite or too large.
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        let micros = (dollars * 1e6).round();
        (micros.is_finite() && micros.abs() < 9e18).then_some(Self(micros as i64))
    }

    /// Cuts an amount to whole cents, for sentences; one below a cent keeps its digits.
    #[must_use]
    pub const fn cents(self) -> Self {
        if self.0.unsigned_abs() < 10_000 { self } else { Self(self.0 / 10_000 * 10_000) }
    }

    /// Writes the amount as people do, with its sign and commas between thousands: `$1,200.40`; tiny ones keep their digits.
    pub fn for_people(self) -> String {
        let cents = self.0 / 10_000;
        if cents != 0 || self.0 == 0 {
            let (sign, cents) = (if cents < 0 { "-" } else { "" }, cents.unsigned_abs());
            return format!("{sign}${}.{:02}", grouped(cents / 100), cents % 100);
        }
        let text = self.to_string();
        text.strip_prefix('-').map_or_else(|| format!("${text}"), |rest| format!("-${rest}"))
    }

    /// Adds without overflow: an absurd sum stays at the largest amount.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// Writes a whole number with commas between thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl Add for MicroDollars {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.saturating_add(other)
    }
}
impl AddAssign for MicroDollars {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
impl Sub for MicroDollars {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}
impl Sum for MicroDollars {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// Two decimals at least, six at most, no more than needed: `12.40`, `0.000015`.
impl fmt::Display for MicroDollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.unsigned_abs();
        let decimals = format!("{:06}", micros % 1_000_000);
        let kept = decimals.trim_end_matches('0').len().max(2);
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{}", micros / 1_000_000, &decimals[..kept])
    }
}

impl FromStr for MicroDollars {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || MoneyError { text: text.to_owned() };
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) || decimals.len() > 6 || text.ends_with('.') {
            return Err(error());
        }
        let fraction: i64 = format!("{decimals:0<6}").parse().map_err(|_| error())?;
        let dollars: i64 = whole.parse().map_err(|_| error())?;
        let micros = dollars.checked_mul(1_000_000).and_then(|m| m.checked_add(fraction)).ok_or_else(error)?;
        Ok(Self(micros))
    }
}

impl Serialize for MicroDollars {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for MicroDollars {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A monthly limit on what something may cost. The month is the UTC month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// What may be spent in one month.
    pub monthly: MicroDollars,
    /// What happens when it is spent.
    pub kind: BudgetKind,
}

/// What a spent budget does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BudgetKind {
    /// Warns.
    #[default]
    Soft,
    /// Makes what carries it unusable.
    Hard,
}

impl BudgetKind {
    /// The word for files, screens and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Soft => "soft",
            Self::Hard => "hard",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cents_are_enough_for_sentences() {
        let cents = |micros| MicroDollars(micros).cents().to_string();
        assert_eq!(
            (cents(939_379_623), cents(-1_239_999), cents(15)),
            ("939.37".into(), "-1.23".into(), "0.000015".into())
        );
    }

    #[test]
    fn amounts_print_as_people_write_them() {
        for text in ["0.00", "12.40", "0.000015", "500.00", "2.125"] {
            assert_eq!(text.parse::<MicroDollars>().map(|m| m.to_string()).as_deref(), Ok(text));
        }
        assert_eq!("7".parse(), Ok(MicroDollars(7_000_000)));
        for text in ["", ".5", "1.", "-1", "1e3", "1.0000001", "9999999999999999"] {
            assert!(text.parse::<MicroDollars>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn printing_and_reading_is_the_identity(micros in 0..i64::MAX) {
            prop_assert_eq!(MicroDollars(micros).to_string().parse(), Ok(MicroDollars(micros)));
        }
    }
}
