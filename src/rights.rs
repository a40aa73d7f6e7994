//! Who may do what: one pure function over roles, grants and relations.
