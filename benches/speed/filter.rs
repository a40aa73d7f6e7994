//! Filtering and ordering what the console lists, as `/` does while somebody types.

use std::borrow::Cow;

use criterion::{BenchmarkId, Criterion, Throughput};
use keydeck::tui::widget::filter::{Filter, Searched};

/// A row of about fifty characters, as the lists of the console have them.
struct Row(String);

impl Searched for Row {
    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        (name == "key").then(|| Cow::Borrowed(&*self.0))
    }
}

/// What is typed: a word that a third matches, two words that many match, and one that none does.
const TYPED: [&str; 3] = ["openai", "dept 12 summ", "zzz"];

/// Makes the rows; `benches/run.py` gives the same to its neighbours.
pub fn row(number: u64) -> String {
    let provider = ["openai", "anthropic", "mistral"][usize::try_from(number % 3).unwrap_or(0)];
    let deed = ["summarise", "translate", "classify", "answer"][usize::try_from(number % 4).unwrap_or(0)];
    format!("key-{number:07} {provider} dept {} {deed} invoices {}", number % 97, number % 13)
}

pub fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("filter");
    group.sample_size(10);
    for count in crate::sizes() {
        let rows: Vec<Row> = (0..count).map(row).map(Row).collect();
        group.throughput(Throughput::Elements(count));
        for typed in TYPED {
            let filter = Filter::parse(typed, &["key"]);
            group.bench_function(BenchmarkId::new(format!("rank {typed}"), count), |bench| {
                bench.iter(|| filter.rank(&rows).len());
            });
        }
    }
    group.finish();
}
