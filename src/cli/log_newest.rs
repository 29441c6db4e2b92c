//! The newest entries of the change log, which the API lists oldest first.

use std::collections::VecDeque;

use identity_proto::v1::{Change, ListChangesRequest, ListChangesResponse};
use tonic::Status;

use super::session::Session;

/// Entries of one call.
const PAGE: usize = 1_000;
/// Factor by which spans of revisions grow while they hold too little.
const GROWTH: i64 = 4;

/// The newest entries.
pub(super) struct Newest {
    /// The entries, newest first.
    pub(super) changes: Vec<Change>,
    /// Set if there may be older ones.
    pub(super) goes_on: bool,
    /// The organization's revision: no entry is newer.
    pub(super) revision: i64,
}

/// Reads the newest entries that meet the conditions: spans of revisions from the newest back, each larger than
/// the one before, so that a rare thing is found in few calls.
pub(super) async fn newest(
    request: &ListChangesRequest,
    limit: usize,
    session: &Session,
) -> Result<Newest, Status> {
    let mut client = session.changes();
    newest_of(request, limit, async |request| {
        Ok(client.list_changes(request).await?.into_inner())
    })
    .await
}

async fn newest_of(
    request: &ListChangesRequest,
    limit: usize,
    mut list: impl AsyncFnMut(ListChangesRequest) -> Result<ListChangesResponse, Status>,
) -> Result<Newest, Status> {
    let probe = ListChangesRequest {
        page_size: 1,
        ..request.clone()
    };
    let revision = list(probe).await?.revision;
    let mut newest = Newest {
        changes: Vec::new(),
        goes_on: false,
        revision,
    };
    let mut end = revision;
    let mut span = i64::try_from(limit.clamp(1, PAGE)).unwrap_or(1);
    while newest.changes.len() < limit && end > request.after_revision {
        let begin = end.saturating_sub(span).max(request.after_revision);
        let wanted = limit - newest.changes.len();
        let mut within_span = VecDeque::new();
        let mut page_token = String::new();
        loop {
            let page = ListChangesRequest {
                page_size: i32::try_from(limit.clamp(1, PAGE)).unwrap_or(1),
                page_token,
                after_revision: begin,
                ..request.clone()
            };
            let page = list(page).await?;
            let read = page.changes.len();
            let within = page.changes.into_iter().filter(|change| change.revision <= end);
            let before = within_span.len();
            within_span.extend(within);
            let is_end = within_span.len() - before < read;
            while within_span.len() > wanted {
                within_span.pop_front();
                newest.goes_on = true;
            }
            page_token = page.next_page_token;
            if is_end || page_token.is_empty() {
                break;
            }
        }
        newest.changes.extend(within_span.into_iter().rev());
        end = begin;
        span = span.saturating_mul(GROWTH);
    }
    newest.goes_on |= end > request.after_revision;
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log in which each revision has two entries; the one that is asked for is every so many revisions.
    async fn read(revisions: i64, every: i64, after: i64, limit: usize) -> (Vec<(i64, i32)>, bool, usize) {
        let all = (1..=revisions).flat_map(|revision| [(revision, 0), (revision, 1)]);
        let all: Vec<_> = all.filter(|(revision, _)| revision % every == 0).collect();
        let mut calls = 0;
        let list = async |request: ListChangesRequest| {
            calls += 1;
            let skip: usize = request.page_token.parse().unwrap_or(0);
            let size = usize::try_from(request.page_size).unwrap();
            let matching = all
                .iter()
                .filter(|(revision, _)| *revision > request.after_revision);
            let rest: Vec<_> = matching.skip(skip).collect();
            let changes = rest.iter().take(size).map(|(revision, sequence)| Change {
                revision: *revision,
                sequence: *sequence,
                ..Change::default()
            });
            Ok(ListChangesResponse {
                changes: changes.collect(),
                next_page_token: if rest.len() > size {
                    (skip + size).to_string()
                } else {
                    String::new()
                },
                revision: revisions,
            })
        };
        let request = ListChangesRequest {
            after_revision: after,
            ..ListChangesRequest::default()
        };
        let found = newest_of(&request, limit, list).await.unwrap();
        let shown = found
            .changes
            .iter()
            .map(|change| (change.revision, change.sequence));
        (shown.collect(), found.goes_on, calls)
    }

    #[tokio::test]
    async fn the_newest_entries_come_first() {
        let (shown, goes_on, calls) = read(6_000, 1, 0, 3).await;
        assert_eq!((shown, goes_on), (vec![(6_000, 1), (6_000, 0), (5_999, 1)], true));
        assert!(calls < 6, "{calls}");
    }

    #[tokio::test]
    async fn entries_that_are_rare_are_found_in_few_calls() {
        let (shown, goes_on, calls) = read(1_000_000, 400_000, 0, 100).await;
        assert_eq!(shown, [(800_000, 1), (800_000, 0), (400_000, 1), (400_000, 0)]);
        assert!(!goes_on && calls < 12, "{calls}");
    }

    #[tokio::test]
    async fn a_log_is_read_to_its_beginning_and_not_beyond_a_condition() {
        assert_eq!(read(2, 1, 0, 100).await.0, [(2, 1), (2, 0), (1, 1), (1, 0)]);
        assert_eq!(read(9, 1, 8, 100).await.0, [(9, 1), (9, 0)]);
        assert_eq!(read(0, 1, 0, 100).await.0, []);
        assert_eq!(read(9, 1, 0, 0).await.0, []);
    }
}
