//! THE table of the attributes of users. The fields and parts that an update names, the masks of
//! the API, merging, the policy's `attributes.profile`, validation, search keys and filters follow
//! from it.

use super::{Profile, TypedValue};

/// Form of the texts of an attribute: their length, and whether case counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A text without case.
    Folded,
    /// A text without case that has a column and an index of its own, and therefore no search
    /// key.
    Column,
    /// A text with case.
    Exact,
    /// A reference: with case (RFC 7643, section 2.3.7), and longer than other texts.
    Reference,
    /// Bytes in base64.
    Binary,
}

/// The settings of the policy that keep a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeptFrom {
    /// All of `attributes.profile`.
    Minimal,
    /// From `attributes.profile=standard` on.
    Standard,
    /// Only `attributes.profile=extended`.
    Extended,
    /// `attributes.custom=declared`.
    Declared,
}

/// An attribute of one text.
pub(crate) struct Text {
    /// The name in filters and errors.
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    pub(crate) get: fn(&Profile) -> Option<&String>,
    /// Absent if the object that holds the text is.
    pub(crate) get_mut: fn(&mut Profile) -> Option<&mut Option<String>>,
}

/// An attribute of any number of typed values.
pub(crate) struct Values {
    /// The name in filters and errors.
    pub(crate) name: &'static str,
    /// Form of the part `value`.
    pub(crate) form: Form,
    pub(crate) get: fn(&Profile) -> &Vec<TypedValue>,
    pub(crate) get_mut: fn(&mut Profile) -> &mut Vec<TypedValue>,
}

/// Kind of the value of a field of the profile.
pub(crate) enum FieldValue {
    Text(Text),
    Values(Values),
    Addresses,
    /// A name, the enterprise attributes or those of declared schemas.
    Object,
}

macro_rules! value {
    ($name:ident, text($form:ident)) => {
        FieldValue::Text(Text {
            name: stringify!($name),
            form: Form::$form,
            get: |profile| profile.$name.as_ref(),
            get_mut: |profile| Some(&mut profile.$name),
        })
    };
    ($name:ident, values($form:ident)) => {
        FieldValue::Values(Values {
            name: stringify!($name),
            form: Form::$form,
            get: |profile| &profile.$name,
            get_mut: |profile| &mut profile.$name,
        })
    };
    ($name:ident, addresses) => {
        FieldValue::Addresses
    };
    ($name:ident, object) => {
        FieldValue::Object
    };
}

macro_rules! fields {
    (
        columns { $($column:ident: $column_name:literal;)+ }
        profile { $($field:ident: $name:ident, $kept:ident, $kind:ident $(($form:ident))?;)+ }
    ) => {
        /// The fields of a user that an update can name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the fields are documented in `User` and `Profile`")]
        pub enum UserField { $($column,)+ $($field,)+ }

        /// The fields outside of the profile.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum UserColumn { $($column,)+ }

        impl UserField {
            /// All of them, with their names in the API.
            pub const NAMED: &[(&str, Self)] = &[
                $(($column_name, Self::$column),)+
                $((stringify!($name), Self::$field),)+
            ];

            /// Returns the name in the API.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$column => $column_name,)+
                    $(Self::$field => stringify!($name),)+
                }
            }

            /// Returns the same field, if it is outside of the profile.
            pub(crate) const fn column(self) -> Option<UserColumn> {
                match self {
                    $(Self::$column => Some(UserColumn::$column),)+
                    $(Self::$field)|+ => None,
                }
            }

            /// Returns the settings of the policy that keep the field.
            pub(crate) const fn kept_from(self) -> KeptFrom {
                match self {
                    $(Self::$column)|+ => KeptFrom::Minimal,
                    $(Self::$field => KeptFrom::$kept,)+
                }
            }
        }

        impl Profile {
            /// Tells whether it has a value of the field.
            pub(crate) fn has(&self, field: UserField) -> bool {
                match field {
                    $(UserField::$column)|+ => false,
                    $(UserField::$field => !is_default(&self.$name),)+
                }
            }

            /// Takes over the value of a field from another profile.
            pub(crate) fn copy(&mut self, field: UserField, from: &Self) {
                match field {
                    $(UserField::$column)|+ => {}
                    $(UserField::$field => self.$name.clone_from(&from.$name),)+
                }
            }
        }

        /// The values of the profile's fields.
        pub(crate) static VALUES: &[FieldValue] = &[$(value!($name, $kind $(($form))?)),+];
    };
}

fields! {
    columns {
        UserName: "user_name";
        ExternalId: "external_id";
        Active: "active";
        BreakGlass: "break_glass";
    }
    profile {
        Name: name, Minimal, object;
        DisplayName: display_name, Minimal, text(Column);
        NickName: nick_name, Extended, text(Folded);
        ProfileUrl: profile_url, Extended, text(Reference);
        Title: title, Standard, text(Folded);
        UserType: user_type, Extended, text(Folded);
        PreferredLanguage: preferred_language, Extended, text(Folded);
        Locale: locale, Extended, text(Folded);
        Timezone: timezone, Extended, text(Folded);
        Emails: emails, Minimal, values(Folded);
        PhoneNumbers: phone_numbers, Standard, values(Folded);
        Ims: ims, Extended, values(Folded);
        Photos: photos, Extended, values(Reference);
        Addresses: addresses, Standard, addresses;
        // Entitlements and roles are what one may do, and not what one is like.
        Entitlements: entitlements, Minimal, values(Folded);
        Roles: roles, Minimal, values(Folded);
        X509Certificates: x509_certificates, Extended, values(Binary);
        Enterprise: enterprise, Extended, object;
        Extensions: extensions, Declared, object;
    }
}

macro_rules! parts {
    ($($part:ident: $object:ident.$name:ident, $path:literal $(+ $end:literal)?, $form:ident;)+) => {
        /// The parts of a name and of the enterprise attributes, which an update can name by
        /// themselves.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the parts are documented in `Name` and `Enterprise`")]
        pub enum UserPart { $($part,)+ }

        impl UserPart {
            /// Finds the part that a path in the API names.
            pub fn named(path: &str) -> Option<Self> {
                match path {
                    $($path => Some(Self::$part),)+
                    _ => None,
                }
            }
        }

        impl Profile {
            /// Takes over one part of a field from another profile; a field without any part is
            /// none.
            pub(crate) fn copy_part(&mut self, part: UserPart, from: &Self) {
                match part {
                    $(UserPart::$part => {
                        let part = from.$object.as_ref().and_then(|object| object.$name.clone());
                        self.$object.get_or_insert_default().$name = part;
                    })+
                }
                self.drop_empty_objects();
            }
        }

        /// The texts of the parts.
        pub(crate) static PARTS: &[Text] = &[$(Text {
            name: concat!($path $(, $end)?),
            form: Form::$form,
            get: |profile| profile.$object.as_ref()?.$name.as_ref(),
            get_mut: |profile| Some(&mut profile.$object.as_mut()?.$name),
        }),+];
    };
}

parts! {
    NameFormatted: name.formatted, "name.formatted", Folded;
    FamilyName: name.family_name, "name.family_name", Folded;
    GivenName: name.given_name, "name.given_name", Folded;
    MiddleName: name.middle_name, "name.middle_name", Folded;
    HonorificPrefix: name.honorific_prefix, "name.honorific_prefix", Folded;
    HonorificSuffix: name.honorific_suffix, "name.honorific_suffix", Folded;
    EmployeeNumber: enterprise.employee_number, "enterprise.employee_number", Folded;
    CostCenter: enterprise.cost_center, "enterprise.cost_center", Folded;
    Organization: enterprise.organization, "enterprise.organization", Folded;
    Division: enterprise.division, "enterprise.division", Folded;
    Department: enterprise.department, "enterprise.department", Folded;
    Manager: enterprise.manager_id, "enterprise.manager" + ".value", Exact;
}

impl UserField {
    /// Lists all of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::NAMED.iter().map(|(_, field)| *field)
    }
}

impl Profile {
    /// Drops the name and the enterprise attributes if they have no part.
    pub(crate) fn drop_empty_objects(&mut self) {
        self.name.take_if(|name| is_default(name));
        self.enterprise.take_if(|enterprise| is_default(enterprise));
    }
}

/// Lists the texts of the profile's own fields.
pub(crate) fn texts() -> impl Iterator<Item = &'static Text> {
    VALUES.iter().filter_map(|value| match value {
        FieldValue::Text(text) => Some(text),
        FieldValue::Values(_) | FieldValue::Addresses | FieldValue::Object => None,
    })
}

/// Lists the attributes of typed values.
pub(crate) fn lists() -> impl Iterator<Item = &'static Values> {
    VALUES.iter().filter_map(|value| match value {
        FieldValue::Values(values) => Some(values),
        FieldValue::Text(_) | FieldValue::Addresses | FieldValue::Object => None,
    })
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
