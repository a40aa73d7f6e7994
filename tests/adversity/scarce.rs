//! What is there runs out or goes away: space, the file itself, the right time. Nothing that was told as done is lost.

use std::{fs, path::Path, path::PathBuf, process::Command};

use super::{
    house::{House, set_mode},
    outcome::Outcome,
    restored::add_key,
    rounds, written,
};

/// A disk that is full soon. Given back at the end.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Puts one in the place of a folder, keeping what stands there; `None` where only the system's owner may.
    fn over(folder: &Path, kib: u32) -> Option<Self> {
        let kept: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect();
        let size = format!("size={kib}k,mode=0700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder).output();
        if !mounted.is_ok_and(|output| output.status.success()) {
            return None;
        }
        let disk = Self(folder.to_owned());
        for (path, bytes) in kept {
            fs::write(&path, bytes).unwrap();
            set_mode(&path, 0o600);
        }
        Some(disk)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Runs the program so that no file of it grows beyond some KiB: what a quota does.
fn with_quota(house: &House, kib: u64, words: &[&str]) -> Outcome {
    let line = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$@\"");
    let mut shell = Command::new("bash");
    shell.args(["-c", &line, "bash", env!("CARGO_BIN_EXE_keydeck")]).args(words);
    shell.env_clear().env("HOME", house.home()).env("PATH", "/usr/bin:/bin").current_dir(house.home());
    Outcome::new(format!("(at most {kib} KiB) keydeck {}", words.join(" ")), &shell.output().unwrap())
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let house = House::founded();
    house.write("big.toml", written::declarative(400), 0o600);
    house.write("small.toml", written::declarative(2), 0o600);
    house.run(&["apply", "-f", "small.toml", "--quiet"]).ends_with(0);
    let folder = house.database().parent().unwrap().to_owned();
    let Some(disk) = SmallDisk::over(&folder, 1200) else {
        println!("skipped: only the system's owner may mount a small disk");
        return;
    };
    let before = house.export();
    for words in [&["apply", "-f", "big.toml", "--quiet"][..], &["demo", "--no-ui", "--quiet"]] {
        let outcome = house.run(words);
        assert!(matches!(outcome.code, Some(5 | 6)), "{outcome:#?}");
    }
    house.run(&["apply", "-f", "big.toml", "--quiet"]).refuses(6, "there is no space left for the database");
    house.is_whole("with a full disk");
    assert!(house.export() == before);
    // A backup of it beside it has no space either, and leaves nothing behind.
    let beside = folder.join("saved.db");
    let filler = folder.join("filler");
    // What is written until the space ends stays; the database itself is left a little of it.
    assert!(fs::write(&filler, vec![0; 2 << 20]).is_err());
    let filled = fs::metadata(&filler).unwrap().len();
    fs::OpenOptions::new().write(true).open(&filler).unwrap().set_len(filled.saturating_sub(100 << 10)).unwrap();
    house.run(&["backup", beside.to_str().unwrap()]).refuses(6, "there is no space left");
    assert!(!beside.exists() && !folder.join(".saved.db.part").exists());
    fs::remove_file(filler).unwrap();
    house.is_whole("after a backup without space");
    drop(disk);
}

#[test]
fn a_quota_refuses_and_loses_nothing() {
    let house = House::founded();
    house.write("big.toml", written::declarative(400), 0o600);
    let before = house.export();
    let size = house.database().metadata().unwrap().len() >> 10;
    for round in 0..u64::from(rounds(4)) {
        let outcome = with_quota(&house, size + 30 * (round % 40), &["apply", "-f", "big.toml", "--quiet"]);
        assert_eq!(outcome.code, Some(6), "{outcome:#?}");
        house.is_whole("with a quota");
        assert!(house.export() == before);
        let outcome = with_quota(&house, size / 2, &["backup", "saved.db", "--quiet"]);
        assert_eq!(outcome.code, Some(6), "{outcome:#?}");
        assert!(!house.path("saved.db").exists() && !house.path(".saved.db.part").exists());
    }
    house.run(&["apply", "-f", "big.toml", "--quiet"]).ends_with(0);
}

#[test]
fn a_database_that_is_gone_is_told_and_is_used_again_when_it_is_back() {
    let house = House::founded();
    let secret = add_key(&house, "kept");
    let hidden = house.path("hidden");
    fs::rename(house.database(), &hidden).unwrap();
    for words in [&["list", "nodes"][..], &["edit", "app/x", "note=y"], &["backup", "saved.db"], &["doctor"]] {
        house.run(words).ends_with(6);
    }
    assert!(!house.database().exists(), "nobody makes an empty one in its place");
    fs::rename(&hidden, house.database()).unwrap();
    house.is_whole("when it is back");
    let revealed = house.run(&["reveal", "kept", "--secret-key-file", &house.key()]).ends_with(0);
    assert_eq!(revealed.out.trim_end(), secret);
}

#[test]
fn a_clock_that_was_set_back_is_told_and_discloses_nothing() {
    let house = House::founded();
    add_key(&house, "kept");
    // Somebody's clock was an hour ahead when they restored a backup.
    house.run(&["backup", "saved.db", "--quiet"]).ends_with(0);
    ahead(&house);
    let doctor = house.run(&["doctor", "--json"]).ends_with(4).json();
    let clock = doctor["checks"].as_array().unwrap().iter().find(|check| check["check"] == "clock").unwrap();
    assert_eq!(clock["status"], "error", "{clock}");
    house.run(&["reveal", "kept", "--secret-key-file", &house.key()]).ends_with(4);
    // What is no disclosure goes on, and the chain says that its times go back.
    house.run(&["add", "app", "later", "--quiet"]).ends_with(0);
    let doctor = house.run(&["doctor", "--json"]).ends_with(4).json();
    let audit = doctor["checks"].as_array().unwrap().iter().find(|check| check["check"] == "audit").unwrap();
    assert_eq!(audit["status"], "warning", "the chain is whole, and goes back in time: {audit}");
}

/// Appends a row to the audit that is an hour ahead, with the hash that belongs to it.
fn ahead(house: &House) {
    use keydeck::{domain::Timestamp, store};
    let url = format!("sqlite:{}", house.database().display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = store::Store::open(&url, store::OpenMode::default()).await.unwrap();
        let entry = store::AuditEntry {
            at: Timestamp::now() + std::time::Duration::from_hours(1),
            workspace: None,
            operator: None,
            login: "somebody".into(),
            proof: "uid 7".into(),
            source: "local".into(),
            action: "backup".into(),
            subject: "database".into(),
            outcome: "intent".into(),
            revision: None,
            details: serde_json::Map::new(),
        };
        store.append_audit(&[entry]).await.unwrap();
        store.close().await;
    });
}
