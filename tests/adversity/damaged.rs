//! Files that are damaged, locked, or no database of ours: refused with a sentence, and left as they are.

use std::fs;

use super::{
    chance,
    house::{House, set_mode},
    rounds, written,
};

/// Where SQLite's header says whose file it is. Source: <https://www.sqlite.org/fileformat.html#application_id>.
const APPLICATION_ID: std::ops::Range<usize> = 68..72;

/// Commands that read, and ones that write.
const READERS: [&[&str]; 5] =
    [&["list", "nodes"], &["log"], &["export"], &["resolve", "workflow-0"], &["show", "key/key-0"]];
const WRITERS: [&[&str]; 3] =
    [&["edit", "app/app-0", "note=x"], &["add", "app", "other"], &["assign", "system", "deny", "--provider", "cohere"]];

/// Returns a house with some content, all of it in the database's main file.
fn furnished() -> House {
    let house = House::founded();
    house.write("some.toml", written::declarative(5), 0o600);
    house.run(&["apply", "-f", "some.toml", "--quiet"]).ends_with(0);
    gather(&house);
    house
}

/// Brings what stands in the write-ahead log into the main file, as the last one to close a database does.
fn gather(house: &House) {
    let url = format!("sqlite:{}", house.database().display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use sqlx::{Connection, SqliteConnection};
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

fn random(bytes: usize) -> Vec<u8> {
    std::iter::repeat_with(|| chance().to_bits().to_le_bytes()[5]).take(bytes).collect()
}

#[test]
fn what_is_no_database_of_ours_is_refused_and_left_alone() {
    let ours = fs::read(furnished().database()).unwrap();
    let mut of_others = ours.clone();
    of_others[APPLICATION_ID].copy_from_slice(b"anki");
    let mut of_nobody = ours.clone();
    of_nobody[APPLICATION_ID].copy_from_slice(&[0; 4]);
    let mut misspelt = ours.clone();
    misspelt[3] ^= 0x20;
    let cases = [
        ("another program's", of_others),
        ("nobody's", of_nobody),
        ("misspelt", misspelt),
        ("random bytes", random(65_536)),
        ("a text", b"# a list of things to do\n".repeat(100)),
        ("the beginning of a header", ours[..50].to_vec()),
        ("one page", ours[..4096].to_vec()),
        ("a half", ours[..ours.len() / 8192 * 4096].to_vec()),
    ];
    for (what, bytes) in cases {
        let house = House::founded();
        for end in ["db-wal", "db-shm"] {
            let _ = fs::remove_file(house.database().with_extension(end));
        }
        fs::write(house.database(), &bytes).unwrap();
        for words in READERS.iter().chain(&WRITERS).chain(&[&["doctor"][..], &["init", "--yes"]]) {
            let outcome = house.run(words);
            assert_eq!(outcome.code, Some(6), "{what}: {outcome:#?}");
        }
        let url = format!("sqlite:{}", house.database().display());
        house.run(&["demo", "--no-ui", "--db", &url]).ends_with(6);
        assert!(fs::read(house.database()).unwrap() == bytes, "{what}: the file was changed");
    }
}

#[test]
fn a_folder_in_the_place_of_the_file_is_refused() {
    let house = House::empty();
    fs::create_dir_all(house.database()).unwrap();
    for words in READERS.iter().chain(&WRITERS).chain(&[&["doctor"][..], &["init", "--yes"]]) {
        let outcome = house.run(words);
        assert_eq!(outcome.code, Some(6), "{outcome:#?}");
    }
    assert_eq!(fs::read_dir(house.database()).unwrap().count(), 0);
}

#[test]
fn flipped_bits_are_told_or_harmless_but_never_a_crash() {
    let origin = furnished();
    let secret = super::restored::add_key(&origin, "kept");
    gather(&origin);
    let ours = fs::read(origin.database()).unwrap();
    for _ in 0..rounds(8) {
        let house = House::founded();
        for end in ["db-wal", "db-shm"] {
            let _ = fs::remove_file(house.database().with_extension(end));
        }
        let mut bytes = ours.clone();
        let flips: Vec<(usize, u8)> =
            random(32).into_iter().map(|drawn| (100 + draw(bytes.len() - 100), 1 << (drawn & 7))).collect();
        for (at, bit) in &flips {
            bytes[*at] ^= bit;
        }
        fs::write(house.database(), &bytes).unwrap();
        // A backup of it, and its file as a backup: what is damaged is refused, or is whole.
        let elsewhere = House::empty();
        let restored = elsewhere.run(&["restore", house.database().to_str().unwrap(), "--yes"]);
        assert!(matches!(restored.code, Some(0 | 6)), "{flips:?}: {restored:#?}");
        assert_eq!(restored.code == Some(0), elsewhere.database().exists(), "{flips:?}: {restored:#?}");
        for words in READERS.iter().chain(&[&["doctor"][..], &["backup", "saved.db"], WRITERS[0]]) {
            let outcome = house.run(words);
            let told = matches!(outcome.code, Some(0 | 2 | 4 | 5 | 6 | 7));
            assert!(told, "{flips:?}: {outcome:#?}");
        }
        let revealed = house.run(&["reveal", "kept", "--secret-key-file", &house.key()]);
        match revealed.code {
            Some(0) => assert_eq!(revealed.out.trim_end(), secret, "{flips:?}: another secret was given"),
            code => assert!(matches!(code, Some(2 | 4 | 5 | 6)), "{flips:?}: {revealed:#?}"),
        }
    }
}

fn draw(below: usize) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a draw")]
    let drawn = (chance() * below as f64) as usize;
    drawn
}

#[test]
fn a_file_that_may_only_be_read_is_read_and_never_written() {
    let house = House::empty().of_somebody();
    house.run(&["init", "--yes"]).ends_with(0);
    house.run_with(&["apply", "-f", "-", "--quiet"], written::declarative(2)).ends_with(0);
    let folder = house.database().parent().unwrap().to_owned();
    // With the log and its index beside it, as the last run left them; then without, as a copy comes.
    for (gathered, mode_of_file, mode_of_folder) in
        [(false, 0o400, 0o700), (false, 0o400, 0o500), (true, 0o400, 0o700), (true, 0o400, 0o500), (true, 0o600, 0o500)]
    {
        if gathered {
            gather(&house);
        }
        let before = fs::read(house.database()).unwrap();
        set_mode(&house.database(), mode_of_file);
        set_mode(&folder, mode_of_folder);
        let may_write_beside = !gathered || mode_of_folder == 0o700;
        for words in READERS.into_iter().filter(|words| words[0] != "export") {
            let outcome = house.run(words);
            if may_write_beside {
                assert!(matches!(outcome.code, Some(0 | 7)), "{outcome:#?}");
            } else {
                outcome.refuses(6, "can't be written");
            }
        }
        // An export is a deed: what can't be put on record isn't done.
        for words in WRITERS.into_iter().chain([&["export"][..]]) {
            let outcome = house.run(words);
            if may_write_beside {
                outcome.refuses(4, "the database can only be read");
            } else {
                outcome.refuses(6, "can't be written");
            }
        }
        assert!(fs::read(house.database()).unwrap() == before);
        set_mode(&folder, 0o700);
        set_mode(&house.database(), 0o600);
    }
}
