//! What else could say which key a node uses, measured on the database of a demo: one prepared statement per node on
//! SQLite and on PostgreSQL, and a policy engine with the same rules.
//!
//! `neighbours FILE [POSTGRES-URL]` prints a line of `name microseconds` per question for each of them. The statement
//! knows scopes, departments, models and environments, but nothing of windows, owners, pools' members, states, budgets
//! or reasons: it does less than keydeck does.

use std::time::{Duration, Instant};

use cedar_policy::{Authorizer, Context, Entities, Entity, EntityUid, PolicySet, Request};
use rusqlite::Connection;
use uuid::Uuid;

/// The nearest rule for a node: layers in order, then the more exact one.
const NEAREST: &str = "WITH RECURSIVE
 node AS (SELECT n.workspace, n.credential, n.kind, coalesce(n.provider, i.provider) AS provider,
    coalesce(n.model, i.model) AS model, i.credential AS own, w.id AS workflow, w.app, w.environment,
    coalesce(w.department, a.department) AS department, coalesce(w.owner_operator, a.owner_operator) AS owner
  FROM nodes n JOIN workflows w ON w.workspace = n.workspace AND w.id = n.workflow
  LEFT JOIN apps a ON a.workspace = w.workspace AND a.id = w.app
  LEFT JOIN instances i ON i.workspace = n.workspace AND i.id = n.instance
  WHERE n.workspace = $1 AND n.id = $2),
 path(id, far) AS (SELECT department, 0 FROM node UNION ALL
  SELECT (SELECT d.parent FROM departments d WHERE d.workspace = $1 AND d.id = path.id), far + 1 FROM path
  WHERE path.id IS NOT NULL AND far < 64),
 rules AS (SELECT 4 AS layer, 0 AS far, r.* FROM assignments r
   WHERE r.workspace = $1 AND r.scope_workflow = (SELECT workflow FROM node)
  UNION ALL SELECT 5, 0, r.* FROM assignments r WHERE r.workspace = $1 AND r.scope_app = (SELECT app FROM node)
  UNION ALL SELECT 6, 0, r.* FROM assignments r WHERE r.workspace = $1 AND r.scope_operator = (SELECT owner FROM node)
  UNION ALL SELECT 7, (SELECT far FROM path WHERE path.id = r.scope_department), r.* FROM assignments r
   WHERE r.workspace = $1 AND r.scope_department IN (SELECT id FROM path)
  UNION ALL SELECT CASE r.scope WHEN 'workspace' THEN 8 ELSE 9 END, 0, r.* FROM assignments r
   WHERE r.workspace = $1 AND r.scope IN ('workspace', 'system'))
SELECT r.layer, r.target_id FROM rules r, node
WHERE r.provider = node.provider AND (r.model IS NULL OR r.model = node.model)
 AND (r.kind IS NULL OR r.kind = node.kind) AND (r.environment IS NULL OR r.environment = node.environment)
ORDER BY r.layer, r.far, (r.model IS NULL), (r.kind IS NULL), (r.environment IS NULL) LIMIT 1";

/// Rules of whole workspaces are few, but neither engine finds them without this.
const INDEX: &str = "CREATE INDEX IF NOT EXISTS measured_scope ON assignments (workspace, scope)";

/// How long each is asked.
const SPAN: Duration = Duration::from_secs(3);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let Some(file) = arguments.get(1) else { return eprintln!("neighbours FILE [POSTGRES-URL]") };
    let lite = Connection::open(file).expect("the file opens");
    lite.execute_batch(&format!("{INDEX}; ANALYZE")).expect("the index is made");
    let nodes = nodes(&lite);
    let mut nearest = lite.prepare(NEAREST).expect("SQLite understands it");
    measure("sqlite", &nodes, |(workspace, node)| {
        let _: Option<i64> = nearest.query_row((workspace, node), |row| row.get(0)).ok();
    });
    if let Some(url) = arguments.get(2) {
        on_postgres(url, &nodes);
    }
    with_policies(&lite);
}

/// Every hundredth node, with its workspace.
fn nodes(lite: &Connection) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut select = lite.prepare("SELECT workspace, id FROM nodes ORDER BY id").expect("there are nodes");
    let rows = select.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).expect("they are read");
    rows.flatten().step_by(100).collect()
}

fn measure<T>(name: &str, items: &[T], mut ask: impl FnMut(&T)) {
    let (clock, mut count) = (Instant::now(), 0_u32);
    for item in items.iter().cycle() {
        ask(item);
        count += 1;
        if clock.elapsed() > SPAN {
            break;
        }
    }
    println!("{name} {:.3}", clock.elapsed().as_secs_f64() * 1e6 / f64::from(count));
}

fn on_postgres(url: &str, nodes: &[(Vec<u8>, Vec<u8>)]) {
    let mut client = postgres::Client::connect(url, postgres::NoTls).expect("the server answers");
    client.batch_execute(&format!("{INDEX}; ANALYZE")).expect("the index is made");
    let select = "SELECT workspace::text, id::text FROM nodes ORDER BY id LIMIT 3000";
    let ids: Vec<(String, String)> =
        client.query(select, &[]).expect("they are read").iter().map(|row| (row.get(0), row.get(1))).collect();
    let statement = NEAREST.replace("$1", "$1::text::uuid").replace("$2", "$2::text::uuid");
    let statement = client.prepare(&statement).expect("PostgreSQL understands it");
    let _ = nodes;
    measure("postgres", &ids, |(workspace, node)| {
        client.query_opt(&statement, &[workspace, node]).expect("it answers");
    });
}

fn uid(kind: &str, id: &[u8]) -> EntityUid {
    let id = Uuid::from_slice(id).unwrap_or_default();
    format!("{kind}::\"{id}\"").parse().expect("it is an entity")
}

/// One policy for each rule that names a key; a workflow is in its app and its department, which are in those above.
fn with_policies(lite: &Connection) {
    let mut text = String::new();
    let mut select = lite
        .prepare(
            "SELECT CASE scope WHEN 'workflow' THEN 'Workflow' WHEN 'app' THEN 'App' ELSE 'Department' END, \
             coalesce(scope_workflow, scope_app, scope_department), target_id FROM assignments \
             WHERE target = 'key' AND scope IN ('workflow', 'app', 'department')",
        )
        .expect("there are rules");
    let mut rows = select.query(()).expect("they are read");
    while let Some(row) = rows.next().expect("a row") {
        let (kind, scope, key): (String, Vec<u8>, Vec<u8>) =
            (row.get(0).expect("text"), row.get(1).expect("an id"), row.get(2).expect("an id"));
        text += &format!("permit(principal in {}, action == Action::\"use\", resource == {});\n", uid(&kind, &scope), uid("Key", &key));
    }
    let clock = Instant::now();
    let policies: PolicySet = text.parse().expect("Cedar understands them");
    eprintln!("cedar: {} policies read in {:?}", policies.policies().count(), clock.elapsed());
    let entities = Entities::from_entities(entities(lite), None).expect("nothing is above itself");
    let asked = asked(lite);
    let authorizer = Authorizer::new();
    measure("cedar", &asked, |(workflow, key)| {
        let action = "Action::\"use\"".parse().expect("it is an entity");
        let request = Request::new(workflow.clone(), action, key.clone(), Context::empty(), None).expect("a question");
        authorizer.is_authorized(&request, &policies, &entities);
    });
}

/// Workflows, apps and departments, each in what it belongs to.
fn entities(lite: &Connection) -> Vec<Entity> {
    let select = "SELECT 'Workflow', id, 'App', app, 'Department', department FROM workflows UNION ALL \
         SELECT 'App', id, 'Department', department, '', NULL FROM apps UNION ALL \
         SELECT 'Department', id, 'Department', parent, '', NULL FROM departments";
    let mut select = lite.prepare(select).expect("there are workflows");
    let mut rows = select.query(()).expect("they are read");
    let mut entities = Vec::new();
    while let Some(row) = rows.next().expect("a row") {
        let text = |at: usize| row.get::<_, String>(at).expect("text");
        let id = |at: usize| row.get::<_, Option<Vec<u8>>>(at).expect("an id");
        let parents = [(2, 3), (4, 5)].into_iter().filter_map(|(kind, at)| Some(uid(&text(kind), &id(at)?))).collect();
        let own = uid(&text(0), &id(1).unwrap_or_default());
        entities.push(Entity::new_no_attrs(own, parents));
    }
    entities
}

/// A workflow and a key that is asked about, some of each.
fn asked(lite: &Connection) -> Vec<(EntityUid, EntityUid)> {
    let select = "SELECT w.id, r.target_id FROM assignments r JOIN workflows w ON w.id = r.scope_workflow \
         WHERE r.target = 'key' LIMIT 50";
    let mut select = lite.prepare(select).expect("there are rules");
    let rows = select.query_map((), |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?)));
    rows.expect("they are read").flatten().map(|(workflow, key)| (uid("Workflow", &workflow), uid("Key", &key))).collect()
}
