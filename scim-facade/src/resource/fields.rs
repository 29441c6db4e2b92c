//! Writing an object of SCIM JSON straight to the serializer: only what has a value (RFC 7643, section 2.5), without a tree in between.

use std::fmt::Display;

use prost_types::Timestamp;
use serde::{
    Serialize, Serializer,
    ser::{Error as _, SerializeMap},
};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::attributes::TextAttribute;

/// An object that is being written.
pub(super) struct Fields<M>(M);

impl<M: SerializeMap> Fields<M> {
    pub(super) fn begin<S>(serializer: S) -> Result<Self, S::Error>
    where
        S: Serializer<SerializeMap = M, Error = M::Error>,
    {
        serializer.serialize_map(None).map(Self)
    }

    pub(super) fn end(self) -> Result<M::Ok, M::Error> {
        self.0.end()
    }

    /// A text, unless it is empty.
    pub(super) fn text(&mut self, name: &'static str, text: &str) -> Result<(), M::Error> {
        if text.is_empty() {
            Ok(())
        } else {
            self.0.serialize_entry(name, text)
        }
    }

    /// Writes the texts of a table, unless they are empty.
    pub(super) fn texts<T>(&mut self, texts: &[TextAttribute<T>], message: &T) -> Result<(), M::Error> {
        let mut texts = texts.iter();
        texts.try_for_each(|text| self.text(text.name, (text.get)(message)))
    }

    /// A text that is put together while it is written.
    pub(super) fn formatted(&mut self, name: &'static str, text: &impl Display) -> Result<(), M::Error> {
        self.0.serialize_entry(name, &Formatted(text))
    }

    /// `primary`, also where it is false: clients compare the answer with the false that they sent.
    pub(super) fn primary(&mut self, primary: bool) -> Result<(), M::Error> {
        self.0.serialize_entry("primary", &primary)
    }

    /// A list, unless it is empty.
    pub(super) fn list<'e, E, T: Serialize>(
        &mut self,
        name: &'static str,
        elements: &'e [E],
        show: impl Fn(&'e E) -> T,
    ) -> Result<(), M::Error> {
        if elements.is_empty() {
            Ok(())
        } else {
            self.0.serialize_entry(name, &Each { elements, show })
        }
    }

    /// A point in time, if there is one.
    pub(super) fn time(&mut self, name: &'static str, time: Option<&Timestamp>) -> Result<(), M::Error> {
        let Some(time) = time else { return Ok(()) };
        let shown = OffsetDateTime::from_unix_timestamp(time.seconds).map_err(M::Error::custom)?
            + Duration::nanoseconds(time.nanos.into());
        self.0
            .serialize_entry(name, &shown.format(&Rfc3339).map_err(M::Error::custom)?)
    }

    /// Any value.
    pub(super) fn value(&mut self, name: &str, value: &impl Serialize) -> Result<(), M::Error> {
        self.0.serialize_entry(name, value)
    }
}

struct Formatted<'a, T>(&'a T);

impl<T: Display> Serialize for Formatted<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

struct Each<'e, E, F> {
    elements: &'e [E],
    show: F,
}

impl<'e, E, T: Serialize, F: Fn(&'e E) -> T> Serialize for Each<'e, E, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.elements.iter().map(&self.show))
    }
}
