//! `roster plan` and `roster apply`: organizations as a file declares them.

mod call;
mod difference;
mod file;
mod resource;
mod stored;

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;
use identity_proto::v1::{FieldChange, PreviewPolicyRequest};
use serde_json::{Value, json};

use self::{
    difference::{Action, Change, Check, Step},
    file::{File, Organization, Policy, spanned},
    resource::Resource as _,
};
use super::{
    ClientOptions,
    change_row::{LINE, field_change, value},
    output::{
        Answer, Cell, Output, Row, Table, ask, cells, count, is_interactive, json_lines, look, waiting,
        write_out,
    },
    session::Session,
};
use crate::failure::Failure;

pub(super) const PLAN_EXAMPLE: &str = "Examples:
  roster plan acme.yaml
  roster plan acme.yaml --prune --exit-code
  roster plan --export acme > acme.yaml";
pub(super) const APPLY_EXAMPLE: &str = "Examples:
  roster apply acme.yaml
  roster apply acme.yaml --prune --yes --output json";

/// Code with which `--exit-code` tells that there is something to do.
const TO_DO: u8 = 3;

/// The file, and what becomes of what it does not name.
#[derive(Args, Debug)]
pub(crate) struct PlanArgs {
    /// The file; - is standard input
    #[arg(value_name = "FILE", required_unless_present = "export")]
    file: Option<PathBuf>,
    /// Plan to delete what the file's sections do not name, too
    #[arg(long)]
    prune: bool,
    /// End with exit code 3 if there is something to do
    #[arg(long)]
    exit_code: bool,
    /// Print the file of an organization as it is, instead; by slug or id
    #[arg(long, value_name = "ORG", conflicts_with_all = ["file", "prune", "exit_code"])]
    export: Option<String>,
}

/// The file, and what becomes of what it does not name.
#[derive(Args, Debug)]
pub(crate) struct ApplyArgs {
    /// The file; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Delete what the file's sections do not name, too
    #[arg(long)]
    prune: bool,
}

impl PlanArgs {
    pub(super) async fn run(self, options: &ClientOptions) -> Result<ExitCode, Failure> {
        if let Some(organization) = self.export {
            let session = Session::open(&options.target).await?;
            return export(organization, options.output, &session).await;
        }
        let file = File::read(&self.file.unwrap_or_default())?;
        let session = Session::open(&options.target).await?;
        let plan = waiting(Plan::make(&file, self.prune, &session)).await?;
        plan.print(options.output, "would do")?;
        plan.refused()?;
        let tells = self.exit_code && plan.size() > 0;
        Ok(if tells {
            ExitCode::from(TO_DO)
        } else {
            ExitCode::SUCCESS
        })
    }
}

impl ApplyArgs {
    pub(super) async fn run(self, options: &ClientOptions) -> Result<ExitCode, Failure> {
        let file = File::read(&self.file)?;
        let session = Session::open(&options.target).await?;
        let mut plan = waiting(Plan::make(&file, self.prune, &session)).await?;
        let is_for_people = options.output == Output::Table;
        if is_for_people {
            plan.print(options.output, "does")?;
        }
        let outcome = async {
            plan.refused()?;
            if plan.size() > 0 && !options.yes && is_interactive() {
                ask(&format!("Do {}?", count(plan.size(), "step")))?;
                if waiting(Plan::make(&file, self.prune, &session)).await? != plan {
                    let told = "something changed on the server since the plan was made: nothing was done; repeat it";
                    return Err(Failure::Refused(told.to_owned()));
                }
            }
            Box::pin(plan.apply(&session)).await
        };
        let outcome = Box::pin(outcome).await;
        if !is_for_people {
            plan.print(options.output, "did")?;
        }
        outcome.map(|()| ExitCode::SUCCESS)
    }
}

/// All that is to be done, in its order, and what is kept.
#[derive(Debug, PartialEq)]
struct Plan {
    steps: Vec<Step>,
}

impl Plan {
    /// Compares the file with the server; everything that is done follows from this list.
    async fn make(file: &File, prune: bool, session: &Session) -> Result<Self, Failure> {
        let mut steps = Vec::new();
        for organization in &file.organizations {
            let organization = &organization.value;
            let state = Box::pin(stored::read(session, organization)).await?;
            let own = difference::steps(organization, state.as_ref(), prune, session);
            steps.extend(Box::pin(own).await);
        }
        Ok(Self {
            steps: Box::pin(difference::check(steps, session)).await,
        })
    }

    fn calls(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.call.is_some())
    }

    /// The number of steps that do something.
    fn size(&self) -> usize {
        self.calls().count()
    }

    /// The failure of a plan that the service would refuse.
    fn refused(&self) -> Result<(), Failure> {
        let refused = self
            .calls()
            .filter(|step| matches!(step.check, Check::Refused(_)));
        let refused: Vec<&Step> = refused.collect();
        match refused.as_slice() {
            [] => Ok(()),
            [first, ..] => Err(Failure::Refused(format!(
                "{} of {} would be refused, and nothing was done: {}",
                refused.len(),
                count(self.size(), "step"),
                told(first),
            ))),
        }
    }

    /// Does the steps one after the other, up to one that is refused.
    async fn apply(&mut self, session: &Session) -> Result<(), Failure> {
        let (total, mut done) = (self.size(), 0);
        for step in &mut self.steps {
            let Some(call) = &step.call else { continue };
            if let Err(failure) = call.send(session, false).await {
                let before = match done {
                    0 => "nothing was done".to_owned(),
                    1 => "step 1 is done".to_owned(),
                    _ => format!("steps 1 to {done} are done"),
                };
                step.check = Check::Refused(failure.to_string());
                return Err(Failure::Refused(format!(
                    "step {} of {total} was refused, {before}: {}",
                    done + 1,
                    told(step)
                )));
            }
            step.is_done = true;
            done += 1;
        }
        Ok(())
    }

    fn print(&self, output: Output, verb: &str) -> Result<(), Failure> {
        let message = json!({ "steps": self.steps.iter().map(Step::json).collect::<Vec<_>>() });
        let mut number = 0;
        let lines = self.steps.iter().map(|step| {
            number += i64::from(step.call.is_some());
            Line { number, step }
        });
        let lines: Vec<_> = lines.collect();
        let answer = match lines.as_slice() {
            [] => Answer::json(message).and_text("nothing to do\n".to_owned()),
            lines => Answer::json(message).and_table(Table::of(lines)),
        };
        let kept = self.steps.len() - self.size();
        let kept = match kept {
            0 => String::new(),
            _ => format!("; {kept} not in the file: kept, unless --prune is given"),
        };
        let note = format!("{verb} {}{kept}", count(self.size(), "step"));
        let note = (!self.steps.is_empty()).then_some(note);
        answer.with_note(note).print(output, look(None, false))
    }
}

/// A step, and why it is refused.
fn told(step: &Step) -> String {
    let Step {
        organization,
        kind,
        name,
        ..
    } = step;
    let of = if organization == name {
        String::new()
    } else {
        format!(" of {organization}")
    };
    let what = format!("{} {kind} {name:?}{of}", step.action.word());
    match &step.check {
        Check::Refused(reason) => format!("{what}: {reason}"),
        _ => what,
    }
}

impl Action {
    fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Keep => "keep",
        }
    }
}

impl Step {
    fn json(&self) -> Value {
        let change = |change: &Change| json!({ "field": change.field, "before": change.before, "after": change.after });
        let mut line = json!({
            "organization": self.organization,
            "action": self.action.word(),
            "kind": self.kind,
            "name": self.name,
            "changes": self.changes.iter().map(change).collect::<Vec<_>>(),
            "done": self.is_done,
        });
        if let Check::Refused(reason) = &self.check {
            line["refusal"] = reason.as_str().into();
        }
        line
    }
}

/// A step as a line of a table.
struct Line<'a> {
    number: i64,
    step: &'a Step,
}

impl Row for Line<'_> {
    const COLUMNS: &'static [&'static str] = &["STEP", "ORGANIZATION", "ACTION", "WHAT", "CHANGES"];

    fn cells(&self) -> Vec<Cell> {
        let step = self.step;
        let told = |change: &Change| {
            let (before, after) = (change.before.to_string(), change.after.to_string());
            if change.before.is_null() {
                let name = format!("{}:", change.field).into();
                return Cell::joined([name, value(&change.field, &after, LINE)], " ");
            }
            field_change(&FieldChange {
                field: change.field.clone(),
                before,
                after,
            })
        };
        let mut parts: Vec<Cell> = step.changes.iter().map(told).collect();
        match &step.check {
            Check::Refused(reason) => parts.push(format!("refused: {reason}").into()),
            Check::Later => parts.push("checked after the steps above".into()),
            Check::None if step.action == Action::Keep => parts.push("not in the file".into()),
            Check::None | Check::Passed => {}
        }
        let number = step.call.is_some().then(|| self.number.to_string());
        cells![
            number.unwrap_or_default(),
            &step.organization,
            step.action.word(),
            format!("{} {}", step.kind, step.name),
            Cell::joined(parts, ", "),
        ]
    }
}

/// Prints the file of an organization as it is.
async fn export(slug: String, output: Output, session: &Session) -> Result<ExitCode, Failure> {
    let wanted = Organization {
        slug: slug.clone(),
        policy: Some(Policy::default()),
        roles: Some(Vec::new()),
        projects: Some(Vec::new()),
        connections: Some(Vec::new()),
        mapping_rules: Some(Vec::new()),
        ..Organization::default()
    };
    let Some(state) = Box::pin(stored::read(session, &wanted)).await? else {
        return Err(Failure::Refused(format!("organization {slug:?} does not exist")));
    };
    let (preset, mut settings) = (state.policy.clone().unwrap_or_default().preset, state.settings());
    let request = PreviewPolicyRequest {
        organization: slug,
        preset: preset.clone(),
        settings: HashMap::new(),
    };
    let of_preset = session
        .policies()
        .preview_policy(request)
        .await?
        .into_inner()
        .changes;
    settings.retain(|key, _| of_preset.iter().any(|change| change.field == *key));
    let mut known = HashSet::new();
    let rules = state.rules.into_iter().map(|it| it.value);
    let rules = rules.filter(|rule| known.insert(rule.key()));
    let organization = Organization {
        policy: Some(Policy {
            preset: Some(preset),
            settings,
        }),
        roles: Some(state.roles.into_iter().map(|it| spanned(it.value)).collect()),
        projects: Some(state.projects.into_iter().map(|it| spanned(it.value)).collect()),
        connections: Some(
            state
                .connections
                .into_iter()
                .map(|it| spanned(it.value))
                .collect(),
        ),
        mapping_rules: Some(rules.map(spanned).collect()),
        ..state.facts.value
    };
    let (value, text) = file::write(organization)?;
    write_out(&match output {
        Output::Json | Output::Jsonl => json_lines(&value) + "\n",
        Output::Table | Output::Csv | Output::Secret => text,
    })?;
    Ok(ExitCode::SUCCESS)
}
