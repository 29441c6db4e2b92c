//! `roster user`.

use clap::{Args, Subcommand};
use identity_proto::v1::{
    CreateUserRequest, DeleteUserRequest, GetUserRequest, ListUsersRequest, ListUsersResponse,
    UndeleteUserRequest, UpdateUserRequest, User,
};
use prost_types::FieldMask;

use super::{
    InOrg,
    list::{Limit, Selection},
    org::Toggle,
    output::Answer,
    personal_data,
    schema::read_message,
    session::Session,
    user_fields::UserFields,
    user_identity::{IdentityCommand, LookupArgs},
};
use crate::failure::Failure;

/// The commands about users.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Create a user
    #[command(
        after_help = "Examples:\n  roster user create --org acme --user-name anna@acme.example --display-name \"Anna Berg\" --role editor\n  roster user create --org acme --from anna.json"
    )]
    Create(CreateArgs),
    /// List users
    #[command(
        after_help = "Examples:\n  roster user list --org acme --where active=true --order-by user_name\n  roster user list --org acme --where emails.value~@acme.example --output json"
    )]
    List {
        #[command(flatten)]
        org: InOrg,
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        limit: Limit,
        /// Deleted users, too
        #[arg(long)]
        show_deleted: bool,
    },
    /// Show everything about a user
    #[command(after_help = "Example:\n  roster user get anna@acme.example --org acme")]
    Get(Named),
    /// Find a user by name, e-mail address, external id or identity
    #[command(
        after_help = "Examples:\n  roster user lookup --org acme --email anna@acme.example\n  roster user lookup --org acme --issuer https://login.acme.example --subject 248289761001"
    )]
    Lookup(LookupArgs),
    /// Identities of users at issuers of tokens
    #[command(subcommand)]
    Identity(IdentityCommand),
    /// Change a user; fields that are not named stay
    #[command(
        after_help = "Examples:\n  roster user update anna@acme.example --org acme --title \"Head of Data\"\n  roster user update anna@acme.example --org acme --from changes.json"
    )]
    Update(UpdateArgs),
    /// Take a user's access away, and keep the user
    #[command(after_help = "Example:\n  roster user deactivate anna@acme.example --org acme")]
    Deactivate(Named),
    /// Give a deactivated user access again
    #[command(after_help = "Example:\n  roster user activate anna@acme.example --org acme")]
    Activate(Named),
    /// Keep a user from all SCIM connections: an account for emergencies
    #[command(after_help = "Example:\n  roster user break-glass owner@acme.example on --org acme")]
    BreakGlass {
        #[command(flatten)]
        which: Named,
        /// The state: on for an account for emergencies
        #[arg(value_enum)]
        state: Toggle,
    },
    /// Delete a user: it leaves every list and group, and its names are free again
    #[command(after_help = "Example:\n  roster user delete anna@acme.example --org acme")]
    Delete(Named),
    /// Bring a deleted user back, active
    #[command(
        after_help = "Example:\n  roster user undelete anna@acme.example --org acme\n`roster user list --show-deleted` shows who is deleted."
    )]
    Undelete {
        #[command(flatten)]
        org: InOrg,
        /// The user's name or id; the id where several deleted users had the name
        #[arg(value_name = "USER")]
        user: String,
    },
    /// Show all that is known of a user, in JSON: profile, access, tokens, logs
    #[command(
        after_help = "Example:\n  roster user export anna@acme.example --org acme > anna.json\nOf a deleted user, say the id: `roster user list --show-deleted` shows it."
    )]
    Export(Named),
    /// Erase a user for good, in the logs too; it does not come back
    #[command(
        after_help = "Examples:\n  roster user erase anna@acme.example --org acme\n  roster user erase 01890a5d-ac96-774b-bcce-b302099a8057 --org acme\nOf a deleted user, say the id: `roster user list --show-deleted` shows it."
    )]
    Erase(Named),
}

/// One user.
#[derive(Args, Debug)]
pub(crate) struct Named {
    #[command(flatten)]
    org: InOrg,
    /// The user's name or id
    #[arg(value_name = "USER")]
    user: String,
}

/// A new user.
#[derive(Args, Debug)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    org: InOrg,
    /// A file with a User in the proto's JSON form, - for standard input; options win
    #[arg(long, value_name = "FILE")]
    from: Option<String>,
    #[command(flatten)]
    fields: UserFields,
}

/// New values of a user.
#[derive(Args, Debug)]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    which: Named,
    /// A file with the changed fields of a User in the proto's JSON form, - for standard input
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "field",
        conflicts_with = "field"
    )]
    from: Option<String>,
    #[command(flatten)]
    fields: UserFields,
}

impl UserCommand {
    pub(super) fn question(&self) -> Option<String> {
        match self {
            Self::Delete(which) => Some(format!("Delete the user {:?}?", which.user)),
            Self::Erase(which) => Some(format!(
                "Erase the user {:?} for good, in the logs too?",
                which.user
            )),
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
                show_deleted,
            } => {
                let request = ListUsersRequest {
                    organization: org.org,
                    filter: selection.filter(),
                    order_by: selection.order_by,
                    show_deleted,
                    ..ListUsersRequest::default()
                };
                list(request, &limit, session).await
            }
            Self::Get(which) => {
                let found = read(&which, session).await?;
                Answer::details(&found, &found.user.clone().unwrap_or_default())
            }
            Self::Lookup(args) => args.run(session).await,
            Self::Identity(command) => command.run(session).await,
            Self::Update(args) => update(args, session).await,
            Self::Deactivate(which) => set_active(which, Some(false), session).await,
            Self::Activate(which) => set_active(which, Some(true), session).await,
            Self::BreakGlass { which, state } => set_break_glass(which, state, session).await,
            Self::Delete(which) => delete(which, session).await,
            Self::Undelete { org, user } => undelete(org.org, user, session).await,
            Self::Export(which) => personal_data::export(&which.org.org, &which.user, session).await,
            Self::Erase(which) => personal_data::erase(&which.org.org, &which.user, session).await,
        }
    }
}

async fn create(args: CreateArgs, session: &Session) -> Result<Answer, Failure> {
    let mut user: User = args
        .from
        .as_deref()
        .map(read_message)
        .transpose()?
        .unwrap_or_default();
    args.fields.apply(&mut user);
    if user.user_name.is_empty() {
        return Err(Failure::Usage(
            "--user-name, or userName in --from, must say the name".to_owned(),
        ));
    }
    let request = CreateUserRequest {
        organization: args.org.org,
        user: Some(user),
        ..Default::default()
    };
    let made = session.users().create_user(request).await?.into_inner();
    Answer::details(&made, &made.user.clone().unwrap_or_default())
}

async fn list(request: ListUsersRequest, limit: &Limit, session: &Session) -> Result<Answer, Failure> {
    let mut client = session.users();
    let listed = limit
        .read(async |page_size, page_token| {
            let request = ListUsersRequest {
                page_size,
                page_token,
                ..request.clone()
            };
            let page = client.list_users(request).await?.into_inner();
            Ok((page.users, page.next_page_token))
        })
        .await?;
    let note = listed.note();
    let message = ListUsersResponse {
        users: listed.items,
        next_page_token: listed.next_page_token,
        total_size: None,
    };
    let answer = Answer::rows(&message, &message.users)?;
    // `user undelete` takes an id, as names are free again.
    Ok(answer.with_note(note).with_id_columns(request.show_deleted))
}

async fn read(which: &Named, session: &Session) -> Result<identity_proto::v1::GetUserResponse, Failure> {
    let id = session.user_id(&which.org.org, &which.user).await?;
    let request = GetUserRequest {
        organization: which.org.org.clone(),
        id,
        ..GetUserRequest::default()
    };
    Ok(session.users().get_user(request).await?.into_inner())
}

/// Options change parts of fields (a given name is part of `name`), so they are applied to the user as it is,
/// and the etag sees to it that nothing which changed in between is lost.
async fn update(args: UpdateArgs, session: &Session) -> Result<Answer, Failure> {
    if let Some(file) = &args.from {
        let id = session.user_id(&args.which.org.org, &args.which.user).await?;
        let user = User {
            id,
            ..read_message(file)?
        };
        return send(args.which.org.org, user, Vec::new(), session).await;
    }
    let mut user = read(&args.which, session).await?.user.unwrap_or_default();
    let paths = args.fields.apply(&mut user);
    send(args.which.org.org, user, paths, session).await
}

async fn set_active(which: Named, active: Option<bool>, session: &Session) -> Result<Answer, Failure> {
    let id = session.user_id(&which.org.org, &which.user).await?;
    let user = User {
        id,
        active,
        ..User::default()
    };
    send(which.org.org, user, vec!["active".into()], session).await
}

async fn set_break_glass(which: Named, state: Toggle, session: &Session) -> Result<Answer, Failure> {
    let id = session.user_id(&which.org.org, &which.user).await?;
    let user = User {
        id,
        break_glass: Some(state == Toggle::On),
        ..User::default()
    };
    send(which.org.org, user, vec!["break_glass".into()], session).await
}

async fn send(
    organization: String,
    user: User,
    paths: Vec<String>,
    session: &Session,
) -> Result<Answer, Failure> {
    let request = UpdateUserRequest {
        organization,
        user: Some(user),
        update_mask: Some(FieldMask { paths }),
        ..UpdateUserRequest::default()
    };
    let changed = session.users().update_user(request).await?.into_inner();
    Answer::details(&changed, &changed.user.clone().unwrap_or_default())
}

async fn delete(which: Named, session: &Session) -> Result<Answer, Failure> {
    let id = session.user_id(&which.org.org, &which.user).await?;
    let request = DeleteUserRequest {
        organization: which.org.org.clone(),
        id: id.clone(),
        ..Default::default()
    };
    let gone = session.users().delete_user(request).await?.into_inner();
    let org = which.org.org;
    Answer::text(
        &gone,
        format!("deleted; roster user undelete {id} --org {org} brings it back\n"),
    )
}

async fn undelete(organization: String, id: String, session: &Session) -> Result<Answer, Failure> {
    let id = session.deleted_user_id(&organization, &id).await?;
    let request = UndeleteUserRequest {
        organization,
        id,
        ..Default::default()
    };
    let back = session.users().undelete_user(request).await?.into_inner();
    Answer::rows(&back, &[back.user.clone().unwrap_or_default()])
}
