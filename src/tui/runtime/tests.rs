use std::time::Duration;

use ratatui::Frame;
use ratatui::widgets::Paragraph;

use super::{App, Ended, Settings, run};
use crate::tui::event::{Event, KeyCode};
use crate::tui::terminal::colour::Depth;
use crate::tui::terminal::memory::{Memory, Person};
use crate::tui::terminal::modes::{self, Modes};
use crate::tui::terminal::{Closed, Input, Size};

const SETTINGS: Settings =
    Settings { modes: Modes { mouse: false, kitty: false, ask: false }, depth: Depth::TrueColor, ascii: false };

/// Writes what it hears; `e` starts an effect, `t` asks for a tick, `q` leaves.
#[derive(Default)]
struct Diary {
    text: String,
    tick: Option<Duration>,
    finished: bool,
}

impl App for Diary {
    type Effect = &'static str;
    type Done = &'static str;

    fn update(&mut self, event: Event<&'static str>) -> Vec<&'static str> {
        match event {
            Event::Key(key) => match key.code {
                KeyCode::Char('q') => self.finished = true,
                KeyCode::Char('e') => return vec!["work"],
                KeyCode::Char('t') => self.tick = Some(Duration::from_millis(1)),
                _ => self.text.push_str(&key.to_string()),
            },
            Event::Tick(_) if self.tick.take().is_some() => self.text.push_str("[tick]"),
            Event::Resize(width, height) => self.text = format!("{width}x{height} "),
            Event::Done(outcome) => self.text.push_str(outcome),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>) {
        frame.render_widget(Paragraph::new(self.text.as_str()), frame.area());
    }

    fn next_tick(&self) -> Option<Duration> {
        self.tick
    }

    fn is_finished(&self) -> bool {
        self.finished
    }
}

/// Starts a console; the person in front of it, and how it ends.
fn started() -> (Person, tokio::task::JoinHandle<Ended>) {
    let (terminal, person) = Memory::new(Size { width: 40, height: 3 });
    let console = tokio::spawn(async move {
        let mut app = Diary::default();
        run(&mut app, Box::new(terminal), SETTINGS, |effect, handle| {
            let handle = handle.clone();
            tokio::spawn(async move {
                handle.write(b"\x1b]52;c;\x07".to_vec());
                handle.done(if effect == "work" { "<done>" } else { "<what?>" });
            });
        })
        .await
        .unwrap()
    });
    (person, console)
}

async fn type_in(person: &Person, bytes: &[u8]) {
    person.input.send(Input::Bytes(bytes.to_vec())).await.unwrap();
}

/// Waits until the screen shows a text.
async fn sees(person: &Person, wanted: &str) -> String {
    let mut shown = String::new();
    person
        .shown
        .until(|frames| {
            let mut terminal = vt100::Parser::new(3.try_into().unwrap(), 40.try_into().unwrap(), 0);
            for frame in frames {
                terminal.process(frame);
            }
            shown = terminal.screen().contents();
            shown.contains(wanted)
        })
        .await;
    shown
}

#[tokio::test]
async fn the_first_write_sets_up_and_shows_and_the_last_puts_back() {
    let (person, console) = started();
    let frames = person.shown.until(|frames| !frames.is_empty()).await;
    assert!(frames[0].starts_with(&modes::enter(SETTINGS.modes)));
    assert!(String::from_utf8_lossy(&frames[0]).contains("40x3"));
    type_in(&person, b"abq").await;
    assert_eq!(console.await.unwrap(), Ended::Left);
    assert_eq!(person.shown.frames().last(), Some(&modes::leave(SETTINGS.modes)));
}

#[tokio::test]
async fn a_burst_is_one_frame() {
    let (person, console) = started();
    person.shown.until(|frames| !frames.is_empty()).await;
    for letter in [b"a", b"b", b"c", b"d"] {
        person.input.try_send(Input::Bytes(letter.to_vec())).unwrap();
    }
    sees(&person, "abcd").await;
    assert_eq!(person.shown.frames().len(), 2);
    person.input.send(Input::Closed(Closed::Terminated)).await.unwrap();
    assert_eq!(console.await.unwrap(), Ended::Closed(Closed::Terminated));
}

#[tokio::test]
async fn effects_answer_ticks_come_and_a_lone_esc_ends_by_itself() {
    let (person, console) = started();
    type_in(&person, b"e").await;
    sees(&person, "<done>").await;
    assert!(person.shown.frames().concat().windows(5).any(|bytes| bytes == b"\x1b]52;"));
    type_in(&person, b"t").await;
    sees(&person, "[tick]").await;
    type_in(&person, b"\x1b").await;
    sees(&person, "esc").await;
    drop(person.input);
    assert_eq!(console.await.unwrap(), Ended::Closed(Closed::HungUp));
}

#[tokio::test]
async fn a_resize_draws_whole_and_a_suspension_takes_the_terminal_again() {
    let (person, console) = started();
    sees(&person, "40x3").await;
    person.input.send(Input::Resized(Size { width: 30, height: 2 })).await.unwrap();
    sees(&person, "30x2").await;
    person.input.send(Input::Suspend).await.unwrap();
    let (enter, leave) = (modes::enter(SETTINGS.modes), modes::leave(SETTINGS.modes));
    let entered = |frames: &[Vec<u8>]| frames.iter().filter(|frame| frame.starts_with(&enter)).count();
    let frames = person.shown.until(|frames| entered(frames) == 2).await;
    assert_eq!(frames[frames.len() - 2], leave);
    type_in(&person, b"q").await;
    assert_eq!(console.await.unwrap(), Ended::Left);
}
