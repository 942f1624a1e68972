//! The real binary as a child process: what it says, how it starts, serves and stops.

#![cfg(test)]

mod curl;
mod server;

mod drain;
mod settings;
mod tour;
