//! Eight consoles that apply change sets to one database at once, as fast as they can: how many a second, and whether
//! any is lost.
//!
//! `KEYDECK_BENCH_POSTGRES=postgres://USER@HOST/NAME cargo bench --bench crowd` takes the database `NAMEcrowd`; without it
//! a file is made. Every console edits workflows of its own, and now and then one that all of them edit: who comes too
//! late there must be told.

#[path = "speed/place.rs"]
mod place;

use std::time::{Duration, Instant};

use keydeck::{
    config::DatabaseUrl,
    domain::{catalogue::Ix, change::Change, workflow::Workflow},
    ops::{
        failure::Kind,
        session::{Request, Session},
    },
};

use self::place::Place;

const CONSOLES: usize = 8;

/// One in so many change sets is for the workflow that all of them edit.
const SHARED: u32 = 10;

/// What one console did.
#[derive(Default)]
struct Done {
    applied: u64,
    /// How often somebody else had been quicker, and it was told.
    told: u64,
}

#[tokio::main]
async fn main() {
    let is_measured = std::env::args().any(|word| word == "--bench");
    let folder = tempfile::tempdir().expect("there is room");
    let url = match std::env::var("KEYDECK_BENCH_POSTGRES") {
        Ok(server) => format!("{server}crowd").parse().expect("an address"),
        Err(_) => DatabaseUrl::sqlite(&folder.path().join("crowd.db")),
    };
    let places = {
        let first = Place::fill(&url, 2_000).await;
        let mut places = vec![first];
        while places.len() < CONSOLES {
            places.push(Place::fill(&url, 2_000).await);
        }
        places
    };
    let before = places[0].session().await.view().revision();
    let span = if is_measured { Duration::from_secs(10) } else { Duration::from_millis(200) };
    let clock = Instant::now();
    let mut consoles = Vec::new();
    for (number, place) in places.iter().enumerate() {
        let session = place.session().await;
        consoles.push(tokio::spawn(async move { work(&session, number, span).await }));
    }
    let mut all = Done::default();
    for console in consoles {
        let done = console.await.expect("a console goes on to its end");
        all.applied += done.applied;
        all.told += done.told;
    }
    let seconds = clock.elapsed().as_secs_f64();
    let after = places[0].session().await.view().revision();
    println!(
        "crowd: {} change sets applied in {seconds:.1} s by {CONSOLES} consoles, {:.0} a second; {} told that another \
         was quicker; {} revisions",
        all.applied,
        f64::from(u32::try_from(all.applied).unwrap_or(u32::MAX)) / seconds,
        all.told,
        after - before
    );
    assert_eq!(after - before, all.applied, "every change set that was reported is a revision, and no other is");
}

/// Applies change sets until the time is over.
async fn work(session: &Session, number: usize, span: Duration) -> Done {
    let (clock, mut done) = (Instant::now(), Done::default());
    for round in 0_u32.. {
        if clock.elapsed() > span {
            break;
        }
        let view = session.view();
        let at = if round % SHARED == 0 { 0 } else { 1 + number };
        let Some((_, workflow)): Option<(Ix<Workflow>, &Workflow)> = view.workflows().nth(at) else { break };
        let after = Workflow { note: Some(format!("{number} {round}").into()), ..workflow.clone() };
        let changes = Change::edit(workflow.clone(), after).into_iter().collect();
        match session.apply(Request::new(changes, "measure").planned_on(view.revision())).await {
            Ok(_) => done.applied += 1,
            Err(failure) if failure.kind == Kind::Conflict => {
                done.told += 1;
                session.refresh().await.expect("the console follows");
            }
            Err(failure) => panic!("{failure:?}"),
        }
    }
    done
}
