//! The parts of a question: a user, a permission, and a place.

use serde_json::Value;
use uuid::Uuid;

use super::Object;

/// A question of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// One for the core.
    Question(Question),
    /// One about what Roster knows nothing of; the answer is no, for this reason.
    Foreign(&'static str),
    /// None, for this reason.
    Invalid(String),
}

/// A question for the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// Id or slug; empty: that of the token.
    pub(super) organization: String,
    pub(super) subject: Subject,
    pub(super) permission: String,
    /// Id or name; empty: in the organization itself.
    pub(super) project: String,
}

/// The user that a question is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Id(String),
    Name(String),
    Identity { issuer: String, subject: String },
}

/// Reads a question; what it leaves out is that of `common`. The error names the field.
pub(super) fn question(own: &Object, common: &Object) -> Result<Asked, String> {
    let entity = |name| Entity::of(name, own, common);
    let (subject, action, resource) = (entity("subject")?, entity("action")?, entity("resource")?);
    let (subject_type, subject_id) = (subject.text("type")?, subject.text("id")?);
    let (action, kind, id) = (action.text("name")?, resource.text("type")?, resource.text("id")?);
    if subject_type != "user" {
        return Ok(Asked::Foreign("subject_type_unknown"));
    }
    let organization = resource.property("organization")?.unwrap_or_default();
    let (organization, project) = match (kind, resource.property("project")?) {
        ("organization", _) => (id, ""),
        ("project", _) => (organization, id),
        (_, Some(project)) => (organization, project),
        // What is in no project is the organization's.
        (_, None) => (organization, ""),
    };
    let subject = match subject.property("iss")? {
        Some(issuer) => Subject::Identity {
            issuer: issuer.to_owned(),
            subject: subject_id.to_owned(),
        },
        None if Uuid::try_parse(subject_id).is_ok() => Subject::Id(subject_id.to_owned()),
        None => Subject::Name(subject_id.to_owned()),
    };
    let permission = if action.contains('.') {
        action.to_owned()
    } else {
        format!("{kind}.{action}")
    };
    Ok(Asked::Question(Question {
        organization: organization.to_owned(),
        subject,
        permission,
        project: project.to_owned(),
    }))
}

/// A subject, an action or a resource: that of the question itself, with what identifies it from the common one where it is left out.
struct Entity<'a> {
    name: &'static str,
    own: &'a Object,
    common: Option<&'a Object>,
}

impl<'a> Entity<'a> {
    fn of(name: &'static str, own: &'a Object, common: &'a Object) -> Result<Self, String> {
        let object = |value: &'a Value| value.as_object().ok_or(format!("{name}: must be an object"));
        let own = own.get(name).map(object).transpose()?;
        let common = common.get(name).map(object).transpose()?;
        let required = || format!("{name}: is required");
        Ok(Self {
            name,
            own: own.or(common).ok_or_else(required)?,
            common,
        })
    }

    fn text(&self, field: &str) -> Result<&'a str, String> {
        let name = self.name;
        let given = self.own.get(field).or_else(|| self.common?.get(field));
        match given {
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            Some(Value::String(_)) | None => Err(format!("{name}.{field}: is required")),
            Some(_) => Err(format!("{name}.{field}: must be a text")),
        }
    }

    /// A property that tells where the subject or resource belongs. Others are not looked at.
    fn property(&self, field: &str) -> Result<Option<&'a str>, String> {
        let name = self.name;
        let Some(properties) = self.own.get("properties") else {
            return Ok(None);
        };
        let properties = properties.as_object();
        let properties = properties.ok_or_else(|| format!("{name}.properties: must be an object"))?;
        match properties.get(field) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(format!("{name}.properties.{field}: must be a text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(own: &Value, common: &Value) -> Result<Asked, String> {
        question(own.as_object().unwrap(), common.as_object().unwrap())
    }

    fn asked(subject: &Value, action: &str, resource: &Value) -> Result<Asked, String> {
        let own = json!({"subject": subject, "action": {"name": action}, "resource": resource});
        read(&own, &json!({}))
    }

    fn question_of(asked: Result<Asked, String>) -> (String, Subject, String, String) {
        match asked {
            Ok(Asked::Question(it)) => (it.organization, it.subject, it.permission, it.project),
            other => panic!("{other:?}"),
        }
    }

    const ID: &str = "01900000-0000-7000-8000-000000000001";

    #[test]
    fn a_question_is_mapped_to_a_user_a_permission_and_a_place() {
        let ada = json!({"type": "user", "id": "ada"});
        let by_id = json!({"type": "user", "id": ID});
        let by_identity = json!({"type": "user", "id": "s", "properties": {"iss": "https://idp"}});
        let name = Subject::Name("ada".into());
        let identity = Subject::Identity {
            issuer: "https://idp".into(),
            subject: "s".into(),
        };
        let apollo = json!({"type": "project", "id": "apollo"});
        let acme = json!({"type": "organization", "id": "acme"});
        let record =
            json!({"type": "record", "id": "7", "properties": {"project": "apollo", "organization": "acme"}});
        let invoice = json!({"type": "invoice", "id": "7"});
        for (subject, action, resource, expected) in [
            (&ada, "view", &apollo, ("", &name, "project.view", "apollo")),
            (&ada, "report.run", &apollo, ("", &name, "report.run", "apollo")),
            (
                &by_id,
                "view",
                &acme,
                ("acme", &Subject::Id(ID.into()), "organization.view", ""),
            ),
            (
                &by_identity,
                "read",
                &record,
                ("acme", &identity, "record.read", "apollo"),
            ),
            (&ada, "read", &invoice, ("", &name, "invoice.read", "")),
        ] {
            let (organization, subject, permission, project) = question_of(asked(subject, action, resource));
            assert_eq!((&*organization, &subject, &*permission, &*project), expected);
        }
    }

    #[test]
    fn what_is_unknown_is_no_error() {
        let machine = json!({"type": "machine", "id": "m"});
        let project = json!({"type": "project", "id": "apollo"});
        assert_eq!(
            asked(&machine, "view", &project),
            Ok(Asked::Foreign("subject_type_unknown"))
        );
    }

    #[test]
    fn what_identifies_an_entity_is_taken_from_the_common_one_and_nothing_else() {
        let common = json!({
            "subject": {"type": "user", "id": "ada"},
            "action": {"name": "view"},
            "resource": {"type": "record", "id": "1", "properties": {"project": "apollo"}},
        });
        let own = json!({"resource": {"id": "2"}});
        assert_eq!(question_of(read(&own, &common)).3, "");
        assert_eq!(question_of(read(&json!({}), &common)).3, "apollo");
    }

    #[test]
    fn the_field_at_fault_is_named() {
        let whole = json!({
            "subject": {"type": "user", "id": "ada"},
            "action": {"name": "view"},
            "resource": {"type": "project", "id": "apollo"},
        });
        for (at, value, expected) in [
            ("/subject", json!("ada"), "subject: must be an object"),
            ("/subject/id", json!(7), "subject.id: must be a text"),
            ("/subject/type", json!(""), "subject.type: is required"),
            ("/action", json!({}), "action.name: is required"),
            ("/action/name", json!(123), "action.name: must be a text"),
            ("/resource/id", Value::Null, "resource.id: must be a text"),
            (
                "/resource",
                json!({"type": "project"}),
                "resource.id: is required",
            ),
            (
                "/resource",
                json!({"type": "r", "id": "1", "properties": []}),
                "resource.properties: must be an object",
            ),
        ] {
            let mut body = whole.clone();
            *body.pointer_mut(at).unwrap() = value;
            assert_eq!(read(&body, &json!({})), Err(expected.to_owned()));
        }
        assert_eq!(
            read(&json!({}), &json!({})),
            Err("subject: is required".to_owned())
        );
    }
}
