//! Attribution that stays: what was used while another key was active is not booked on today's.
//!
//! Dify does not say which key served a call, so a day is attributed when it is first imported. A later import of the
//! same day keeps that, department and all; only what came since is attributed by the choice of now.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::domain::{Text, fact::Usage, id::Id, money::MicroDollars, workflow::Workflow};

/// What makes two lines one place.
type Place = (Date, Option<Id<Workflow>>, Option<Text>, Text, Text, Option<Text>);

/// What lines of one place add up to.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Sum {
    input: u64,
    output: u64,
    requests: u64,
    recorded: Option<i64>,
}

/// Returns the lines that are to stand for the days of `new`, given those that an earlier import wrote.
pub fn keep(old: Vec<Usage>, new: Vec<Usage>) -> Vec<Usage> {
    let mut known = by_place(old);
    let mut kept = Vec::new();
    for (place, lines) in by_place(new) {
        let Some(before) = known.remove(&place) else {
            kept.extend(lines);
            continue;
        };
        let (was, is) = (sum(&before), sum(&lines));
        if was.recorded.is_some() != is.recorded.is_some() {
            kept.extend(lines);
        } else if is.requests <= was.requests {
            // The same, or Dify cleaned up since.
            kept.extend(before);
        } else {
            kept.extend(before);
            kept.extend(since(lines, was, is));
        }
    }
    kept
}

fn by_place(lines: Vec<Usage>) -> BTreeMap<Place, Vec<Usage>> {
    let mut places: BTreeMap<Place, Vec<Usage>> = BTreeMap::new();
    for line in lines {
        let place = (
            line.day,
            line.workflow,
            line.node.clone(),
            line.provider.clone(),
            line.model.clone(),
            line.customer.clone(),
        );
        places.entry(place).or_default().push(line);
    }
    places
}

fn sum(lines: &[Usage]) -> Sum {
    let of = |count: fn(&Usage) -> u64| lines.iter().map(count).sum();
    let recorded = lines.iter().filter_map(|line| line.recorded).reduce(|sum, more| sum + more);
    Sum {
        input: of(|line| line.input_tokens),
        output: of(|line| line.output_tokens),
        requests: of(|line| line.requests),
        recorded: recorded.map(|sum| sum.0),
    }
}

/// Takes what was there before out of lines, from each in proportion.
fn since(lines: Vec<Usage>, was: Sum, is: Sum) -> Vec<Usage> {
    let mut before = Sum { input: 0, output: 0, requests: 0, recorded: is.recorded.map(|_| 0) };
    let mut left = Vec::new();
    for mut line in lines {
        let after = Sum {
            input: before.input + line.input_tokens,
            output: before.output + line.output_tokens,
            requests: before.requests + line.requests,
            recorded: before.recorded.map(|sum| sum + line.recorded.unwrap_or_default().0),
        };
        let part = |was: u64, is: u64, from: u64, to: u64| {
            let more = i128::from(is.saturating_sub(was));
            let at = |point: u64| if is == 0 { 0 } else { more * i128::from(point) / i128::from(is) };
            u64::try_from(at(to) - at(from)).unwrap_or_default()
        };
        line.input_tokens = part(was.input, is.input, before.input, after.input);
        line.output_tokens = part(was.output, is.output, before.output, after.output);
        line.requests = part(was.requests, is.requests, before.requests, after.requests);
        line.recorded = match (was.recorded, is.recorded, before.recorded, after.recorded) {
            (Some(was), Some(is), Some(from), Some(to)) => {
                let (more, is) = (i128::from(is) - i128::from(was), i128::from(is));
                let at = |point: i64| if is == 0 { 0 } else { more * i128::from(point) / is };
                Some(MicroDollars(i64::try_from(at(to) - at(from)).unwrap_or_default()))
            }
            _ => None,
        };
        before = after;
        left.push(line);
    }
    left
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn line(key: u128, input: u64, requests: u64, recorded: i64) -> Usage {
        Usage {
            day: jiff::civil::date(2026, 11, 2),
            workflow: None,
            node: None,
            provider: "openai".into(),
            model: "gpt-4o".into(),
            credential: Some(Id::new(Uuid::from_u128(key))),
            estimate: true,
            department: None,
            cost_centre: None,
            customer: None,
            input_tokens: input,
            output_tokens: 0,
            requests,
            recorded: Some(MicroDollars(recorded)),
            spend: None,
        }
    }

    fn keys(lines: &[Usage]) -> Vec<(u128, u64, u64, i64)> {
        let key = |line: &Usage| line.credential.map_or(0, |id| id.uuid().as_u128());
        lines.iter().map(|it| (key(it), it.input_tokens, it.requests, it.recorded.unwrap_or_default().0)).collect()
    }

    #[test]
    fn a_day_stays_with_the_key_that_was_active() {
        let old = vec![line(1, 100, 10, 50)];
        assert_eq!(keys(&keep(old.clone(), vec![line(2, 100, 10, 50)])), [(1, 100, 10, 50)]);
        assert_eq!(keys(&keep(old.clone(), vec![line(2, 160, 13, 80)])), [(1, 100, 10, 50), (2, 60, 3, 30)]);
        assert_eq!(keys(&keep(old.clone(), vec![line(2, 40, 4, 20)])), [(1, 100, 10, 50)], "cleaned up there");
        assert_eq!(keys(&keep(Vec::new(), vec![line(2, 40, 4, 20)])), [(2, 40, 4, 20)]);
    }

    #[test]
    fn what_came_since_is_divided_and_adds_up() {
        let kept = keep(vec![line(1, 100, 10, 50)], vec![line(2, 150, 9, 75), line(3, 151, 10, 74)]);
        let sum = kept.iter().fold((0, 0, 0), |sum, it| {
            (sum.0 + it.input_tokens, sum.1 + it.requests, sum.2 + it.recorded.unwrap_or_default().0)
        });
        assert_eq!(sum, (301, 19, 149));
    }
}
