-- Sealed secrets, and the facts: what is known about the world rather than decided.

CREATE TABLE vault (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    key_id UUID NOT NULL,
    parameters TEXT NOT NULL, -- JSON: salt, iterations, check value
    old_key_id UUID, -- these three while a rekey runs
    old_parameters TEXT,
    old_root TEXT, -- wrapped under the new root
    CHECK ((old_key_id IS NULL) = (old_parameters IS NULL)),
    CHECK ((old_key_id IS NULL) = (old_root IS NULL))
);

CREATE TABLE secret_versions (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    id UUID NOT NULL,
    credential UUID NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('staged', 'next', 'current', 'old', 'destroyed')),
    key_id UUID NOT NULL,
    token TEXT,
    created_at BIGINT NOT NULL,
    valid_until BIGINT, -- when an old one is destroyed
    tested_at BIGINT, -- these three once it was tried
    tested TEXT CHECK (tested IN ('works', 'refused', 'out_of_quota', 'unreachable')),
    tested_by TEXT,
    PRIMARY KEY (workspace, id),
    CHECK ((state = 'destroyed') = (token IS NULL)),
    CHECK (state <> 'old' OR valid_until IS NOT NULL),
    CHECK ((tested IS NULL) = (tested_at IS NULL)),
    CHECK ((tested IS NULL) = (tested_by IS NULL))
);
CREATE INDEX secret_versions_credential ON secret_versions (workspace, credential);
CREATE INDEX secret_versions_key ON secret_versions (key_id);
CREATE INDEX secret_versions_due ON secret_versions (valid_until) WHERE state = 'old';
CREATE UNIQUE INDEX secret_versions_next ON secret_versions (workspace, credential) WHERE state = 'next';
CREATE UNIQUE INDEX secret_versions_current ON secret_versions (workspace, credential) WHERE state = 'current';

-- Keyed marks by which a secret that is stored twice is found without opening either.
CREATE TABLE fingerprints (
    workspace UUID NOT NULL,
    version UUID NOT NULL,
    field TEXT NOT NULL,
    mark BYTEA NOT NULL,
    PRIMARY KEY (workspace, version, field),
    FOREIGN KEY (workspace, version) REFERENCES secret_versions (workspace, id) ON DELETE CASCADE
);
CREATE INDEX fingerprints_mark ON fingerprints (workspace, mark);

CREATE TABLE unreadable (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    version UUID NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (workspace, version)
);

CREATE TABLE verified (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    credential UUID NOT NULL,
    at BIGINT NOT NULL,
    answer TEXT NOT NULL CHECK (answer IN ('works', 'refused', 'out_of_quota', 'unreachable')),
    PRIMARY KEY (workspace, credential)
);

CREATE TABLE usage (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    source TEXT COLLATE "C" NOT NULL, -- what brought it: a day of a source is replaced when it is imported again
    day BIGINT NOT NULL, -- since 1970-01-01, UTC
    month BIGINT NOT NULL, -- since the year 0, the day's
    workflow UUID,
    node TEXT,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    credential UUID,
    estimate BIGINT NOT NULL CHECK (estimate IN (0, 1)),
    department UUID,
    cost_centre TEXT,
    customer TEXT,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    recorded BIGINT,
    spend BIGINT,
    late BIGINT NOT NULL DEFAULT 0 CHECK (late IN (0, 1)) -- whether the price that made spend was set after it came in
);
CREATE INDEX usage_day ON usage (workspace, source, day);

-- What sources said of the things that are kept in step with them, when they were last imported.
CREATE TABLE heard (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    source TEXT COLLATE "C" NOT NULL,
    thing TEXT COLLATE "C" NOT NULL,
    said TEXT NOT NULL, -- JSON
    PRIMARY KEY (workspace, source, thing)
);

-- What is wrong in these sources, as their last imports found it.
CREATE TABLE flaws (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    source TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL, -- of the flaw among the source's
    seen BIGINT NOT NULL, -- by the import at this time
    wrong TEXT NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    model TEXT COLLATE "C",
    kind TEXT,
    credential UUID,
    detail TEXT COLLATE "C",
    PRIMARY KEY (workspace, source, number)
);

-- What programs show over HTTP. Of the secret part only the hash is kept.
CREATE TABLE tokens (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    operator UUID NOT NULL REFERENCES operators (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    hash BYTEA NOT NULL CHECK (length(hash) = 32),
    scope TEXT NOT NULL, -- JSON: workflows, environments, variables, overrides, secrets
    made_at BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    expires BIGINT NOT NULL,
    revoked_at BIGINT,
    revoked_by TEXT,
    last_used BIGINT,
    PRIMARY KEY (workspace, id),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE UNIQUE INDEX tokens_id ON tokens (id);
CREATE UNIQUE INDEX tokens_name ON tokens (workspace, name) WHERE revoked_at IS NULL;
CREATE INDEX tokens_operator ON tokens (operator);
