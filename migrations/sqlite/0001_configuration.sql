-- The configuration: one table per kind of record, list-valued fields in tables of their own.
--
-- A reference is always (workspace, id), so that none can reach into another workspace. References are checked when the
-- transaction ends: the order inside a change set does not matter. What a rule, node, pool or instance names as its key
-- is no reference in this sense: it may dangle, and resolution then answers `unknown_key`.
--
-- Ids are 16 bytes, times microseconds since 1970 UTC, money micro-dollars, booleans 0 or 1.

CREATE TABLE database (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    id BLOB NOT NULL CHECK (length(id) = 16),
    made_at INTEGER NOT NULL,
    people INTEGER NOT NULL DEFAULT 0 -- raised by each change of an operator, whichever workspace it came through
) STRICT;

CREATE TABLE workspaces (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    allow_request_overrides INTEGER NOT NULL CHECK (allow_request_overrides IN (0, 1)),
    owner_policy TEXT NOT NULL CHECK (owner_policy IN ('any', 'own-only', 'system-only')),
    approval INTEGER NOT NULL CHECK (approval IN (0, 1)),
    note TEXT,
    revision INTEGER NOT NULL DEFAULT 0,
    facts INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE departments (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (name <> ''),
    parent BLOB,
    cost_centre TEXT,
    owner_policy TEXT CHECK (owner_policy IN ('any', 'own-only', 'system-only')),
    budget INTEGER,
    budget_kind TEXT CHECK (budget_kind IN ('soft', 'hard')),
    note TEXT,
    foreign_id TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, name),
    CHECK ((budget IS NULL) = (budget_kind IS NULL)),
    CHECK (parent <> id),
    FOREIGN KEY (workspace, parent) REFERENCES departments (workspace, id) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX departments_parent ON departments (workspace, parent) WHERE parent IS NOT NULL;

CREATE TABLE operators (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    login TEXT NOT NULL UNIQUE CHECK (login <> ''),
    email TEXT,
    service INTEGER NOT NULL CHECK (service IN (0, 1)),
    note TEXT,
    foreign_id TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE operator_grants (
    operator BLOB NOT NULL REFERENCES operators (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    ordinal INTEGER NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'auditor', 'member', 'assigner', 'admin', 'keeper')),
    on_kind TEXT NOT NULL CHECK (on_kind IN ('database', 'workspace', 'department')),
    on_workspace BLOB REFERENCES workspaces (id) DEFERRABLE INITIALLY DEFERRED,
    on_department BLOB,
    PRIMARY KEY (operator, ordinal),
    CHECK ((on_kind = 'workspace') = (on_workspace IS NOT NULL)),
    CHECK ((on_kind = 'department') = (on_department IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- A key names one operator, or nobody could say who came in.
CREATE TABLE operator_ssh_keys (
    operator BLOB NOT NULL REFERENCES operators (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    ordinal INTEGER NOT NULL,
    ssh_key TEXT NOT NULL UNIQUE,
    PRIMARY KEY (operator, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE providers (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    slug TEXT NOT NULL CHECK (slug <> ''),
    name TEXT NOT NULL,
    base_url TEXT,
    fields TEXT NOT NULL, -- JSON: the form of a credential
    aliases TEXT NOT NULL, -- JSON: a list of texts
    note TEXT,
    foreign_id TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, slug)
) STRICT, WITHOUT ROWID;

CREATE TABLE models (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    provider TEXT NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    kind TEXT NOT NULL CHECK (kind IN ('llm', 'embedding', 'rerank', 'speech', 'moderation', 'tts')),
    context INTEGER,
    note TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, provider, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE prices (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER,
    starts INTEGER,
    note TEXT,
    source TEXT, -- the imported table that it stands in
    PRIMARY KEY (workspace, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (name <> ''),
    provider TEXT NOT NULL,
    owner TEXT NOT NULL CHECK (owner IN ('system', 'department', 'operator')),
    owner_department BLOB,
    owner_operator BLOB REFERENCES operators (id) DEFERRABLE INITIALLY DEFERRED,
    environment TEXT,
    listed_models INTEGER NOT NULL CHECK (listed_models IN (0, 1)), -- whether credential_models are the only ones
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled', 'revoked')),
    not_before INTEGER,
    expires INTEGER,
    secret TEXT NOT NULL CHECK (secret IN ('absent', 'sealed', 'external')),
    secret_version BLOB,
    secret_last4 TEXT,
    secret_fields TEXT, -- JSON: the names of the sealed fields
    reference TEXT,
    budget INTEGER,
    budget_kind TEXT CHECK (budget_kind IN ('soft', 'hard')),
    note TEXT,
    foreign_id TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, name),
    CHECK ((budget IS NULL) = (budget_kind IS NULL)),
    CHECK ((owner = 'department') = (owner_department IS NOT NULL)),
    CHECK ((owner = 'operator') = (owner_operator IS NOT NULL)),
    CHECK ((secret = 'sealed') = (secret_version IS NOT NULL)),
    CHECK ((secret = 'external') = (reference IS NOT NULL)),
    FOREIGN KEY (workspace, owner_department) REFERENCES departments (workspace, id) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX credentials_owner_department ON credentials (workspace, owner_department)
WHERE owner_department IS NOT NULL;
CREATE INDEX credentials_owner_operator ON credentials (owner_operator) WHERE owner_operator IS NOT NULL;

CREATE TABLE credential_models (
    workspace BLOB NOT NULL,
    credential BLOB NOT NULL,
    ordinal INTEGER NOT NULL,
    model TEXT NOT NULL,
    PRIMARY KEY (workspace, credential, ordinal),
    FOREIGN KEY (workspace, credential) REFERENCES credentials (workspace, id)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE credential_usable_by (
    workspace BLOB NOT NULL,
    credential BLOB NOT NULL,
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('department', 'app', 'workflow')),
    id BLOB NOT NULL,
    PRIMARY KEY (workspace, credential, ordinal),
    FOREIGN KEY (workspace, credential) REFERENCES credentials (workspace, id)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE credential_fields (
    workspace BLOB NOT NULL,
    credential BLOB NOT NULL,
    ordinal INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (workspace, credential, ordinal),
    UNIQUE (workspace, credential, name),
    FOREIGN KEY (workspace, credential) REFERENCES credentials (workspace, id)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE pools (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (name <> ''),
    provider TEXT NOT NULL,
    note TEXT,
    foreign_id TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE pool_members (
    workspace BLOB NOT NULL,
    pool BLOB NOT NULL,
    ordinal INTEGER NOT NULL,
    credential BLOB NOT NULL,
    weight INTEGER NOT NULL CHECK (weight >= 0),
    PRIMARY KEY (workspace, pool, ordinal),
    UNIQUE (workspace, pool, credential),
    FOREIGN KEY (workspace, pool) REFERENCES pools (workspace, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE instances (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (name <> ''),
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('llm', 'embedding', 'rerank', 'speech', 'moderation', 'tts')),
    parameters TEXT NOT NULL, -- JSON: name → value
    credential BLOB,
    owner TEXT NOT NULL CHECK (owner IN ('system', 'department', 'operator')),
    owner_department BLOB,
    owner_operator BLOB REFERENCES operators (id) DEFERRABLE INITIALLY DEFERRED,
    note TEXT,
    foreign_id TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, name),
    CHECK ((owner = 'department') = (owner_department IS NOT NULL)),
    CHECK ((owner = 'operator') = (owner_operator IS NOT NULL)),
    FOREIGN KEY (workspace, owner_department) REFERENCES departments (workspace, id) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX instances_owner_department ON instances (workspace, owner_department) WHERE owner_department IS NOT NULL;
CREATE INDEX instances_owner_operator ON instances (owner_operator) WHERE owner_operator IS NOT NULL;

CREATE TABLE apps (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (name <> ''),
    department BLOB,
    owner TEXT CHECK (owner IN ('system', 'department', 'operator')),
    owner_department BLOB,
    owner_operator BLOB REFERENCES operators (id) DEFERRABLE INITIALLY DEFERRED,
    budget INTEGER,
    budget_kind TEXT CHECK (budget_kind IN ('soft', 'hard')),
    note TEXT,
    foreign_id TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, name),
    CHECK ((budget IS NULL) = (budget_kind IS NULL)),
    FOREIGN KEY (workspace, department) REFERENCES departments (workspace, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (workspace, owner_department) REFERENCES departments (workspace, id) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX apps_department ON apps (workspace, department) WHERE department IS NOT NULL;
CREATE INDEX apps_owner_department ON apps (workspace, owner_department) WHERE owner_department IS NOT NULL;
CREATE INDEX apps_owner_operator ON apps (owner_operator) WHERE owner_operator IS NOT NULL;

CREATE TABLE workflows (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (name <> ''),
    app BLOB,
    department BLOB,
    owner TEXT NOT NULL CHECK (owner IN ('inherited', 'nobody', 'system', 'department', 'operator')),
    owner_department BLOB,
    owner_operator BLOB REFERENCES operators (id) DEFERRABLE INITIALLY DEFERRED,
    environment TEXT,
    owner_policy TEXT CHECK (owner_policy IN ('any', 'own-only', 'system-only')),
    force TEXT NOT NULL CHECK (force IN ('advisory', 'enforced')),
    draft INTEGER NOT NULL CHECK (draft IN (0, 1)),
    budget INTEGER,
    budget_kind TEXT CHECK (budget_kind IN ('soft', 'hard')),
    note TEXT,
    foreign_id TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, name),
    CHECK ((budget IS NULL) = (budget_kind IS NULL)),
    CHECK ((owner = 'department') = (owner_department IS NOT NULL)),
    CHECK ((owner = 'operator') = (owner_operator IS NOT NULL)),
    FOREIGN KEY (workspace, app) REFERENCES apps (workspace, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (workspace, department) REFERENCES departments (workspace, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (workspace, owner_department) REFERENCES departments (workspace, id) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX workflows_app ON workflows (workspace, app) WHERE app IS NOT NULL;
CREATE INDEX workflows_department ON workflows (workspace, department) WHERE department IS NOT NULL;
CREATE INDEX workflows_owner_department ON workflows (workspace, owner_department) WHERE owner_department IS NOT NULL;
CREATE INDEX workflows_owner_operator ON workflows (owner_operator) WHERE owner_operator IS NOT NULL;

CREATE TABLE nodes (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    workflow BLOB NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    title TEXT,
    node_type TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('llm', 'embedding', 'rerank', 'speech', 'moderation', 'tts')),
    provider TEXT,
    model TEXT,
    instance BLOB,
    credential BLOB,
    variable TEXT,
    runs INTEGER NOT NULL CHECK (runs >= 0),
    note TEXT,
    foreign_id TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, workflow, name),
    CHECK ((instance IS NULL) = (provider IS NOT NULL)),
    CHECK ((instance IS NULL) = (model IS NOT NULL)),
    FOREIGN KEY (workspace, workflow) REFERENCES workflows (workspace, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (workspace, instance) REFERENCES instances (workspace, id) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX nodes_instance ON nodes (workspace, instance) WHERE instance IS NOT NULL;

CREATE TABLE assignments (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    scope TEXT NOT NULL CHECK (scope IN ('workflow', 'app', 'owner', 'department', 'workspace', 'system')),
    scope_workflow BLOB,
    scope_app BLOB,
    scope_operator BLOB REFERENCES operators (id) DEFERRABLE INITIALLY DEFERRED,
    scope_department BLOB,
    provider TEXT NOT NULL,
    model TEXT,
    kind TEXT CHECK (kind IN ('llm', 'embedding', 'rerank', 'speech', 'moderation', 'tts')),
    environment TEXT,
    target TEXT NOT NULL CHECK (target IN ('key', 'pool', 'variable', 'deny')),
    target_id BLOB,
    variable TEXT,
    by_name INTEGER NOT NULL CHECK (by_name IN (0, 1)),
    strength TEXT NOT NULL CHECK (strength IN ('required', 'preferred')),
    starts INTEGER,
    ends INTEGER,
    note TEXT,
    foreign_id TEXT,
    revision INTEGER NOT NULL, -- the one that brought the rule in its present form
    PRIMARY KEY (workspace, id),
    CHECK ((scope = 'workflow') = (scope_workflow IS NOT NULL)),
    CHECK ((scope = 'app') = (scope_app IS NOT NULL)),
    CHECK ((scope = 'owner') = (scope_operator IS NOT NULL)),
    CHECK ((scope = 'department') = (scope_department IS NOT NULL)),
    CHECK ((target IN ('key', 'pool')) = (target_id IS NOT NULL)),
    CHECK ((target = 'variable') = (variable IS NOT NULL)),
    CHECK (starts < ends),
    FOREIGN KEY (workspace, scope_workflow) REFERENCES workflows (workspace, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (workspace, scope_app) REFERENCES apps (workspace, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (workspace, scope_department) REFERENCES departments (workspace, id) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX assignments_workflow ON assignments (workspace, scope_workflow) WHERE scope_workflow IS NOT NULL;
CREATE INDEX assignments_app ON assignments (workspace, scope_app) WHERE scope_app IS NOT NULL;
CREATE INDEX assignments_operator ON assignments (scope_operator) WHERE scope_operator IS NOT NULL;
CREATE INDEX assignments_department ON assignments (workspace, scope_department) WHERE scope_department IS NOT NULL;

CREATE TABLE assignment_values (
    workspace BLOB NOT NULL,
    assignment BLOB NOT NULL,
    ordinal INTEGER NOT NULL,
    value TEXT NOT NULL,
    target TEXT NOT NULL CHECK (target IN ('key', 'pool', 'deny')),
    target_id BLOB,
    PRIMARY KEY (workspace, assignment, ordinal),
    UNIQUE (workspace, assignment, value),
    CHECK ((target = 'deny') = (target_id IS NULL)),
    FOREIGN KEY (workspace, assignment) REFERENCES assignments (workspace, id)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
