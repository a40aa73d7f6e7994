//! What a change set does: the difference between two catalogues, grouped by effect.
