use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::framing::LIMIT;
use super::{Decoder, ESC_WAIT};
use crate::tui::event::{Event, KeyCode, Modifiers, Mouse, MouseButton, MouseKind, Reply};

type Heard = Event<()>;

/// Decodes packets that come at one moment, then lets the deadline pass.
fn decode(packets: &[&[u8]]) -> Vec<Heard> {
    let now = Instant::now();
    let mut decoder = Decoder::default();
    let mut events = Vec::new();
    for packet in packets {
        decoder.feed(packet, now, &mut events);
    }
    decoder.expire(now + Duration::from_mins(1), &mut events);
    events
}

/// Writes events as a line that a test can read.
fn shown(events: &[Heard]) -> String {
    let words: Vec<String> = events
        .iter()
        .map(|event| match event {
            Event::Key(key) => key.to_string(),
            Event::Paste(text) => format!("{:?}", text.text()),
            other => format!("{other:?}"),
        })
        .collect();
    words.join(" ")
}

#[test]
fn keys_of_every_dialect() {
    for (bytes, wanted) in [
        (&b"jG?"[..], "j G ?"),
        (b"\x1b[A\x1bOA\x1b[1;5A", "up up ctrl-up"),
        (b"\x1b[Z\x1b[3~\x1b[5~\x1b[6;3~", "shift-tab delete pageup alt-pagedown"),
        (b"\x1bOP\x1b[[B\x1b[15~\x1b[24~", "f1 f2 f5 f12"),
        (b"\r\t\x7f\x00\x13", "enter tab backspace ctrl-space ctrl-s"),
        (b"\x1bx\x1b\x1b[A\x1b\x1b", "alt-x esc up esc esc"),
        (b"\x1b[27u\x1b[115;5u\x1b[97;6u\x1b[13;2u", "esc ctrl-s ctrl-shift-a shift-enter"),
        (b"\x1b[97;1:3uz", "z"),
        (b"\x1b[27;5;13~\x1b[27;2;9~", "ctrl-enter shift-tab"),
        ("ä€😀\u{1b}é".as_bytes(), "ä € 😀 alt-é"),
        (b"\x1b[", "alt-["),
        (b"\x1bO", "alt-shift-o"),
        (b"\xff\xc3(a\xf0\x9f", "( a"),
        (b"\x1b_Gi=31;OK\x1b\\q\x1bP1$r0m\x1b\\w", "q w"),
        (b"\x1b[12;34Rq\x1b[99zw", "q w"),
    ] {
        assert_eq!(shown(&decode(&[bytes])), wanted, "{bytes:?}");
    }
}

#[test]
fn mouse_focus_and_replies() {
    let events = decode(&[b"\x1b[<0;11;6M\x1b[<64;1;1M\x1b[<35;5;5M\x1b[I\x1b[O"]);
    let at = |kind, column, row| Event::Mouse(Mouse { kind, column, row, modifiers: Modifiers::NONE });
    assert_eq!(
        events,
        [
            at(MouseKind::Down(MouseButton::Left), 10, 5),
            at(MouseKind::ScrollUp, 0, 0),
            Event::FocusGained,
            Event::FocusLost
        ]
    );
    let events = decode(&[
        b"\x1b]11;rgb:1e1e/2020/2e2e\x07\x1b]11;rgb:ff/ff/ff\x1b\\\x1b[?997;2n\x1b[?2026;2$y\x1b[?0u\x1b[?62;c",
    ]);
    let wanted = [
        Reply::Background(0x1e, 0x20, 0x2e),
        Reply::Background(0xff, 0xff, 0xff),
        Reply::Theme { dark: false },
        Reply::Synchronized(true),
        Reply::KittyKeys,
        Reply::Attributes,
    ];
    assert_eq!(events, wanted.map(Event::Reply));
}

#[test]
fn an_esc_alone_waits_for_its_deadline() {
    let now = Instant::now();
    let mut decoder = Decoder::default();
    let mut events: Vec<Heard> = Vec::new();
    decoder.feed(b"\x1b", now, &mut events);
    assert_eq!(decoder.deadline(), Some(now + ESC_WAIT));
    decoder.expire(now + ESC_WAIT / 2, &mut events);
    assert!(events.is_empty());
    decoder.expire(now + ESC_WAIT, &mut events);
    assert_eq!(shown(&events), "esc");
    assert_eq!(decoder.deadline(), None);
}

#[test]
fn a_delayed_reply_is_never_typed() {
    let now = Instant::now();
    let mut decoder = Decoder::default();
    let mut events: Vec<Heard> = Vec::new();
    decoder.feed(b"\x1b]11;rgb:1e1e/", now, &mut events);
    let later = now + ESC_WAIT * 3;
    decoder.expire(later, &mut events);
    decoder.feed(b"1e1e/2e2e\x07", later, &mut events);
    assert_eq!(events, [Event::Reply(Reply::Background(0x1e, 0x1e, 0x2e))]);
}

#[test]
fn a_paste_is_text_and_never_keys() {
    let events = decode(&[b"\x1b[200~a\x1b[Ab\r\nc\rq\x1b[201", b"~x"]);
    assert_eq!(shown(&events), r#""a\u{1b}[Ab\nc\nq" x"#);
    let events = decode(&[b"\x1b[200~\x1b\x1b[201~"]);
    assert_eq!(shown(&events), r#""\u{1b}""#);
    let events = decode(&[b"\x1b[200~unfinished"]);
    assert_eq!(events, [Event::PasteRefused(10)]);
}

#[test]
fn a_huge_paste_is_refused_whole() {
    let fits = [b"\x1b[200~", "x".repeat(LIMIT).as_bytes(), b"\x1b[201~q"].concat();
    let events = decode(&[&fits]);
    assert!(matches!(&events[0], Event::Paste(text) if text.text().len() == LIMIT), "kept");
    let over = [b"\x1b[200~", "x".repeat(3 * LIMIT).as_bytes(), b"\x1b[201~q"].concat();
    assert_eq!(decode(&[&over]), [Event::PasteRefused(3 * LIMIT), Event::Key('q'.into())]);
}

/// Pieces of which real streams consist, so that random streams reach the interesting states.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::sample::select(vec![
            &b"\x1b"[..],
            b"\x1b[",
            b"\x1bO",
            b"\x1b]",
            b"\x1bP",
            b"\x1b[200~",
            b"\x1b[201~",
            b"\x1b[<0;1;1M",
            b"\x1b[M",
            b"\x07",
            b"\x1b\\",
            b"1;5",
            b"A",
            b"~",
            b"u",
            b"\x1b[?",
            b"\x1b[>",
            b"\x1b[<",
            b"\x1b[?1u",
            b"c",
            b"\xc3",
            b"\xa4",
            b"\x1b]11;rgb:11/22/33\x07",
            b"R",
            b"n",
            b"$y",
            b" q",
            b";",
            b":",
        ])
        .prop_map(<[u8]>::to_vec),
        proptest::collection::vec(any::<u8>(), 0..6),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_split_gives_the_same_events(pieces in proptest::collection::vec(piece(), 0..12), cuts in any::<u64>()) {
        let stream = pieces.concat();
        let whole = decode(&[&stream]);
        let mut packets: Vec<&[u8]> = Vec::new();
        let mut begin = 0;
        for index in 1..stream.len() {
            if cuts.rotate_left(u32::try_from(index % 64).unwrap()) & 1 == 1 {
                packets.push(&stream[begin..index]);
                begin = index;
            }
        }
        packets.push(&stream[begin..]);
        prop_assert_eq!(&decode(&packets), &whole);
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        prop_assert_eq!(&decode(&bytes), &whole);
    }

    #[test]
    fn a_key_after_anything_still_works(pieces in proptest::collection::vec(piece(), 0..12)) {
        let now = Instant::now();
        let mut decoder = Decoder::default();
        let mut events: Vec<Heard> = Vec::new();
        decoder.feed(&pieces.concat(), now, &mut events);
        let later = now + Duration::from_mins(1);
        decoder.expire(later, &mut events);
        events.clear();
        decoder.feed(b"\x1b[B", later, &mut events);
        prop_assert_eq!(events, [Event::Key(crate::tui::event::Key::plain(KeyCode::Down))]);
    }
}
