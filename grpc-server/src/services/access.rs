//! `AccessService`.

use identity_core::access::{Decision, Denial};
use identity_proto::v1::{
    BatchCheckAccessRequest, BatchCheckAccessResponse, CheckAccessRequest, CheckAccessResponse,
    ExplainAccessRequest, ExplainAccessResponse, ListAccessibleProjectsRequest,
    ListAccessibleProjectsResponse, ListEffectiveRolesRequest, ListEffectiveRolesResponse,
    ListProjectMembersRequest, ListProjectMembersResponse, ProjectMember,
    access_service_server::AccessService,
};
use tonic::Request;

use super::{Answer, Handler};
use crate::convert::{access, filled, list, required};

pub(super) struct Access(pub(super) Handler);

#[tonic::async_trait]
impl AccessService for Access {
    async fn check_access(&self, request: Request<CheckAccessRequest>) -> Answer<CheckAccessResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            let check = required(message.check, "check")?;
            filled(&check.user_id, "check.user_id")?;
            let scopes = directory
                .scopes_named(&call, &message.organization, &[&*check.project_id])
                .await?;
            let scope = scopes.into_iter().next().flatten();
            let check = access::check(check, scope);
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
            let lack_user: Vec<_> = message
                .checks
                .iter()
                .map(|check| check.user_id.is_empty())
                .collect();
            let projects: Vec<_> = message.checks.iter().map(|check| &*check.project_id).collect();
            let scopes = directory
                .scopes_named(&call, &message.organization, &projects)
                .await?;
            let checks = message.checks.into_iter().zip(scopes);
            let checks = checks.map(|(check, scope)| access::check(check, scope)).collect();
            let consistency = access::consistency(message.consistency);
            let decided = directory
                .batch_check_access(&call, &message.organization, checks, consistency)
                .await?;
            let decisions = decided.decisions.into_iter().zip(lack_user);
            let decisions = decisions.map(|(decision, lacks_user)| {
                if lacks_user {
                    Decision::Denied(Denial::CheckMalformed)
                } else {
                    decision
                }
            });
            Ok(BatchCheckAccessResponse {
                decisions: decisions.map(access::decision).collect(),
                revision: decided.revision,
            })
        });
        work.await
    }

    async fn list_effective_roles(
        &self,
        request: Request<ListEffectiveRolesRequest>,
    ) -> Answer<ListEffectiveRolesResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            filled(&message.user_id, "user_id")?;
            let consistency = access::consistency(message.consistency);
            let page = list::page(message.page_size, message.page_token);
            let (page, explained) = directory
                .effective_roles(&call, &message.organization, &message.user_id, consistency, page)
                .await?;
            Ok(ListEffectiveRolesResponse {
                roles: access::roles(&explained, page.items),
                revision: explained.access.revision,
                next_page_token: page.next_page_token,
            })
        });
        work.await
    }

    async fn list_accessible_projects(
        &self,
        request: Request<ListAccessibleProjectsRequest>,
    ) -> Answer<ListAccessibleProjectsResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            filled(&message.user_id, "user_id")?;
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

    async fn list_project_members(
        &self,
        request: Request<ListProjectMembersRequest>,
    ) -> Answer<ListProjectMembersResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            filled(&message.project_id, "project_id")?;
            let page = list::page(message.page_size, message.page_token);
            let (page, revision) = directory
                .project_members(&call, &message.organization, &message.project_id, page)
                .await?;
            let member = |(user, role): (identity_core::id::Id, String)| ProjectMember {
                user_id: user.to_string(),
                role,
            };
            Ok(ListProjectMembersResponse {
                members: page.items.into_iter().map(member).collect(),
                next_page_token: page.next_page_token,
                revision,
            })
        });
        work.await
    }

    async fn explain_access(&self, request: Request<ExplainAccessRequest>) -> Answer<ExplainAccessResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            filled(&message.user_id, "user_id")?;
            let mut explained = directory
                .explain(&call, &message.organization, &message.user_id, access::FRESH)
                .await?;
            let project = &*message.project_id;
            let scopes = directory
                .scopes_named(&call, &message.organization, &[project])
                .await?;
            let scope = scopes.into_iter().next().flatten();
            access::narrow(&mut explained, (project, scope), &message.permission)?;
            Ok(ExplainAccessResponse {
                active: explained.access.active,
                roles: access::roles(&explained, explained.scopes()),
                sentences: explained.sentences(),
                revision: explained.access.revision,
            })
        });
        work.await
    }
}
