use crate::tui::rehearsal::Rehearsal;

#[test]
fn look() {
    let size = std::env::var("LOOK_SIZE").unwrap_or_else(|_| "120x40".to_owned());
    let (width, height) = size.split_once('x').unwrap();
    let login = std::env::var("LOOK_AS").unwrap_or_else(|_| "ana.moreau".to_owned());
    let mut rehearsal = Rehearsal::new(&login, width.parse().unwrap(), height.parse().unwrap());
    for part in std::env::var("LOOK_KEYS").unwrap_or_default().split('|') {
        match part.strip_prefix('=') {
            Some(text) => rehearsal.types(text),
            None if part.trim().is_empty() => &mut rehearsal,
            None => rehearsal.keys(part.trim()),
        };
    }
    println!("{}", rehearsal.text());
    if let Ok(path) = std::env::var("LOOK_SVG") {
        let svg = crate::tui::picture::svg(&rehearsal.frame(), "keydeck", [0xd5, 0xda, 0xe6], [0x12, 0x15, 0x1c]);
        std::fs::write(path, svg).unwrap();
    }
}
