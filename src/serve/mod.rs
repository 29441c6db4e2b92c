//! `roster serve`: opens the store, puts the parts together, and serves until it is asked to end.

mod about;
mod connections;
mod console;
mod core;
mod database;
mod demo;
mod files;
mod heads;
pub(crate) mod key_source;
mod lifecycle;
mod listener;
mod listeners;
mod metrics;
mod openapi;
mod probes;
mod starting;
mod tls;
mod unread;
mod write_coalescing;
mod write_timeout;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use axum::Router;
use clap::Args;
use data_encoding::HEXLOWER;
use grpc_server::SignInLinks;
use identity_core::platform::{Platform, SystemPlatform};
use ipnet::IpNet;
use metrics_exporter_prometheus::PrometheusHandle;
use scim_facade::{Facade, client};
use sd_notify::NotifyState;
use tokio::{net::TcpListener, signal::unix::SignalKind};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};
use tower::ServiceExt as _;

use self::{
    connections::Limits,
    console::ConsoleListener,
    core::Core,
    lifecycle::Lifecycle,
    listeners::{Listeners, bind},
    probes::{Probes, Source},
    starting::Starting,
    tls::Tls,
};
use crate::{
    cli::write_out,
    failure::Failure,
    settings::{CoreAddress, CoreSettings, Flags, Part, SettingError, Settings, Sources, Toggle},
    telemetry::{
        self,
        traces::{self, Traces},
    },
};

const EXAMPLE: &str = "Examples:
  roster serve --demo
  roster serve --database-url postgres://roster@db.example/roster
  roster serve --only scim --core-url http://127.0.0.1:50051

The same settings can stand in a file (--config roster.toml), as in: grpc-listen = \"127.0.0.1:50051\".
ROSTER_ROOT_TOKEN and ROSTER_SECRET_KEY are made at the first start and kept beside an SQLite database; PostgreSQL needs
them given. Each has at least 24 characters; two separated by a comma are both accepted, the first one is used.";

/// Time limit of connecting to a core elsewhere.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Interval at which a core elsewhere is asked whether it is still there, so that a connection that died in silence is found out.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// Random bytes in the name of this process within request ids.
const INSTANCE_BYTES: usize = 4;

/// Arguments of `roster serve`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct ServeArgs {
    /// In an empty SQLite database, make an organization with some people, and say how to look at them
    #[arg(long)]
    demo: bool,
    /// A file of settings, TOML; flags and variables win
    #[arg(long, value_name = "FILE", env = "ROSTER_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
}

/// Serves until a signal ends it.
pub(crate) async fn run(args: ServeArgs) -> Result<(), Failure> {
    let sources = Sources::read(args.flags, args.config.as_deref())?;
    let settings = Settings::parse(&sources)?;
    if args.demo {
        demo::check(&settings)?;
    }
    let traces = settings.otlp_endpoint.as_ref().map(Traces::start).transpose()?;
    telemetry::start_log(settings.log_format, traces.as_ref())?;
    let tls = settings.tls.as_ref().map(Tls::load).transpose()?;
    // Caught in any case: a terminal that closes ends no server.
    let hangup = lifecycle::catch(SignalKind::hangup())?;
    if let Some(tls) = tls.clone() {
        tokio::spawn(tls.follow(hangup));
    }
    let program = Program {
        lifecycle: Lifecycle::start(settings.shutdown_delay)?,
        room: files::make_room(settings.listeners().len()),
        metrics: telemetry::start_metrics()?,
        settings: &settings,
        demo: args.demo,
        tls,
    };
    let outcome = match &settings.part {
        Part::Whole(core) => program.serve_whole(core).await,
        Part::Core(core) => program.serve_core(core).await,
        Part::Scim(core) => program.serve_scim(core).await,
    };
    if let Some(traces) = traces {
        traces.end().await;
    }
    outcome
}

/// Parts that every way of serving needs.
struct Program<'a> {
    settings: &'a Settings,
    demo: bool,
    tls: Option<Tls>,
    lifecycle: Lifecycle,
    /// Shares the connections under the file limit among the listeners.
    room: usize,
    metrics: PrometheusHandle,
}

impl Program<'_> {
    async fn serve_whole(mut self, settings: &CoreSettings) -> Result<(), Failure> {
        let (grpc, grpc_at) = bind("grpc-listen", self.settings.grpc_listen).await?;
        let (scim, scim_at) = bind("scim-listen", self.settings.scim_listen).await?;
        let mut starting = Starting::new(self.tls.clone());
        let scim = starting.open(scim, self.scim_limits())?;
        let management = self.bind_management(Some(&mut starting)).await?;
        let console = self.bind_console().await?;
        let links = console.as_ref().map(ConsoleListener::links);
        let base_url = self.settings.scim_base_url(Some(scim_at));
        let mut core = Core::open(
            settings,
            self.settings,
            (base_url, links.clone()),
            &mut self.lifecycle,
        )
        .await?;
        starting.end();
        let facade = self.facade(core.services.core(core.directory.clone()), scim_at);
        let probes = Probes::new(Source::Core(core.directory.clone()));
        let mut listeners = Listeners::new(self.lifecycle.end(), self.tls.clone());
        listeners.open_grpc(grpc, self.grpc_limits(), core.services.clone())?;
        let json_api = facade.json_api(client::boxed(core.services.in_process()));
        let router = facade.router().merge(json_api);
        let router = router.merge(self.beside_scim(&probes, scim_at));
        listeners.open_scim(scim, self.scim_limits(), router);
        let management = self.open_management(management, &mut listeners, &probes);
        let console = self.open_console(console, client::boxed(core.services.in_process()), &mut listeners);
        announce(&format!(
            "roster listens: gRPC on {grpc_at}, SCIM on {scim_at}{management}{console}"
        ))?;
        if self.demo {
            let at = demo::Addresses {
                grpc: grpc_at,
                scim: scim_at,
                console: links
                    .map(|SignInLinks(link)| link(&core.root_token))
                    .unwrap_or_default(),
            };
            announce(&demo::prepare(&core, &at).await?)?;
        }
        let say_so = async {
            probes.set_ending();
            core.set_ending().await;
        };
        let outcome = self.lifecycle.run(listeners, say_so).await;
        facade.flush().await;
        core.close().await;
        outcome
    }

    async fn serve_core(mut self, settings: &CoreSettings) -> Result<(), Failure> {
        let (grpc, grpc_at) = bind("grpc-listen", self.settings.grpc_listen).await?;
        let mut starting = Starting::new(self.tls.clone());
        let management = self.bind_management(Some(&mut starting)).await?;
        let console = self.bind_console().await?;
        let links = console.as_ref().map(ConsoleListener::links);
        let base_url = self.settings.scim_base_url(None);
        let mut core = Core::open(settings, self.settings, (base_url, links), &mut self.lifecycle).await?;
        starting.end();
        let probes = Probes::new(Source::Core(core.directory.clone()));
        let mut listeners = Listeners::new(self.lifecycle.end(), self.tls.clone());
        listeners.open_grpc(grpc, self.grpc_limits(), core.services.clone())?;
        let management = self.open_management(management, &mut listeners, &probes);
        let console = self.open_console(console, client::boxed(core.services.in_process()), &mut listeners);
        announce(&format!("roster listens: gRPC on {grpc_at}{management}{console}"))?;
        let say_so = async {
            probes.set_ending();
            core.set_ending().await;
        };
        let outcome = self.lifecycle.run(listeners, say_so).await;
        core.close().await;
        outcome
    }

    async fn serve_scim(self, core: &CoreAddress) -> Result<(), Failure> {
        let endpoint = endpoint(core)?;
        let (scim, scim_at) = bind("scim-listen", self.settings.scim_listen).await?;
        let management = self.bind_management(None).await?;
        let console = self.bind_console().await?;
        let remote = client::boxed(client::remote(&endpoint).map_request(traces::name_trace));
        let probes = Probes::new(Source::Remote(remote.clone()));
        let facade = self.facade(client::over(remote.clone()), scim_at);
        let mut listeners = Listeners::new(self.lifecycle.end(), self.tls.clone());
        let router = facade.router().merge(facade.json_api(remote.clone()));
        let router = router.merge(self.beside_scim(&probes, scim_at));
        listeners.open_scim(scim, self.scim_limits(), router);
        let management = self.open_management(management, &mut listeners, &probes);
        let console = self.open_console(console, remote, &mut listeners);
        announce(&format!(
            "roster listens: SCIM on {scim_at}{management}{console}, core at {}",
            core.url
        ))?;
        let outcome = self.lifecycle.run(listeners, async { probes.set_ending() }).await;
        facade.flush().await;
        outcome
    }

    async fn bind_management(
        &self,
        starting: Option<&mut Starting>,
    ) -> Result<Option<(TcpListener, SocketAddr)>, Failure> {
        let Some(address) = self.settings.management_listen else {
            return Ok(None);
        };
        let (socket, address) = bind("management-listen", address).await?;
        let socket = match starting {
            Some(starting) => starting.open(socket, self.limits(Vec::new()))?,
            None => socket,
        };
        Ok(Some((socket, address)))
    }

    /// Serves probes and metrics on their own listener, if there is one; answers what to announce.
    fn open_management(
        &self,
        bound: Option<(TcpListener, SocketAddr)>,
        listeners: &mut Listeners,
        probes: &Probes,
    ) -> String {
        let Some((socket, address)) = bound else {
            return String::new();
        };
        let routes = probes.routes_with(self.metrics.clone());
        listeners.open_management(socket, self.limits(Vec::new()), routes);
        format!(", management on {address}")
    }

    /// Binds the console's listener, which a demo has in any case.
    async fn bind_console(&self) -> Result<Option<ConsoleListener>, Failure> {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let address = self.settings.console_listen.or(self.demo.then_some(any_port));
        let Some(address) = address else {
            return Ok(None);
        };
        let bound = bind("console-listen", address).await?;
        let url = self.settings.console_url(bound.1);
        Ok(Some(ConsoleListener::new(bound, url)))
    }

    /// Serves the console, if it has a listener; answers what to announce.
    fn open_console(
        &self,
        console: Option<ConsoleListener>,
        core: client::CoreService,
        listeners: &mut Listeners,
    ) -> String {
        let limits = self.limits(Vec::new());
        console.map_or_else(String::new, |console| console.open(core, limits, listeners))
    }

    /// The routes for people and tools on the SCIM listener: what identity providers reach has no metrics if there is another place.
    fn beside_scim(&self, probes: &Probes, listening: SocketAddr) -> Router {
        let tools = match self.settings.management_listen {
            Some(_) => probes.routes(),
            None => probes.routes_with(self.metrics.clone()),
        };
        let base = self.settings.scim_base_url(Some(listening));
        let tools = tools.merge(about::route(&base, &self.settings.origin(listening)));
        match self.settings.reflection {
            Toggle::On => tools.merge(openapi::route()),
            Toggle::Off => tools,
        }
    }

    fn grpc_limits(&self) -> Limits {
        self.limits(self.settings.trusted_facades.clone())
    }

    fn scim_limits(&self) -> Limits {
        self.limits(self.settings.trusted_proxies.clone())
    }

    fn limits(&self, proxies: Vec<IpNet>) -> Limits {
        Limits {
            in_all: self.settings.max_connections.min(self.room),
            per_address: self.settings.max_connections_per_address,
            proxies,
        }
    }

    fn facade(&self, core: Arc<dyn identity_proto::Core>, listening: SocketAddr) -> Arc<Facade> {
        let mut number = [0; INSTANCE_BYTES];
        SystemPlatform.random(&mut number);
        let own_url = || {
            self.tls
                .as_ref()
                .and_then(|_| format!("https://{listening}").parse().ok())
        };
        let options = scim_facade::Options {
            public_url: self.settings.scim_public_url.clone().or_else(own_url),
            origin: self.settings.origin(listening),
            instance: HEXLOWER.encode(&number),
            trusted_proxies: self.settings.trusted_proxies.clone(),
            ..scim_facade::Options::default()
        };
        Facade::new(core, options)
    }
}

/// The way to a core in another process; connected when it is needed.
fn endpoint(core: &CoreAddress) -> Result<Endpoint, Failure> {
    let endpoint = Endpoint::from(core.url.clone())
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEPALIVE)
        .keep_alive_while_idle(true)
        .tcp_nodelay(true);
    if core.url.scheme_str() != Some("https") {
        return Ok(endpoint);
    }
    let mut config = match &core.authority {
        Some(file) => {
            ClientTlsConfig::new().ca_certificate(Certificate::from_pem(tls::read("core-ca", file)?))
        }
        None => ClientTlsConfig::new().with_enabled_roots(),
    };
    // A core with --tls-client-ca asks for it.
    if let Some((certificate, key)) = &core.identity {
        let certificate = tls::read("core-cert", certificate)?;
        config = config.identity(Identity::from_pem(certificate, tls::read("core-key", key)?));
    }
    let wrong = |cause| {
        SettingError::new(
            "core-ca",
            format!("the core's certificate cannot be checked: {cause}"),
        )
    };
    Ok(endpoint.tls_config(config).map_err(wrong)?)
}

/// Tells whoever started the program, on standard output; the log goes to standard error. A supervisor hears that the program is ready.
fn announce(text: &str) -> Result<(), Failure> {
    lifecycle::tell_supervisor(NotifyState::Ready);
    write_out(&format!("{text}\n"))
}
