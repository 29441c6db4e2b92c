//! Pages that every client can read. What a page has at most is a number of items, and items may be large: gRPC clients refuse messages over
//! 4 MiB unless they are told otherwise, so a page that has more bytes than [`MAX_BYTES`] is read again with fewer items (AIP-158 allows it).

use std::future::Future;

use identity_core::error::Result;
use identity_proto::v1;
use prost::Message;

/// Bytes of a page of more than one item: half of the limit of clients.
const MAX_BYTES: usize = 2 << 20;

/// A request for a page.
pub(super) trait PageRequest: Clone {
    fn page_size(&mut self) -> &mut i32;
}

/// A page.
pub(super) trait Page: Message {
    /// The number of its items.
    fn len(&self) -> usize;
}

macro_rules! pages {
    ($($request:ident => $response:ident { $($items:ident),+ })+) => {
        $(
            impl PageRequest for v1::$request {
                fn page_size(&mut self) -> &mut i32 {
                    &mut self.page_size
                }
            }

            impl Page for v1::$response {
                fn len(&self) -> usize {
                    0 $(+ self.$items.len())+
                }
            }
        )+
    };
}

pages! {
    ExportUserRequest => ExportUserResponse { changes, provisioning_requests }
    ListAccessibleProjectsRequest => ListAccessibleProjectsResponse { project_ids }
    ListAssignableRolesRequest => ListAssignableRolesResponse { roles }
    ListChangesRequest => ListChangesResponse { changes }
    ListConnectionHealthRequest => ListConnectionHealthResponse { health }
    ListConnectionsRequest => ListConnectionsResponse { connections }
    ListEffectiveRolesRequest => ListEffectiveRolesResponse { roles }
    ListGrantsRequest => ListGrantsResponse { grants }
    ListGroupMembersRequest => ListGroupMembersResponse { members }
    ListGroupsRequest => ListGroupsResponse { groups }
    ListOrganizationsRequest => ListOrganizationsResponse { organizations }
    ListProjectMembersRequest => ListProjectMembersResponse { members }
    ListProjectsRequest => ListProjectsResponse { projects }
    ListProvisioningRequestsRequest => ListProvisioningRequestsResponse { requests }
    ListRolesRequest => ListRolesResponse { roles }
    ListServiceAccountsRequest => ListServiceAccountsResponse { service_accounts }
    ListTokensRequest => ListTokensResponse { tokens }
    ListUsersRequest => ListUsersResponse { users }
    PreviewAdoptionRequest => PreviewAdoptionResponse { items }
}

/// Reads a page, again with at most half of its items while it has too many bytes: ten times at most for 1,000 items.
pub(super) async fn fitting<M: PageRequest, A: Page, F: Future<Output = Result<A>>>(
    mut request: M,
    read: impl Fn(M) -> F,
) -> Result<A> {
    loop {
        let page = read(request.clone()).await?;
        let (items, bytes) = (page.len(), page.encoded_len());
        if items <= 1 || bytes <= MAX_BYTES {
            return Ok(page);
        }
        let fewer = (items * MAX_BYTES / bytes).min(items / 2).max(1);
        *request.page_size() = i32::try_from(fewer).unwrap_or(1);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use identity_proto::v1::{ListUsersRequest, ListUsersResponse, User};

    use super::{MAX_BYTES, fitting};

    /// Answers the sizes that are asked for until the page of these users fits, and how many it has in the end.
    async fn asked(users: &[usize]) -> (Vec<i32>, usize) {
        let asked = RefCell::new(Vec::new());
        let request = ListUsersRequest {
            page_size: 1_000,
            ..Default::default()
        };
        let page = fitting(request, |request| {
            asked.borrow_mut().push(request.page_size);
            let count = usize::try_from(request.page_size).unwrap_or_default();
            let user = |bytes: &usize| User {
                title: "x".repeat(*bytes),
                ..Default::default()
            };
            let users = users.iter().take(count).map(user).collect();
            async move {
                Ok(ListUsersResponse {
                    users,
                    ..Default::default()
                })
            }
        });
        let page = page.await.expect("a page");
        (asked.into_inner(), page.users.len())
    }

    #[tokio::test]
    async fn a_page_of_large_items_has_fewer() {
        assert_eq!(asked(&[100; 1_000]).await, (vec![1_000], 1_000));
        assert_eq!(asked(&[MAX_BYTES / 50; 100]).await, (vec![1_000, 49], 49));
        assert_eq!(asked(&[MAX_BYTES + 1]).await, (vec![1_000], 1));
        let mut first_is_large = [0; 1_000];
        first_is_large[0] = MAX_BYTES + 1;
        let (asked, items) = asked(&first_is_large).await;
        assert_eq!((asked.len(), items), (10, 1), "{asked:?}");
    }
}
