//! Groups that a change of the policy concerns.

use super::{BATCH, Tally};
use crate::{
    directory::input::PolicyEffect,
    error::Result,
    filter::Filter,
    id::Id,
    policy::Policy,
    search::position_of_group,
    store::{Direction, ListQuery, Order, Reader},
    text::fold,
};

/// Finds the effects of the change on groups.
pub(super) async fn effects(
    organization: Id,
    before: &Policy,
    after: &Policy,
    reader: &mut dyn Reader,
) -> Result<Vec<PolicyEffect>> {
    if before.groups_unique_names == after.groups_unique_names || !after.groups_unique_names.is_on() {
        return Ok(Vec::new());
    }
    let what = "groups share their name with another one, so the setting cannot be switched on";
    let mut tally = Tally::new("groups.unique_names", what);
    let mut page = ListQuery {
        // Namesakes come one after the other.
        order: Order {
            attribute: Some("display_name".into()),
            direction: Direction::Ascending,
        },
        ..ListQuery::of_all(Filter::All(Vec::new()), BATCH)
    };
    let mut previous: Option<String> = None;
    loop {
        let groups = reader.groups(organization, &page).await?;
        for group in &groups {
            let key = fold(&group.display_name);
            if previous.as_ref() == Some(&key) {
                tally.note(&group.display_name);
            }
            previous = Some(key);
        }
        let Some(last) = groups.last() else { break };
        page.after = Some(position_of_group(&page.order, last, &[])?);
    }
    Ok(tally.effect().into_iter().collect())
}
