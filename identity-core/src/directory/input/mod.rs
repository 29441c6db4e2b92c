//! The input of operations, and their results.

mod adoption;
mod connections;
mod groups;
mod licenses;
mod mappings;
mod organizations;
mod pages;
mod policies;
mod provisioning_log;
mod revert;
mod roles;
mod schemas;
mod tokens;
mod users;
mod watching;

pub use crate::store::{Deleted, Direction, Order};
pub use adoption::{AdoptionCounts, AdoptionItem, Candidate, Outcome, Reach};
pub use connections::{
    ConnectionUpdate, FederationUpdate, NewConnection, SafeguardDecision, SafeguardLimits, TornDown,
};
pub use groups::{GroupField, GroupInput, GroupUpdate, MemberChange};
pub use licenses::{LicenseChange, LicenseCount, LicenseReport};
pub use mappings::{MappingPreview, MappingUpdate, NewMapping};
pub use organizations::{NewOrganization, OrganizationUpdate};
pub use pages::{ChangePage, ListRequest, Page, PageRequest, View};
pub use policies::{PolicyEffect, PolicyPreview, PolicyUpdate};
pub use provisioning_log::{NewProvisioningRequest, ProvisioningConditions, RequestsOfToken};
pub use revert::RevertRequest;
pub use roles::{GrantQuery, GrantRevocation, NewGrant, NewProject, NewRole, ProjectUpdate, RoleUpdate};
pub use schemas::NewSchema;
pub use tokens::{NewServiceAccount, NewToken, Rotation, ServiceAccountUpdate, TokenFilter, TokenKind};
pub use users::{UpdateMode, UserField, UserInput, UserKey, UserPart, UserUpdate};
pub use watching::{WatchRequest, WatchStart, WatchTarget};
