-- What happened and what is about to: revisions, staged changes, approvals, the audit chain. History is only added to.

CREATE TABLE revisions (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    number INTEGER NOT NULL CHECK (number > 0),
    author BLOB, -- an operator's id, who may be gone by now
    login TEXT NOT NULL,
    at INTEGER NOT NULL,
    message TEXT NOT NULL,
    reverts INTEGER,
    plan BLOB, -- the hash of the plan that was shown and, where needed, approved
    digest BLOB NOT NULL CHECK (length(digest) = 32), -- over the changes; the audit row repeats it
    PRIMARY KEY (workspace, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE revision_changes (
    workspace BLOB NOT NULL,
    revision INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    change TEXT NOT NULL, -- JSON: the record before and after
    PRIMARY KEY (workspace, revision, ordinal),
    FOREIGN KEY (workspace, revision) REFERENCES revisions (workspace, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER revisions_keep BEFORE UPDATE ON revisions
BEGIN SELECT RAISE(ABORT, 'revisions are never changed'); END;
CREATE TRIGGER revisions_stay BEFORE DELETE ON revisions
BEGIN SELECT RAISE(ABORT, 'revisions are never removed'); END;
CREATE TRIGGER revision_changes_keep BEFORE UPDATE ON revision_changes
BEGIN SELECT RAISE(ABORT, 'revisions are never changed'); END;
CREATE TRIGGER revision_changes_stay BEFORE DELETE ON revision_changes
BEGIN SELECT RAISE(ABORT, 'revisions are never removed'); END;

CREATE TABLE staged (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    operator BLOB NOT NULL,
    base_revision INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, operator)
) STRICT, WITHOUT ROWID;

CREATE TABLE staged_changes (
    workspace BLOB NOT NULL,
    operator BLOB NOT NULL,
    ordinal INTEGER NOT NULL,
    change TEXT NOT NULL, -- JSON: the record before and after
    PRIMARY KEY (workspace, operator, ordinal),
    FOREIGN KEY (workspace, operator) REFERENCES staged (workspace, operator) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Each approval is of the set as it was: it goes with every change of the set, and when the set is applied.
CREATE TABLE approvals (
    workspace BLOB NOT NULL,
    operator BLOB NOT NULL, -- whose staged set it is
    approver BLOB NOT NULL CHECK (approver <> operator), -- nobody approves their own
    plan BLOB NOT NULL CHECK (length(plan) = 32), -- the hash of the changes that were approved
    at INTEGER NOT NULL,
    PRIMARY KEY (workspace, operator, approver),
    FOREIGN KEY (workspace, operator) REFERENCES staged (workspace, operator) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Who has a console open: a row for each session, touched once in a while, and forgotten when it is old.
CREATE TABLE presence (
    workspace BLOB NOT NULL REFERENCES workspaces (id),
    seat BLOB NOT NULL, -- the session
    operator BLOB NOT NULL,
    door TEXT NOT NULL, -- how they came
    since INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (workspace, seat)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    sequence INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    workspace BLOB,
    operator BLOB,
    login TEXT NOT NULL,
    proof TEXT NOT NULL,
    source TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL,
    revision INTEGER,
    details TEXT NOT NULL,
    previous BLOB NOT NULL CHECK (length(previous) = 32),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX audit_revision ON audit (workspace, revision) WHERE revision IS NOT NULL;

CREATE TRIGGER audit_keep BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_stay BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM audit_retention WHERE sequence > OLD.sequence)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- The one row that every appending transaction locks.
CREATE TABLE audit_head (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE audit_seals (
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    key_id BLOB NOT NULL,
    mac BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (sequence, key_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER audit_seals_keep BEFORE UPDATE ON audit_seals
BEGIN SELECT RAISE(ABORT, 'seals are never changed'); END;
CREATE TRIGGER audit_seals_stay BEFORE DELETE ON audit_seals
BEGIN SELECT RAISE(ABORT, 'seals are never removed'); END;

-- The row with which the chain begins since older ones were removed: a sealed one, and never an older one again.
CREATE TABLE audit_retention (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER audit_retention_begins BEFORE INSERT ON audit_retention
WHEN NOT EXISTS (SELECT 1 FROM audit_seals s JOIN audit a ON a.sequence = s.sequence AND a.hash = s.hash
    WHERE s.sequence = NEW.sequence AND s.hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'the audit log is removed below sealed rows only'); END;
CREATE TRIGGER audit_retention_rises BEFORE UPDATE ON audit_retention
WHEN NEW.sequence <= OLD.sequence OR NOT EXISTS (SELECT 1 FROM audit_seals s
    JOIN audit a ON a.sequence = s.sequence AND a.hash = s.hash WHERE s.sequence = NEW.sequence AND s.hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'the audit log is removed below sealed rows only'); END;
CREATE TRIGGER audit_retention_stays BEFORE DELETE ON audit_retention
BEGIN SELECT RAISE(ABORT, 'the audit log is removed below sealed rows only'); END;

-- Deeds that come by the thousand (denials, looks into the log): the first is a row of the chain, those that follow
-- soon are counted here and become one row.
CREATE TABLE audit_repeats (
    login TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    since INTEGER NOT NULL,
    times INTEGER NOT NULL,
    workspace BLOB,
    operator BLOB,
    proof TEXT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (login, action, outcome, subject, reason)
) STRICT, WITHOUT ROWID;
