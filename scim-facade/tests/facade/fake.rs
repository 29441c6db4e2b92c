//! A core that holds users and groups in memory: enough to see what the facade asks and how it tells the answers.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use identity_proto::{
    Core,
    v1::{
        ErrorReason, ExtensionSchema, Group, Member, MemberChange, MemberType, Policy, PolicySetting, User,
        member_change::Change,
    },
};
use scim_facade::client;
use tonic::{Code, Request, Status, service::Routes};
use tonic_types::{ErrorDetails, StatusExt as _};

/// The only token that is good.
pub(crate) const TOKEN: &str = "good";

#[derive(Default)]
pub(crate) struct State {
    pub users: BTreeMap<String, User>,
    pub groups: BTreeMap<String, (Group, Vec<String>)>,
    next_id: u32,
}

/// The fake and what was asked of it.
#[derive(Clone, Default)]
pub(crate) struct FakeCore {
    pub state: Arc<Mutex<State>>,
    /// The names of the RPCs, in order.
    pub calls: Arc<Mutex<Vec<&'static str>>>,
    /// So many updates are refused for their version, as if somebody else had been faster.
    pub conflicts: Arc<AtomicU32>,
    /// The value of `patch.replace_missing`.
    pub replace_missing: Arc<Mutex<String>>,
    /// Extension schemas that the organization declared.
    pub schemas: Arc<Mutex<Vec<ExtensionSchema>>>,
}

impl FakeCore {
    pub(crate) fn service(&self) -> Arc<dyn Core> {
        use identity_proto::v1::{
            group_service_server::GroupServiceServer, policy_service_server::PolicyServiceServer,
            schema_service_server::SchemaServiceServer, user_service_server::UserServiceServer,
        };
        let routes = Routes::new(UserServiceServer::new(self.clone()).max_decoding_message_size(1 << 24))
            .add_service(GroupServiceServer::new(self.clone()).max_decoding_message_size(1 << 24))
            .add_service(PolicyServiceServer::new(self.clone()))
            .add_service(SchemaServiceServer::new(self.clone()));
        client::over(routes.prepare())
    }

    /// Notes the call and checks its token, as the core does first of all.
    pub(crate) fn enter<T>(&self, name: &'static str, request: Request<T>) -> Result<T, Status> {
        self.calls.lock().unwrap().push(name);
        assert!(
            request.metadata().get("x-request-id").is_some(),
            "{name} without a request id"
        );
        assert!(
            request.metadata().get("grpc-timeout").is_some(),
            "{name} without a deadline"
        );
        let token = request
            .metadata()
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        if token != Some(&format!("Bearer {TOKEN}")) {
            return Err(refusal(
                Code::Unauthenticated,
                ErrorReason::TokenInvalid,
                "the token is unknown",
                &[],
            ));
        }
        Ok(request.into_inner())
    }

    pub(crate) fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    pub(crate) fn policy(&self) -> Policy {
        let setting = PolicySetting {
            key: "patch.replace_missing".into(),
            value: self.replace_missing.lock().unwrap().clone(),
            ..Default::default()
        };
        Policy {
            settings: vec![setting],
            ..Default::default()
        }
    }

    /// Refuses an etag that is not the stored one, and as many others as were asked for.
    pub(crate) fn check_version(&self, sent: &str, stored: &str) -> Result<(), Status> {
        let conflict = |left: u32| left.checked_sub(1);
        let faster = self
            .conflicts
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, conflict)
            .is_ok();
        if faster || (!sent.is_empty() && sent != stored) {
            return Err(refusal(
                Code::Aborted,
                ErrorReason::VersionMismatch,
                "another version is stored",
                &[],
            ));
        }
        Ok(())
    }
}

impl State {
    pub(crate) fn new_id(&mut self) -> String {
        self.next_id += 1;
        format!("id{:03}", self.next_id)
    }

    pub(crate) fn members(ids: &[String]) -> Vec<Member> {
        let member = |id: &String| Member {
            id: id.clone(),
            r#type: MemberType::User.into(),
            ..Default::default()
        };
        ids.iter().map(member).collect()
    }
}

pub(crate) fn not_found(id: &str) -> Status {
    refusal(
        Code::NotFound,
        ErrorReason::ResourceNotFound,
        "does not exist",
        &[("id", id)],
    )
}

pub(crate) fn refusal(code: Code, reason: ErrorReason, message: &str, metadata: &[(&str, &str)]) -> Status {
    let reason = reason.as_str_name().trim_start_matches("ERROR_REASON_");
    let metadata: HashMap<String, String> = metadata
        .iter()
        .map(|(key, value)| ((*key).into(), (*value).into()))
        .collect();
    Status::with_error_details(
        code,
        message,
        ErrorDetails::with_error_info(reason, "roster.identity.v1", metadata),
    )
}

pub(crate) fn next(etag: &str) -> String {
    (etag.parse::<u32>().unwrap_or(0) + 1).to_string()
}

pub(crate) fn step(members: &mut Vec<String>, change: MemberChange) {
    match change.change.unwrap() {
        Change::Add(add) => {
            let new: Vec<_> = add.ids.into_iter().filter(|id| !members.contains(id)).collect();
            members.extend(new);
        }
        Change::Remove(remove) => members.retain(|id| !remove.ids.contains(id)),
        Change::Replace(replace) => *members = replace.ids,
    }
}
