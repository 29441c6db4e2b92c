//! Random calls against the whole API: whichever RPCs are called in whatever order and about whatever things, every invariant holds, and a
//! call that is refused leaves the database as it was. [`crate::both`] has the same for what is done over SCIM.

use identity_proto::v1::{TypedValue, User};
use tonic::Code;

use super::{
    entries::{ENTRIES, Entry, Requirement},
    fixture::Fixture,
};
use crate::harness::{Arrange, Grpc, OwnWorld, SeededRng, Setup, everywhere, grpc::named, raw};

everywhere!(random_calls_keep_every_invariant_and_refused_ones_change_nothing,);

/// Calls of one sequence.
const STEPS: usize = 100;
/// Sequences, each on a database of its own.
const SEQUENCES: u32 = 2;
/// The same where the scale is full.
const SEQUENCES_IN_FULL: u32 = 25;
/// Id that no resource has.
const NOBODY: &str = "0";

impl SeededRng {
    /// A fixture of which each id is one of these, or now and then nobody's.
    fn mix(&mut self, all: &[Fixture]) -> Fixture {
        let mut one = |id: fn(&Fixture) -> &String| match self.below(8) {
            0 => NOBODY.to_owned(),
            at => id(&all[at % all.len()]).clone(),
        };
        Fixture {
            organization: all[0].organization.clone(),
            user: one(|it| &it.user),
            group: one(|it| &it.group),
            connection: one(|it| &it.connection),
            token: one(|it| &it.token),
            service_account: one(|it| &it.service_account),
            project: one(|it| &it.project),
            role: one(|it| &it.role),
            schema: one(|it| &it.schema),
            rule: one(|it| &it.rule),
            spare: one(|it| &it.spare),
            gone: one(|it| &it.gone),
            gone_user: one(|it| &it.gone_user),
        }
    }
}

async fn random_calls_keep_every_invariant_and_refused_ones_change_nothing(setup: Setup) {
    let is_full = std::env::var("ROSTER_TEST_SCALE").is_ok_and(|scale| scale == "full");
    for seed in 0..if is_full { SEQUENCES_IN_FULL } else { SEQUENCES } {
        sequence(OwnWorld::arrange(setup).await, SeededRng(seed)).await;
    }
}

async fn sequence(mut world: OwnWorld, mut rng: SeededRng) {
    let admin = TypedValue {
        value: "admin".into(),
        ..Default::default()
    };
    let boss = User {
        roles: vec![admin],
        ..named("boss")
    };
    world.grpc().try_create(boss).await.expect("an admin");
    let all = [Fixture::make(&world).await, Fixture::make(&world).await];
    let entries: Vec<&Entry> = ENTRIES
        .iter()
        .filter(|it| it.requirement != Requirement::Nothing)
        .collect();
    let grpc = world.grpc();
    let (mut done, mut refused) = (0, 0);
    for _ in 0..STEPS {
        let entry = entries[rng.below(entries.len())];
        let fixture = rng.mix(&all);
        let before = world.dump().await;
        if is_done(&grpc, entry, &fixture).await {
            done += 1;
            world.assert_invariants().await;
        } else {
            refused += 1;
            assert_eq!(world.dump().await, before, "{} was refused", entry.method);
        }
    }
    assert!(
        done > STEPS / 10 && refused > STEPS / 20,
        "{done} done, {refused} refused"
    );
}

/// Calls, and answers whether it was done; a refusal is for a reason that lies with the caller.
async fn is_done(grpc: &Grpc, entry: &Entry, fixture: &Fixture) -> bool {
    let Err(status) = raw::call(grpc, entry.method, (entry.request)(fixture)).await else {
        return true;
    };
    let is_the_callers = matches!(
        status.code(),
        Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::FailedPrecondition
            | Code::PermissionDenied
            | Code::ResourceExhausted
            | Code::OutOfRange
            | Code::Aborted
    );
    assert!(is_the_callers, "{}: {status:?}", entry.method);
    false
}
