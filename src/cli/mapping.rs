//! `roster mapping`.

use clap::{ArgGroup, Args, Subcommand};
use identity_proto::v1::{
    CreateMappingRuleRequest, DeleteMappingRuleRequest, GetMappingRuleRequest, ListMappingRulesRequest,
    MappingRule, PreviewMappingRuleRequest, UpdateMappingRuleRequest,
    mapping_rule::{Group, Target},
};
use prost_types::FieldMask;

use super::{
    InOrg,
    output::{Answer, Table, count},
    session::Session,
};
use crate::failure::Failure;

/// The commands about mapping rules.
#[derive(Debug, Subcommand)]
pub(crate) enum MappingCommand {
    /// Create a rule
    #[command(
        after_help = "Examples:\n  roster mapping create --org acme --group Engineering --license it\n  roster mapping create --org acme --pattern \"lic-*\" --license developer --preview"
    )]
    Create(CreateArgs),
    /// List rules in their order
    #[command(after_help = "Example:\n  roster mapping list --org acme")]
    List {
        #[command(flatten)]
        org: InOrg,
    },
    /// Show a rule
    #[command(after_help = "Example:\n  roster mapping get 01890a5d-ac96-774b-bcce-b302099a8057 --org acme")]
    Get(Which),
    /// Change a rule
    #[command(
        after_help = "Example:\n  roster mapping update 01890a5d-ac96-774b-bcce-b302099a8057 --org acme --position 1"
    )]
    Update(UpdateArgs),
    /// Delete a rule; groups lose what they had by it alone
    #[command(
        after_help = "Example:\n  roster mapping delete 01890a5d-ac96-774b-bcce-b302099a8057 --org acme"
    )]
    Delete(Which),
}

/// One rule.
#[derive(Args, Debug)]
pub(crate) struct Which {
    #[command(flatten)]
    org: InOrg,
    /// The rule's id
    #[arg(value_name = "RULE")]
    id: String,
}

/// The condition on groups, and the role or license of their members.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("matcher").multiple(false).args(["group", "external_id", "pattern"])))]
#[command(group(ArgGroup::new("target").multiple(false).args(["role", "license"])))]
pub(crate) struct RuleArgs {
    /// The group of this name
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// The group of this external id
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// Groups whose name fits; * stands for any characters
    #[arg(long, value_name = "PATTERN")]
    pattern: Option<String>,
    /// A role of the organization, or PROJECT:ROLE; both by name or id
    #[arg(long)]
    role: Option<String>,
    /// A license of the catalog
    #[arg(long)]
    license: Option<String>,
    /// The place among the rules, the smallest first; of a new rule: after all others
    #[arg(long)]
    position: Option<i32>,
}

/// A new rule.
#[derive(Args, Debug)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    org: InOrg,
    #[command(flatten)]
    rule: RuleArgs,
    /// Tell which groups it would be about, and change nothing
    #[arg(long)]
    preview: bool,
}

/// New values of a rule.
#[derive(Args, Debug)]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    rule: RuleArgs,
}

impl RuleArgs {
    fn rule(self) -> (MappingRule, FieldMask) {
        let group = match (self.group, self.external_id, self.pattern) {
            (Some(name), ..) => Some(("group_name", Group::GroupName(name))),
            (_, Some(id), _) => Some(("group_external_id", Group::GroupExternalId(id))),
            (.., Some(pattern)) => Some(("group_pattern", Group::GroupPattern(pattern))),
            (None, None, None) => None,
        };
        let target = match (self.role, self.license) {
            (Some(role), _) => Some(("role", Target::Role(role))),
            (_, Some(license)) => Some(("license", Target::License(license))),
            (None, None) => None,
        };
        let named = [
            self.position.map(|_| "position"),
            group.as_ref().map(|(path, _)| *path),
            target.as_ref().map(|(path, _)| *path),
        ];
        let paths = named.into_iter().flatten().map(str::to_owned).collect();
        let rule = MappingRule {
            position: self.position,
            group: group.map(|(_, group)| group),
            target: target.map(|(_, target)| target),
            ..MappingRule::default()
        };
        (rule, FieldMask { paths })
    }
}

impl MappingCommand {
    pub(super) fn question(&self) -> Option<String> {
        match self {
            Self::Delete(which) => Some(format!("Delete the mapping rule {}?", which.id)),
            _ => None,
        }
    }

    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let mut client = session.mappings();
        match self {
            Self::Create(args) => create(args, session).await,
            Self::List { org } => {
                let request = ListMappingRulesRequest {
                    organization: org.org,
                    ..ListMappingRulesRequest::default()
                };
                let all = client.list_mapping_rules(request).await?.into_inner();
                Answer::rows(&all, &all.rules)
            }
            Self::Get(which) => {
                let request = GetMappingRuleRequest {
                    organization: which.org.org,
                    id: which.id,
                };
                let found = client.get_mapping_rule(request).await?.into_inner();
                Answer::details(&found, &found.rule.clone().unwrap_or_default())
            }
            Self::Update(args) => update(args, session).await,
            Self::Delete(which) => {
                let request = DeleteMappingRuleRequest {
                    organization: which.org.org,
                    id: which.id,
                    validate_only: false,
                };
                let gone = client.delete_mapping_rule(request).await?.into_inner();
                Answer::text(&gone, "deleted\n".into())
            }
        }
    }
}

/// The rule with the ids of its role.
async fn find_role(mut rule: RuleArgs, org: &str, session: &Session) -> Result<RuleArgs, Failure> {
    if let Some(given) = &mut rule.role {
        *given = session.held_role(org, given).await?;
    }
    Ok(rule)
}

async fn update(args: UpdateArgs, session: &Session) -> Result<Answer, Failure> {
    let rule = find_role(args.rule, &args.which.org.org, session).await?;
    let (rule, mask) = rule.rule();
    let request = UpdateMappingRuleRequest {
        organization: args.which.org.org,
        rule: Some(MappingRule {
            id: args.which.id,
            ..rule
        }),
        update_mask: Some(mask),
        validate_only: false,
    };
    let changed = session
        .mappings()
        .update_mapping_rule(request)
        .await?
        .into_inner();
    Answer::rows(&changed, &[changed.rule.clone().unwrap_or_default()])
}

async fn create(args: CreateArgs, session: &Session) -> Result<Answer, Failure> {
    let rule = find_role(args.rule, &args.org.org, session).await?;
    let (organization, rule) = (args.org.org, Some(rule.rule().0));
    if args.preview {
        let request = PreviewMappingRuleRequest { organization, rule };
        let preview = session
            .mappings()
            .preview_mapping_rule(request)
            .await?
            .into_inner();
        let summary = format!(
            "{} with {}\n",
            count(preview.group_count, "group"),
            count(preview.membership_count, "direct membership"),
        );
        return Ok(Answer::text(&preview, summary)?.and_table(Table::of(&preview.groups)));
    }
    let request = CreateMappingRuleRequest {
        organization,
        rule,
        request_id: String::new(),
        validate_only: false,
    };
    let made = session
        .mappings()
        .create_mapping_rule(request)
        .await?
        .into_inner();
    Answer::rows(&made, &[made.rule.clone().unwrap_or_default()])
}
