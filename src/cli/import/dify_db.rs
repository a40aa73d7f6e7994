//! `keydeck import dify-db`: each workspace of a Dify database into one of ours.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use serde::Serialize;

use super::{Imported, PlaceArgs, bring, tell};
use crate::{
    cli::{context::Context, report::Exit, writing::WriteArgs},
    domain::name::printable,
    import::dify_db::Tenant,
    ops::{
        door::Door,
        failure::Failure,
        importing::{
            Intake,
            dify_db::{self, DifyDb, Home},
        },
    },
};

/// What `import dify-db` takes.
#[derive(Debug, Args)]
pub struct DifyDbArgs {
    /// Where the database is: `postgres://USER@HOST/NAME`
    #[arg(value_name = "URL")]
    url: String,
    /// Dify's storage folder: the private keys in it open the secrets
    #[arg(long, value_name = "DIR")]
    storage: Option<PathBuf>,
    /// One workspace of Dify's, by name or id; else all
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// The tags of apps that are departments, the more important first; else every tag
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    department_tags: Option<Vec<String>>,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// What became of one workspace.
#[derive(Serialize)]
struct Brought {
    workspace: String,
    tenant: String,
    #[serde(flatten)]
    imported: Imported,
}

/// What became of all.
#[derive(Serialize)]
struct All {
    workspaces: Vec<Brought>,
}

/// Imports every workspace of the database, or the one that was named.
pub async fn run(cx: &mut Context, args: &DifyDbArgs) -> Result<Exit, Failure> {
    let wanted = DifyDb {
        storage: args.storage.clone(),
        departments: args.department_tags.clone(),
        belonging: args.place.read(cx)?,
    };
    let door = cx.open().await?;
    let contents = dify_db::read(&args.url, args.tenant.as_deref()).await?;
    if contents.tenants.len() > 1 && cx.common.workspace.is_some() {
        let names: Vec<_> = contents.tenants.iter().map(|it| printable(&it.name).into_owned()).collect();
        return Err(Failure::usage("several workspaces can't go into one")
            .hint(format!("choose one with --tenant: {}", names.join(", "))));
    }
    let mut all = All { workspaces: Vec::new() };
    for tenant in contents.tenants {
        let tenant = Arc::new(tenant);
        let (workspace, imported) = one(cx, args, &door, &tenant, &contents.place, &wanted).await?;
        if !cx.out.json {
            cx.out.remark(format!("Workspace {}:", printable(&workspace)));
            tell(cx, &imported);
        }
        all.workspaces.push(Brought { workspace, tenant: tenant.id.to_string(), imported });
    }
    if cx.out.json {
        cx.out.document(&all);
    }
    Ok(Exit::DONE)
}

/// Imports one workspace of Dify's, and makes ours if there is none.
async fn one(
    cx: &mut Context,
    args: &DifyDbArgs,
    door: &Arc<Door>,
    tenant: &Arc<Tenant>,
    place: &str,
    wanted: &DifyDb,
) -> Result<(String, Imported), Failure> {
    let (identity, read_only, dry_run) = (cx.identity.clone(), cx.settings.read_only, args.place.dry_run);
    let session = match door.home_of(tenant, cx.common.workspace.as_deref()).await? {
        Home::There(workspace) => door.session(&workspace, identity, read_only).await?,
        Home::Absent(name) => {
            // What can't be applied must not leave an empty workspace behind.
            let draft = door.drafted(&name, &identity, read_only).await?;
            let taken = door.import_dify_as_new(draft.clone(), Arc::clone(tenant), place, wanted).await?;
            if dry_run {
                return Ok((name, Imported::of_dry_run(&draft, Intake::from(taken), door.now())));
            }
            if let Some(obstacle) = draft.plan(taken.changes, door.now()).obstacles.into_iter().next() {
                return Err(obstacle);
            }
            let session = door.found_for(&name, &identity).await?;
            cx.out.remark(format!("Made workspace {}.", printable(&name)));
            session
        }
    };
    let workspace = session.view().workspace().name.to_string();
    let coming = session.coming_from_dify(tenant, place, wanted).await?;
    let imported = bring(cx, &session, coming, dry_run, &args.write).await?;
    Ok((workspace, imported))
}
