//! The real binary as a child process: what it says, how it starts, serves and stops.

#![cfg(test)]

mod command;
mod curl;
mod server;

mod drain;
mod files;
mod log;
mod settings;
mod simulate;
mod tour;
