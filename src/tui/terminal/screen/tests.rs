use std::num::NonZeroU16;

use proptest::prelude::*;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::widgets::Paragraph;

use super::{BEGIN, END, Overprint, Screen};
use crate::tui::terminal::Size;
use crate::tui::terminal::colour::Depth;

const SIZE: Size = Size { width: 12, height: 4 };

impl Screen {
    /// Draws a frame with nothing painted over it.
    fn plain(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> Vec<u8> {
        self.draw(view, None).to_vec()
    }
}

fn parser(size: Size) -> vt100::Parser {
    vt100::Parser::new(NonZeroU16::new(size.height).unwrap(), NonZeroU16::new(size.width).unwrap(), 0)
}

fn write(frame: &mut Frame<'_>, text: &str) {
    frame.render_widget(Paragraph::new(text.to_owned()), frame.area());
}

#[test]
fn a_frame_is_one_synchronized_update_and_nothing_changed_is_nothing() {
    let mut screen = Screen::new(SIZE, Depth::TrueColor);
    let first = screen.plain(|frame| write(frame, "hello"));
    assert!(first.starts_with(BEGIN) && first.ends_with(END));
    assert_eq!(screen.plain(|frame| write(frame, "hello")), b"");
    let third = screen.plain(|frame| write(frame, "hallo"));
    assert_eq!(String::from_utf8(third).unwrap(), "\x1b[?2026h\x1b[2Ga\x1b[?2026l");
}

#[test]
fn a_terminal_of_ascii_is_shown_nothing_else() {
    let mut screen = Screen::new(SIZE, Depth::None).in_ascii(true);
    let bytes = screen.plain(|frame| write(frame, "╭─ é語"));
    assert!(bytes.is_ascii(), "{}", String::from_utf8_lossy(&bytes));
    let mut terminal = parser(SIZE);
    terminal.process(&bytes);
    assert_eq!(terminal.screen().contents(), "+- ??");
    assert_eq!(screen.plain(|frame| write(frame, "╭─ é語")), b"");
}

#[test]
fn the_cursor_is_shown_moved_and_hidden() {
    let mut screen = Screen::new(SIZE, Depth::TrueColor);
    let mut draw = |column: Option<u16>| {
        let bytes = screen.plain(|frame| {
            write(frame, "hi");
            if let Some(column) = column {
                frame.set_cursor_position((column, 1));
            }
        });
        String::from_utf8(bytes).unwrap()
    };
    assert!(draw(Some(3)).ends_with("\x1b[2;4H\x1b[?25h\x1b[?2026l"));
    assert_eq!(draw(Some(3)), "");
    assert_eq!(draw(Some(4)), "\x1b[?2026h\x1b[5G\x1b[?2026l");
    assert_eq!(draw(None), "\x1b[?2026h\x1b[?25l\x1b[?2026l");
}

#[test]
fn a_resize_draws_everything_anew() {
    let mut screen = Screen::new(SIZE, Depth::TrueColor);
    screen.plain(|frame| write(frame, "hello"));
    let small = Size { width: 4, height: 2 };
    screen.resize(small);
    let bytes = screen.plain(|frame| write(frame, "hello"));
    let mut terminal = parser(small);
    terminal.process(&bytes);
    assert_eq!(terminal.screen().contents(), "hell");
    assert_eq!(bytes.windows(4).filter(|window| window == b"\x1b[2J").count(), 1);
    screen.invalidate();
    assert!(!screen.plain(|frame| write(frame, "hello")).is_empty());
}

#[test]
fn no_colour_means_no_colour_bytes() {
    let mut screen = Screen::new(SIZE, Depth::None);
    let style = Style::new().fg(Color::Red).bg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD);
    let bytes = screen.plain(|frame| {
        frame.buffer_mut().set_string(0, 0, "a", style);
    });
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("\x1b[0;1ma") && !text.contains("31"), "{text:?}");
}

/// One thing on a frame: where, what, how.
type Mark = (u16, u16, String, u8, u8, u16);

fn mark() -> impl Strategy<Value = Mark> {
    let text = proptest::sample::select(vec!["a", "key", "日本", "é", "▲1", "wide 日", "e\u{301}x", "─│"]);
    (0..12_u16, 0..4_u16, text, any::<u8>(), any::<u8>(), any::<u16>())
        .prop_map(|(x, y, text, fg, bg, attributes)| (x, y, text.to_owned(), fg, bg, attributes))
}

fn paint(frame: &mut Frame<'_>, marks: &[Mark]) {
    for (x, y, text, fg, bg, attributes) in marks {
        let attributes = Modifier::from_bits_truncate(*attributes)
            & (Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED | Modifier::REVERSED);
        let colour = |value: u8| match value % 3 {
            0 => Color::Reset,
            1 => Color::Indexed(value),
            _ => Color::Rgb(value, value / 2, 255 - value),
        };
        let style = Style::new().fg(colour(*fg)).bg(colour(*bg)).add_modifier(attributes);
        frame.buffer_mut().set_stringn(*x, *y, text, usize::from(12 - x), style);
    }
}

/// What the terminal shows, cell by cell; what can't be seen on a blank doesn't count.
fn cells(terminal: &vt100::Parser) -> Vec<String> {
    let mut all = Vec::new();
    for row in 0..SIZE.height {
        for column in 0..SIZE.width {
            let cell = terminal.screen().cell(row, column).unwrap();
            let text = if cell.contents().is_empty() { " " } else { cell.contents() };
            let blank = text == " " && !cell.inverse();
            let foreground = if blank { vt100::Color::Default } else { cell.fgcolor() };
            let looks = (cell.bold() && !blank, cell.italic() && !blank, cell.underline(), cell.inverse());
            let wide = (cell.is_wide(), cell.is_wide_continuation());
            all.push(if wide.1 {
                "continued".to_owned()
            } else {
                format!("{text} {foreground:?} {:?} {looks:?} {wide:?}", cell.bgcolor())
            });
        }
    }
    all
}

/// Draws frames one after another, and the last of them alone.
fn by_steps_and_at_once(frames: &[Vec<Mark>]) -> [Vec<String>; 2] {
    let shown = |frames: &[Vec<Mark>]| {
        let (mut terminal, mut screen) = (parser(SIZE), Screen::new(SIZE, Depth::TrueColor));
        terminal.process(b"\x1b[?7l");
        for marks in frames {
            terminal.process(&screen.plain(|frame| paint(frame, marks)));
        }
        cells(&terminal)
    };
    [shown(frames), shown(&frames[frames.len() - 1..])]
}

#[test]
fn a_wide_character_that_another_covers_is_gone() {
    let wide = |x, attributes| (x, 2, "日本".to_owned(), 0, 0, attributes);
    let [by_steps, at_once] = by_steps_and_at_once(&[vec![wide(8, 0)], vec![wide(7, 49800), wide(8, 0)]]);
    assert_eq!(by_steps, at_once);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// The diffs of many frames leave the terminal as one whole drawing of the last does.
    #[test]
    fn diffs_add_up_to_the_frame(frames in proptest::collection::vec(proptest::collection::vec(mark(), 0..6), 1..5)) {
        let [by_steps, at_once] = by_steps_and_at_once(&frames);
        prop_assert_eq!(by_steps, at_once);
    }
}

#[test]
fn a_cursor_move_and_a_scroll_stay_within_their_bytes() {
    let size = Size { width: 120, height: 40 };
    let list = |frame: &mut Frame<'_>, first: u16, chosen: u16| {
        for row in 0..40 {
            let style = if row == chosen { Style::new().bg(Color::Rgb(60, 60, 90)) } else { Style::new() };
            let text =
                format!("workflow {:05}  gpt-4o-mini  openai/prod  department  {:>6}", first + row, row * 7 % 13);
            frame.buffer_mut().set_string(0, row, &text, style.fg(Color::Rgb(200, 200, 210)));
            frame.buffer_mut().set_style(Rect::new(0, row, 120, 1), style);
        }
    };
    let mut screen = Screen::new(size, Depth::TrueColor);
    screen.plain(|frame| list(frame, 0, 3));
    let moved = screen.plain(|frame| list(frame, 0, 4)).len();
    assert!(moved <= 500, "{moved} bytes for a cursor move");
    let scrolled = screen.plain(|frame| list(frame, 1, 4)).len();
    assert!(scrolled <= 3_600, "{scrolled} bytes for a scroll");
}

#[test]
fn what_is_painted_over_a_frame_goes_with_it_and_leaves_nothing() {
    let mut screen = Screen::new(SIZE, Depth::TrueColor);
    let mut terminal = parser(SIZE);
    terminal.process(&screen.plain(|frame| write(frame, "list\n\nlist")));
    let area = Rect::new(1, 1, 5, 2);
    let over = |mark| Overprint { mark, style: Style::new(), pieces: vec![(area, "sk-FAKE?x")] };
    let dialog = |frame: &mut Frame<'_>| write(frame, "list");
    let shown = screen.draw(dialog, Some(&over(1)));
    assert!(shown.len() < shown.capacity(), "the buffer never moved");
    terminal.process(&shown);
    assert_eq!(terminal.screen().contents(), "list\n sk-FA\n KE?x");
    assert!(screen.draw(dialog, Some(&over(1))).is_empty(), "the same again is nothing");

    // A note that comes and goes over it takes nothing of it along.
    let noted = |frame: &mut Frame<'_>| write(frame, "list\n  note");
    terminal.process(&screen.draw(noted, Some(&over(1))));
    terminal.process(&screen.draw(dialog, Some(&over(1))));
    assert_eq!(terminal.screen().contents(), "list\n sk-FA\n KE?x");

    // Gone with the frame that looks the same but for it; and whoever draws later has never heard of it.
    let hidden = screen.plain(dialog);
    terminal.process(&hidden);
    assert_eq!(terminal.screen().contents().trim_end(), "list");
    assert!(!format!("{screen:?}").contains("sk-"));
    screen.invalidate();
    assert!(!String::from_utf8(screen.plain(dialog)).unwrap().contains("sk-"));
}

#[test]
fn a_resize_paints_anew_what_is_over_the_frame() {
    let mut screen = Screen::new(SIZE, Depth::TrueColor);
    let over = Overprint { mark: 1, style: Style::new(), pieces: vec![(Rect::new(0, 0, 9, 1), "sk-FAKE")] };
    screen.draw(|_| {}, Some(&over));
    let small = Size { width: 10, height: 2 };
    screen.resize(small);
    let mut terminal = parser(small);
    terminal.process(&screen.draw(|_| {}, Some(&over)));
    assert_eq!(terminal.screen().contents(), "sk-FAKE");
}
