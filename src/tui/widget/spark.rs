//! A row of bars for a series of numbers, with the numbers that matter beside it.

/// The eight heights of a bar.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws the last `columns` values as bars between 0 and the greatest of them; a missing value is a blank.
///
/// A value above 0 is never drawn as nothing. Write the numbers beside it: bars alone say little, and nothing to a
/// screen reader.
pub fn sparkline(values: &[Option<u64>], columns: usize) -> String {
    let shown = &values[values.len().saturating_sub(columns)..];
    let greatest = shown.iter().flatten().copied().max().unwrap_or(0);
    let bar = |value: &Option<u64>| match value {
        None => ' ',
        Some(_) if greatest == 0 => BARS[0],
        Some(value) => {
            let step = (u128::from(*value) * 7).div_ceil(u128::from(greatest));
            BARS[usize::try_from(step).unwrap_or(7)]
        }
    };
    shown.iter().map(bar).collect()
}

/// Draws how much of a whole is used, in `columns` with eighths of a column; more than the whole fills it.
pub fn gauge(used: u64, whole: u64, columns: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let total = columns as u128 * 8;
    let filled = if whole == 0 { 0 } else { (u128::from(used) * total / u128::from(whole)).min(total) };
    let (full, rest) = ((filled / 8) as usize, (filled % 8) as usize);
    let bar = format!("{}{}", "█".repeat(full), EIGHTHS[rest]);
    let blanks = columns - full - usize::from(rest > 0);
    format!("{bar}{}", "░".repeat(blanks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_heights_and_gaps_stay_gaps() {
        assert_eq!(sparkline(&[Some(0), Some(1), None, Some(50), Some(100)], 9), "▁▂ ▅█");
        assert_eq!(sparkline(&[Some(9), Some(1), Some(1)], 2), "██");
        assert_eq!(sparkline(&[Some(0), None], 5), "▁ ");
        assert_eq!(sparkline(&[Some(u64::MAX), Some(1)], 5), "█▂");
        assert_eq!(sparkline(&[], 5), "");
    }

    #[test]
    fn a_gauge_fills_and_never_overflows() {
        assert_eq!(gauge(0, 10, 4), "░░░░");
        assert_eq!(gauge(5, 10, 4), "██░░");
        assert_eq!(gauge(1, 16, 4), "▎░░░");
        assert_eq!(gauge(99, 10, 4), "████");
        assert_eq!(gauge(1, 0, 4), "░░░░");
    }
}
