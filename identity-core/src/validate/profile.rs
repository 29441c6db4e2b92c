//! Rules of the attributes of a user that have no column of their own.

use super::{
    Ignored, InputRules, MAX_ASSIGNED, MAX_ASSIGNED_BYTES, MAX_DOCUMENT_BYTES, MAX_ELEMENTS, Meaningless,
    text::{self, MAX_LONG_CHARACTERS, indexed},
};
use crate::{
    error::{Error, Result},
    schema::{ExtendedType, ExtensionSchema},
    user::{self, Address, Form, Profile, TypedValue},
};

/// Bytes that the type of an e-mail address may have without case: an index holds it beside the address.
const MAX_EMAIL_TYPE_BYTES: usize = 512;

/// Brings a profile into the form that is stored: an empty text is no value, an object without values is dropped, elements of one type
/// and value are one (RFC 7643, section 2.4). Refuses what is too long or too many. Answers what was dropped of extensions.
pub(super) fn profile(
    profile: &mut Profile,
    schemas: &[ExtensionSchema],
    before: Option<&Profile>,
    rules: InputRules,
) -> Result<Ignored> {
    single_values(profile)?;
    lists(profile, rules)?;
    let extensions = &mut profile.extensions;
    let before = before.map(|it| &it.extensions);
    let ignored = crate::schema::check_values(ExtendedType::User, extensions, schemas, before, rules)?;
    let assigned = size(&profile.roles)? + size(&profile.entitlements)?;
    if assigned > MAX_ASSIGNED_BYTES {
        let rule = format!("must have at most {MAX_ASSIGNED_BYTES} bytes with entitlements");
        return Err(Error::invalid("roles", rule));
    }
    if size(profile)?.saturating_sub(assigned) > MAX_DOCUMENT_BYTES {
        let rule = format!("must have at most {MAX_DOCUMENT_BYTES} bytes in all");
        return Err(Error::invalid("user", rule));
    }
    Ok(ignored)
}

/// The bytes of a value as JSON.
fn size(value: &impl serde::Serialize) -> Result<usize> {
    let bytes = serde_json::to_vec(value).map_err(|error| Error::Internal(error.into()))?;
    Ok(bytes.len())
}

/// Refuses certificates that are no bytes in base64 (RFC 7643, section 2.3.6): strict clients cannot read a list that holds one.
pub(crate) fn certificates(profile: &Profile) -> Result<()> {
    let at = profile
        .x509_certificates
        .iter()
        .position(|it| !crate::schema::is_base64(&it.value));
    at.map_or(Ok(()), |at| {
        let field = format!("x509_certificates[{at}].value");
        Err(Error::invalid(field, "must be bytes in base64"))
    })
}

fn single_values(profile: &mut Profile) -> Result<()> {
    for text in user::texts().chain(user::PARTS) {
        if let Some(value) = (text.get_mut)(profile) {
            optional(text.name, value, text.form)?;
        }
    }
    profile.drop_empty_objects();
    Ok(())
}

fn lists(profile: &mut Profile, rules: InputRules) -> Result<()> {
    for (at, email) in profile.emails.iter().enumerate() {
        indexed(&format!("emails[{at}].value"), &email.value)?;
        let kind = email.kind.as_deref().unwrap_or_default();
        text::indexed_within(&format!("emails[{at}].type"), kind, MAX_EMAIL_TYPE_BYTES)?;
    }
    for list in user::lists() {
        let maximum = match list.name {
            "roles" | "entitlements" => MAX_ASSIGNED,
            _ => MAX_ELEMENTS,
        };
        elements((list.name, list.form), (list.get_mut)(profile), maximum, rules)?;
    }
    let addresses = ("addresses", Form::Folded);
    elements(addresses, &mut profile.addresses, MAX_ELEMENTS, rules)
}

fn optional(field: &str, value: &mut Option<String>, form: Form) -> Result<()> {
    value.take_if(|text| text.is_empty());
    value.as_deref().map_or(Ok(()), |value| fits(field, value, form))
}

/// Refuses a text that is too long for its form.
fn fits(field: &str, value: &str, form: Form) -> Result<()> {
    match form {
        Form::Folded | Form::Exact => text::text(field, value),
        Form::Column => text::indexed(field, value),
        Form::Reference => text::at_most(field, value, MAX_LONG_CHARACTERS),
        Form::Binary => text::base64(field, value),
    }
}

/// An element of a list.
trait Element {
    /// Checks its parts; the form is that of its value.
    fn check(&mut self, field: &str, form: Form) -> Result<()>;
    /// Name of the part that holds a value, where it is one.
    const VALUE: Option<&str>;
    /// Tells whether the element holds nothing of what the list is about.
    fn is_empty(&self) -> bool;
    /// Tells whether another element of the list says the same (RFC 7643, section 2.4).
    fn is_same(&self, other: &Self, field: &str) -> bool;
    /// Returns the mark that the element is the preferred one.
    fn primary(&mut self) -> &mut bool;
}

impl Element for TypedValue {
    fn check(&mut self, field: &str, form: Form) -> Result<()> {
        fits(&format!("{field}.value"), &self.value, form)?;
        optional(&format!("{field}.display"), &mut self.display, Form::Folded)?;
        optional(&format!("{field}.type"), &mut self.kind, Form::Folded)
    }

    const VALUE: Option<&str> = Some("value");

    fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// Addresses of e-mail are the only values without case (RFC 7643, section 4.1.2).
    fn is_same(&self, other: &Self, field: &str) -> bool {
        let is_same_value = match field {
            "emails" => self.value.eq_ignore_ascii_case(&other.value),
            _ => self.value == other.value,
        };
        is_same_value && self.kind == other.kind
    }

    fn primary(&mut self) -> &mut bool {
        &mut self.primary
    }
}

impl Element for Address {
    fn check(&mut self, field: &str, form: Form) -> Result<()> {
        // A whole address is longer than its parts.
        optional(
            &format!("{field}.formatted"),
            &mut self.formatted,
            Form::Reference,
        )?;
        for (part, value) in [
            ("street_address", &mut self.street_address),
            ("locality", &mut self.locality),
            ("region", &mut self.region),
            ("postal_code", &mut self.postal_code),
            ("country", &mut self.country),
            ("type", &mut self.kind),
        ] {
            optional(&format!("{field}.{part}"), value, form)?;
        }
        Ok(())
    }

    const VALUE: Option<&str> = None;

    fn is_same(&self, other: &Self, _: &str) -> bool {
        let plain = |it: &Self| Self {
            primary: false,
            ..it.clone()
        };
        plain(self) == plain(other)
    }

    /// A type alone is no address.
    fn is_empty(&self) -> bool {
        let Self {
            formatted,
            street_address,
            locality,
            region,
            postal_code,
            country,
            ..
        } = self;
        [formatted, street_address, locality, region, postal_code, country]
            .iter()
            .all(|it| it.is_none())
    }

    fn primary(&mut self) -> &mut bool {
        &mut self.primary
    }
}

fn elements<E: Element>(
    (field, form): (&str, Form),
    list: &mut Vec<E>,
    maximum: usize,
    rules: InputRules,
) -> Result<()> {
    if list.len() > maximum {
        return Err(Error::invalid(
            field,
            format!("must have at most {maximum} elements"),
        ));
    }
    for (at, element) in list.iter_mut().enumerate() {
        element.check(&format!("{field}[{at}]"), form)?;
    }
    let marks = list.iter_mut().map(Element::primary).collect();
    rules.second_primary.resolve(marks).map_err(|at| {
        Error::invalid(
            format!("{field}[{at}].primary"),
            "only one element of a list can be primary",
        )
    })?;
    if let (Meaningless::Refused, Some(at)) = (rules.meaningless, list.iter().position(Element::is_empty)) {
        let field = match E::VALUE {
            Some(part) => format!("{field}[{at}].{part}"),
            None => format!("{field}[{at}]"),
        };
        return Err(Error::invalid(field, "must have a value"));
    }
    list.retain(|element| !element.is_empty());
    unite(field, list);
    Ok(())
}

/// Makes one of elements that say the same; it is primary if one of them is.
fn unite<E: Element>(field: &str, list: &mut Vec<E>) {
    let mut united: Vec<E> = Vec::with_capacity(list.len());
    for mut element in list.drain(..) {
        match united.iter_mut().find(|it| it.is_same(&element, field)) {
            Some(earlier) => *earlier.primary() |= *element.primary(),
            None => united.push(element),
        }
    }
    *list = united;
}
