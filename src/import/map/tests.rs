use super::*;
use crate::import::sample::{ADA, FINANCE, catalogue};

fn read(csv: &str) -> Result<Placements, MapError> {
    Placements::read(&catalogue(), csv.as_bytes(), Placement::default())
}

#[test]
fn a_row_places_an_app_and_the_default_the_rest() {
    let catalogue = catalogue();
    let default = Placement::read(&catalogue, Some(" "), Some("system"), Some("staging")).unwrap();
    let csv = "Owner,app,department\n,\"Bot, the\",Finance\nowner/ada,Other,\nada,Third\n";
    let placements = Placements::read(&catalogue, csv.as_bytes(), default.clone()).unwrap();
    assert_eq!(placements.of("Bot, the"), Placement { department: Some(FINANCE), ..default.clone() });
    for app in ["Other", "Third"] {
        assert_eq!(placements.of(app), Placement { owner: Some(Owner::Operator(ADA)), ..default.clone() });
    }
    assert_eq!(placements.of("unheard of"), default);
    let unmet: Vec<_> = placements.unmet(|app| app == "Other").map(|(line, app)| (line, app.to_string())).collect();
    assert_eq!(unmet, [(2, "Bot, the".to_owned()), (4, "Third".to_owned())]);
}

#[test]
fn owners_are_written_in_four_ways() {
    let (finance, ada) = (Owner::Department(FINANCE), Owner::Operator(ADA));
    let cases = [
        ("system", Owner::System),
        ("department/Finance", finance),
        ("ada", ada),
        ("owner/ada", ada),
        ("operator/ada", ada),
    ];
    for (text, owner) in cases {
        assert_eq!(Placement::read(&catalogue(), None, Some(text), None).unwrap().owner, Some(owner), "{text}");
    }
}

#[test]
fn each_fault_says_what_to_do() {
    let cases = [
        (
            "",
            "the map's first line must name the columns app, department, owner, environment, each once and app at least; app is missing",
        ),
        (
            "app,departmnet\n",
            "the map's first line must name the columns app, department, owner, environment, each once and app at least; \"departmnet\" is none of them, or stands twice, did you mean \"department\"?",
        ),
        ("app,owner\n,ada\n", "the map names no app in line 2; fill the cell or remove the line"),
        ("app\na\na\n", "the map names the app \"a\" again in line 3; keep one of the lines"),
        ("app\na,b\n", "the map has 2 cells in line 2 and 1 columns; put quotes around a cell that holds a comma"),
        (
            "app,department\na,Finanse\n",
            "the map, line 2: there is no department \"Finanse\"; did you mean \"Finance\"?",
        ),
        (
            "app,owner\na,zoe\n",
            "the map, line 2: there is no operator \"zoe\"; `keydeck list operators` shows them all",
        ),
        (
            "app,environment\na,\"x\u{7}y\"\n",
            "the map, line 2: \"x\u{fffd}y\" can't be an environment: a name can't hold control characters or invisible direction marks",
        ),
        ("app\n\"a", "the map opens a quote in line 2 that is never closed; close it"),
    ];
    for (csv, message) in cases {
        assert_eq!(read(csv).unwrap_err().to_string(), message);
    }
}
