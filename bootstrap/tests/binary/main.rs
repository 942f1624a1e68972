//! The real binary as a child process: what it says, how it starts, serves and stops.

#![cfg(test)]

mod command;
mod curl;
mod server;
mod stores;

mod backup;
mod bench;
mod counts;
mod demo;
mod displaced;
mod drain;
mod files;
mod import;
mod interrupted;
mod log;
mod look;
mod mixed;
mod mongo;
mod open_files;
mod operating;
mod postgres;
mod rebuild;
mod secrets;
mod services;
mod settings;
mod simulate;
mod tampering;
mod tour;
mod unwritten;
