//! `roster license`.

use clap::{Args, Subcommand};
use identity_proto::v1::{
    AssignLicenseRequest, ListLicensesRequest, ReportLicensesRequest, UnassignLicenseRequest,
};

use super::{
    InOrg,
    output::{Answer, Table, count},
    session::Session,
};
use crate::failure::Failure;

/// The commands about licenses.
#[derive(Debug, Subcommand)]
pub(crate) enum LicenseCommand {
    /// List the catalog, with the number of users for each license
    #[command(after_help = "Example:\n  roster license list --org acme")]
    List {
        #[command(flatten)]
        org: InOrg,
    },
    /// Give a user a license
    #[command(after_help = "Example:\n  roster license assign anna@acme.example developer --org acme")]
    Assign {
        #[command(flatten)]
        user: Named,
        /// A license of the catalog
        #[arg(value_name = "LICENSE")]
        license: String,
    },
    /// Take the license that was given from a user
    #[command(after_help = "Example:\n  roster license unassign anna@acme.example --org acme")]
    Unassign(Named),
    /// Tell which users would have another license if licenses came from another source
    #[command(after_help = "Example:\n  roster license report --org acme --source scim")]
    Report {
        #[command(flatten)]
        org: InOrg,
        /// none, manual, mapping or scim
        #[arg(long, value_name = "SOURCE", default_value = "", hide_default_value = true)]
        source: String,
        /// The largest number of changes to name
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: i32,
    },
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

impl LicenseCommand {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let mut client = session.licenses();
        match self {
            Self::List { org } => {
                let request = ListLicensesRequest {
                    organization: org.org,
                    ..ListLicensesRequest::default()
                };
                let all = client.list_licenses(request).await?.into_inner();
                Answer::rows(&all, &all.licenses)
            }
            Self::Assign { user, license } => {
                let request = AssignLicenseRequest {
                    user_id: session.user_id(&user.org.org, &user.user).await?,
                    organization: user.org.org,
                    license,
                    validate_only: false,
                };
                let given = client.assign_license(request).await?.into_inner();
                Answer::rows(&given, &[given.user.clone().unwrap_or_default()])
            }
            Self::Unassign(user) => {
                let request = UnassignLicenseRequest {
                    user_id: session.user_id(&user.org.org, &user.user).await?,
                    organization: user.org.org,
                    validate_only: false,
                };
                let taken = client.unassign_license(request).await?.into_inner();
                Answer::rows(&taken, &[taken.user.clone().unwrap_or_default()])
            }
            Self::Report { org, source, limit } => report(org.org, source, limit, session).await,
        }
    }
}

async fn report(
    organization: String,
    source: String,
    max_changes: i32,
    session: &Session,
) -> Result<Answer, Failure> {
    let request = ReportLicensesRequest {
        organization,
        source,
        max_changes,
    };
    let report = session.licenses().report_licenses(request).await?.into_inner();
    let summary = format!(
        "{} of {} would have another license, {} would have none\n",
        report.changing_count,
        count(report.user_count, "user"),
        report.without_count,
    );
    Ok(Answer::text(&report, summary)?.and_table(Table::of(&report.changes)))
}
