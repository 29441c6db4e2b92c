//! The attributes of a user that have options of their own; everything else comes from a file.

use clap::{ArgGroup, Args};
use identity_proto::v1::{TypedValue, User};

const ROLES: &str =
    "An organization role: member, viewer, interactive_viewer, editor, developer or admin; repeat for more";

/// Attributes, as given.
#[derive(Args, Debug, Default)]
#[command(group(ArgGroup::new("field").multiple(true).args([
    "user_name", "external_id", "display_name", "given_name", "family_name", "title", "department", "emails", "roles",
])))]
pub(crate) struct UserFields {
    /// The name it signs in with
    #[arg(long, value_name = "NAME")]
    user_name: Option<String>,
    /// The id that a provisioning client knows it by
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// The name that people see
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// The given name
    #[arg(long, value_name = "NAME")]
    given_name: Option<String>,
    /// The family name
    #[arg(long, value_name = "NAME")]
    family_name: Option<String>,
    /// The position
    #[arg(long)]
    title: Option<String>,
    /// The department
    #[arg(long)]
    department: Option<String>,
    /// A work e-mail address; repeat for more, the first is the primary one
    #[arg(long = "email", value_name = "ADDRESS")]
    emails: Vec<String>,
    /// An organization role; repeat for more
    #[arg(long = "role", value_name = "ROLE", help = ROLES)]
    roles: Vec<String>,
}

impl UserFields {
    /// Sets what was given, and answers the fields that this touched.
    pub(super) fn apply(self, user: &mut User) -> Vec<String> {
        let mut touched = Vec::new();
        let mut set = |value: Option<String>, field: &str, place: &mut String| {
            if let Some(value) = value {
                *place = value;
                touched.push(field.to_owned());
            }
        };
        set(self.user_name, "user_name", &mut user.user_name);
        set(self.external_id, "external_id", &mut user.external_id);
        set(self.display_name, "display_name", &mut user.display_name);
        set(self.title, "title", &mut user.title);
        if self.given_name.is_some() || self.family_name.is_some() {
            let name = user.name.get_or_insert_default();
            set(self.given_name, "name", &mut name.given_name);
            set(self.family_name, "name", &mut name.family_name);
        }
        if self.department.is_some() {
            let enterprise = user.enterprise.get_or_insert_default();
            set(self.department, "enterprise", &mut enterprise.department);
        }
        if !self.emails.is_empty() {
            user.emails = self.emails.into_iter().enumerate().map(work_email).collect();
            touched.push("emails".into());
        }
        if !self.roles.is_empty() {
            user.roles = self.roles.into_iter().map(role).collect();
            touched.push("roles".into());
        }
        touched.dedup();
        touched
    }
}

/// The first address is the primary one.
fn work_email((index, value): (usize, String)) -> TypedValue {
    TypedValue {
        value,
        r#type: "work".into(),
        primary: index == 0,
        ..TypedValue::default()
    }
}

fn role(value: String) -> TypedValue {
    TypedValue {
        value,
        ..TypedValue::default()
    }
}

#[cfg(test)]
mod tests {
    use identity_proto::v1::Name;

    use super::*;

    #[test]
    fn parts_of_a_name_leave_the_other_parts() {
        let name = Name {
            given_name: "Ann".into(),
            family_name: "Berg".into(),
            ..Name::default()
        };
        let mut user = User {
            name: Some(name),
            ..User::default()
        };
        let fields = UserFields {
            given_name: Some("Anna".into()),
            ..UserFields::default()
        };
        assert_eq!(fields.apply(&mut user), ["name"]);
        let name = user.name.unwrap();
        assert_eq!(
            (name.given_name.as_str(), name.family_name.as_str()),
            ("Anna", "Berg")
        );
    }

    #[test]
    fn each_touched_field_is_named_once() {
        let fields = UserFields {
            given_name: Some("a".into()),
            family_name: Some("b".into()),
            title: Some(String::new()),
            emails: vec!["x@y.example".into(), "z@y.example".into()],
            ..UserFields::default()
        };
        let mut user = User::default();
        assert_eq!(fields.apply(&mut user), ["title", "name", "emails"]);
        let primary: Vec<_> = user.emails.iter().map(|email| email.primary).collect();
        assert_eq!(primary, [true, false]);
    }
}
