//! What stays in memory: a process seals, opens and drops a secret, then looks for it in all of its own memory.
//!
//! A file of its own, because a test that hardens the process or searches its memory wants no neighbours.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
};

use keydeck::domain::id::Id;
use keydeck::tui::terminal::{Size, colour::Depth, overprint::Overprint, screen::Screen};
use keydeck::vault::{Fields, Iterations, Place, Secret, SecretKey, Vault, harden_process};
use ratatui::{layout::Rect, style::Style};
use uuid::Uuid;
use zeroize::Zeroizing;

/// The bytes of a canary, and the first of them that are looked for: freeing a block overwrites its head.
const LENGTH: usize = 48;
const FIRST: usize = 18;

/// Returns the byte at a place of the canary that `mask` chooses.
fn plain(at: usize, mask: u8) -> u8 {
    let at = u8::try_from(at).unwrap();
    b'A' + ((at.wrapping_mul(mask) ^ (at >> 2) ^ mask) & 0x0f)
}

/// Returns the byte at a place of the same canary in base64, the form in which it is sealed.
fn encoded(at: usize, mask: u8) -> u8 {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let three = (0..3).fold(0u32, |bits, byte| bits << 8 | u32::from(plain(at / 4 * 3 + byte, mask)));
    ALPHABET[(three >> (18 - at % 4 * 6)) as usize & 63]
}

/// Writes a secret that stands nowhere in the program: it is computed byte by byte.
fn canary(mask: u8) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    bytes.extend((0..LENGTH).map(|at| plain(at, mask)));
    bytes
}

/// Counts the copies of the canary, as it is and in base64.
fn copies_in_memory(mask: u8) -> usize {
    matches_in_memory(LENGTH - FIRST, |at| plain(FIRST + at, mask))
        + matches_in_memory((LENGTH - FIRST) / 3 * 4, |at| encoded(FIRST / 3 * 4 + at, mask))
}

/// Counts how often `size` bytes stand in the writable memory of this process.
///
/// They are computed one by one while comparing, so that the search leaves no copy of its own.
fn matches_in_memory(size: usize, wanted: impl Fn(usize) -> u8) -> usize {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut block = vec![0u8; 1 << 16];
    let own = block.as_ptr() as u64..block.as_ptr() as u64 + block.len() as u64;
    let mut found = 0;
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (from, to) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
        let (mut from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        while from < to {
            let length = usize::try_from(to - from).unwrap().min(block.len());
            // Some mappings of the kernel's can't be read.
            if memory.seek(SeekFrom::Start(from)).is_ok() && memory.read_exact(&mut block[..length]).is_ok() {
                let is_wanted = |window: &[u8]| window.iter().enumerate().all(|(at, &byte)| byte == wanted(at));
                let matches = (from..).zip(block[..length].windows(size)).filter(|(_, window)| is_wanted(window));
                found += matches.filter(|(at, _)| !own.contains(at)).count();
            }
            // Blocks overlap, so that a copy across a border is seen.
            from += if from + (length as u64) < to { (length - size + 1) as u64 } else { length as u64 };
        }
        block.fill(0);
    }
    found
}

#[test]
fn a_dropped_secret_is_gone_from_memory_and_the_rest_is_not_dumped() {
    let held = Secret::from_utf8(canary(29)).unwrap();
    assert!(copies_in_memory(29) >= 1, "the search finds a secret that is held");
    drop(held);
    assert_eq!(copies_in_memory(29), 0, "and none that was dropped");

    let id = Uuid::from_u128;
    let place =
        Place { workspace: Id::new(id(2)), credential: Id::new(id(3)), provider: "openai", version: Id::new(id(4)) };
    let secret_key = SecretKey::new(canary(43)).unwrap();
    let (vault, _) = Vault::create(id(1), &secret_key, Iterations::default()).unwrap();
    drop(secret_key);
    let fields: Fields = [("api_key".to_owned(), Secret::from_utf8(canary(57)).unwrap())].into();
    let sealed = vault.seal(place, None, &fields);
    drop(fields);
    let opened = vault.open(place, &sealed).unwrap();
    assert!(!opened.fields["api_key"].is_empty());
    drop((opened, vault));
    assert_eq!(copies_in_memory(43), 0, "SECRET_KEY");
    assert_eq!(copies_in_memory(57), 0, "the sealed and opened secret");

    // Painted over a frame, as the console shows one: it goes with the bytes for the terminal, and no buffer keeps it.
    let shown = Secret::from_utf8(canary(71)).unwrap();
    let mut screen = Screen::new(Size { width: 100, height: 5 }, Depth::TrueColor);
    let place = vec![(Rect::new(2, 1, 90, 2), shown.expose())];
    let frame = screen.draw(|_| {}, Some(&Overprint { mark: 1, style: Style::new(), pieces: place }));
    assert!(
        frame.windows(LENGTH).any(|window| window == shown.expose().as_bytes()),
        "it is on its way to the terminal"
    );
    drop((frame, shown));
    assert_eq!(copies_in_memory(71), 0, "a secret that was on the screen");
    drop(screen);

    // Last, since a hardened process that is not root may not search its own memory.
    let report = harden_process();
    assert!(report.no_core_dumps.is_ok() && report.not_traceable.is_ok(), "{report:?}");
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"]);
}
