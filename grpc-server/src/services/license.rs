//! `LicenseService`.

use identity_proto::v1::{
    AssignLicenseRequest, AssignLicenseResponse, ListLicensesRequest, ListLicensesResponse,
    ReportLicensesRequest, ReportLicensesResponse, UnassignLicenseRequest, UnassignLicenseResponse,
    license_service_server::LicenseService,
};
use tonic::Request;

use super::{Answer, Handler};
use crate::convert::{filled, license, list, user};

pub(super) struct Licenses(pub(super) Handler);

#[tonic::async_trait]
impl LicenseService for Licenses {
    async fn list_licenses(&self, request: Request<ListLicensesRequest>) -> Answer<ListLicensesResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            list::only_page(message.page_size, &message.page_token)?;
            let licenses = directory.list_licenses(&call, &message.organization).await?;
            Ok(ListLicensesResponse {
                licenses: licenses.into_iter().map(license::to_message).collect(),
                next_page_token: String::new(),
            })
        });
        work.await
    }

    async fn assign_license(&self, request: Request<AssignLicenseRequest>) -> Answer<AssignLicenseResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.user_id, "user_id")?;
            let user = directory
                .assign_license(&call, &message.organization, &message.user_id, &message.license)
                .await?;
            Ok(AssignLicenseResponse {
                user: Some(user::to_message(user)),
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn unassign_license(
        &self,
        request: Request<UnassignLicenseRequest>,
    ) -> Answer<UnassignLicenseResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.user_id, "user_id")?;
            let user = directory
                .unassign_license(&call, &message.organization, &message.user_id)
                .await?;
            Ok(UnassignLicenseResponse {
                user: Some(user::to_message(user)),
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn report_licenses(
        &self,
        request: Request<ReportLicensesRequest>,
    ) -> Answer<ReportLicensesResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            let report = directory
                .report_licenses(&call, &message.organization, &message.source, message.max_changes)
                .await?;
            Ok(license::report(report))
        });
        work.await
    }
}
