//! `keydeck assign SCOPE TARGET`: a rule. It replaces the one that answers the same question at the same time.

use clap::Args;

use super::{
    context::Context,
    report::Exit,
    writing::{self, Proposal, WriteArgs},
};
use crate::ops::failure::Failure;

/// What a rule is for; `unassign` takes the same.
#[derive(Clone, Debug, Default, Args)]
pub struct RuleArgs {
    /// The provider that it is for
    #[arg(long, value_name = "P")]
    provider: Option<String>,
    /// The one model that it is for
    #[arg(long, value_name = "M")]
    model: Option<String>,
    /// The one kind of model that it is for
    #[arg(long, value_name = "K")]
    kind: Option<String>,
    /// The one environment that it is for
    #[arg(long, value_name = "E")]
    environment: Option<String>,
    /// When it begins to speak, with an offset
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// When it ends to speak, with an offset
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

impl RuleArgs {
    /// Returns what was given, as fields of a form.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let given = [
            ("provider", &self.provider),
            ("model", &self.model),
            ("kind", &self.kind),
            ("environment", &self.environment),
            ("from", &self.from),
            ("until", &self.until),
        ];
        given.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }

    /// Refuses a scope that needs a provider without one.
    pub fn check(&self, scope: &str) -> Result<(), Failure> {
        let needless = scope.starts_with("node/") || scope.starts_with("assignment/");
        if needless || self.provider.is_some() {
            return Ok(());
        }
        Err(Failure::usage("a rule is for a provider").hint("name it with --provider"))
    }
}

/// What `assign` takes.
#[derive(Debug, Args)]
pub struct AssignArgs {
    /// workflow/NAME, app/NAME, department/NAME, owner/LOGIN, node/WORKFLOW/NODE, workspace or system
    #[arg(value_name = "SCOPE")]
    scope: String,
    /// key/NAME, pool/NAME, variable/SELECTOR or deny
    #[arg(value_name = "TARGET")]
    target: String,
    #[command(flatten)]
    rule: RuleArgs,
    /// Let the search go on if the target can't be used
    #[arg(long)]
    preferred: bool,
    /// What a value of the variable stands for
    #[arg(long = "value", value_name = "V=TARGET")]
    values: Vec<String>,
    /// Let other values of the variable name a key
    #[arg(long)]
    by_name: bool,
    /// A note
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    write: WriteArgs,
}

/// Assigns.
pub async fn run(cx: &mut Context, args: &AssignArgs) -> Result<Exit, Failure> {
    args.rule.check(&args.scope)?;
    let mut fields = args.rule.fields();
    if args.preferred {
        fields.push(("strength", "preferred".to_owned()));
    }
    fields.extend(args.values.iter().map(|value| ("values", value.clone())));
    if args.by_name {
        fields.push(("by_name", "true".to_owned()));
    }
    if let Some(note) = &args.note {
        fields.push(("note", note.clone()));
    }
    let session = cx.session().await?;
    let ground = writing::ground(&session, &args.write).await?;
    let changes = ground.assign(session.door(), &args.scope, &args.target, &fields)?;
    writing::write(cx, &session, &args.write, Proposal::from(changes)).await
}
