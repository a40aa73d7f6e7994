//! The only door for writes: authorise, stage or apply, audit; and the views that faces see.
