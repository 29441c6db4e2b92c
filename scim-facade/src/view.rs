//! How resources look in one answer: with which attributes, under which base URL.

use std::sync::Arc;

use identity_proto::v1::{Group, Member, User};
use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::Value;

use crate::{
    attributes::{ResourceKind, Table, Tables},
    projection::Projection,
    resource::{DisplayNames, GroupJson, UserJson},
    work::{TOO_MUCH, Work},
};

/// Shows resources of one kind.
#[derive(Debug)]
pub(crate) struct View {
    base: String,
    projection: Projection,
    tables: Arc<Tables>,
    kind: ResourceKind,
    work: Work,
}

/// A resource with the attributes that the answer has.
pub(crate) struct Rendered<'a, T> {
    resource: T,
    view: &'a View,
}

impl View {
    pub(crate) fn new(
        base: String,
        projection: Projection,
        tables: Arc<Tables>,
        kind: ResourceKind,
        work: &Work,
    ) -> Self {
        Self {
            base,
            projection,
            tables,
            kind,
            work: work.clone(),
        }
    }

    /// Tells whether the answer has this attribute of the first level.
    pub(crate) fn includes(&self, attribute: &str) -> bool {
        self.projection.includes(attribute)
    }

    /// Where a resource is.
    pub(crate) fn location(&self, id: &str) -> String {
        [&self.base, self.kind.endpoint(), "/", id].concat()
    }

    pub(crate) fn user<'a>(&'a self, user: &'a User) -> Rendered<'a, UserJson<'a>> {
        let resource = UserJson {
            user,
            base: &self.base,
            names: self.names(),
        };
        Rendered { resource, view: self }
    }

    /// Without members if they were not read.
    pub(crate) fn group<'a>(
        &'a self,
        group: &'a Group,
        members: Option<&'a [Member]>,
    ) -> Rendered<'a, GroupJson<'a>> {
        let base = &self.base;
        let resource = GroupJson {
            group,
            members,
            base,
            names: self.names(),
        };
        Rendered { resource, view: self }
    }

    /// A projection takes names out again that were not asked for.
    fn names(&self) -> DisplayNames {
        if self.projection.is_everything() {
            DisplayNames::Hidden
        } else {
            DisplayNames::Shown
        }
    }

    fn table(&self) -> &Table {
        self.tables.of(self.kind)
    }
}

impl<T: Serialize> Serialize for Rendered<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.view.projection.is_everything() {
            return self.resource.serialize(serializer);
        }
        let mut value = serde_json::to_value(&self.resource).map_err(S::Error::custom)?;
        if let Value::Object(object) = &mut value {
            self.view
                .projection
                .apply(object, self.view.table(), &self.view.work);
        }
        self.view.work.check().map_err(|_| S::Error::custom(TOO_MUCH))?;
        value.serialize(serializer)
    }
}
