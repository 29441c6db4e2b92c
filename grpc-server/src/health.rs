//! `grpc.health.v1`: whether the server, and each of its services, takes calls.

use std::iter;

use tonic::service::Routes;
use tonic_health::{
    ServingStatus, pb::health_server::HealthServer, server::HealthReporter, server::HealthService,
};

use crate::methods::{PACKAGE, SERVICES};

/// The name of the server as a whole.
const SERVER: &str = "";

/// Health that the program reports to its clients.
#[derive(Clone)]
pub struct Health {
    reporter: HealthReporter,
}

/// Readiness of the server for calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Calls are taken.
    Serving,
    /// Calls are not taken, or not for long: the program is about to end.
    NotServing,
}

/// The names that have a status.
fn names() -> impl Iterator<Item = String> {
    let services = SERVICES.iter().map(|service| format!("{PACKAGE}.{service}"));
    iter::once(SERVER.to_owned()).chain(services)
}

impl Health {
    pub(crate) async fn new(readiness: Readiness) -> Self {
        let health = Self {
            reporter: HealthReporter::new(),
        };
        health.set(readiness).await;
        health
    }

    /// Sets the status of the server and of every service. Whoever watches them is told.
    pub async fn set(&self, readiness: Readiness) {
        let status = match readiness {
            Readiness::Serving => ServingStatus::Serving,
            Readiness::NotServing => ServingStatus::NotServing,
        };
        for name in names() {
            self.reporter.set_service_status(name, status).await;
        }
    }

    /// Ends the calls that watch a status, which would go on for ever.
    pub(crate) async fn end_watches(mut self) {
        for name in names() {
            self.reporter.clear_service_status(&name).await;
        }
    }

    pub(crate) fn add_to(&self, routes: Routes) -> Routes {
        let service = HealthService::from_health_reporter(self.reporter.clone());
        routes.add_service(HealthServer::new(service))
    }
}
