//! What holds whatever the store is: included once for each kind.

use super::Server;

mod causation;
mod dates;
mod dead_letters;
mod disconnects;
mod events;
mod hostile;
mod idempotency;
mod limits;
mod lists;
mod live;
mod operating;
mod origins;
mod overview;
mod people;
mod privacy;
mod processors;
mod refusals;
mod review;
mod series;
mod services;
mod slow;
mod time_travel;
mod tour;
mod troubles;
mod versions;
mod waiting;
mod watching;
