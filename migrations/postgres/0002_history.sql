-- What happened and what is about to: revisions, staged changes, approvals, the audit chain. History is only added to.

CREATE TABLE revisions (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    number BIGINT NOT NULL CHECK (number > 0),
    author UUID, -- an operator's id, who may be gone by now
    login TEXT NOT NULL,
    at BIGINT NOT NULL,
    message TEXT NOT NULL,
    reverts BIGINT,
    plan BYTEA, -- the hash of the plan that was shown and, where needed, approved
    digest BYTEA NOT NULL CHECK (length(digest) = 32), -- over the changes; the audit row repeats it
    PRIMARY KEY (workspace, number)
);

CREATE TABLE revision_changes (
    workspace UUID NOT NULL,
    revision BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    change TEXT NOT NULL, -- JSON: the record before and after
    PRIMARY KEY (workspace, revision, ordinal),
    FOREIGN KEY (workspace, revision) REFERENCES revisions (workspace, number)
);

-- Says no, in the words that a trigger brings.
CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER revisions_keep BEFORE UPDATE ON revisions
FOR EACH ROW EXECUTE FUNCTION refuse('revisions are never changed');
CREATE TRIGGER revisions_stay BEFORE DELETE ON revisions
FOR EACH ROW EXECUTE FUNCTION refuse('revisions are never removed');
CREATE TRIGGER revisions_remain BEFORE TRUNCATE ON revisions
FOR EACH STATEMENT EXECUTE FUNCTION refuse('revisions are never removed');
CREATE TRIGGER revision_changes_keep BEFORE UPDATE ON revision_changes
FOR EACH ROW EXECUTE FUNCTION refuse('revisions are never changed');
CREATE TRIGGER revision_changes_stay BEFORE DELETE ON revision_changes
FOR EACH ROW EXECUTE FUNCTION refuse('revisions are never removed');
CREATE TRIGGER revision_changes_remain BEFORE TRUNCATE ON revision_changes
FOR EACH STATEMENT EXECUTE FUNCTION refuse('revisions are never removed');

CREATE TABLE staged (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    operator UUID NOT NULL,
    base_revision BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, operator)
);

CREATE TABLE staged_changes (
    workspace UUID NOT NULL,
    operator UUID NOT NULL,
    ordinal BIGINT NOT NULL,
    change TEXT NOT NULL, -- JSON: the record before and after
    PRIMARY KEY (workspace, operator, ordinal),
    FOREIGN KEY (workspace, operator) REFERENCES staged (workspace, operator) ON DELETE CASCADE
);

-- Each approval is of the set as it was: it goes with every change of the set, and when the set is applied.
CREATE TABLE approvals (
    workspace UUID NOT NULL,
    operator UUID NOT NULL, -- whose staged set it is
    approver UUID NOT NULL CHECK (approver <> operator), -- nobody approves their own
    plan BYTEA NOT NULL CHECK (length(plan) = 32), -- the hash of the changes that were approved
    at BIGINT NOT NULL,
    PRIMARY KEY (workspace, operator, approver),
    FOREIGN KEY (workspace, operator) REFERENCES staged (workspace, operator) ON DELETE CASCADE
);

-- Who has a console open: a row for each session, touched once in a while, and forgotten when it is old.
CREATE TABLE presence (
    workspace UUID NOT NULL REFERENCES workspaces (id),
    seat UUID NOT NULL, -- the session
    operator UUID NOT NULL,
    door TEXT NOT NULL, -- how they came
    since BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    PRIMARY KEY (workspace, seat)
);

CREATE TABLE audit (
    sequence BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    workspace UUID,
    operator UUID,
    login TEXT NOT NULL,
    proof TEXT NOT NULL,
    source TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL,
    revision BIGINT,
    details TEXT NOT NULL,
    previous BYTEA NOT NULL CHECK (length(previous) = 32),
    hash BYTEA NOT NULL CHECK (length(hash) = 32)
);
CREATE INDEX audit_revision ON audit (workspace, revision) WHERE revision IS NOT NULL;

CREATE TRIGGER audit_keep BEFORE UPDATE ON audit
FOR EACH ROW EXECUTE FUNCTION refuse('the audit log is append-only');
-- Lets rows go below the one with which the chain begins since a retention, and no others.
CREATE FUNCTION retain() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM audit_retention WHERE sequence > OLD.sequence) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER audit_stay BEFORE DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION retain();
CREATE TRIGGER audit_remain BEFORE TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse('the audit log is append-only');

-- The one row that every appending transaction locks.
CREATE TABLE audit_head (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    sequence BIGINT NOT NULL,
    at BIGINT NOT NULL,
    hash BYTEA NOT NULL CHECK (length(hash) = 32)
);

CREATE TABLE audit_seals (
    sequence BIGINT NOT NULL,
    hash BYTEA NOT NULL CHECK (length(hash) = 32),
    key_id UUID NOT NULL,
    mac BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (sequence, key_id)
);

CREATE TRIGGER audit_seals_keep BEFORE UPDATE ON audit_seals
FOR EACH ROW EXECUTE FUNCTION refuse('seals are never changed');
CREATE TRIGGER audit_seals_stay BEFORE DELETE ON audit_seals
FOR EACH ROW EXECUTE FUNCTION refuse('seals are never removed');
CREATE TRIGGER audit_seals_remain BEFORE TRUNCATE ON audit_seals
FOR EACH STATEMENT EXECUTE FUNCTION refuse('seals are never removed');

-- The row with which the chain begins since older ones were removed: a sealed one, and never an older one again.
CREATE TABLE audit_retention (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    sequence BIGINT NOT NULL,
    hash BYTEA NOT NULL CHECK (length(hash) = 32)
);

CREATE FUNCTION retain_below_seals() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM audit_seals s JOIN audit a ON a.sequence = s.sequence AND a.hash = s.hash
        WHERE s.sequence = NEW.sequence AND s.hash = NEW.hash)
    THEN
        RAISE EXCEPTION 'the audit log is removed below sealed rows only' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.sequence <= OLD.sequence THEN
            RAISE EXCEPTION 'the audit log is removed below sealed rows only' USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER audit_retention_begins BEFORE INSERT ON audit_retention
FOR EACH ROW EXECUTE FUNCTION retain_below_seals();
CREATE TRIGGER audit_retention_rises BEFORE UPDATE ON audit_retention
FOR EACH ROW EXECUTE FUNCTION retain_below_seals();
CREATE TRIGGER audit_retention_stays BEFORE DELETE ON audit_retention
FOR EACH ROW EXECUTE FUNCTION refuse('the audit log is removed below sealed rows only');

-- Deeds that come by the thousand (denials, looks into the log): the first is a row of the chain, those that follow
-- soon are counted here and become one row.
CREATE TABLE audit_repeats (
    login TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    since BIGINT NOT NULL,
    times BIGINT NOT NULL,
    workspace UUID,
    operator UUID,
    proof TEXT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (login, action, outcome, subject, reason)
);
