//! Users that a change of the policy concerns.

use super::{BATCH, Tally};
use crate::{
    directory::{input::PolicyEffect, users::outside},
    error::Result,
    filter::Filter,
    id::Id,
    license,
    policy::{Policy, PrimaryEmail, UserNameFormat},
    search::position_of_user,
    store::{ListQuery, Reader},
    user::User,
    validate,
};

/// Condition under which a user is concerned.
type Concerns<'a> = Box<dyn Fn(&User) -> bool + Send + Sync + 'a>;

/// A question that is asked of every user.
struct Question<'a> {
    concerns: Concerns<'a>,
    tally: Tally,
}

/// Finds the effects of the change on users; reads them only if there is something to ask.
pub(super) async fn effects(
    organization: Id,
    before: &Policy,
    after: &Policy,
    reader: &mut dyn Reader,
) -> Result<Vec<PolicyEffect>> {
    let mut questions = questions(before, after);
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let mut page = ListQuery::of_all(Filter::All(Vec::new()), BATCH);
    loop {
        let users = reader.users(organization, &page).await?;
        for user in &users {
            for question in &mut questions {
                if (question.concerns)(user) {
                    question.tally.note(&user.user_name);
                }
            }
        }
        let Some(last) = users.last() else { break };
        page.after = Some(position_of_user(&page.order, last, &[])?);
    }
    Ok(questions.into_iter().filter_map(|it| it.tally.effect()).collect())
}

fn questions<'a>(before: &'a Policy, after: &'a Policy) -> Vec<Question<'a>> {
    let asked = [
        names(before, after),
        addresses(before, after),
        roles(before, after),
        attributes(before, after),
        sources(before, after),
        licenses(before, after),
    ];
    asked.into_iter().flatten().collect()
}

fn question<'a>(
    setting: &'static str,
    what: &str,
    concerns: impl Fn(&User) -> bool + Send + Sync + 'a,
) -> Question<'a> {
    Question {
        concerns: Box::new(concerns),
        tally: Tally::new(setting, what),
    }
}

fn names<'a>(before: &Policy, after: &Policy) -> Option<Question<'a>> {
    let is_stricter =
        after.user_name_format != before.user_name_format && after.user_name_format == UserNameFormat::Email;
    let what = "users have a name that is no e-mail address; they keep it until it is changed";
    let concerns = |user: &User| !validate::is_email(&user.user_name);
    is_stricter.then(|| question("user_name.format", what, concerns))
}

fn addresses<'a>(before: &Policy, after: &Policy) -> Option<Question<'a>> {
    let rule = after.email_primary_rule;
    let is_stricter = rule != before.email_primary_rule && rule == PrimaryEmail::MustEqualUserName;
    let what = "users have another primary e-mail address than their name; they keep it until it is changed";
    let concerns = move |user: &User| validate::primary_email(&user.profile, &user.user_name, rule).is_err();
    is_stricter.then(|| question("email.primary_rule", what, concerns))
}

fn roles<'a>(before: &Policy, after: &Policy) -> Option<Question<'a>> {
    let is_other = after.roles_default_org != before.roles_default_org;
    let what = "users hold no role of their own in the organization and would have another default";
    let concerns = |user: &User| user.organization_role.is_none();
    is_other.then(|| question("roles.default_org", what, concerns))
}

fn attributes<'a>(before: &Policy, after: &'a Policy) -> Option<Question<'a>> {
    let kept = |policy: &Policy| (policy.attributes_profile, policy.attributes_custom);
    let what = "users have attributes that are no longer taken; they keep them until they are taken away";
    let concerns = |user: &User| outside(after, user);
    (kept(before) != kept(after)).then(|| question("attributes.profile", what, concerns))
}

/// Asks about licenses without those that mapping rules give: `ReportLicenses` tells these too.
fn sources<'a>(before: &Policy, after: &Policy) -> Option<Question<'a>> {
    let (old, new) = (before.license_source, after.license_source);
    let what = "users would have another license, or none";
    let concerns = move |user: &User| {
        let counts = |source| license::effective(source, user.profile.license.as_ref(), None);
        counts(old).map(|it| it.value) != counts(new).map(|it| it.value)
    };
    (old != new).then(|| question("license.source", what, concerns))
}

fn licenses<'a>(before: &Policy, after: &'a Policy) -> Option<Question<'a>> {
    let offered = |policy: &Policy| (policy.license_catalog.clone(), policy.plan_licenses.clone());
    let what = "users were given a license that there is no longer; they keep it until it is changed";
    let concerns = |user: &User| {
        let license = user.profile.license.as_ref();
        license.is_some_and(|it| after.refuse_license("license", &it.value).is_err())
    };
    (offered(before) != offered(after)).then(|| question("license.catalog", what, concerns))
}
