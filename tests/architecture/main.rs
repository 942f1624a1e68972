//! The shape of the project, checked: who may know whom, what may stand where, how large and how silent a thing may be.

#![cfg(test)]

mod complaint;
mod source;

mod compose;
mod contracts;
mod documents;
mod edges;
mod errors;
mod leaks;
mod manifest;
mod shape;
mod statements;
mod words;

use complaint::none_of;
use source::Tree;

#[test]
fn the_domain_depends_on_nothing_of_ours_and_on_few_crates() {
    none_of(edges::of_the_domain(&manifest::of_the_workspace()));
}

#[test]
fn the_domain_neither_waits_nor_serialises() {
    none_of(leaks::async_or_serde_in_the_domain(&Tree::of_the_workspace()));
}

#[test]
fn arrows_point_inward() {
    none_of(edges::outward(&manifest::of_the_workspace()));
}

#[test]
fn a_technology_knows_no_other() {
    none_of(edges::between_technologies(&Tree::of_the_workspace()));
}

#[test]
fn no_technology_is_named_in_the_domain_or_the_application() {
    none_of(leaks::technologies(&Tree::of_the_workspace()));
    none_of(edges::drivers_inside(&manifest::of_the_workspace()));
}

#[test]
fn time_ids_dice_and_environment_come_in_through_ports() {
    none_of(leaks::hidden_inputs(&Tree::of_the_workspace()));
}

#[test]
fn files_stay_small_and_modules_stand_beside_their_folders() {
    none_of(shape::too_large(&Tree::of_the_workspace()));
    none_of(shape::mod_files(&Tree::of_the_workspace()));
}

#[test]
fn every_file_opens_with_one_sentence() {
    none_of(shape::without_first_sentence(&Tree::of_the_workspace()));
}

#[test]
fn names_say_something() {
    none_of(shape::empty_names(&Tree::of_the_workspace()));
}

#[test]
fn every_fault_that_a_test_names_is_explained() {
    none_of(documents::unexplained_faults(&Tree::of_the_workspace()));
}

#[test]
fn the_guide_names_nine_source_files_at_most_for_a_new_command_of_a_card() {
    none_of(documents::what_a_command_costs(&Tree::of_the_workspace()));
}

#[test]
fn no_name_stands_for_more_than_two_types() {
    none_of(shape::overused_names(&Tree::of_the_workspace()));
}

#[test]
fn features_are_switched_in_two_files_only() {
    none_of(shape::scattered_features(&Tree::of_the_workspace()));
}

#[test]
fn no_error_is_swallowed_without_a_reason() {
    none_of(errors::swallowed(&Tree::of_the_workspace()));
}

#[test]
fn every_adapter_is_held_to_the_laws_of_its_ports() {
    none_of(contracts::adapters_without_laws(&Tree::of_the_workspace()));
}

#[test]
fn every_member_inherits_the_lints() {
    none_of(manifest::members_without_lints(&Tree::of_the_workspace()));
}

#[test]
fn nothing_is_left_for_later_and_no_test_sleeps_or_is_switched_off() {
    none_of(words::left_for_later(&Tree::of_the_workspace()));
    none_of(words::sleeping_tests(&Tree::of_the_workspace()));
    none_of(words::tests_switched_off(&Tree::of_the_workspace()));
}

#[test]
fn documents_point_to_what_is_there() {
    none_of(documents::dead_ends(&Tree::of_the_workspace()));
}

#[test]
fn servers_in_docker_are_pinned_and_stay_on_this_machine() {
    none_of(compose::faults(&Tree::of_the_workspace()));
}

#[test]
fn no_statement_in_files_is_prepared_each_time() {
    none_of(statements::prepared_each_time(&Tree::of_the_workspace()));
}
