//! Attributes of one text. The schema, bodies and answers follow from the row of each.

use super::attribute::Attribute;

/// An attribute of one text, which a message `M` has in a field of its own.
pub(crate) struct TextAttribute<M: 'static> {
    /// The name in SCIM.
    pub(crate) name: &'static str,
    pub(crate) get: fn(&M) -> &str,
    pub(crate) get_mut: fn(&mut M) -> &mut String,
    pub(super) definition: fn() -> Attribute,
}

/// Defines a table: for each field its name in SCIM, the function that makes the attribute, and what
/// it is about.
macro_rules! texts {
    ($table:ident: $message:ident { $($field:ident: $name:literal, $kind:ident, $about:literal;)+ }) => {
        pub(crate) static $table: &[TextAttribute<$message>] = &[$(TextAttribute {
            name: $name,
            get: |message| &message.$field,
            get_mut: |message| &mut message.$field,
            definition: || $kind($name, stringify!($field)).about($about),
        }),+];
    };
}

pub(super) use texts;

/// Lists the attributes of a table.
pub(super) fn definitions<M>(texts: &'static [TextAttribute<M>]) -> impl Iterator<Item = Attribute> {
    texts.iter().map(|text| (text.definition)())
}
