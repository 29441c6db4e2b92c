//! Every RPC with every kind of token that must not make it, and with the one that may.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use identity_proto::FILE_DESCRIPTOR_SET;
use prost::Message;
use prost_types::FileDescriptorSet;
use tonic::Code;

use super::{
    entries::{ENTRIES, Requirement},
    fixture::Fixture,
};
use crate::harness::{Grpc, World, assert_status, everywhere, raw};

everywhere!(
    without_a_token_every_rpc_is_unauthenticated,
    with_a_foreign_token_nothing_is_found,
    with_a_scim_token_only_what_the_facade_calls_is_served,
    without_its_scope_every_rpc_is_refused,
    with_no_more_than_its_scope_every_rpc_is_served,
    health_and_reflection_need_no_token,
);

#[test]
fn every_rpc_has_an_entry() {
    let set = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
    let files = set
        .file
        .iter()
        .filter(|file| file.package() == "roster.identity.v1");
    let declared: BTreeSet<_> = files
        .flat_map(|file| &file.service)
        .flat_map(|service| {
            service
                .method
                .iter()
                .map(|method| format!("{}/{}", service.name(), method.name()))
        })
        .collect();
    let listed: BTreeSet<_> = ENTRIES.iter().map(|entry| entry.method.to_owned()).collect();
    assert_eq!(listed, declared);
    assert_eq!(listed.len(), ENTRIES.len(), "an RPC is listed twice");
}

async fn without_a_token_every_rpc_is_unauthenticated(world: World) {
    let fixture = Fixture::make(&world).await;
    let before = world.grpc().revision().await;
    for token in ["", "nonsense", "rst_nonsense"] {
        let caller = world.grpc().with_token(token);
        for entry in ENTRIES {
            // What an assertion lacks is told like what a token lacks, and the keys are for everybody.
            if entry.method == "SigningKeyService/GetKeySet" {
                continue;
            }
            for message in [(entry.request)(&fixture), Bytes::new()] {
                let answer = raw::call(&caller, entry.method, message).await;
                assert_eq!(
                    answer.as_ref().unwrap_err().code(),
                    Code::Unauthenticated,
                    "{}",
                    entry.method
                );
                assert_status(answer, Code::Unauthenticated, "TOKEN_INVALID");
            }
        }
    }
    assert_eq!(world.grpc().revision().await, before);
}

/// Names no organization: its answer is about the caller's own token.
const OF_THE_CALLER: &str = "TokenService/CreateSignInLink";

async fn with_a_foreign_token_nothing_is_found(world: World) {
    let fixture = Fixture::make(&world).await;
    let before = world.grpc().revision().await;
    let foreign = world.other().await.service(&all_scopes()).await;
    for entry in ENTRIES
        .iter()
        .filter(|entry| entry.requirement != Requirement::Nothing && entry.method != OF_THE_CALLER)
    {
        let expected = if entry.requirement == Requirement::Root {
            Code::PermissionDenied
        } else {
            Code::NotFound
        };
        let answer = raw::call(&foreign, entry.method, (entry.request)(&fixture)).await;
        assert_eq!(
            answer.unwrap_err().code(),
            expected,
            "{}, naming the organization",
            entry.method
        );
        match raw::call(&foreign, entry.method, (entry.request)(&fixture.unnamed())).await {
            Ok(answer) => assert!(!fixture.appear_in(&answer), "{}", entry.method),
            // Its own organization has no license of this name.
            Err(status)
                if [
                    "MappingService/CreateMappingRule",
                    "MappingService/PreviewMappingRule",
                ]
                .contains(&entry.method) =>
            {
                assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
            }
            Err(status) => assert_eq!(status.code(), expected, "{}: {status:?}", entry.method),
        }
    }
    assert_eq!(world.grpc().revision().await, before);
}

async fn with_a_scim_token_only_what_the_facade_calls_is_served(world: World) {
    let fixture = Fixture::make(&world).await;
    let caller = world.grpc().with_token(world.scim_token());
    for entry in ENTRIES
        .iter()
        .filter(|entry| entry.requirement != Requirement::Nothing)
    {
        let answer = raw::call(&caller, entry.method, (entry.request)(&fixture)).await;
        let served = matches!(
            entry.requirement,
            Requirement::ScopeOrScim(_) | Requirement::Token
        );
        match answer {
            Ok(_) => assert!(served, "{} is served", entry.method),
            // What another connection or the operator manages may be closed to it; that is no matter of scopes.
            // An identity that only others may make is not there to be looked up.
            Err(status) if served => assert!(
                matches!(status.code(), Code::FailedPrecondition | Code::NotFound),
                "{}: {status:?}",
                entry.method
            ),
            Err(status) => assert_eq!(
                status.code(),
                Code::PermissionDenied,
                "{}: {status:?}",
                entry.method
            ),
        }
    }
}

async fn without_its_scope_every_rpc_is_refused(world: World) {
    let fixture = Fixture::make(&world).await;
    let before = world.grpc().revision().await;
    let others = |scope: &str| {
        all_scopes()
            .into_iter()
            .filter(|other| *other != scope)
            .collect::<Vec<_>>()
    };
    let mut callers = BTreeMap::<&str, Grpc>::new();
    let mut made = 0;
    for entry in ENTRIES {
        let scope = match entry.requirement {
            Requirement::Scope(scope) | Requirement::ScopeOrScim(scope) => scope,
            Requirement::Root => "root",
            Requirement::Service | Requirement::Token | Requirement::Nothing => continue,
        };
        if !callers.contains_key(scope) {
            callers.insert(scope, world.service(&others(scope)).await);
            made += 1;
        }
        let answer = raw::call(&callers[scope], entry.method, (entry.request)(&fixture)).await;
        assert_eq!(
            answer.as_ref().unwrap_err().code(),
            Code::PermissionDenied,
            "{}",
            entry.method
        );
        assert_status(answer, Code::PermissionDenied, "SCOPE_MISSING");
    }
    assert_eq!(
        world.grpc().revision().await,
        before + made,
        "more changed than tokens were made"
    );
}

async fn with_no_more_than_its_scope_every_rpc_is_served(world: World) {
    let fixture = Fixture::make(&world).await;
    world.set_policy(&[("connections.max", "9")]).await;
    for entry in ENTRIES
        .iter()
        .filter(|entry| entry.requirement != Requirement::Nothing)
    {
        let caller = match entry.requirement {
            Requirement::Scope(scope) | Requirement::ScopeOrScim(scope) => world.service(&[scope]).await,
            Requirement::Root => world.grpc(),
            Requirement::Service | Requirement::Token | Requirement::Nothing => {
                world.service(&["users:read"]).await
            }
        };
        let answer = raw::call(&caller, entry.method, (entry.request)(&fixture)).await;
        assert!(answer.is_ok(), "{}: {answer:?}", entry.method);
    }
}

async fn health_and_reflection_need_no_token(world: World) {
    let nobody = world.grpc().with_token("");
    let health = raw::call_path(&nobody, "/grpc.health.v1.Health/Check", "")
        .await
        .unwrap();
    assert_eq!(&health[..], [0x08, 0x01], "SERVING");
    for version in ["v1", "v1alpha"] {
        let list_services = "\x3a\x01*";
        let path = format!("/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo");
        let answer = raw::call_path(&nobody, &path, list_services).await.unwrap();
        let text = String::from_utf8_lossy(&answer);
        let services: BTreeSet<_> = ENTRIES
            .iter()
            .map(|entry| entry.method.split('/').next().unwrap())
            .collect();
        for name in services {
            assert!(
                text.contains(&format!("roster.identity.v1.{name}")),
                "{version}: {text}"
            );
        }
    }
}

fn all_scopes() -> Vec<&'static str> {
    let scopes = ENTRIES.iter().filter_map(|entry| match entry.requirement {
        Requirement::Scope(scope) | Requirement::ScopeOrScim(scope) => Some(scope),
        Requirement::Root | Requirement::Service | Requirement::Token | Requirement::Nothing => None,
    });
    scopes.collect::<BTreeSet<_>>().into_iter().collect()
}
