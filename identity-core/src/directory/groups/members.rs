//! Effect of a change of members on one group: members that join, members that leave, and input without
//! effect.

use std::collections::{BTreeSet, HashMap};

use super::plan::{Others, Plan, Wanted};
use crate::{
    directory::{change_context::ChangeContext, input::MemberChange},
    error::{Error, Result, Rule},
    group::MemberKind,
    id::Id,
    policy::UnknownMembers,
    store::Reader,
};

/// Ids without effect that a change-log entry names; of more it tells how many.
const MAX_NAMED: usize = 100;
/// Characters of such an id that are shown.
const MAX_SHOWN: usize = 64;

/// Group whose members change, and its relation to other groups.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// One that does not exist yet.
    New,
    /// One that has members and may be a member.
    Existing(Id),
}

/// A change of members as a caller asks for it.
#[derive(Clone, Copy)]
pub(super) struct RequestedMembers<'a> {
    pub(super) context: &'a ChangeContext,
    pub(super) target: Target,
    /// The steps as they were sent.
    pub(super) steps: &'a [MemberChange],
    /// The policy for members that an identity provider names and nobody knows.
    pub(super) unknown_members: UnknownMembers,
}

impl RequestedMembers<'_> {
    /// Refuses somebody whom nobody knows. An identity provider is told as the policy says: it sends groups before their members.
    fn refuse(&self, name: &str) -> Result<()> {
        let is_provider = self.context.connection_id().is_some();
        match (self.unknown_members, self.target) {
            _ if !is_provider => Err(Error::invalid(self.field_path(name), is_nobody(&shown(name)))),
            (UnknownMembers::Ignore, _) | (UnknownMembers::IgnoreOnCreate, Target::New) => Ok(()),
            (UnknownMembers::Reject, _) | (UnknownMembers::IgnoreOnCreate, Target::Existing(_)) => {
                Err(Error::invalid("members", is_nobody(&shown(name))))
            }
        }
    }

    /// The path of the first step that makes this one a member.
    fn field_path(&self, name: &str) -> String {
        let is_named =
            |text: &String| text == name || Id::parse(text).is_some_and(|id| id.to_string() == name);
        for (at, step) in self.steps.iter().enumerate() {
            let (kind, ids) = match step {
                MemberChange::Add(ids) => ("add", ids),
                MemberChange::Replace(ids) => ("replace", ids),
                MemberChange::Remove(_) => continue,
            };
            if let Some(index) = ids.iter().position(is_named) {
                return match self.target {
                    Target::New => format!("member_ids[{index}]"),
                    Target::Existing(_) => format!("member_changes[{at}].{kind}.ids[{index}]"),
                };
            }
        }
        "members".to_owned()
    }
}

fn shown(name: &str) -> String {
    name.chars().take(MAX_SHOWN).collect()
}

/// The net effect on one group.
#[derive(Debug, Default)]
pub(super) struct Delta {
    pub(super) added: Vec<(Id, MemberKind)>,
    pub(super) removed: Vec<Id>,
    /// Statements about input without effect, one sentence each.
    pub(super) ignored: Vec<String>,
}

impl Delta {
    /// The same for a caller who must not touch some users: they neither join nor leave, and those who should are nobody.
    pub(super) fn spare(&mut self, protected: &[Id]) {
        let is_spared = |id: &Id| protected.contains(id);
        for (id, _) in self.added.extract_if(.., |(id, _)| is_spared(id)) {
            self.ignored.push(is_nobody(&id.to_string()));
        }
        self.removed.retain(|id| !is_spared(id));
    }

    /// Computes what the plan changes. Looks at the ids that it names, and at the whole list only where that
    /// is replaced.
    pub(super) async fn of(
        plan: &Plan,
        asked: RequestedMembers<'_>,
        organization: Id,
        reader: &mut dyn Reader,
    ) -> Result<Self> {
        let target = asked.target;
        let current = current(plan, target, organization, reader).await?;
        let joining: Vec<Id> = plan.wanted().filter(|id| !current.contains(id)).collect();
        let added = org(&joining, organization, reader).await?;
        let ignored = nobody(plan, &joining, &added, asked)?;
        if !current.is_empty() && added.is_empty() && names_strangers_alone(plan, &current) {
            return Err(Error::invalid(
                "members",
                "none of those who are to be members is known here",
            ));
        }
        refuse_cycle(target, &added, organization, reader).await?;
        let leaves = |id: &Id| match plan.named.get(id) {
            Some(wanted) => *wanted == Wanted::Outside,
            None => plan.others == Others::Leave,
        };
        Ok(Self {
            removed: current.into_iter().filter(leaves).collect(),
            added,
            ignored,
        })
    }

    /// Tells whether no members join or leave.
    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// By how much the number of members changes.
    pub(super) fn growth(&self) -> i64 {
        let count = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
        count(self.added.len()) - count(self.removed.len())
    }
}

/// The members that matter: all of a group whose list is replaced, else those that are named. In order of their ids.
async fn current(
    plan: &Plan,
    target: Target,
    organization: Id,
    reader: &mut dyn Reader,
) -> Result<BTreeSet<Id>> {
    let Target::Existing(group) = target else {
        return Ok(BTreeSet::new());
    };
    if plan.others == Others::Leave {
        let members = reader.member_ids(organization, group).await?;
        return Ok(members.into_iter().map(|(id, _)| id).collect());
    }
    if plan.named.is_empty() {
        return Ok(BTreeSet::new());
    }
    let named: Vec<Id> = plan.named.keys().copied().collect();
    let members = reader.members_among(organization, group, &named).await?;
    Ok(members.into_iter().collect())
}

/// Tells whether the plan replaces the list, and names for it nobody who is a member. A set of which nothing is known is a client's mistake and
/// not its wish that the group be empty.
fn names_strangers_alone(plan: &Plan, current: &BTreeSet<Id>) -> bool {
    let mut wanted = plan.wanted().peekable();
    let names_anybody = wanted.peek().is_some() || !plan.nobody.is_empty();
    plan.others == Others::Leave && names_anybody && !wanted.any(|id| current.contains(&id))
}

/// Finds the ids that belong to a user or a group, in the same order.
async fn org(ids: &[Id], organization: Id, reader: &mut dyn Reader) -> Result<Vec<(Id, MemberKind)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let kinds: HashMap<Id, MemberKind> = reader.kinds_of(organization, ids).await?.into_iter().collect();
    let org = |id: &Id| kinds.get(id).map(|kind| (*id, *kind));
    Ok(ids.iter().filter_map(org).collect())
}

/// Reports ids that are neither a user nor a group, or refuses them.
fn nobody(
    plan: &Plan,
    joining: &[Id],
    added: &[(Id, MemberKind)],
    asked: RequestedMembers<'_>,
) -> Result<Vec<String>> {
    // Both lists have the order of the ids.
    let mut org = added.iter().map(|(id, _)| id).peekable();
    let strangers = joining.iter().filter(|id| org.next_if_eq(id).is_none());
    let mut names = plan
        .nobody
        .iter()
        .cloned()
        .chain(strangers.map(ToString::to_string))
        .peekable();
    if let Some(name) = names.peek() {
        asked.refuse(name)?;
    }
    let mut ignored: Vec<String> = names
        .by_ref()
        .take(MAX_NAMED)
        .map(|name| is_nobody(&shown(&name)))
        .collect();
    let rest = names.count();
    if rest > 0 {
        ignored.push(format!("{rest} more ids are neither a user nor a group"));
    }
    Ok(ignored)
}

fn is_nobody(id: &str) -> String {
    format!("{id:?} is neither a user nor a group of this organization")
}

/// Refuses a member that is the group itself or contains it. Members of one group change at a time, under the organization's
/// lock, so what is read here still holds when it is written.
async fn refuse_cycle(
    target: Target,
    added: &[(Id, MemberKind)],
    organization: Id,
    reader: &mut dyn Reader,
) -> Result<()> {
    let Target::Existing(group) = target else {
        return Ok(());
    };
    if added.iter().all(|(_, kind)| *kind == MemberKind::User) {
        return Ok(());
    }
    let above: BTreeSet<Id> = reader.ancestors(organization, group).await?.into_iter().collect();
    let closes = |(id, _): &&(Id, MemberKind)| *id == group || above.contains(id);
    match added.iter().find(closes) {
        Some((id, _)) => Err(Error::RuleBroken(Rule::GroupCycle(*id))),
        None => Ok(()),
    }
}
