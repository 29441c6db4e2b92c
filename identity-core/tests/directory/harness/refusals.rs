//! How operations refuse.

#![expect(
    clippy::needless_pass_by_value,
    reason = "an answer is looked at once, where it comes"
)]

use std::fmt::Debug;

use identity_core::error::{Error, Result, Rule};

#[track_caller]
pub(crate) fn assert_not_found<T: Debug>(answer: Result<T>) {
    assert!(matches!(answer, Err(Error::NotFound { .. })), "{answer:?}");
}

#[track_caller]
pub(crate) fn assert_taken<T: Debug>(answer: Result<T>, wanted: &str) {
    match answer {
        Err(Error::AlreadyExists { field, .. }) => assert_eq!(field, wanted),
        other => panic!("{wanted} is free: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn assert_invalid<T: Debug>(answer: Result<T>, wanted: &str) {
    match answer {
        Err(Error::Invalid { field, .. }) => assert_eq!(field, wanted),
        other => panic!("{wanted} is valid: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn assert_broken<T: Debug>(answer: Result<T>, wanted: &Rule) {
    match answer {
        Err(Error::RuleBroken(rule)) => assert_eq!(rule, *wanted),
        other => panic!("{wanted:?} holds: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn assert_unknown<T: Debug>(answer: Result<T>) {
    assert!(matches!(answer, Err(Error::Unauthenticated(_))), "{answer:?}");
}
