//! `roster group`.

use clap::{ArgGroup, Args, Subcommand};
use identity_proto::v1::{
    CreateGroupRequest, DeleteGroupRequest, GetGroupRequest, Group, GroupKind, ListGroupMembersRequest,
    ListGroupMembersResponse, ListGroupsRequest, ListGroupsResponse, MemberChange, MemberIds,
    UpdateGroupRequest, member_change::Change,
};

use super::{
    InOrg,
    list::{Limit, Selection},
    org::mask,
    output::Answer,
    session::Session,
};
use crate::failure::Failure;

/// The commands about groups.
#[derive(Debug, Subcommand)]
pub(crate) enum GroupCommand {
    /// Create a group
    #[command(
        after_help = "Example:\n  roster group create --org acme --name Engineering --member anna@acme.example"
    )]
    Create(CreateArgs),
    /// List groups
    #[command(
        after_help = "Examples:\n  roster group list --org acme\n  roster group list --org acme --where display_name~eng --order-by display_name"
    )]
    List {
        #[command(flatten)]
        org: InOrg,
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show a group, without its members
    #[command(after_help = "Example:\n  roster group get Engineering --org acme")]
    Get(Named),
    /// Change a group
    #[command(after_help = "Example:\n  roster group update Engineering --org acme --name R&D")]
    Update(UpdateArgs),
    /// Delete a group; its members stay
    #[command(after_help = "Example:\n  roster group delete Engineering --org acme")]
    Delete(Named),
    /// Members of a group
    #[command(subcommand)]
    Members(MembersCommand),
}

/// The commands about members.
#[derive(Debug, Subcommand)]
pub(crate) enum MembersCommand {
    /// Add users and groups to a group
    #[command(after_help = "Example:\n  roster group members add Engineering anna@acme.example --org acme")]
    Add(MemberArgs),
    /// Take users and groups out of a group
    #[command(
        after_help = "Example:\n  roster group members remove Engineering anna@acme.example --org acme"
    )]
    Remove(MemberArgs),
    /// List the direct members of a group
    #[command(after_help = "Example:\n  roster group members list Engineering --org acme")]
    List {
        #[command(flatten)]
        which: Named,
        #[command(flatten)]
        limit: Limit,
    },
}

/// One group.
#[derive(Args, Debug)]
pub(crate) struct Named {
    #[command(flatten)]
    org: InOrg,
    /// The group's name or id
    #[arg(value_name = "GROUP")]
    group: String,
}

/// A new group.
#[derive(Args, Debug)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    org: InOrg,
    /// The name
    #[arg(long)]
    name: String,
    /// The id that a provisioning client knows it by
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    external_id: String,
    /// Make a pool: a group that the product takes for a pool of what it runs, such as agents
    #[arg(long)]
    pool: bool,
    /// A first member, a user or group by name or id; repeat for more
    #[arg(long = "member", value_name = "USER")]
    members: Vec<String>,
}

/// New values of a group.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("change").required(true).multiple(true).args(["name", "external_id"])))]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    which: Named,
    /// The new name
    #[arg(long)]
    name: Option<String>,
    /// The id that a provisioning client knows it by; empty: none
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
}

/// A group and users.
#[derive(Args, Debug)]
pub(crate) struct MemberArgs {
    #[command(flatten)]
    which: Named,
    /// The members, users and groups by name or id
    #[arg(value_name = "USER", required = true)]
    members: Vec<String>,
}

impl GroupCommand {
    pub(super) fn question(&self) -> Option<String> {
        match self {
            Self::Delete(which) => Some(format!("Delete the group {:?}?", which.group)),
            _ => None,
        }
    }

    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Create(args) => create(args, session).await,
            Self::List {
                org,
                selection,
                limit,
            } => list(org.org, selection, &limit, session).await,
            Self::Get(which) => get(which, session).await,
            Self::Update(args) => rename(args, session).await,
            Self::Delete(which) => delete(which, session).await,
            Self::Members(MembersCommand::Add(args)) => change_members(args, Change::Add, session).await,
            Self::Members(MembersCommand::Remove(args)) => {
                change_members(args, Change::Remove, session).await
            }
            Self::Members(MembersCommand::List { which, limit }) => members(which, &limit, session).await,
        }
    }
}

async fn create(args: CreateArgs, session: &Session) -> Result<Answer, Failure> {
    let member_ids = session.member_ids(&args.org.org, &args.members).await?;
    let kind = if args.pool {
        GroupKind::Pool
    } else {
        GroupKind::Group
    };
    let group = Group {
        kind: kind.into(),
        display_name: args.name,
        external_id: args.external_id,
        ..Group::default()
    };
    let request = CreateGroupRequest {
        organization: args.org.org,
        group: Some(group),
        member_ids,
        ..Default::default()
    };
    let made = session.groups().create_group(request).await?.into_inner();
    Answer::rows(&made, &[made.group.clone().unwrap_or_default()])
}

async fn list(
    org: String,
    selection: Selection,
    limit: &Limit,
    session: &Session,
) -> Result<Answer, Failure> {
    let mut client = session.groups();
    let request = ListGroupsRequest {
        organization: org,
        filter: selection.filter(),
        order_by: selection.order_by,
        ..ListGroupsRequest::default()
    };
    let listed = limit
        .read(async |page_size, page_token| {
            let request = ListGroupsRequest {
                page_size,
                page_token,
                ..request.clone()
            };
            let page = client.list_groups(request).await?.into_inner();
            Ok((page.groups, page.next_page_token))
        })
        .await?;
    let note = listed.note();
    let message = ListGroupsResponse {
        groups: listed.items,
        next_page_token: listed.next_page_token,
        total_size: None,
    };
    Ok(Answer::rows(&message, &message.groups)?.with_note(note))
}

async fn get(which: Named, session: &Session) -> Result<Answer, Failure> {
    let id = session.group_id(&which.org.org, &which.group).await?;
    let request = GetGroupRequest {
        organization: which.org.org,
        id,
    };
    let found = session.groups().get_group(request).await?.into_inner();
    Answer::details(&found, &found.group.clone().unwrap_or_default())
}

async fn rename(args: UpdateArgs, session: &Session) -> Result<Answer, Failure> {
    let given = mask([
        ("display_name", args.name.is_some()),
        ("external_id", args.external_id.is_some()),
    ]);
    let new = Group {
        display_name: args.name.unwrap_or_default(),
        external_id: args.external_id.unwrap_or_default(),
        ..Group::default()
    };
    let request = UpdateGroupRequest {
        group: Some(new),
        update_mask: Some(given),
        ..UpdateGroupRequest::default()
    };
    update(args.which, request, session).await
}

async fn change_members(
    args: MemberArgs,
    step: fn(MemberIds) -> Change,
    session: &Session,
) -> Result<Answer, Failure> {
    let ids = session.member_ids(&args.which.org.org, &args.members).await?;
    let change = MemberChange {
        change: Some(step(MemberIds { ids })),
    };
    let request = UpdateGroupRequest {
        member_changes: vec![change],
        ..UpdateGroupRequest::default()
    };
    update(args.which, request, session).await
}

async fn update(which: Named, request: UpdateGroupRequest, session: &Session) -> Result<Answer, Failure> {
    let id = session.group_id(&which.org.org, &which.group).await?;
    let request = UpdateGroupRequest {
        organization: which.org.org,
        group: Some(Group {
            id,
            ..request.group.unwrap_or_default()
        }),
        ..request
    };
    let changed = session.groups().update_group(request).await?.into_inner();
    Answer::rows(&changed, &[changed.group.clone().unwrap_or_default()])
}

async fn delete(which: Named, session: &Session) -> Result<Answer, Failure> {
    let id = session.group_id(&which.org.org, &which.group).await?;
    let request = DeleteGroupRequest {
        organization: which.org.org,
        id,
        ..Default::default()
    };
    let gone = session.groups().delete_group(request).await?.into_inner();
    Answer::text(&gone, "deleted\n".into())
}

async fn members(which: Named, limit: &Limit, session: &Session) -> Result<Answer, Failure> {
    let group_id = session.group_id(&which.org.org, &which.group).await?;
    let mut client = session.groups();
    let listed = limit
        .read(async |page_size, page_token| {
            let (organization, group_id) = (which.org.org.clone(), group_id.clone());
            let request = ListGroupMembersRequest {
                organization,
                group_id,
                page_size,
                page_token,
            };
            let page = client.list_group_members(request).await?.into_inner();
            Ok((page.members, page.next_page_token))
        })
        .await?;
    let note = listed.note();
    let message = ListGroupMembersResponse {
        members: listed.items,
        next_page_token: listed.next_page_token,
    };
    Ok(Answer::rows(&message, &message.members)?.with_note(note))
}
