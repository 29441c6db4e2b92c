//! Access checks.

use std::{sync::Arc, time::Instant};

use crate::{
    load::{Calls, Figure, Plan, run},
    report::{Limit, Report},
};
use identity_client::{
    Client, Freshness, Question,
    v1::{
        AccessCheck, BatchCheckAccessRequest, CheckAccessRequest, Consistency, CreateUserRequest,
        DeleteUserRequest, User, consistency::Requirement,
    },
};

/// Checks in a batch.
const BATCH: usize = 100;
/// Questions to the memory of a client.
const REMEMBERED: usize = 3_000_000;
const PERMISSION: &str = "project.view";

/// Makes users; answers their ids.
pub async fn users(client: &Client, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..count {
        let user = User {
            user_name: format!("user-{n}@bench.example"),
            ..User::default()
        };
        let request = CreateUserRequest {
            user: Some(user),
            ..CreateUserRequest::default()
        };
        let made = client.users().create_user(request).await.expect("a user");
        ids.push(made.into_inner().user.expect("a user").id);
    }
    ids
}

/// The empty call of the limit server.
pub async fn empty(plan: Plan, client: &Client) -> Figure {
    run(plan, |_, tickets| {
        let client = client.clone();
        async move {
            let mut calls = Calls::new(tickets);
            while calls.begin().is_some() {
                let answer = client.users().delete_user(DeleteUserRequest::default()).await;
                answer.map_err(|status| status.to_string())?;
                calls.end();
            }
            Ok(calls.times())
        }
    })
    .await
}

pub async fn measure(
    client: &Client,
    users: &[String],
    (database, plan): (&str, Plan),
    (limit, report): (&Limit, &mut Report),
) {
    let (users, mut alone) = (Arc::new(users.to_vec()), None);
    for (name, requirement) in [
        ("CheckAccess", Requirement::FullyConsistent(true)),
        (
            "CheckAccess, minimize_latency",
            Requirement::MinimizeLatency(true),
        ),
    ] {
        let figure = single(client, Arc::clone(&users), plan, requirement).await;
        alone.get_or_insert(figure.per_second);
        report.row(database, name, figure, Some(limit));
    }
    let mut figure = batch(client, Arc::clone(&users), plan).await;
    figure.per_second *= BATCH as f64;
    let cheaper = figure.per_second / alone.unwrap_or(f64::NAN);
    report.row(database, "BatchCheckAccess, 100 a call, checks", figure, None);
    report.fact(
        database,
        "a check in a batch, times cheaper than alone",
        cheaper,
        "x",
    );
    remembered(client, &users, database, report).await;
}

fn question(users: &[String], n: u64) -> AccessCheck {
    AccessCheck {
        user_id: users[usize::try_from(n).unwrap_or(0).wrapping_mul(7919) % users.len()].clone(),
        permission: PERMISSION.to_owned(),
        project_id: String::new(),
    }
}

async fn single(client: &Client, users: Arc<Vec<String>>, plan: Plan, requirement: Requirement) -> Figure {
    run(plan, |_, tickets| {
        let (client, users) = (client.clone(), Arc::clone(&users));
        async move {
            let mut calls = Calls::new(tickets);
            while let Some(n) = calls.begin() {
                let request = CheckAccessRequest {
                    organization: String::new(),
                    check: Some(question(&users, n)),
                    consistency: Some(Consistency {
                        requirement: Some(requirement),
                    }),
                };
                let answer = client.access().check_access(request).await;
                answer.map_err(|status| status.to_string())?;
                calls.end();
            }
            Ok(calls.times())
        }
    })
    .await
}

async fn batch(client: &Client, users: Arc<Vec<String>>, plan: Plan) -> Figure {
    run(plan, |_, tickets| {
        let (client, users) = (client.clone(), Arc::clone(&users));
        async move {
            let mut calls = Calls::new(tickets);
            while let Some(n) = calls.begin() {
                let first = n * BATCH as u64;
                let request = BatchCheckAccessRequest {
                    organization: String::new(),
                    checks: (first..first + BATCH as u64)
                        .map(|n| question(&users, n))
                        .collect(),
                    consistency: None,
                };
                let answer = client.access().batch_check_access(request).await;
                answer.map_err(|status| status.to_string())?;
                calls.end();
            }
            Ok(calls.times())
        }
    })
    .await
}

/// One thread that asks a client which knows all answers.
async fn remembered(client: &Client, users: &[String], database: &str, report: &mut Report) {
    let checks = client.checks("");
    while checks.followed_revision().is_none() {
        tokio::task::yield_now().await;
    }
    let question = |n: usize| Question {
        user: &users[n.wrapping_mul(7919) % users.len()],
        permission: PERMISSION,
        project: "",
    };
    for n in 0..users.len() {
        let asked = checks.check(&question(n), Freshness::Latest).await;
        asked.expect("an answer");
    }
    let begin = Instant::now();
    let known = (0..REMEMBERED).filter(|n| checks.remembered(&question(*n), Freshness::Latest).is_some());
    let known = known.count();
    let rate = REMEMBERED as f64 / begin.elapsed().as_secs_f64();
    report.fact(database, "checks from a client's memory, one thread", rate, "/s");
    let share = 100.0 * known as f64 / REMEMBERED as f64;
    report.fact(database, "of them remembered", share, "%");
}
