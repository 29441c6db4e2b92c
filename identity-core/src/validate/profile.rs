//! Rules of the attributes of a user that have no column of their own.

use super::{
    Ignored, InputRules, MAX_ASSIGNED, MAX_ASSIGNED_BYTES, MAX_DOCUMENT_BYTES, MAX_ELEMENTS, Meaningless,
    text::{self, MAX_LONG_CHARACTERS, indexed},
};
use crate::{
    error::{Error, Result},
    schema::{ExtendedType, ExtensionSchema},
    user::{Address, Enterprise, Name, Profile, TypedValue},
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
    optional("display_name", &mut profile.display_name)?;
    if let Some(name) = &profile.display_name {
        indexed("display_name", name)?;
    }
    optional("nick_name", &mut profile.nick_name)?;
    long("profile_url", &mut profile.profile_url)?;
    optional("title", &mut profile.title)?;
    optional("user_type", &mut profile.user_type)?;
    optional("preferred_language", &mut profile.preferred_language)?;
    optional("locale", &mut profile.locale)?;
    optional("timezone", &mut profile.timezone)?;
    if let Some(name) = &mut profile.name {
        parts_of_name(name)?;
    }
    if let Some(enterprise) = &mut profile.enterprise {
        parts_of_enterprise(enterprise)?;
    }
    profile.name.take_if(|name| *name == Name::default());
    profile.enterprise.take_if(|it| *it == Enterprise::default());
    Ok(())
}

fn parts_of_name(name: &mut Name) -> Result<()> {
    optional("name.formatted", &mut name.formatted)?;
    optional("name.family_name", &mut name.family_name)?;
    optional("name.given_name", &mut name.given_name)?;
    optional("name.middle_name", &mut name.middle_name)?;
    optional("name.honorific_prefix", &mut name.honorific_prefix)?;
    optional("name.honorific_suffix", &mut name.honorific_suffix)
}

fn parts_of_enterprise(enterprise: &mut Enterprise) -> Result<()> {
    optional("enterprise.employee_number", &mut enterprise.employee_number)?;
    optional("enterprise.cost_center", &mut enterprise.cost_center)?;
    optional("enterprise.organization", &mut enterprise.organization)?;
    optional("enterprise.division", &mut enterprise.division)?;
    optional("enterprise.department", &mut enterprise.department)?;
    optional("enterprise.manager.value", &mut enterprise.manager_id)
}

fn lists(profile: &mut Profile, rules: InputRules) -> Result<()> {
    for (at, email) in profile.emails.iter().enumerate() {
        indexed(&format!("emails[{at}].value"), &email.value)?;
        let kind = email.kind.as_deref().unwrap_or_default();
        text::indexed_within(&format!("emails[{at}].type"), kind, MAX_EMAIL_TYPE_BYTES)?;
    }
    let typed = |field: &str, list: &mut Vec<TypedValue>| {
        let maximum = match field {
            "roles" | "entitlements" => MAX_ASSIGNED,
            _ => MAX_ELEMENTS,
        };
        elements(field, list, maximum, rules)
    };
    typed("emails", &mut profile.emails)?;
    typed("phone_numbers", &mut profile.phone_numbers)?;
    typed("ims", &mut profile.ims)?;
    typed("photos", &mut profile.photos)?;
    typed("entitlements", &mut profile.entitlements)?;
    typed("roles", &mut profile.roles)?;
    typed("x509_certificates", &mut profile.x509_certificates)?;
    elements("addresses", &mut profile.addresses, MAX_ELEMENTS, rules)
}

fn optional(field: &str, value: &mut Option<String>) -> Result<()> {
    value.take_if(|text| text.is_empty());
    value.as_deref().map_or(Ok(()), |value| text::text(field, value))
}

/// The same for a text that may be long: a URL that is signed, a whole address.
fn long(field: &str, value: &mut Option<String>) -> Result<()> {
    value.take_if(|text| text.is_empty());
    value
        .as_deref()
        .map_or(Ok(()), |value| text::at_most(field, value, MAX_LONG_CHARACTERS))
}

/// An element of a list.
trait Element {
    /// Checks its parts.
    fn check(&mut self, field: &str) -> Result<()>;
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
    fn check(&mut self, field: &str) -> Result<()> {
        let value = format!("{field}.value");
        if field.starts_with("x509_certificates") {
            text::base64(&value, &self.value)?;
        } else if field.starts_with("photos") {
            text::at_most(&value, &self.value, MAX_LONG_CHARACTERS)?;
        } else {
            text::text(&value, &self.value)?;
        }
        optional(&format!("{field}.display"), &mut self.display)?;
        optional(&format!("{field}.type"), &mut self.kind)
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
    fn check(&mut self, field: &str) -> Result<()> {
        long(&format!("{field}.formatted"), &mut self.formatted)?;
        optional(&format!("{field}.street_address"), &mut self.street_address)?;
        optional(&format!("{field}.locality"), &mut self.locality)?;
        optional(&format!("{field}.region"), &mut self.region)?;
        optional(&format!("{field}.postal_code"), &mut self.postal_code)?;
        optional(&format!("{field}.country"), &mut self.country)?;
        optional(&format!("{field}.type"), &mut self.kind)
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

fn elements<E: Element>(field: &str, list: &mut Vec<E>, maximum: usize, rules: InputRules) -> Result<()> {
    if list.len() > maximum {
        return Err(Error::invalid(
            field,
            format!("must have at most {maximum} elements"),
        ));
    }
    for (at, element) in list.iter_mut().enumerate() {
        element.check(&format!("{field}[{at}]"))?;
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
