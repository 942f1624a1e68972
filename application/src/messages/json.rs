//! What messages say, as JSON.

mod fields;
mod reading;
mod writing;

pub(super) use reading::{parse, text_of};
pub(super) use writing::write;
