//! Settings: defaults, file, environment and flags, in this order.
