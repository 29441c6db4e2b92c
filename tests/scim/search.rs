//! Search by POST: RFC 7644, section 3.4.3.

use serde_json::json;

use crate::harness::{
    World, assert_refused, everywhere,
    scim::{encoded, ids},
};

everywhere!(
    a_search_answers_what_the_list_answers,
    a_search_of_everything_finds_users_and_groups,
    with_a_token_that_is_no_persons_me_is_not_implemented,
);

async fn a_search_answers_what_the_list_answers(world: World) {
    let scim = world.scim();
    for name in ["ada", "bob", "carl"] {
        scim.create_user(name).await;
        scim.create_group(name, &[]).await;
    }
    for (path, attribute) in [("/Users", "userName"), ("/Groups", "displayName")] {
        let filter = format!("{attribute} ne \"bob\"");
        let query = format!("sortBy={attribute}&sortOrder=descending&count=1&attributes={attribute}");
        let listed = scim
            .get(&format!("{path}?filter={}&{query}", encoded(&filter)))
            .await
            .expect(200);
        let body = json!({
            "filter": filter, "sortBy": attribute, "sortOrder": "descending", "count": 1, "attributes": [attribute],
        });
        let searched = scim.post(&format!("{path}/.search"), &body).await.expect(200);
        assert_eq!(searched, listed);
        assert_eq!(
            (&listed["totalResults"], &listed["Resources"][0][attribute]),
            (&2.into(), &"carl".into())
        );
    }
}

async fn a_search_of_everything_finds_users_and_groups(world: World) {
    let scim = world.scim();
    let user = scim.create_user("ada").await;
    let group = scim.create_group("Team", &[]).await;
    let found = scim
        .post("/.search", &json!({"filter": "id pr"}))
        .await
        .expect(200);
    assert_eq!(
        ids(&found),
        [&user["id"], &group["id"]].map(|id| id.as_str().unwrap())
    );
}

async fn with_a_token_that_is_no_persons_me_is_not_implemented(world: World) {
    let scim = world.scim();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        assert_refused(
            &scim.send(scim.request_with(method, "/Me", &json!({}))).await,
            501,
            None,
        );
    }
}
