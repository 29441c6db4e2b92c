//! The fields that a request cannot do without.

use identity_proto::FILE_DESCRIPTOR_SET;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, ReflectMessage as _, Value};

use super::{dry_runs::method, entries::ENTRIES, fixture::Fixture};
use crate::harness::{World, everywhere, grpc::violated, raw};

everywhere!(an_id_that_is_missing_is_told_by_its_field,);

/// Paths of fields without which a request is about nothing.
const REQUIRED: [&str; 7] = [
    "id",
    "user_id",
    "group_id",
    "connection_id",
    "principal_id",
    "check.user_id",
    "project_id",
];
/// Where such a field may be empty.
const OPTIONAL: [&str; 3] = [
    "AccessService/ExplainAccess project_id",
    "RoleService/ListGrants principal_id",
    "TokenService/IntrospectToken id",
];

/// The message without the field of this path; `None`: it has none, or no value in it.
fn without(message: &DynamicMessage, path: &str) -> Option<DynamicMessage> {
    let mut without = message.clone();
    match path.split_once('.') {
        None => {
            let field = message.descriptor().get_field_by_name(path)?;
            message.has_field(&field).then(|| without.clear_field(&field))?;
        }
        Some((outer, inner)) => {
            let field = message.descriptor().get_field_by_name(outer)?;
            let part = message.get_field(&field).as_message().cloned()?;
            let part = self::without(&part, inner)?;
            without.set_field(&field, Value::Message(part));
        }
    }
    Some(without)
}

async fn an_id_that_is_missing_is_told_by_its_field(world: World) {
    let fixture = Fixture::make(&world).await;
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let root = world.grpc();
    let before = root.revision().await;
    let mut count = 0;
    for entry in ENTRIES {
        let method = method(&pool, entry);
        let message = DynamicMessage::decode(method.input(), (entry.request)(&fixture)).unwrap();
        let updated = message
            .descriptor()
            .get_field_by_name("update_mask")
            .and_then(|_| {
                message
                    .descriptor()
                    .fields()
                    .find(|it| it.kind().as_message().is_some())
            })
            .map(|resource| format!("{}.id", resource.name()));
        let paths = REQUIRED.iter().map(ToString::to_string).chain(updated);
        for path in paths.filter(|path| !OPTIONAL.contains(&&*format!("{} {path}", entry.method))) {
            let Some(message) = without(&message, &path) else {
                continue;
            };
            if path == "organization.id" {
                continue;
            }
            let refused = raw::call(&root, entry.method, message.encode_to_vec()).await;
            assert_eq!(violated(refused), path, "{}", entry.method);
            count += 1;
        }
    }
    assert!(count > 40, "{count}");
    assert_eq!(root.revision().await, before);
}
