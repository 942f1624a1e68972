//! What stores of several technologies are made of; it names none of them, and no driver.

pub(crate) mod fields;
pub(crate) mod generations;
pub(crate) mod lease;
pub(crate) mod letters;
pub(crate) mod poller;
pub(crate) mod processors;
pub(crate) mod rows;
pub(crate) mod segments;
pub(crate) mod step_error;
