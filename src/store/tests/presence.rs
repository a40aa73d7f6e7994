//! Presence on every engine: who comes is seen, who leaves or falls silent is not, and each workspace has its own.

use super::{
    site::{apply, at, entry, id, sites, workspace},
    tokens::operator,
};
use crate::{
    domain::{change::Change, people::Operator},
    store::Present,
};

fn present(operator: &Operator, door: &str, second: i64) -> Present {
    Present { seat: id(), operator: operator.id, door: door.into(), since: at(second), seen: at(second) }
}

#[tokio::test]
async fn who_comes_is_seen_until_they_leave_or_fall_silent() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let (ada, bert) = (operator("ada"), operator("bert"));
        apply(&store, &acme, 0, &[ada.clone(), bert.clone()].map(Change::add)).await.expect("applies");
        let (first, second) = (present(&ada, "console", 1), present(&bert, "ssh", 2));
        store.appear(acme.id, &first, at(0)).await.expect("appears");
        store.appear(acme.id, &second, at(0)).await.expect("appears");
        let here = store.present(acme.id, at(0)).await.expect("reads");
        assert_eq!(here, [first.clone(), second.clone()], "whoever has been there longest comes first");

        // Another word of theirs keeps them there, and is no second coming; who said nothing for long is forgotten.
        let later = Present { since: at(5), seen: at(5), ..first.clone() };
        store.appear(acme.id, &later, at(3)).await.expect("appears");
        let here = store.present(acme.id, at(0)).await.expect("reads");
        assert_eq!(here, [Present { seen: at(5), ..first.clone() }]);
        assert_eq!(store.present(acme.id, at(6)).await.expect("reads"), []);

        let other = workspace("other");
        store.create_workspace(&other, &[entry("create")]).await.expect("a new workspace");
        assert_eq!(store.present(other.id, at(0)).await.expect("reads"), []);
        store.vanish(other.id, first.seat).await.expect("nobody is there to leave");
        assert_eq!(store.present(acme.id, at(0)).await.expect("reads").len(), 1);
        store.vanish(acme.id, first.seat).await.expect("leaves");
        assert_eq!(store.present(acme.id, at(0)).await.expect("reads"), []);
    }
}

#[tokio::test]
async fn whoever_is_there_hears_at_once_that_somebody_comes() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let ada = operator("ada");
        apply(&store, &acme, 0, &[Change::add(ada.clone())]).await.expect("applies");
        let elsewhere = site.open().await;
        let mut feed = elsewhere.watch(std::time::Duration::from_millis(5)).await.expect("watches");
        store.appear(acme.id, &present(&ada, "ssh", 1), at(0)).await.expect("appears");
        let soon = std::time::Duration::from_mins(1);
        tokio::time::timeout(soon, feed.changed()).await.expect("hears of it").expect("hears");
        assert_eq!(elsewhere.present(acme.id, at(0)).await.expect("reads").len(), 1);
    }
}
