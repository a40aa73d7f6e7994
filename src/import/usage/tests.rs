use proptest::prelude::*;

use super::*;
use crate::{
    domain::{change::Change, workflow},
    import::sample,
};

fn catalogue() -> Catalogue {
    let workflow = workflow::Workflow {
        id: Id::new(uuid::Uuid::from_u128(77)),
        name: "invoice-bot".into(),
        app: None,
        department: Some(sample::FINANCE),
        owner: workflow::Ownership::Inherited,
        environment: None,
        owner_policy: None,
        force: workflow::Force::Advisory,
        draft: false,
        budget: None,
        note: None,
        foreign_id: None,
    };
    sample::catalogue().with_changes(&[Change::add(workflow)], None)
}

fn lines(text: &str) -> Vec<String> {
    let file = read("u", text.as_bytes(), &catalogue()).unwrap();
    let line = |it: &Usage| {
        format!(
            "{} {}/{} {} {} {} {} {}+{} x{} {}",
            it.day,
            it.provider,
            it.model,
            it.workflow.map_or("-", |_| "w"),
            it.credential.map_or("-", |_| "k"),
            it.department.map_or("-", |_| "d"),
            it.customer.as_deref().unwrap_or("-"),
            it.input_tokens,
            it.output_tokens,
            it.requests,
            it.recorded.map_or("?".to_owned(), |it| it.to_string()),
        )
    };
    file.lines.iter().map(line).collect()
}

fn refused(text: &str) -> String {
    read("u", text.as_bytes(), &catalogue()).err().unwrap().to_string()
}

#[test]
fn a_csv_of_ones_own_is_summed_up_by_day_and_place() {
    let text = "day,workflow,provider,model,key,customer,input_tokens,output_tokens,requests,recorded\n\
         2026-11-01,invoice-bot,OpenAI,gpt-4o,openai-prod,acme,100,20,2,0.5\n\
         2026-11-01,invoice-bot,openai,gpt-4o,openai-prod,acme,1,1,1,\n\
         2026-11-02,nobody,google,gemini-pro,none,,5,5,,0.000001\n";
    assert_eq!(
        lines(text),
        ["2026-11-01 openai/gpt-4o w k - acme 101+21 x3 0.50", "2026-11-02 gemini/gemini-pro - - - - 5+5 x1 0.000001"]
    );
    let report = read("u", text.as_bytes(), &catalogue()).unwrap().report;
    let told: Vec<_> = report.warnings.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "there is no key \"none\"; its 1 requests came in without one",
            "there is no workflow \"nobody\"; its 1 requests came in without one"
        ]
    );
}

#[test]
fn spend_logs_are_read_as_json_lines_and_csv_alike() {
    let row = |day: u8, spend: &str| {
        format!(
            r#"{{"request_id": "r", "api_key": "hash-canary", "startTime": "2026-11-0{day}T23:30:00-02:00", "model": "openai/gpt-4o",
            "custom_llm_provider": "openai", "prompt_tokens": 10, "completion_tokens": 5, "spend": {spend}, "team_id": "Finance",
            "end_user": "acme", "request_tags": ["Credential: openai-prod", "workflow:invoice-bot"]}}"#
        )
        .replace('\n', " ")
    };
    let expected =
        ["2026-11-02 openai/gpt-4o w k d acme 20+10 x2 0.03", "2026-11-03 openai/gpt-4o w k d acme 10+5 x1 ?"];
    let rows = [row(1, "0.01"), row(1, "0.02"), row(2, "null")];
    assert_eq!(lines(&format!("[{}]", rows.join(","))), expected);
    assert_eq!(lines(&format!("{{\"data\": [{}]}}", rows.join(","))), expected);
    assert_eq!(lines(&rows.join("\n")), expected);
    let csv = "request_id,spend,startTime,model,custom_llm_provider,prompt_tokens,completion_tokens,team_id,end_user,request_tags\n\
         r,0.01,2026-11-02 01:30:00,gpt-4o,openai,10,5,Finance,acme,\"[\"\"Credential: openai-prod\"\", \"\"workflow:invoice-bot\"\"]\"\n\
         r,0.02,2026-11-02T01:30:00.123Z,gpt-4o,openai,10,5,Finance,acme,\"[\"\"Credential: openai-prod\"\", \"\"workflow:invoice-bot\"\"]\"\n\
         r,,2026-11-03 01:30:00+00:00,gpt-4o,openai,10,5,Finance,acme,\"[\"\"Credential: openai-prod\"\", \"\"workflow:invoice-bot\"\"]\"\n";
    assert_eq!(lines(csv), expected);
}

#[test]
fn a_wrong_row_refuses_the_file_with_its_line() {
    let head = "day,provider,model,input_tokens,recorded\n2026-11-01,openai,gpt-4o,1,\n";
    assert!(refused(&format!("{head}yesterday,openai,gpt-4o,1,")).starts_with("line 3: day is no date"));
    assert!(refused(&format!("{head}2026-11-01,,gpt-4o,1,")).starts_with("line 3: it names no provider"));
    assert!(refused(&format!("{head}2026-11-01,openai,gpt-4o,-1,")).starts_with("line 3: input_tokens is no whole"));
    assert!(refused(&format!("{head}2026-11-01,openai,gpt-4o,1,NaN")).starts_with("line 3: recorded is no amount"));
    assert!(refused(&format!("{head}2026-11-01,openai,gpt-4o,1,,more")).starts_with("line 3: it has 6 cells"));
    assert!(refused("day,provider\n").contains("model is missing"));
    assert!(refused("day,provider,model,tokens\n").contains("\"tokens\" is none of them"));
    assert!(refused("hello").contains("\"hello\" is none of them"));
    assert!(refused("[{\"model\": \"openai/x\"}]").starts_with("row 1: startTime"));
    assert!(refused("[{\"a\": ").starts_with("line 1: it is no JSON"));
    assert_eq!(refused(""), UsageError::Empty.to_string());
    assert_eq!(refused("day,provider,model\n"), UsageError::Empty.to_string());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read("u", &bytes, &sample::catalogue());
    }

    #[test]
    fn any_cells_are_read_or_refused(cells in prop::collection::vec(".{0,12}", 13)) {
        let text = format!("{}\n2026-11-01,{}\n", COLUMNS.join(","), cells[1..].join(","));
        let _ = read("u", text.as_bytes(), &sample::catalogue());
    }
}
