//! Resolution: which key a node uses, and why.
