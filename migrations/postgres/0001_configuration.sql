-- The configuration: one table per kind of record, list-valued fields in tables of their own.
--
-- A reference is always (workspace, id), so that none can reach into another workspace. References are checked when the
-- transaction ends: the order inside a change set does not matter. What a rule, node, pool or instance names as its key
-- is no reference in this sense: it may dangle, and resolution then answers `unknown_key`.
--
-- Times are microseconds since 1970 UTC, money micro-dollars, booleans 0 or 1: the columns of both engines hold the
-- same. What is read in the order of its text says `COLLATE "C"`, so that the order is one on every server.

CREATE TABLE database (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    id UUID NOT NULL,
    made_at BIGINT NOT NULL,
    people BIGINT NOT NULL DEFAULT 0 -- raised by each change of an operator, whichever workspace it came through
);

-- Whose turn it is to write: every transaction that writes takes this row first and keeps it to its end, so that writers
-- come one after another. The number tells those who can't be told that somebody wrote. SQLite has both by itself.
CREATE TABLE turn (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL
);
INSERT INTO turn (one, number) VALUES (1, 0);

CREATE TABLE workspaces (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE CHECK (name <> ''),
    allow_request_overrides BIGINT NOT NULL CHECK (allow_request_overrides IN (0, 1)),
    owner_policy TEXT NOT NULL CHECK (owner_policy IN ('any', 'own-only', 'system-only')),
    approval BIGINT NOT NULL CHECK (approval IN (0, 1)),
    note TEXT,
    revision BIGINT NOT NULL DEFAULT 0,
    facts BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE departments (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    parent UUID,
    cost_centre TEXT,
    owner_policy TEXT CHECK (owner_policy IN ('any', 'own-only', 'system-only')),
    budget BIGINT,
    budget_kind TEXT CHECK (budget_kind IN ('soft', 'hard')),
    note TEXT,
    foreign_id TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, name),
    CHECK ((budget IS NULL) = (budget_kind IS NULL)),
    CHECK (parent <> id),
    FOREIGN KEY (workspace, parent) REFERENCES departments (workspace, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX departments_parent ON departments (workspace, parent) WHERE parent IS NOT NULL;

CREATE TABLE operators (
    id UUID NOT NULL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE CHECK (login <> ''),
    email TEXT,
    service BIGINT NOT NULL CHECK (service IN (0, 1)),
    note TEXT,
    foreign_id TEXT
);

CREATE TABLE operator_grants (
    operator UUID NOT NULL REFERENCES operators (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    ordinal BIGINT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'auditor', 'member', 'assigner', 'admin', 'keeper')),
    on_kind TEXT NOT NULL CHECK (on_kind IN ('database', 'workspace', 'department')),
    on_workspace UUID REFERENCES workspaces (id) DEFERRABLE INITIALLY DEFERRED,
    on_department UUID,
    PRIMARY KEY (operator, ordinal),
    CHECK ((on_kind = 'workspace') = (on_workspace IS NOT NULL)),
    CHECK ((on_kind = 'department') = (on_department IS NOT NULL))
);

-- A key names one operator, or nobody could say who came in.
CREATE TABLE operator_ssh_keys (
    operator UUID NOT NULL REFERENCES operators (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    ordinal BIGINT NOT NULL,
    ssh_key TEXT NOT NULL UNIQUE,
    PRIMARY KEY (operator, ordinal)
);

CREATE TABLE providers (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    id UUID NOT NULL,
    slug TEXT NOT NULL CHECK (slug <> ''),
    name TEXT NOT NULL,
    base_url TEXT,
    fields TEXT NOT NULL, -- JSON: the form of a credential
    aliases TEXT NOT NULL, -- JSON: a list of texts
    note TEXT,
    foreign_id TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, slug)
);

CREATE TABLE models (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    id UUID NOT NULL,
    provider TEXT NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    kind TEXT NOT NULL CHECK (kind IN ('llm', 'embedding', 'rerank', 'speech', 'moderation', 'tts')),
    context BIGINT,
    note TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, provider, name)
);

CREATE TABLE prices (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    id UUID NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    input BIGINT NOT NULL,
    output BIGINT,
    starts BIGINT,
    note TEXT,
    source TEXT, -- the imported table that it stands in
    PRIMARY KEY (workspace, id)
);

CREATE TABLE credentials (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    provider TEXT NOT NULL,
    owner TEXT NOT NULL CHECK (owner IN ('system', 'department', 'operator')),
    owner_department UUID,
    owner_operator UUID REFERENCES operators (id) DEFERRABLE INITIALLY DEFERRED,
    environment TEXT,
    listed_models BIGINT NOT NULL CHECK (listed_models IN (0, 1)), -- whether credential_models are the only ones
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled', 'revoked')),
    not_before BIGINT,
    expires BIGINT,
    secret TEXT NOT NULL CHECK (secret IN ('absent', 'sealed', 'external')),
    secret_version UUID,
    secret_last4 TEXT,
    secret_fields TEXT, -- JSON: the names of the sealed fields
    reference TEXT,
    budget BIGINT,
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
);
CREATE INDEX credentials_owner_department ON credentials (workspace, owner_department)
WHERE owner_department IS NOT NULL;
CREATE INDEX credentials_owner_operator ON credentials (owner_operator) WHERE owner_operator IS NOT NULL;

CREATE TABLE credential_models (
    workspace UUID NOT NULL,
    credential UUID NOT NULL,
    ordinal BIGINT NOT NULL,
    model TEXT NOT NULL,
    PRIMARY KEY (workspace, credential, ordinal),
    FOREIGN KEY (workspace, credential) REFERENCES credentials (workspace, id)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE credential_usable_by (
    workspace UUID NOT NULL,
    credential UUID NOT NULL,
    ordinal BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('department', 'app', 'workflow')),
    id UUID NOT NULL,
    PRIMARY KEY (workspace, credential, ordinal),
    FOREIGN KEY (workspace, credential) REFERENCES credentials (workspace, id)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE credential_fields (
    workspace UUID NOT NULL,
    credential UUID NOT NULL,
    ordinal BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (workspace, credential, ordinal),
    UNIQUE (workspace, credential, name),
    FOREIGN KEY (workspace, credential) REFERENCES credentials (workspace, id)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE pools (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    provider TEXT NOT NULL,
    note TEXT,
    foreign_id TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, name)
);

CREATE TABLE pool_members (
    workspace UUID NOT NULL,
    pool UUID NOT NULL,
    ordinal BIGINT NOT NULL,
    credential UUID NOT NULL,
    weight BIGINT NOT NULL CHECK (weight >= 0),
    PRIMARY KEY (workspace, pool, ordinal),
    UNIQUE (workspace, pool, credential),
    FOREIGN KEY (workspace, pool) REFERENCES pools (workspace, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE instances (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('llm', 'embedding', 'rerank', 'speech', 'moderation', 'tts')),
    parameters TEXT NOT NULL, -- JSON: name → value
    credential UUID,
    owner TEXT NOT NULL CHECK (owner IN ('system', 'department', 'operator')),
    owner_department UUID,
    owner_operator UUID REFERENCES operators (id) DEFERRABLE INITIALLY DEFERRED,
    note TEXT,
    foreign_id TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, name),
    CHECK ((owner = 'department') = (owner_department IS NOT NULL)),
    CHECK ((owner = 'operator') = (owner_operator IS NOT NULL)),
    FOREIGN KEY (workspace, owner_department) REFERENCES departments (workspace, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX instances_owner_department ON instances (workspace, owner_department) WHERE owner_department IS NOT NULL;
CREATE INDEX instances_owner_operator ON instances (owner_operator) WHERE owner_operator IS NOT NULL;

CREATE TABLE apps (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    department UUID,
    owner TEXT CHECK (owner IN ('system', 'department', 'operator')),
    owner_department UUID,
    owner_operator UUID REFERENCES operators (id) DEFERRABLE INITIALLY DEFERRED,
    budget BIGINT,
    budget_kind TEXT CHECK (budget_kind IN ('soft', 'hard')),
    note TEXT,
    foreign_id TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, name),
    CHECK ((budget IS NULL) = (budget_kind IS NULL)),
    FOREIGN KEY (workspace, department) REFERENCES departments (workspace, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (workspace, owner_department) REFERENCES departments (workspace, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX apps_department ON apps (workspace, department) WHERE department IS NOT NULL;
CREATE INDEX apps_owner_department ON apps (workspace, owner_department) WHERE owner_department IS NOT NULL;
CREATE INDEX apps_owner_operator ON apps (owner_operator) WHERE owner_operator IS NOT NULL;

CREATE TABLE workflows (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    app UUID,
    department UUID,
    owner TEXT NOT NULL CHECK (owner IN ('inherited', 'nobody', 'system', 'department', 'operator')),
    owner_department UUID,
    owner_operator UUID REFERENCES operators (id) DEFERRABLE INITIALLY DEFERRED,
    environment TEXT,
    owner_policy TEXT CHECK (owner_policy IN ('any', 'own-only', 'system-only')),
    force TEXT NOT NULL CHECK (force IN ('advisory', 'enforced')),
    draft BIGINT NOT NULL CHECK (draft IN (0, 1)),
    budget BIGINT,
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
);
CREATE INDEX workflows_app ON workflows (workspace, app) WHERE app IS NOT NULL;
CREATE INDEX workflows_department ON workflows (workspace, department) WHERE department IS NOT NULL;
CREATE INDEX workflows_owner_department ON workflows (workspace, owner_department) WHERE owner_department IS NOT NULL;
CREATE INDEX workflows_owner_operator ON workflows (owner_operator) WHERE owner_operator IS NOT NULL;

CREATE TABLE nodes (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    id UUID NOT NULL,
    workflow UUID NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    title TEXT,
    node_type TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('llm', 'embedding', 'rerank', 'speech', 'moderation', 'tts')),
    provider TEXT,
    model TEXT,
    instance UUID,
    credential UUID,
    variable TEXT,
    runs BIGINT NOT NULL CHECK (runs >= 0),
    note TEXT,
    foreign_id TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, workflow, name),
    CHECK ((instance IS NULL) = (provider IS NOT NULL)),
    CHECK ((instance IS NULL) = (model IS NOT NULL)),
    FOREIGN KEY (workspace, workflow) REFERENCES workflows (workspace, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (workspace, instance) REFERENCES instances (workspace, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX nodes_instance ON nodes (workspace, instance) WHERE instance IS NOT NULL;

CREATE TABLE assignments (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    id UUID NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('workflow', 'app', 'owner', 'department', 'workspace', 'system')),
    scope_workflow UUID,
    scope_app UUID,
    scope_operator UUID REFERENCES operators (id) DEFERRABLE INITIALLY DEFERRED,
    scope_department UUID,
    provider TEXT NOT NULL,
    model TEXT,
    kind TEXT CHECK (kind IN ('llm', 'embedding', 'rerank', 'speech', 'moderation', 'tts')),
    environment TEXT,
    target TEXT NOT NULL CHECK (target IN ('key', 'pool', 'variable', 'deny')),
    target_id UUID,
    variable TEXT,
    by_name BIGINT NOT NULL CHECK (by_name IN (0, 1)),
    strength TEXT NOT NULL CHECK (strength IN ('required', 'preferred')),
    starts BIGINT,
    ends BIGINT,
    note TEXT,
    foreign_id TEXT,
    revision BIGINT NOT NULL, -- the one that brought the rule in its present form
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
);
CREATE INDEX assignments_workflow ON assignments (workspace, scope_workflow) WHERE scope_workflow IS NOT NULL;
CREATE INDEX assignments_app ON assignments (workspace, scope_app) WHERE scope_app IS NOT NULL;
CREATE INDEX assignments_operator ON assignments (scope_operator) WHERE scope_operator IS NOT NULL;
CREATE INDEX assignments_department ON assignments (workspace, scope_department) WHERE scope_department IS NOT NULL;

CREATE TABLE assignment_values (
    workspace UUID NOT NULL,
    assignment UUID NOT NULL,
    ordinal BIGINT NOT NULL,
    value TEXT NOT NULL,
    target TEXT NOT NULL CHECK (target IN ('key', 'pool', 'deny')),
    target_id UUID,
    PRIMARY KEY (workspace, assignment, ordinal),
    UNIQUE (workspace, assignment, value),
    CHECK ((target = 'deny') = (target_id IS NULL)),
    FOREIGN KEY (workspace, assignment) REFERENCES assignments (workspace, id)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
