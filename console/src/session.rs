//! Sessions of browsers, and the codes that begin them. Both are kept by their digests, in memory: a restart ends them all.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

/// Time after which a session without requests ends.
const MAX_IDLE: Duration = Duration::from_mins(30);
/// Time after which a session ends in any case.
const MAX_AGE: Duration = Duration::from_hours(8);
/// Time in which a code can be used.
const CODE_LIFE: Duration = Duration::from_mins(1);
/// Sessions at a time, and codes: the oldest one ends for a new one.
const MAX_SESSIONS: usize = 10_000;
/// Sessions of one token at a time, and codes: one that makes more ends its own.
const MAX_SESSIONS_OF_TOKEN: usize = 20;
/// Random bytes of the ids of sessions, of their form tokens and of codes.
const SECRET_BYTES: usize = 32;

type Key = [u8; 32];

/// Session of a browser.
#[derive(Clone)]
pub(crate) struct Session {
    /// Token that its calls present.
    pub(crate) token: String,
    /// Secret that its forms carry, so that no other site can send them.
    pub(crate) form_token: String,
    begun: Instant,
    used: Instant,
}

/// All sessions and codes.
pub struct Sessions {
    random: fn(&mut [u8]),
    open: Mutex<HashMap<Key, Session>>,
    codes: Mutex<HashMap<Key, (String, Instant)>>,
}

impl Sessions {
    /// No sessions. `random` fills bytes from a cryptographic source.
    pub fn new(random: fn(&mut [u8])) -> Self {
        Self {
            random,
            open: Mutex::default(),
            codes: Mutex::default(),
        }
    }

    /// Begins a session with a token; answers its id, which is nobody's before.
    pub(crate) fn begin(&self, token: &str) -> String {
        let id = self.secret();
        let now = Instant::now();
        let session = Session {
            token: token.to_owned(),
            form_token: self.secret(),
            begun: now,
            used: now,
        };
        let mut sessions = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| session.holds(now));
        make_room(
            &mut sessions,
            MAX_SESSIONS_OF_TOKEN,
            |session| session.used,
            |session| session.token == token,
        );
        make_room(&mut sessions, MAX_SESSIONS, |session| session.used, |_| true);
        sessions.insert(key(&id), session);
        id
    }

    /// Finds the session of an id, and notes its use.
    pub(crate) fn find(&self, id: &str) -> Option<Session> {
        let now = Instant::now();
        let mut sessions = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get_mut(&key(id)).filter(|session| session.holds(now))?;
        session.used = now;
        Some(session.clone())
    }

    /// Ends the session of an id.
    pub(crate) fn end(&self, id: &str) {
        let mut sessions = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.remove(&key(id));
    }

    /// Makes a code that signs a browser in with a token, once and within a minute. The token is not checked.
    pub fn add_code(&self, token: &str) -> String {
        let code = self.secret();
        let now = Instant::now();
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, (_, made)| now.duration_since(*made) < CODE_LIFE);
        make_room(
            &mut codes,
            MAX_SESSIONS_OF_TOKEN,
            |(_, made)| *made,
            |(of, _)| of == token,
        );
        make_room(&mut codes, MAX_SESSIONS, |(_, made)| *made, |_| true);
        codes.insert(key(&code), (token.to_owned(), now));
        code
    }

    /// Takes the token of a code, which holds once.
    pub(crate) fn take_code(&self, code: &str) -> Option<String> {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let (token, made) = codes.remove(&key(code))?;
        (made.elapsed() < CODE_LIFE).then_some(token)
    }

    fn secret(&self) -> String {
        let mut bytes = [0; SECRET_BYTES];
        (self.random)(&mut bytes);
        BASE64URL_NOPAD.encode(&bytes)
    }
}

impl Session {
    fn holds(&self, now: Instant) -> bool {
        now.duration_since(self.used) < MAX_IDLE && now.duration_since(self.begun) < MAX_AGE
    }
}

fn key(secret: &str) -> Key {
    Sha256::digest(secret).into()
}

/// Removes the oldest of some values if there are as many as there may be.
fn make_room<K: Clone + Eq + Hash, V>(
    held: &mut HashMap<K, V>,
    maximum: usize,
    age: impl Fn(&V) -> Instant,
    is_counted: impl Fn(&V) -> bool,
) {
    let counted = || held.iter().filter(|(_, value)| is_counted(value));
    if counted().count() < maximum {
        return;
    }
    let oldest = counted().min_by_key(|(_, value)| age(value));
    if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
        held.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    /// Each secret differs from the one before.
    fn counted(bytes: &mut [u8]) {
        static NEXT: AtomicU8 = AtomicU8::new(0);
        bytes.fill(NEXT.fetch_add(1, Ordering::Relaxed));
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_ends_when_it_is_idle_or_old() {
        let sessions = Sessions::new(counted);
        let idle = sessions.begin("token");
        tokio::time::advance(MAX_IDLE).await;
        assert!(sessions.find(&idle).is_none());
        let busy = sessions.begin("token");
        let step = Duration::from_mins(20);
        let mut age = Duration::ZERO;
        while sessions.find(&busy).is_some() {
            tokio::time::advance(step).await;
            age += step;
        }
        assert_eq!(age, MAX_AGE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_code_holds_once_and_for_a_minute() {
        let sessions = Sessions::new(counted);
        let code = sessions.add_code("token");
        assert_eq!(sessions.take_code(&code).as_deref(), Some("token"));
        assert_eq!(sessions.take_code(&code), None);
        let late = sessions.add_code("token");
        tokio::time::advance(CODE_LIFE).await;
        assert_eq!(sessions.take_code(&late), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_begins_too_many_sessions_ends_its_own() {
        let sessions = Sessions::new(counted);
        let other = sessions.begin("other");
        let mut own = Vec::new();
        for _ in 0..=MAX_SESSIONS_OF_TOKEN {
            tokio::time::advance(Duration::from_secs(1)).await;
            own.push(sessions.begin("token"));
        }
        assert!(sessions.find(&own[0]).is_none());
        assert!(sessions.find(&own[1]).is_some() && sessions.find(&other).is_some());
    }

    #[tokio::test]
    async fn sessions_have_ids_and_form_tokens_of_their_own_and_end() {
        let sessions = Sessions::new(counted);
        let (one, other) = (sessions.begin("token"), sessions.begin("token"));
        assert_ne!(one, other);
        let form_token = |id: &str| sessions.find(id).map(|session| session.form_token);
        assert_ne!(form_token(&one), form_token(&other));
        sessions.end(&one);
        assert!(form_token(&one).is_none() && form_token(&other).is_some());
    }
}
