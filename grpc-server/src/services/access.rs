//! `AccessService`.

use identity_proto::v1::{
    BatchCheckAccessRequest, BatchCheckAccessResponse, CheckAccessRequest, CheckAccessResponse,
    ExplainAccessRequest, ExplainAccessResponse, ListAccessibleProjectsRequest,
    ListAccessibleProjectsResponse, ListEffectiveRolesRequest, ListEffectiveRolesResponse,
    ListMembersRequest, ListMembersResponse, ProjectMember, access_service_server::AccessService,
};
use tonic::Request;

use super::{Answer, Door};
use crate::convert::{access, list, required};

pub(super) struct Access(pub(super) Door);

#[tonic::async_trait]
impl AccessService for Access {
    async fn check_access(&self, request: Request<CheckAccessRequest>) -> Answer<CheckAccessResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            let check = access::check(required(message.check, "check")?);
            let consistency = access::consistency(message.consistency);
            let decided = directory
                .check_access(&call, &message.organization, check, consistency)
                .await?;
            Ok(access::answer(&decided))
        });
        work.await
    }

    async fn batch_check_access(
        &self,
        request: Request<BatchCheckAccessRequest>,
    ) -> Answer<BatchCheckAccessResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            let checks = message.checks.into_iter().map(access::check).collect();
            let consistency = access::consistency(message.consistency);
            let decided = directory
                .batch_check_access(&call, &message.organization, checks, consistency)
                .await?;
            Ok(BatchCheckAccessResponse {
                decisions: decided.decisions.into_iter().map(access::decision).collect(),
                revision: decided.revision,
            })
        });
        work.await
    }

    async fn list_effective_roles(
        &self,
        request: Request<ListEffectiveRolesRequest>,
    ) -> Answer<ListEffectiveRolesResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            let consistency = access::consistency(message.consistency);
            let explained = directory
                .explain(&call, &message.organization, &message.user_id, consistency)
                .await?;
            Ok(ListEffectiveRolesResponse {
                roles: access::roles(&explained),
                revision: explained.access.revision,
            })
        });
        work.await
    }

    async fn list_accessible_projects(
        &self,
        request: Request<ListAccessibleProjectsRequest>,
    ) -> Answer<ListAccessibleProjectsResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            let page = list::page(message.page_size, message.page_token);
            let wanted = (&*message.user_id, &*message.permission);
            let (page, revision) = directory
                .accessible_projects(&call, &message.organization, wanted, page)
                .await?;
            Ok(ListAccessibleProjectsResponse {
                project_ids: page.items.iter().map(ToString::to_string).collect(),
                next_page_token: page.next_page_token,
                revision,
            })
        });
        work.await
    }

    async fn list_members(&self, request: Request<ListMembersRequest>) -> Answer<ListMembersResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            let page = list::page(message.page_size, message.page_token);
            let (page, revision) = directory
                .project_members(&call, &message.organization, &message.project_id, page)
                .await?;
            let member = |(user, role): (identity_core::id::Id, String)| ProjectMember {
                user_id: user.to_string(),
                role,
            };
            Ok(ListMembersResponse {
                members: page.items.into_iter().map(member).collect(),
                next_page_token: page.next_page_token,
                revision,
            })
        });
        work.await
    }

    async fn explain_access(&self, request: Request<ExplainAccessRequest>) -> Answer<ExplainAccessResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            let mut explained = directory
                .explain(&call, &message.organization, &message.user_id, access::FRESH)
                .await?;
            access::narrow(&mut explained, &message.project_id, &message.permission)?;
            Ok(ExplainAccessResponse {
                active: explained.access.active,
                roles: access::roles(&explained),
                sentences: explained.sentences(),
                revision: explained.access.revision,
            })
        });
        work.await
    }
}
