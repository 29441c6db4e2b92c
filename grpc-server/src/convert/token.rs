//! Tokens. Their secrets pass by here only as texts of two answers.

use identity_core::{
    caller::Scope,
    directory::input::{NewToken, Rotation, TokenKind},
    error::{Error, Result},
    token::{Token, TokenGrant},
};
use identity_proto::v1::{self, RotateTokenRequest, TokenKind as KindMessage};

use super::{named, time};

pub(crate) fn to_message(token: Token) -> v1::Token {
    let mut message = v1::Token {
        id: token.id.to_string(),
        organization_id: token.organization_id.to_string(),
        kind: kind_message(&token.grant).into(),
        name: token.name,
        scopes: scope_names(token.grant.scopes()),
        expire_time: token.expires_at.map(time::to_message),
        last_use_time: token.last_used_at.map(time::to_message),
        create_time: Some(time::to_message(token.created_at)),
        rotate_time: token.rotated_at.map(time::to_message),
        secret_prefix: token.secret_prefix,
        project_ids: token.projects.iter().map(ToString::to_string).collect(),
        former_secret_expire_time: token.former_ends_at.map(time::to_message),
        ..v1::Token::default()
    };
    match token.grant {
        TokenGrant::Scim { connection_id } => message.connection_id = connection_id.to_string(),
        TokenGrant::Service { .. } => {}
        TokenGrant::Personal { user_id, .. } => message.user_id = user_id.to_string(),
        TokenGrant::Key {
            service_account_id, ..
        } => message.service_account_id = service_account_id.to_string(),
    }
    message
}

fn kind_message(grant: &TokenGrant) -> KindMessage {
    match grant {
        TokenGrant::Scim { .. } => KindMessage::Scim,
        TokenGrant::Service { .. } => KindMessage::Service,
        TokenGrant::Personal { .. } => KindMessage::Personal,
        TokenGrant::Key { .. } => KindMessage::ServiceAccountKey,
    }
}

pub(crate) fn create(token: v1::Token) -> Result<NewToken> {
    let kind = kind(token.kind)?.ok_or_else(|| Error::invalid("kind", "is required"))?;
    let (owner, stranger, field) = match kind {
        TokenKind::Key => (token.service_account_id, token.user_id, "user_id"),
        _ => (token.user_id, token.service_account_id, "service_account_id"),
    };
    if !stranger.is_empty() {
        return Err(Error::invalid(field, "a token of this kind has none"));
    }
    Ok(NewToken {
        kind,
        name: token.name,
        connection: token.connection_id,
        owner,
        scopes: scopes(&token.scopes)?,
        projects: token.project_ids,
        expires_at: time::from_message(token.expire_time, "expire_time")?,
    })
}

pub(crate) fn rotation(request: RotateTokenRequest) -> Result<Rotation> {
    Ok(Rotation {
        id: request.id,
        expires_at: time::from_message(request.expire_time, "expire_time")?,
        overlap: time::duration(request.overlap, "overlap")?,
        request_id: request.request_id,
    })
}

/// The kind; `None` if it is unspecified.
pub(crate) fn kind(kind: i32) -> Result<Option<TokenKind>> {
    match KindMessage::try_from(kind) {
        Ok(KindMessage::Unspecified) => Ok(None),
        Ok(KindMessage::Scim) => Ok(Some(TokenKind::Scim)),
        Ok(KindMessage::Service) => Ok(Some(TokenKind::Service)),
        Ok(KindMessage::Personal) => Ok(Some(TokenKind::Personal)),
        Ok(KindMessage::ServiceAccountKey) => Ok(Some(TokenKind::Key)),
        Err(_) => Err(Error::invalid("kind", "must be a known kind")),
    }
}

pub(crate) fn scopes(names: &[String]) -> Result<Vec<Scope>> {
    names.iter().enumerate().map(scope).collect()
}

pub(crate) fn scope_names(scopes: &[Scope]) -> Vec<String> {
    scopes.iter().map(|scope| scope.name().to_owned()).collect()
}

fn scope((index, name): (usize, &String)) -> Result<Scope> {
    let field = format!("scopes[{index}]");
    named(name, Scope::parse, &field, &Scope::ALL.map(Scope::name))
}

#[cfg(test)]
mod tests {
    use identity_core::{caller::Scope, directory::input::TokenKind, error::Error};
    use identity_proto::v1;

    use super::create;

    fn token(kind: i32, scopes: &[&str]) -> v1::Token {
        v1::Token {
            kind,
            scopes: scopes.iter().map(ToString::to_string).collect(),
            ..Default::default()
        }
    }

    #[test]
    fn every_scope_is_known_by_its_name() {
        let names = Scope::ALL.map(Scope::name);
        let new = create(token(2, &names)).unwrap();
        assert_eq!((new.kind, new.scopes), (TokenKind::Service, Scope::ALL.to_vec()));
    }

    #[test]
    fn an_unknown_scope_is_named_by_its_place() {
        let refused = create(token(2, &["users:read", "users:own"]));
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "scopes[1]"));
    }

    #[test]
    fn a_token_has_a_kind() {
        assert!(create(token(0, &[])).is_err());
        assert!(create(token(9, &[])).is_err());
    }
}
