-- Sealed secrets, and the facts: what is known about the world rather than decided.

CREATE TABLE vault (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    key_id BLOB NOT NULL,
    parameters TEXT NOT NULL, -- JSON: salt, iterations, check value
    old_key_id BLOB, -- these three while a rekey runs
    old_parameters TEXT,
    old_root TEXT, -- wrapped under the new root
    CHECK ((old_key_id IS NULL) = (old_parameters IS NULL)),
    CHECK ((old_key_id IS NULL) = (old_root IS NULL))
) STRICT;

CREATE TABLE secret_versions (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    credential BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('staged', 'next', 'current', 'old', 'destroyed')),
    key_id BLOB NOT NULL,
    token TEXT,
    created_at INTEGER NOT NULL,
    valid_until INTEGER, -- when an old one is destroyed
    tested_at INTEGER, -- these three once it was tried
    tested TEXT CHECK (tested IN ('works', 'refused', 'out_of_quota', 'unreachable')),
    tested_by TEXT,
    PRIMARY KEY (workspace, id),
    CHECK ((state = 'destroyed') = (token IS NULL)),
    CHECK (state <> 'old' OR valid_until IS NOT NULL),
    CHECK ((tested IS NULL) = (tested_at IS NULL)),
    CHECK ((tested IS NULL) = (tested_by IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX secret_versions_credential ON secret_versions (workspace, credential);
CREATE INDEX secret_versions_key ON secret_versions (key_id);
CREATE INDEX secret_versions_due ON secret_versions (valid_until) WHERE state = 'old';
CREATE UNIQUE INDEX secret_versions_next ON secret_versions (workspace, credential) WHERE state = 'next';
CREATE UNIQUE INDEX secret_versions_current ON secret_versions (workspace, credential) WHERE state = 'current';

-- Keyed marks by which a secret that is stored twice is found without opening either.
CREATE TABLE fingerprints (
    workspace BLOB NOT NULL,
    version BLOB NOT NULL,
    field TEXT NOT NULL,
    mark BLOB NOT NULL,
    PRIMARY KEY (workspace, version, field),
    FOREIGN KEY (workspace, version) REFERENCES secret_versions (workspace, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX fingerprints_mark ON fingerprints (workspace, mark);

CREATE TABLE unreadable (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    version BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (workspace, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE verified (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    credential BLOB NOT NULL,
    at INTEGER NOT NULL,
    answer TEXT NOT NULL CHECK (answer IN ('works', 'refused', 'out_of_quota', 'unreachable')),
    PRIMARY KEY (workspace, credential)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    source TEXT NOT NULL, -- what brought it: a day of a source is replaced when it is imported again
    day INTEGER NOT NULL, -- since 1970-01-01, UTC
    month INTEGER NOT NULL, -- since the year 0, the day's
    workflow BLOB,
    node TEXT,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    credential BLOB,
    estimate INTEGER NOT NULL CHECK (estimate IN (0, 1)),
    department BLOB,
    cost_centre TEXT,
    customer TEXT,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    recorded INTEGER,
    spend INTEGER,
    late INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1)) -- whether the price that made spend was set after it came in
) STRICT;
CREATE INDEX usage_day ON usage (workspace, source, day);

-- What sources said of the things that are kept in step with them, when they were last imported.
CREATE TABLE heard (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    source TEXT NOT NULL,
    thing TEXT NOT NULL,
    said TEXT NOT NULL, -- JSON
    PRIMARY KEY (workspace, source, thing)
) STRICT, WITHOUT ROWID;

-- What is wrong in these sources, as their last imports found it.
CREATE TABLE flaws (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    source TEXT NOT NULL,
    number INTEGER NOT NULL, -- of the flaw among the source's
    seen INTEGER NOT NULL, -- by the import at this time
    wrong TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT,
    kind TEXT,
    credential BLOB,
    detail TEXT,
    PRIMARY KEY (workspace, source, number)
) STRICT, WITHOUT ROWID;

-- What programs show over HTTP. Of the secret part only the hash is kept.
CREATE TABLE tokens (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    id BLOB NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    operator BLOB NOT NULL REFERENCES operators (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    scope TEXT NOT NULL, -- JSON: workflows, environments, variables, overrides, secrets
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    expires INTEGER NOT NULL,
    revoked_at INTEGER,
    revoked_by TEXT,
    last_used INTEGER,
    PRIMARY KEY (workspace, id),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tokens_id ON tokens (id);
CREATE UNIQUE INDEX tokens_name ON tokens (workspace, name) WHERE revoked_at IS NULL;
CREATE INDEX tokens_operator ON tokens (operator);
