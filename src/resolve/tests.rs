//! One named test for each rule of the design's §2.

mod bulk;
mod credentials;
mod order;
mod requests;
mod sentences;
mod targets;
