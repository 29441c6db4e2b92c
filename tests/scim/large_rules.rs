//! A mapping rule that is about very many users: one change, of which nobody sees half, and for which nobody else waits.

use std::{
    cell::Cell,
    fmt::{self, Display, Formatter},
    time::{Duration, Instant},
};

use identity_proto::v1::{
    AccessCheck, BatchCheckAccessRequest, CreateMappingRuleRequest, DeleteMappingRuleRequest, MappingRule,
    UpdateMappingRuleRequest,
    mapping_rule::{Group, Target},
    mapping_service_client::MappingServiceClient,
};
use serde_json::json;

use super::{
    cursors::{BULK, populate},
    scale,
};
use crate::harness::{
    Grpc, OwnWorld, Scim, Server, everywhere,
    grpc::{Line, mask},
    run_folder::fresh_name,
};

everywhere!(a_rule_about_ten_thousand_users_changes_in_one_step_and_holds_nobody_up,);

/// The longest that anybody else may wait for a write or a read meanwhile.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most that the server's memory may grow by: KiB.
const GROWTH: u64 = 16 << 10;
/// Users of whom it is asked what they may do.
const SAMPLE: usize = 100;

async fn a_rule_about_ten_thousand_users_changes_in_one_step_and_holds_nobody_up(mut world: OwnWorld) {
    let scim = world.scim();
    let people: Vec<_> = populate(&scim, scale::choose(1_000, 10_000))
        .await
        .into_iter()
        .collect();
    let all: Vec<_> = people.iter().map(String::as_str).collect();
    scim.create_group("Everybody", &all).await;
    give_teams(&scim, &people).await;
    let (grpc, neighbour) = (world.grpc(), world.other().await.grpc());
    let bystander = Bystander {
        asked: sample(&people),
        grpc: grpc.clone(),
        neighbour,
        server: world.server(),
    };
    // One group that holds all of them, and one for each of them.
    for group in [
        Group::GroupName("Everybody".into()),
        Group::GroupPattern("team-*".into()),
    ] {
        let rule = rule(group, "developer");
        let made = bystander.watch("create", Now::Allowed, create(&grpc, rule)).await;
        let weaker = MappingRule {
            target: Some(Target::Role("viewer".into())),
            ..made.clone()
        };
        bystander
            .watch("update", Now::Denied, update(&grpc, weaker))
            .await;
        bystander
            .watch("update", Now::Allowed, update(&grpc, made.clone()))
            .await;
        bystander.watch("delete", Now::Denied, delete(&grpc, made)).await;
    }
}

/// Effect of the rule's change on the people.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Now {
    Allowed,
    Denied,
}

/// Client that asks and writes while a rule changes.
struct Bystander<'w> {
    grpc: Grpc,
    /// Of another organization.
    neighbour: Grpc,
    /// Some of the people whom the rule is about.
    asked: Vec<String>,
    server: &'w Server,
}

/// Observations during the change.
#[derive(Default)]
struct Observed {
    /// Revisions, and whether the people were allowed at them.
    answers: Vec<(i64, bool)>,
    writes: Vec<Duration>,
    reads: Vec<Duration>,
    grown_kib: u64,
}

impl Bystander<'_> {
    /// Asks and writes until the change is made, and holds what was seen against what is promised.
    async fn watch<T>(&self, what: &str, now: Now, change: impl Future<Output = T>) -> T {
        let (before, memory) = (self.grpc.revision().await, self.server.resident_kib());
        let (begun, is_made) = (Instant::now(), Cell::new(false));
        let change = async {
            let made = change.await;
            is_made.set(true);
            (made, begun.elapsed())
        };
        let ((made, took), answers, writes, (reads, grown_kib)) = tokio::join!(
            change,
            Box::pin(self.ask(&is_made)),
            Box::pin(self.write_elsewhere(&is_made)),
            Box::pin(self.read_elsewhere(&is_made, memory)),
        );
        let seen = Observed {
            answers,
            writes,
            reads,
            grown_kib,
        };
        println!("{what}: {took:?}; meanwhile {seen}");
        seen.assert_promised(before, now);
        assert_eq!(self.answer().await, (before + 1, now == Now::Allowed));
        assert_eq!(self.grpc.changes_after(before).await.len(), 1);
        made
    }

    /// Asks what the people may do: all of them the same.
    async fn ask(&self, is_made: &Cell<bool>) -> Vec<(i64, bool)> {
        let mut answers = Vec::new();
        while !is_made.get() {
            answers.push(self.answer().await);
        }
        answers
    }

    async fn answer(&self) -> (i64, bool) {
        let check = |user: &String| AccessCheck {
            user_id: user.clone(),
            permission: "project.develop".into(),
            project_id: String::new(),
        };
        let request = BatchCheckAccessRequest {
            organization: self.grpc.organization_named(),
            checks: self.asked.iter().map(check).collect(),
            consistency: None,
        };
        let told = self.grpc.access().batch_check_access(request).await;
        let told = told.expect("answers").into_inner();
        let allowed = told.decisions.iter().filter(|it| it.allowed).count();
        assert!(
            allowed == 0 || allowed == self.asked.len(),
            "half of a change at revision {}: {allowed} of {}",
            told.revision,
            self.asked.len()
        );
        (told.revision, allowed > 0)
    }

    async fn write_elsewhere(&self, is_made: &Cell<bool>) -> Vec<Duration> {
        let mut took = Vec::new();
        while !is_made.get() {
            let begun = Instant::now();
            self.neighbour.create_user(&fresh_name("neighbour")).await;
            took.push(begun.elapsed());
        }
        took
    }

    /// Reads, and looks how much memory the server has more than before.
    async fn read_elsewhere(&self, is_made: &Cell<bool>, before: u64) -> (Vec<Duration>, u64) {
        let (mut took, mut grown_kib) = (Vec::new(), 0);
        while !is_made.get() {
            let begun = Instant::now();
            self.neighbour.organization().await;
            took.push(begun.elapsed());
            grown_kib = grown_kib.max(self.server.resident_kib().saturating_sub(before));
        }
        (took, grown_kib)
    }
}

impl Observed {
    fn assert_promised(&self, before: i64, now: Now) {
        for (revision, allowed) in &self.answers {
            let is_after = *revision > before;
            assert_eq!(
                *allowed,
                is_after == (now == Now::Allowed),
                "at revision {revision}, after {before}"
            );
        }
        for times in [&self.writes, &self.reads] {
            assert!(longest(times) < PATIENCE, "{self}");
        }
        assert!(self.grown_kib < GROWTH, "{self}");
    }
}

impl Display for Observed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (writes, reads) = (&self.writes, &self.reads);
        let (write, read) = (longest(writes), longest(reads));
        write!(f, "{} writes elsewhere, {write:?} at most, ", writes.len())?;
        write!(f, "{} reads elsewhere, {read:?} at most, ", reads.len())?;
        write!(
            f,
            "{} answers about the people, {} KiB more",
            self.answers.len(),
            self.grown_kib
        )
    }
}

fn longest(times: &[Duration]) -> Duration {
    times.iter().max().copied().unwrap_or_default()
}

/// Some of them, from the first to the last.
fn sample(people: &[String]) -> Vec<String> {
    people.iter().step_by(people.len() / SAMPLE).cloned().collect()
}

/// A group for each of them.
async fn give_teams(scim: &Scim, people: &[String]) {
    let numbered: Vec<_> = people.iter().enumerate().collect();
    for some in numbered.chunks(BULK / 4) {
        let operations = some.iter().map(|(n, id)| {
            let data = json!({"displayName": format!("team-{n}"), "members": [{"value": id}]});
            json!({"method": "POST", "path": "/Groups", "bulkId": format!("b{n}"), "data": data})
        });
        let operations: Vec<_> = operations.collect();
        let answer = scim
            .post("/Bulk", &json!({ "Operations": operations }))
            .await
            .expect(200);
        for done in answer["Operations"].as_array().expect("a list") {
            assert_eq!(done["status"], "201", "{done}");
        }
    }
}

fn rules(grpc: &Grpc) -> MappingServiceClient<Line> {
    MappingServiceClient::new(grpc.line())
}

fn rule(group: Group, role: &str) -> MappingRule {
    MappingRule {
        group: Some(group),
        target: Some(Target::Role(role.into())),
        ..Default::default()
    }
}

async fn create(grpc: &Grpc, rule: MappingRule) -> MappingRule {
    let request = CreateMappingRuleRequest {
        organization: grpc.organization_named(),
        rule: Some(rule),
        ..Default::default()
    };
    let made = rules(grpc).create_mapping_rule(request).await.expect("a rule");
    made.into_inner().rule.expect("a rule")
}

/// Changes the role that a rule gives.
async fn update(grpc: &Grpc, rule: MappingRule) {
    let request = UpdateMappingRuleRequest {
        organization: grpc.organization_named(),
        rule: Some(MappingRule {
            etag: String::new(),
            ..rule
        }),
        update_mask: Some(mask(&["role"])),
        ..Default::default()
    };
    rules(grpc)
        .update_mapping_rule(request)
        .await
        .expect("a changed rule");
}

async fn delete(grpc: &Grpc, rule: MappingRule) {
    let request = DeleteMappingRuleRequest {
        organization: grpc.organization_named(),
        id: rule.id,
        ..Default::default()
    };
    rules(grpc).delete_mapping_rule(request).await.expect("no rule");
}
