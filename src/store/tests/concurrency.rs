//! Several writers at once.

use std::collections::HashSet;

use super::site::{apply, credential, names, sites};
use crate::{domain::change::Change, store::ApplyError};

const WRITERS: usize = 4;
const EACH: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn every_revision_is_somebodys_and_none_is_lost() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let mut writers = Vec::new();
        for writer in 0..WRITERS {
            // Two writers share a store, as tasks of one process do; the others have their own.
            let (own, acme) = (if writer < 2 { store.clone() } else { site.open().await }, acme.clone());
            writers.push(tokio::spawn(async move {
                let mut revisions = Vec::new();
                for n in 0..EACH {
                    let set = [Change::add(credential(&format!("{writer}-{n}")))];
                    loop {
                        let base = own.numbers(acme.id).await.expect("reads").revision;
                        match apply(&own, &acme, base, &set).await {
                            Ok(made) => break revisions.push(made.number),
                            Err(ApplyError::Stale { .. }) => {}
                            Err(other) => panic!("{other}"),
                        }
                    }
                }
                revisions
            }));
        }
        let mut all = HashSet::new();
        for writer in writers {
            all.extend(writer.await.expect("a writer ends well"));
        }
        assert_eq!(all, (1..=(WRITERS * EACH) as u64).collect());
        assert_eq!(names(&store, &acme).await.len(), WRITERS * EACH);
        assert_eq!(store.verify_audit(None).await.expect("reads").faults, []);
    }
}
