//! Sets of scopes and ids as they lie in a text column: with a blank between.

use crate::{
    caller::Scope,
    error::{Error, Result},
    id::Id,
};

pub(super) fn write_scopes(scopes: &[Scope]) -> String {
    let names: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
    names.join(" ")
}

pub(super) fn read_scopes(stored: &str) -> Result<Vec<Scope>> {
    read(stored, Scope::parse)
}

pub(super) fn write_ids(ids: &[Id]) -> String {
    let texts: Vec<_> = ids.iter().map(ToString::to_string).collect();
    texts.join(" ")
}

pub(super) fn read_ids(stored: &str) -> Result<Vec<Id>> {
    read(stored, Id::parse)
}

fn read<T>(stored: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>> {
    let values = stored.split_ascii_whitespace().map(|item| {
        let kind = std::any::type_name::<T>();
        parse(item).ok_or_else(|| Error::Internal(format!("{item:?} in a table is no {kind}").into()))
    });
    values.collect()
}
