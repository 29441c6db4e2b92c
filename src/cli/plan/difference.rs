//! The difference between a file and the server: the steps that remove it.

use std::collections::{HashMap, HashSet};

use identity_proto::v1::{PreviewPolicyRequest, UpdatePolicyRequest};
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

use super::{
    call::Call,
    file::{Organization, Policy},
    resource::{ORGANIZATION, Resource, Stored},
    stored::State,
};
use crate::cli::session::Session;

/// The kind of a policy.
const POLICY: &str = "policy";

/// Actions of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Makes what there is not.
    Create,
    /// Changes fields.
    Update,
    /// Deletes what the file does not name.
    Delete,
    /// Leaves what the file does not name as it is.
    Keep,
}

/// A field, and its values on the server and in the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) field: String,
    pub(super) before: Value,
    pub(super) after: Value,
}

/// The outcome of a dry run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// None was made.
    None,
    /// The service would do it.
    Passed,
    /// It is not possible before the steps above it.
    Later,
    /// The service would refuse it, for this reason.
    Refused(String),
}

/// One line of a plan.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) organization: String,
    pub(super) action: Action,
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) changes: Vec<Change>,
    pub(super) check: Check,
    pub(super) is_done: bool,
    /// The call that does it; none: there is nothing to do.
    pub(super) call: Option<Call>,
    key: String,
    etag: String,
}

impl Step {
    fn new(organization: &str, action: Action, kind: &'static str, name: String) -> Self {
        Self {
            organization: organization.to_owned(),
            action,
            kind,
            key: name.clone(),
            name,
            changes: Vec::new(),
            check: Check::None,
            is_done: false,
            call: None,
            etag: String::new(),
        }
    }

    /// Tells whether a later step may be possible only after this one.
    fn may_help(&self, later: &Self) -> bool {
        let is_deep = [ORGANIZATION, POLICY].contains(&self.kind) || self.action == Action::Delete;
        let is_same = (self.kind, &self.key) == (later.kind, &later.key);
        let is_named = later.kind == "mapping rule" && ["role", "project"].contains(&self.kind);
        self.call.is_some() && self.organization == later.organization && (is_deep || is_same || is_named)
    }

    fn makes_organization(&self) -> bool {
        self.kind == ORGANIZATION && self.action == Action::Create
    }
}

/// Has each step checked by the service, and leaves out those that would change nothing.
pub(super) async fn check(steps: Vec<Step>, session: &Session) -> Vec<Step> {
    let mut checked: Vec<Step> = Vec::with_capacity(steps.len());
    for mut step in steps {
        let Some(call) = &step.call else {
            checked.push(step);
            continue;
        };
        let helps = |earlier: &&Step| earlier.may_help(&step);
        let helpful: Vec<_> = checked.iter().filter(helps).collect();
        if helpful.iter().any(|earlier| earlier.makes_organization()) {
            step.check = Check::Later;
            checked.push(step);
            continue;
        }
        step.check = match call.send(session, true).await {
            Ok(Some(etag)) if step.action == Action::Update && etag == step.etag => continue,
            Ok(_) => Check::Passed,
            Err(_) if !helpful.is_empty() => Check::Later,
            Err(failure) => Check::Refused(failure.to_string()),
        };
        checked.push(step);
    }
    checked
}

/// The steps for an organization, in their order: its facts and policy, deletions, and what is made and changed; and
/// what is kept.
pub(super) async fn steps(
    file: &Organization,
    state: Option<&State>,
    prune: bool,
    session: &Session,
) -> Vec<Step> {
    let mut file = file.clone();
    if let (Some(rules), Some(state)) = (&mut file.mapping_rules, state) {
        for rule in rules {
            rule.value.role = rule.value.role.as_deref().map(|role| state.canonical(role));
        }
    }
    let slug = &file.slug;
    let mut facts = Parts::default();
    let stored = state
        .map(|state| std::slice::from_ref(&state.facts))
        .unwrap_or_default();
    facts.compare(slug, Some(std::slice::from_ref(&file)), stored, false);
    let mut steps = facts.changes;
    let mut kept = None;
    if let Some(policy) = &file.policy {
        match (state, steps.first_mut()) {
            (Some(state), first) => {
                let is_first = first.is_none();
                let (step, others) = compare_policy(slug, policy, state, prune, is_first, session).await;
                steps.extend(step);
                kept = others;
            }
            (None, first) => {
                let preset = policy.preset.as_deref().map(|preset| Change {
                    field: "policy.preset".to_owned(),
                    before: Value::Null,
                    after: preset.into(),
                });
                if let Some(create) = first {
                    create.changes.extend(preset);
                }
                steps.extend(first_policy(slug, policy));
            }
        }
    }
    let mut parts = lists(&file, state, prune);
    parts.kept.splice(0..0, kept);
    steps.extend(parts.in_order());
    steps
}

fn lists(file: &Organization, state: Option<&State>, prune: bool) -> Parts {
    let mut parts = Parts::default();
    let slug = &file.slug;
    let empty = State::default();
    let state = state.unwrap_or(&empty);
    parts.compare(slug, values(file.roles.as_ref()).as_deref(), &state.roles, prune);
    parts.compare(
        slug,
        values(file.projects.as_ref()).as_deref(),
        &state.projects,
        prune,
    );
    parts.compare(
        slug,
        values(file.connections.as_ref()).as_deref(),
        &state.connections,
        prune,
    );
    parts.compare(
        slug,
        values(file.mapping_rules.as_ref()).as_deref(),
        &state.rules,
        prune,
    );
    parts
}

fn policy_step(
    slug: &str,
    policy: &Policy,
    preset: String,
    etag: &str,
    changes: Vec<Change>,
) -> Option<Step> {
    let mut step = Step::new(slug, Action::Update, POLICY, slug.to_owned());
    step.call = Some(Call::UpdatePolicy(UpdatePolicyRequest {
        organization: slug.to_owned(),
        preset,
        settings: policy.settings.clone().into_iter().collect(),
        etag: etag.to_owned(),
        validate_only: false,
    }));
    (step.changes, step.etag) = (changes, etag.to_owned());
    (!step.changes.is_empty()).then_some(step)
}

/// The settings of an organization that is not there yet; its creation takes the preset.
fn first_policy(slug: &str, policy: &Policy) -> Option<Step> {
    let settings = policy.settings.iter();
    let settings = settings
        .map(|(key, value)| (key.clone(), value.as_str().into()))
        .collect();
    policy_step(
        slug,
        policy,
        String::new(),
        "",
        differences(settings, &Map::new()),
    )
}

/// The settings that differ, as the service tells: those of the file, and those that have neither the file's value
/// nor the preset's. The etag counts only where no step before it may change the policy.
async fn compare_policy(
    slug: &str,
    policy: &Policy,
    state: &State,
    prune: bool,
    is_first: bool,
    session: &Session,
) -> (Option<Step>, Option<Step>) {
    let stored = state.policy.clone().unwrap_or_default();
    let preset = policy.preset.clone().unwrap_or_else(|| stored.preset.clone());
    let fills = prune || preset != stored.preset;
    let request = PreviewPolicyRequest {
        organization: slug.to_owned(),
        preset: preset.clone(),
        settings: policy.settings.clone().into_iter().collect(),
    };
    let filled = if fills { preset } else { String::new() };
    let etag = if is_first { stored.etag.as_str() } else { "" };
    let Ok(preview) = session.policies().preview_policy(request).await else {
        // The dry run of the step tells the reason.
        let of = |(key, value): (&String, &String)| (key.clone(), Value::from(value.as_str()));
        let (given, now) = (policy.settings.iter().map(of), state.settings());
        let changes = differences(given.collect(), &now.iter().map(of).collect());
        return (policy_step(slug, policy, filled, etag, changes), None);
    };
    let changes = preview.into_inner().changes.into_iter().map(|change| Change {
        before: serde_json::from_str(&change.before).unwrap_or_default(),
        after: serde_json::from_str(&change.after).unwrap_or_default(),
        field: change.field,
    });
    let (changes, others): (Vec<_>, Vec<_>) =
        changes.partition(|change| fills || policy.settings.contains_key(&change.field));
    let mut kept = Step::new(slug, Action::Keep, POLICY, slug.to_owned());
    kept.changes = others;
    let kept = (!kept.changes.is_empty()).then_some(kept);
    (policy_step(slug, policy, filled, etag, changes), kept)
}

/// Steps for what sections list.
#[derive(Default)]
struct Parts {
    deletions: Vec<Step>,
    changes: Vec<Step>,
    kept: Vec<Step>,
}

impl Parts {
    /// Compares a section; what is listed first can be named by what comes after.
    fn compare<R: Resource>(
        &mut self,
        organization: &str,
        declared: Option<&[R]>,
        stored: &[Stored<R>],
        prune: bool,
    ) {
        let Some(declared) = declared else { return };
        let step = |action, thing: &R| {
            let mut step = Step::new(organization, action, R::KIND, thing.name());
            step.key = thing.key();
            step
        };
        let mut by_key = HashMap::new();
        for (index, thing) in stored.iter().enumerate() {
            by_key.entry(thing.value.key()).or_insert(index);
        }
        let mut named = HashSet::new();
        for thing in declared {
            let mut given = thing.fields();
            let Some(index) = by_key.get(&thing.key()) else {
                let later = later::<R>(&mut given);
                let mut create = step(Action::Create, thing);
                create.call = Some(thing.create(organization));
                given.remove("name");
                create.changes = differences(given, &Map::new());
                self.changes.push(create);
                if !later.is_empty() {
                    let mut update = step(Action::Update, thing);
                    update.call = Some(thing.update(organization, &thing.name(), "", names(&later)));
                    update.changes = later;
                    self.changes.push(update);
                }
                continue;
            };
            named.insert(*index);
            let Stored { id, etag, value } = &stored[*index];
            let changes = differences(given, &value.fields());
            if !changes.is_empty() {
                let mut update = step(Action::Update, thing);
                update.call = Some(thing.update(organization, id, etag, names(&changes)));
                (update.changes, update.etag) = (changes, etag.clone());
                self.changes.push(update);
            }
        }
        let others = stored
            .iter()
            .enumerate()
            .filter(|(index, _)| !named.contains(index));
        for (_, Stored { id, etag, value }) in others {
            if prune {
                let mut delete = step(Action::Delete, value);
                delete.call = R::delete(organization, id, etag);
                self.deletions.push(delete);
            } else {
                self.kept.push(step(Action::Keep, value));
            }
        }
    }

    /// Deletions first, of what names others before those.
    fn in_order(mut self) -> Vec<Step> {
        self.deletions.reverse();
        [self.deletions, self.changes, self.kept].concat()
    }
}

/// The things of a section, without their places in the file.
fn values<T: Clone>(section: Option<&Vec<Spanned<T>>>) -> Option<Vec<T>> {
    let things = section?.iter();
    Some(things.map(|thing| thing.value.clone()).collect())
}

/// Takes the fields that a creation does not take from the others.
fn later<R: Resource>(given: &mut Map<String, Value>) -> Vec<Change> {
    let later = R::LATER.iter().filter_map(|(field, first)| {
        let value = given.remove(*field).filter(|value| value != first)?;
        Some(((*field).to_owned(), value))
    });
    differences(later.collect(), &Map::new())
}

fn names(changes: &[Change]) -> Vec<String> {
    changes.iter().map(|change| change.field.clone()).collect()
}

/// The fields that are given and are not the stored ones.
fn differences(given: Map<String, Value>, stored: &Map<String, Value>) -> Vec<Change> {
    let differing = given
        .into_iter()
        .filter(|(field, value)| stored.get(field) != Some(value));
    let change = |(field, after): (String, Value)| Change {
        before: stored.get(&field).cloned().unwrap_or_default(),
        field,
        after,
    };
    differing.map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::plan::file::{Project, ProjectState};

    fn project(name: &str, status: Option<ProjectState>) -> Project {
        Project {
            name: name.into(),
            r#type: None,
            status,
        }
    }

    fn stored(name: &str, status: ProjectState) -> Stored<Project> {
        Stored {
            id: format!("id of {name}"),
            etag: "1".into(),
            value: project(name, Some(status)),
        }
    }

    fn compared(declared: &[Project], there: &[Stored<Project>], prune: bool) -> Vec<String> {
        let mut parts = Parts::default();
        parts.compare("acme", Some(declared), there, prune);
        let line = |step: Step| {
            let fields = step
                .changes
                .iter()
                .map(|it| format!(" {}={}", it.field, it.after));
            format!("{:?} {}{}", step.action, step.name, fields.collect::<String>())
        };
        parts.in_order().into_iter().map(line).collect()
    }

    #[test]
    fn steps_are_what_differs() {
        let there = [
            stored("Apollo", ProjectState::Active),
            stored("Gemini", ProjectState::Active),
        ];
        let both = [
            project("Apollo", None),
            project("Gemini", Some(ProjectState::Active)),
        ];
        assert_eq!(compared(&both, &there, true), [""; 0]);
        let archived = [project("apollo", Some(ProjectState::Archived))];
        let update = r#"Update apollo name="apollo" status="archived""#;
        assert_eq!(compared(&archived, &there, false), [update, "Keep Gemini"]);
        assert_eq!(compared(&archived, &there, true), ["Delete Gemini", update]);
    }

    #[test]
    fn a_field_that_a_creation_does_not_take_is_set_afterwards() {
        let archived = [project("Apollo", Some(ProjectState::Archived))];
        let steps = ["Create Apollo", r#"Update Apollo status="archived""#];
        assert_eq!(compared(&archived, &[], false), steps);
        let active = [project("Apollo", Some(ProjectState::Active))];
        assert_eq!(compared(&active, &[], false), ["Create Apollo"]);
    }

    #[test]
    fn a_section_that_the_file_lacks_is_not_compared() {
        let mut parts = Parts::default();
        parts.compare::<Project>("acme", None, &[stored("Apollo", ProjectState::Active)], true);
        assert!(parts.in_order().is_empty());
    }

    #[test]
    fn what_is_made_first_may_help_what_comes_after() {
        let step = |kind, name: &str| {
            let mut step = Step::new("acme", Action::Update, kind, name.into());
            step.call = Some(Call::UpdatePolicy(UpdatePolicyRequest::default()));
            step
        };
        let rule = step("mapping rule", "a → b");
        for kind in [ORGANIZATION, POLICY, "role", "project"] {
            assert!(step(kind, "x").may_help(&rule), "{kind}");
        }
        assert!(!step("connection", "x").may_help(&rule));
        assert!(!step("role", "x").may_help(&step("project", "x")));
        assert!(step("project", "x").may_help(&step("project", "x")));
    }
}
